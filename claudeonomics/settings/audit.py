"""The log that outsiders can check: its name, its promise, its witnesses, its alerts."""

from pathlib import Path
from typing import Any

from claudeonomics.settings import environment, forms


def settings(*, data_dir: Path, base_url: str) -> dict[str, Any]:
    """Return what all processes may know of the log; who may sign for it is told apart."""
    address = base_url.partition("://")[2]
    return {
        # A C2SP origin: the address of the log without its scheme.
        "AUDIT_ORIGIN": environment.text(
            "CLAUDEONOMICS_AUDIT_ORIGIN", f"{address}/audit", check=forms.is_origin
        ),
        # RFC 6962 calls it the maximum merge delay: later than this, a promise is broken.
        "AUDIT_MERGE_SECONDS": environment.integer(
            "CLAUDEONOMICS_AUDIT_MERGE_SECONDS", default=60, least=5
        ),
        "AUDIT_HEAD_DIR": Path(
            environment.text("CLAUDEONOMICS_AUDIT_HEAD_DIR", str(data_dir / "audit"))
        ),
        "AUDIT_POLICY": environment.text("CLAUDEONOMICS_AUDIT_POLICY", "", check=forms.is_policy),
        "AUDIT_DETAILS_DAYS": environment.integer(
            "CLAUDEONOMICS_AUDIT_DETAILS_DAYS", default=400, least=1
        ),
        "ALERT_WEBHOOK": environment.text(
            "CLAUDEONOMICS_ALERT_WEBHOOK", "", check=forms.is_web_address
        ),
        "ALERT_WEBHOOK_KEY": environment.text("CLAUDEONOMICS_ALERT_WEBHOOK_KEY", ""),
    }
