"""Sources, connectors and the rules of counting: what an administrator edits."""

import secrets

from django.db import models


def random_number() -> int:
    """Return a random positive 63-bit number: it carries neither time nor order."""
    return secrets.randbits(63) or 1


class Source(models.Model):
    """
    A collector with a token; a personal source may report one subject, the others everyone.

    Its number is random and it keeps no times: what lies beside a person's row
    in time or order would tie the two together.
    """

    class Rule(models.TextChoices):
        """Whom the payload may name."""

        ANYONE = "anyone", "anyone; unknown names wait to be claimed"
        KNOWN = "known", "only people and services that are known already"

    id = models.BigIntegerField(primary_key=True, default=random_number, editable=False)
    slug = models.SlugField(unique=True)
    label = models.CharField(max_length=100, blank=True)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    subject = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="The one subject it may report, if personal.",
    )
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.ANYONE)
    domains = models.CharField(
        max_length=500,
        blank=True,
        help_text="Only e-mail addresses of these domains, separated by spaces; empty: of all.",
    )
    tool = models.CharField(
        max_length=60, blank=True, help_text="The tool of reports that name none."
    )
    precedence = models.PositiveSmallIntegerField(
        default=100,
        help_text="Where several sources report the same person, tool and day, "
        "the smallest number counts; the others are a cross-check.",
    )
    group = models.SlugField(
        blank=True,
        help_text="Sources of one group never report the same work: what they report adds up.",
    )
    requests_per_minute = models.PositiveIntegerField(
        default=6_000, help_text="Beyond this a request is answered 429."
    )
    records_per_minute = models.PositiveIntegerField(
        default=6_000_000, help_text="Beyond this a request is answered 429."
    )
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        permissions = [("manage_source", "May manage this source")]

    def __str__(self) -> str:
        return self.slug


class Connector(models.Model):
    """A vendor's report that is pulled on a schedule, into a source; its secret is sealed."""

    class Kind(models.TextChoices):
        """Which report of which vendor."""

        ANTHROPIC_CLAUDE_CODE = "anthropic-claude-code", "Anthropic: Claude Code usage report"
        ANTHROPIC_USER_USAGE = "anthropic-user-usage", "Anthropic Enterprise: user usage report"
        OPENAI_USAGE = "openai-usage", "OpenAI: organisation usage"
        LITELLM_DAILY = "litellm-daily", "LiteLLM: daily activity of users"
        COPILOT_USERS = "copilot-users", "GitHub Copilot: users' daily metrics"

    id = models.BigIntegerField(primary_key=True, default=random_number, editable=False)
    kind = models.CharField(max_length=30, choices=Kind)
    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="connector")
    address = models.URLField(max_length=300, help_text="Where the report is asked for.")
    organisation = models.CharField(
        max_length=100, blank=True, help_text="Copilot: the organisation's name."
    )
    secret = models.BinaryField(editable=False)
    first_day = models.DateField(help_text="From which day on usage is pulled.")
    interval_minutes = models.PositiveIntegerField(default=60)
    revised_days = models.PositiveSmallIntegerField(
        default=3, help_text="So many past days are pulled again, for vendors revise them."
    )
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.kind} into {self.source}"


class ConnectorState(models.Model):
    """How far a connector has come, and what went wrong last."""

    connector = models.OneToOneField(
        Connector, primary_key=True, on_delete=models.CASCADE, related_name="state"
    )
    cursor = models.JSONField(default=dict)
    pulled_until = models.DateField(null=True)
    next_at = models.DateTimeField(db_index=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True, help_text="A sentence; never a secret.")

    def __str__(self) -> str:
        return f"state of {self.connector}"


class LaneRule(models.Model):
    """How headless runs are told from people's own: by how the tool says it was started."""

    tool = models.CharField(max_length=60, blank=True, help_text="Empty: of every tool.")
    entrypoint = models.CharField(max_length=60)
    explanation = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "entrypoint"], name="one_rule_per_entrypoint")
        ]

    def __str__(self) -> str:
        return f"{self.tool or 'any tool'}: {self.entrypoint}"


class KnownFault(models.Model):
    """Versions of a tool that are known to report wrongly, and how."""

    tool = models.CharField(max_length=60)
    first_version = models.CharField(max_length=40, blank=True, help_text="Empty: from the first.")
    fixed_in = models.CharField(max_length=40, blank=True, help_text="Empty: not fixed yet.")
    explanation = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.tool} {self.first_version}-{self.fixed_in}"
