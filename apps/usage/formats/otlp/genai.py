"""
The general token histogram of GenAI instrumentations: the sums of its points.

It knows input and output alone, and its input includes what was read from a cache:
all of it counts as uncached, for nothing tells them apart. Tools that are mapped
natively send it besides; there it is left out. Source: OpenTelemetry semantic
conventions, GenAI metrics (in development).
"""

from apps.usage.formats.otlp.attributes import Values
from apps.usage.formats.otlp.producers import Meter
from apps.usage.formats.otlp.quantities import Unfit, name

METRIC = "gen_ai.client.token.usage"
_BUCKETS = {
    "input": "uncached_input_tokens",
    "output": "output_tokens",
    # What the type was called in the first versions of the conventions.
    "prompt": "uncached_input_tokens",
    "completion": "output_tokens",
}


def _bucket(values: Values) -> str:
    found = _BUCKETS.get(str(values.get("gen_ai.token.type")))
    if found is None:
        raise Unfit("unknown_type")
    return found


def model_of(values: Values) -> object:
    """Return the model that answered, else the one that was asked."""
    return values.get("gen_ai.response.model") or values.get("gen_ai.request.model")


def provider_of(values: Values) -> str:
    """Return who provides the model; empty where it is not told."""
    told = values.get("gen_ai.provider.name") or values.get("gen_ai.system")
    return name(told, longest=60).lower()


METERS = {METRIC: Meter(_bucket, "", needs_model=True, kind="histogram")}
