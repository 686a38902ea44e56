import re
from pathlib import Path

import pytest

from apps import web

SHEET = (Path(web.__file__).parent / "static" / "web" / "site.css").read_text(encoding="utf-8")
TEXT = [
    (ink, ground)
    for ground in ("paper", "card", "sunken", "accent-soft")
    for ink in ("ink", "quiet", "accent", "accent-deep")
]
TEXT += [("on-accent", "accent"), ("on-accent", "accent-deep"), ("danger", "danger-soft")]
TEXT += [(f"{tier}-word", "card") for tier in ("jade", "gold", "silver", "bronze")]
MARKS = [(f"colour-{place}", "card") for place in range(6)]
MARKS += [("strong-line", "card"), ("focus", "paper"), ("focus", "card"), ("accent", "track")]


def scheme(name: str) -> dict[str, str]:
    """Return the custom properties of the scheme; dark ones stand above the light ones."""
    light, dark = SHEET.split("prefers-color-scheme: dark", 1)
    pattern = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
    found = dict(pattern.findall(light))
    return found if name == "light" else found | dict(pattern.findall(dark))


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
class TestContrast:
    def test_text_can_be_read(self, name):
        colours = scheme(name)
        weak = {
            pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
            for pair in TEXT
            if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
        }
        assert weak == {}

    def test_marks_stand_out(self, name):
        colours = scheme(name)
        weak = {
            pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
            for pair in MARKS
            if contrast(colours[pair[0]], colours[pair[1]]) < 3
        }
        assert weak == {}


class TestTheSheet:
    def test_it_asks_no_other_host(self):
        assert "//" not in SHEET.replace("/*", "").replace("*/", "")
        assert "@import" not in SHEET
