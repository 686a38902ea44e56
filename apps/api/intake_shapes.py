"""The shapes of usage in and of its answers, for the OpenAPI schema alone."""

from rest_framework import serializers
from rest_framework.serializers import Serializer

UPLOAD_STATES = ("waiting", "working", "done", "failed")


class RejectedLine(Serializer):
    """A line that was not counted, and why."""

    line = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Ingested(Serializer):
    """What became of an upload."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = RejectedLine(many=True)


class UploadReceived(Serializer):
    """An upload that waits to be counted, and where to ask how far it is."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=UPLOAD_STATES)
    status_url = serializers.URLField()


class UploadError(Serializer):
    """Why an upload was not counted to its end."""

    code = serializers.CharField()
    detail = serializers.CharField()


class Upload(Serializer):
    """How far an upload is; of its rejected lines the first thousand are named."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=UPLOAD_STATES)
    received_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = RejectedLine(many=True)
    rejected_count = serializers.IntegerField()
    read = serializers.IntegerField()
    error = UploadError(allow_null=True)


class UsageRecord(Serializer):
    """One piece of work with a model; unknown fields are refused."""

    id = serializers.CharField(max_length=200)
    employee = serializers.CharField(required=False)
    at = serializers.DateTimeField()
    tool = serializers.CharField(required=False)
    provider = serializers.CharField(required=False)
    model = serializers.CharField(max_length=120)
    uncached_input_tokens = serializers.IntegerField(required=False, min_value=0)
    cache_read_tokens = serializers.IntegerField(required=False, min_value=0)
    cache_write_5m_tokens = serializers.IntegerField(required=False, min_value=0)
    cache_write_1h_tokens = serializers.IntegerField(required=False, min_value=0)
    output_tokens = serializers.IntegerField(required=False, min_value=0)
    session = serializers.CharField(required=False)
    cost_usd = serializers.CharField(required=False)
    activity = serializers.CharField(required=False)
    automation = serializers.BooleanField(required=False)
