"""
The shapes of answers, for the OpenAPI schema alone.

Answers are rendered from the gate's frozen values; a test holds every answer
against the schema that is generated from here.
"""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.serializers import Serializer

VISIBILITIES = ("private", "pseudonymous", "named")
SCOPE_STATES = ("open", "shuttered")
SCOPES = ("boards", "reports", "all")
OUTCOMES = ("allow", "deny", "cut")
ERASABLE = ("actor", "subject", "parameters")


class Problem(Serializer):
    """An error after RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class VisibilityShape(Serializer):
    """How a person takes part."""

    visibility = serializers.ChoiceField(choices=VISIBILITIES)


class Me(VisibilityShape):
    """One's own account."""

    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.CharField()
    team = serializers.CharField(allow_null=True)


class Tokens(Serializer):
    """The five exclusive buckets, their sum, and the cost at list price (null when unknown)."""

    uncached_input_tokens = serializers.IntegerField()
    cache_read_tokens = serializers.IntegerField()
    cache_write_5m_tokens = serializers.IntegerField()
    cache_write_1h_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    total_tokens = serializers.IntegerField()
    cost_micros = serializers.IntegerField(allow_null=True)


class UsageRow(Tokens):
    """Totals per the keys asked for."""

    day = serializers.DateField(required=False)
    model = serializers.CharField(required=False)
    tool = serializers.CharField(required=False)


class Badge(Serializer):
    """A badge as others see it."""

    slug = serializers.CharField()
    title = serializers.CharField()
    tier = serializers.CharField()


class OwnBadge(Badge):
    """A badge that one holds, or how far one is towards it."""

    description = serializers.CharField()
    held_since = serializers.DateField(allow_null=True)
    progress_thousandths = serializers.IntegerField()
    evidence = serializers.DictField()


class You(Serializer):
    """One's own standing on a board, as of now."""

    rank = serializers.IntegerField()
    of = serializers.IntegerField()
    percentile = serializers.IntegerField()


class Standing(You):
    """One's own standing with the board's name and the way to the next."""

    board = serializers.CharField()
    title = serializers.CharField()
    measure = serializers.CharField()
    distance_to_next = serializers.IntegerField(allow_null=True)


class Session(Serializer):
    """One sitting with a tool."""

    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    active_seconds = serializers.IntegerField()
    total_tokens = serializers.IntegerField()


class BoardViews(Serializer):
    """How often others saw one's row of a board on a day."""

    day = serializers.DateField()
    board = serializers.CharField()
    title = serializers.CharField()
    shown_as = serializers.CharField()
    views = serializers.IntegerField()
    roles = serializers.DictField(child=serializers.IntegerField())
    viewers = serializers.ListField(child=serializers.CharField(), allow_null=True)
    indexes = serializers.ListField(child=serializers.IntegerField(allow_null=True))


class SingleLook(Serializer):
    """One reveal, export or trace that concerned one alone."""

    at = serializers.DateTimeField()
    event = serializers.CharField()
    role = serializers.CharField()
    purpose = serializers.CharField()
    viewer = serializers.CharField(allow_null=True)
    index = serializers.IntegerField(allow_null=True)


class Disclosures(Serializer):
    """Who saw something of one."""

    since = serializers.DateField()
    until = serializers.DateField()
    boards = BoardViews(many=True)
    single = SingleLook(many=True)


class BoardName(Serializer):
    """What a board is."""

    slug = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=("tiers", "numbers"))
    measure = serializers.CharField()
    lane = serializers.ChoiceField(choices=("people", "automation"))


class BoardListed(BoardName):
    """A board in the list, with the last day that its release counts."""

    window_days = serializers.IntegerField()
    as_of = serializers.DateField(allow_null=True)


class BoardRow(Serializer):
    """One row of one's own copy."""

    rank = serializers.IntegerField(allow_null=True)
    tier = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    is_pseudonym = serializers.BooleanField()
    is_you = serializers.BooleanField()
    value = serializers.IntegerField(allow_null=True)
    team = serializers.CharField(allow_null=True)
    badges = Badge(many=True)


class Board(Serializer):
    """One's own copy of a board's current release."""

    board = BoardName()
    as_of = serializers.DateField(allow_null=True)
    window = inline_serializer(
        "Window",
        {
            "from": serializers.DateField(allow_null=True),
            "to": serializers.DateField(),
        },
        allow_null=True,
    )
    rows = BoardRow(many=True)
    you = You(allow_null=True)


class ScopeState(Serializer):
    """Whether a scope is open; since when and with what words, if not."""

    state = serializers.ChoiceField(choices=SCOPE_STATES)
    since = serializers.DateTimeField(required=False)
    message = serializers.CharField(required=False)


class Status(Serializer):
    """What is open and what is not."""

    boards = ScopeState()
    reports = ScopeState()
    own = ScopeState()


class NewClosure(Serializer):
    """What to close, why (for administrators and auditors), with what words (for everyone)."""

    scope = serializers.ChoiceField(choices=SCOPES)
    reason = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


class Closure(Serializer):
    """A closure in force."""

    scope = serializers.ChoiceField(choices=SCOPES)
    state = serializers.CharField()
    since = serializers.DateTimeField()
    message = serializers.CharField()


class LogEntry(Serializer):
    """One entry of the access log with its personal details, where they are not erased."""

    id = serializers.UUIDField()
    recorded_at = serializers.DateTimeField()
    event = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    item_type = serializers.CharField(allow_null=True)
    item_id = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    rule = serializers.CharField()
    actor = serializers.CharField(allow_null=True)
    role = serializers.CharField(allow_null=True)
    subject = serializers.CharField(allow_null=True)
    parameters = serializers.DictField(allow_null=True)
    erased = serializers.ListField(child=serializers.ChoiceField(choices=ERASABLE))
    index = serializers.IntegerField(allow_null=True)


class Alert(Serializer):
    """An alert for auditors: the rule that fired, about whom, when, and what it rests on."""

    id = serializers.UUIDField()
    rule = serializers.CharField()
    title = serializers.CharField()
    meaning = serializers.CharField()
    actor = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    raised_at = serializers.DateTimeField()
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField()
    evidence = serializers.IntegerField()
    counted = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by = serializers.CharField(allow_null=True)
    answered_by_name = serializers.CharField(allow_null=True)


def page_of(shape: type[Serializer], **more: Any) -> Any:
    """Return the shape of a page of these."""
    fields = {
        **more,
        "results": shape(many=True),
        "next": serializers.URLField(allow_null=True),
    }
    return inline_serializer(f"PageOf{shape.__name__}", fields)
