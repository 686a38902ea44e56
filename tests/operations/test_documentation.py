"""README and docs: each variable, command and file named there exists, and the reverse."""

import re

import pytest
from django.core.management import get_commands

from apps.usage.formats import UsageEvent, records
from tests.architecture.sources import ROOT

READERS = re.compile(r"environment\.(?:text|boolean|integer|words|time_zone)\(\s*\"([A-Z_]+)\"")
TABLE_ROW = re.compile(r"^\| `([A-Z][A-Z_]+)` \|", re.MULTILINE)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def variables_in_settings() -> set[str]:
    found = {"DJANGO_SETTINGS_MODULE"}
    for path in (ROOT / "claudeonomics" / "settings").glob("*.py"):
        found |= set(READERS.findall(path.read_text(encoding="utf-8")))
    return found


class TestTheTableOfSettings:
    def test_it_and_the_settings_name_the_same_variables(self):
        assert set(TABLE_ROW.findall(read("README.md"))) == variables_in_settings()

    def test_no_page_names_a_variable_that_does_not_exist(self):
        known = variables_in_settings() | {"CLAUDEONOMICS_SAMPLES"}
        for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
            named = set(re.findall(r"\bCLAUDEONOMICS_[A-Z_]+\b", path.read_text(encoding="utf-8")))
            assert {name.removesuffix("_FILE") for name in named} <= known, path.name


class TestWhatIsNamed:
    def test_each_command_exists(self):
        ours = {name for name, app in get_commands().items() if app.startswith("apps.")}
        text = "\n".join(read(f"docs/{each}.md") for each in ("operating", "performance"))
        named = set(re.findall(r"manage\.py ([a-z_]+)", read("README.md") + text))
        table = text.partition("## Everyday commands")[2].partition("## ")[0]
        for cell in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE):
            named |= {each.split()[0] for each in re.findall(r"`([^`]+)`", cell)}
        assert named <= ours, named - ours

    def test_each_link_leads_somewhere(self):
        for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
            for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
                if not link.startswith("http"):
                    assert (path.parent / link).exists(), f"{path.name}: {link}"

    def test_the_map_names_every_room(self):
        rooms = {each.parent.name for each in (ROOT / "apps").glob("*/apps.py")}
        text = read("README.md").partition("## The rooms")[2]
        assert {room for room in rooms if not re.search(rf"\b{room}\b", text)} == set()

    @pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("*.md")))
    def test_a_decision_is_a_page(self, path):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


class TestTheExamples:
    @pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
    def test_each_record_shown_is_one_that_would_be_counted(self, page):
        shown = re.findall(r'^\{"id":.*?\}$', read(page), re.MULTILINE | re.DOTALL)
        assert shown
        for record in shown:
            assert isinstance(records.read_record(record.encode(), line=1), UsageEvent), record


class TestTheLicence:
    def test_it_is_the_whole_text(self):
        text = read("LICENSE")
        assert "Version 2.0, January 2004" in text
        assert "END OF TERMS AND CONDITIONS" in text
        assert len(text.split()) == 1581
