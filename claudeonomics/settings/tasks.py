"""Tasks: the broker that hints at work, and what is started by the clock."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from claudeonomics.settings import environment, forms

# A task may die at any point: it is acknowledged late, and run again when its worker is lost.
_RUNNING: dict[str, Any] = {
    "CELERY_TASK_ACKS_LATE": True,
    "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
    "CELERY_TASK_TIME_LIMIT": 300,
    "CELERY_TASK_IGNORE_RESULT": True,
    "CELERY_TASK_DEFAULT_QUEUE": "claudeonomics",
    "CELERY_TASK_SERIALIZER": "json",
    "CELERY_ACCEPT_CONTENT": ["json"],
    "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
    "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
}
_SCHEDULE: dict[str, dict[str, Any]] = {
    "refresh standings": {"task": "rankings.refresh_standings", "schedule": timedelta(minutes=1)},
    "publish due releases": {"task": "rankings.publish_due", "schedule": timedelta(minutes=5)},
    "award badges": {"task": "badges.award_due", "schedule": timedelta(minutes=30)},
    "recompute and compare": {"task": "rankings.recompute_due", "schedule": timedelta(minutes=30)},
    "let the order of rows tell nothing": {
        "task": "pseudonyms.scatter",
        "schedule": timedelta(hours=24),
    },
    # A hint that comes too late tells nothing new, so it is dropped.
    "work off the inbox": {
        "task": "usage.work_inbox",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "find work round the clock": {
        "task": "usage.find_patterns",
        "schedule": timedelta(hours=24),
    },
    "settle which feed counts": {
        "task": "usage.settle_precedence",
        "schedule": timedelta(hours=24),
    },
    "pull reports that are due": {
        "task": "usage.pull_due",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "have the log witnessed": {
        "task": "audit.ask_witnesses",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    # A hint that comes too late tells nothing new: each run judges all that was not judged.
    "watch the log": {
        "task": "disclosure.watch",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "forget whom old alerts name": {
        "task": "disclosure.forget_alerts",
        "schedule": timedelta(hours=24),
    },
    "drop what is past retention": {"task": "usage.expire", "schedule": timedelta(hours=6)},
    "erase old details of the log": {
        "task": "audit.erase_old_details",
        "schedule": timedelta(hours=24),
    },
}


def settings(*, data_dir: Path, redis_url: str) -> dict[str, Any]:
    """Return Celery's settings for the broker that the environment names."""
    broker = environment.text(
        "CELERY_BROKER_URL",
        redis_url or "filesystem://",
        check=forms.begins_with("redis", "rediss", "amqp", "amqps", "filesystem"),
    )
    return {
        **_RUNNING,
        **_of_broker(broker, folder=data_dir / "broker"),
        "CELERY_BROKER_URL": broker,
        "CELERY_BEAT_SCHEDULE_FILENAME": str(data_dir / "broker" / "beat-schedule"),
        "CELERY_BEAT_SCHEDULE": _SCHEDULE,
    }


def _of_broker(url: str, *, folder: Path) -> dict[str, Any]:
    """
    Return what differs from broker to broker.

    RabbitMQ: a quorum queue outlives the loss of a broker, and what is not confirmed
    was not sent. A request that cannot hint at its work is answered all the same, so a
    sender looks for a lost broker for half a second, not for six.
    """
    transport: dict[str, Any] = {
        "max_retries": 2,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.5,
    }
    if url.startswith("filesystem"):
        names = ("data_folder_in", "data_folder_out", "control_folder")
        transport = dict.fromkeys(names, str(folder)) if url == "filesystem://" else {}
        return {
            "CELERY_BROKER_TRANSPORT": "apps.operations.broker:Transport",
            "CELERY_BROKER_TRANSPORT_OPTIONS": transport,
        }
    if url.startswith("redis"):
        transport |= {
            "visibility_timeout": 600,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
        }
    if not url.startswith("amqp"):
        return {"CELERY_BROKER_TRANSPORT_OPTIONS": transport}
    return {
        "CELERY_BROKER_TRANSPORT_OPTIONS": transport | {"confirm_publish": True},
        # Nothing is delayed here: Celery's 28 queues for that need no replicas.
        "CELERY_BROKER_NATIVE_DELAYED_DELIVERY_QUEUE_TYPE": "classic",
        # What a direct exchange delays blocks its worker.
        "CELERY_TASK_DEFAULT_EXCHANGE_TYPE": "topic",
        "CELERY_TASK_DEFAULT_QUEUE_TYPE": "quorum",
        "CELERY_TASK_CREATE_MISSING_QUEUE_TYPE": "quorum",
    }
