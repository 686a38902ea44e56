"""
What invented people work with: tools, and the models each tool offers.

Every model here has a price in genai-prices (a test asks for each).
"""

from dataclasses import dataclass
from random import Random

ANTHROPIC = "anthropic"
OPENAI = "openai"
GOOGLE = "google"
XAI = "x-ai"


@dataclass(frozen=True, slots=True)
class Habit:
    """A tool with a model, and how often its person reaches for it."""

    tool: str
    provider: str
    model: str
    weight: float

    @property
    def writes_cache(self) -> bool:
        """Whether the provider bills writing to the cache as tokens of its own."""
        return self.provider == ANTHROPIC


_OFFERED = {
    "claude-code": (
        Habit("claude-code", ANTHROPIC, "claude-opus-4-6", 0.6),
        Habit("claude-code", ANTHROPIC, "claude-sonnet-4-6", 0.3),
        Habit("claude-code", ANTHROPIC, "claude-haiku-4-5", 0.1),
    ),
    "codex-cli": (
        Habit("codex-cli", OPENAI, "gpt-5.2-codex", 0.8),
        Habit("codex-cli", OPENAI, "gpt-5-mini", 0.2),
    ),
    "gemini-cli": (
        Habit("gemini-cli", GOOGLE, "gemini-2.5-pro", 0.7),
        Habit("gemini-cli", GOOGLE, "gemini-2.5-flash", 0.3),
    ),
    "copilot-cli": (
        Habit("copilot-cli", ANTHROPIC, "claude-sonnet-4-5", 0.6),
        Habit("copilot-cli", OPENAI, "gpt-5.1-codex", 0.4),
    ),
    "opencode": (Habit("opencode", XAI, "grok-code-fast-1", 1.0),),
}
_TOOLS = tuple(_OFFERED)
_POPULARITY = (52, 20, 10, 12, 6)
_CONNOISSEUR = (
    Habit("claude-code", ANTHROPIC, "claude-opus-4-6", 0.2),
    Habit("claude-code", ANTHROPIC, "claude-sonnet-4-6", 0.2),
    Habit("codex-cli", OPENAI, "gpt-5.2-codex", 0.2),
    Habit("gemini-cli", GOOGLE, "gemini-2.5-pro", 0.2),
    Habit("copilot-cli", OPENAI, "gpt-5.1-codex", 0.1),
    Habit("opencode", XAI, "grok-code-fast-1", 0.1),
)


_MACHINE = (
    Habit("agent-sdk", ANTHROPIC, "claude-sonnet-4-6", 0.8),
    Habit("agent-sdk", ANTHROPIC, "claude-haiku-4-5", 0.2),
)


def machine() -> tuple[Habit, ...]:
    """Return the habits of a service account."""
    return _MACHINE


def connoisseur() -> tuple[Habit, ...]:
    """Return the habits of a person who uses six models of four providers in turn."""
    return _CONNOISSEUR


def drawn(random: Random) -> tuple[Habit, ...]:
    """Return the habits of a person with one favourite tool and, for some, a second one."""
    first = random.choices(_TOOLS, _POPULARITY)[0]
    if random.random() < 0.7:
        return _OFFERED[first]
    second = random.choices(_TOOLS, _POPULARITY)[0]
    if second == first:
        return _OFFERED[first]
    return _OFFERED[first] + tuple(
        Habit(each.tool, each.provider, each.model, each.weight / 3) for each in _OFFERED[second]
    )


def all_habits() -> frozenset[Habit]:
    """Return every tool with every model that an invented person can work with."""
    return frozenset(_CONNOISSEUR + _MACHINE).union(*_OFFERED.values())
