"""The badges that every installation starts with: plain data, edited later in the admin."""

from typing import Any

DEFAULTS: tuple[dict[str, Any], ...] = (
    {
        "slug": "token-legend",
        "title": "Token Legend",
        "tier": "jade",
        "description": (
            "Sustained volume: in the top 1% by fresh tokens in at least three of the last four "
            "weeks, and active on 12 of the last 20 working days. One huge day never suffices."
        ),
        "rule": "sustained_volume",
        "parameters": {
            "top_thousandths": 10,
            "weeks": 3,
            "of_weeks": 4,
            "active_days": 12,
            "of_working_days": 20,
        },
    },
    {
        "slug": "session-immortal",
        "title": "Session Immortal",
        "tier": "jade",
        "description": "Ten attended sessions of four active hours or more in 30 days.",
        "rule": "long_sessions",
        "parameters": {"sessions": 10, "hours": 4, "active_days": 8, "window_days": 30},
    },
    {
        "slug": "model-connoisseur",
        "title": "Model Connoisseur",
        "tier": "gold",
        "description": (
            "At least five models of two providers on eight days, none above 60% of fresh tokens."
        ),
        "rule": "model_breadth",
        "parameters": {
            "models": 5,
            "providers": 2,
            "most_thousandths": 600,
            "fresh_tokens": 100_000,
            "active_days": 8,
            "window_days": 30,
        },
    },
    {
        "slug": "cache-wizard",
        "title": "Cache Wizard",
        "tier": "silver",
        "description": (
            "Cache reads make at least 90% of all input, above the median volume, on eight days."
        ),
        "rule": "cache_share",
        "parameters": {"share_thousandths": 900, "active_days": 8, "window_days": 30},
    },
    {
        "slug": "first-light",
        "title": "First Light",
        "tier": "bronze",
        "description": "The first day.",
        "rule": "active_days",
        "parameters": {"active_days": 1, "window_days": 30},
    },
    {
        "slug": "week-streak",
        "title": "Week Streak",
        "tier": "bronze",
        "description": "Five working days in a row; a weekend does not break the run.",
        "rule": "working_streak",
        "parameters": {"days": 5, "window_days": 30},
    },
    {
        "slug": "explorer",
        "title": "Explorer",
        "tier": "bronze",
        "description": "A third model.",
        "rule": "model_breadth",
        "parameters": {
            "models": 3,
            "providers": 1,
            "most_thousandths": 1000,
            "fresh_tokens": 0,
            "active_days": 1,
            "window_days": 30,
        },
    },
    {
        "slug": "second-opinion",
        "title": "Second Opinion",
        "tier": "bronze",
        "description": "Models of two providers.",
        "rule": "model_breadth",
        "parameters": {
            "models": 2,
            "providers": 2,
            "most_thousandths": 1000,
            "fresh_tokens": 0,
            "active_days": 1,
            "window_days": 30,
        },
    },
    {
        "slug": "deep-work",
        "title": "Deep Work",
        "tier": "bronze",
        "description": "A first session of two active hours.",
        "rule": "long_sessions",
        "parameters": {"sessions": 1, "hours": 2, "active_days": 1, "window_days": 30},
    },
    {
        "slug": "steady-hand",
        "title": "Steady Hand",
        "tier": "bronze",
        "description": "Fifteen active days in 30.",
        "rule": "active_days",
        "parameters": {"active_days": 15, "window_days": 30},
    },
)
