"""The embedded settings, with the rivals of a board added to the URL table."""

from claudeonomics.settings.embedded import *  # noqa: F403

ROOT_URLCONF = "tests.bench.serving.urls"
