"""Names are nouns and verbs of the field; public things say what they do."""

import ast
import re

import pytest

from tests.architecture.sources import functions, sources

VAGUE_MODULES = {"utils", "util", "helpers", "helper", "misc", "core", "services", "service",
                 "managers", "signals", "handlers"}  # fmt: skip
VAGUE_CLASS = re.compile(r"(Manager|Helper|Service|Util|Utils|Handler|Processor)$")
KEPT = {
    "UserManager": "Django asks for a manager under this name",
}
MACHINE = re.compile(r"/work/|/root/|/opt/wheels|\.library")


class TestNames:
    def test_no_module_is_a_drawer(self):
        found = [s.path for s in sources("apps") if s.path.split("/")[-1][:-3] in VAGUE_MODULES]
        assert not found

    def test_no_class_is_named_after_nothing(self):
        found = [
            f"{source.path}:{node.name}"
            for source in sources("apps")
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ClassDef)
            and VAGUE_CLASS.search(node.name)
            and node.name not in KEPT
        ]
        assert not found

    def test_moments_end_in_at_and_days_in_on_or_day(self):
        """`_at` for moments; days are `_on` or name the day they bound."""
        found = []
        for source in sources("apps"):
            if "/models" not in source.path:
                continue
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                    kind = getattr(node.value.func, "attr", "")
                    name = getattr(node.targets[0], "id", "")
                    if kind == "DateTimeField" and not re.search(
                        r"(_at|_until)$|^at$|^as_of$", name
                    ):
                        found.append(f"{source.path}:{name}")
        assert not found

    @pytest.mark.parametrize("room", ["queries", "actions"])
    def test_public_reads_and_writes_take_keywords_past_the_first(self, room):
        found = []
        for source in sources("apps"):
            if not re.search(rf"/{room}(\.py|/)", source.path):
                continue
            for node in source.tree.body:
                is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
                if is_public and len(node.args.args) > 1:
                    found.append(f"{source.path}:{node.name}")
        assert not found

    def test_every_module_says_what_it_promises(self):
        found = [s.path for s in sources("apps", "claudeonomics") if not ast.get_docstring(s.tree)]
        assert not found

    def test_public_functions_of_rooms_have_docstrings(self):
        found = [
            f"{source.path}:{node.name}"
            for source in sources("apps")
            if "/management/" not in source.path
            for node in functions(source)
            if not node.name.startswith("_") and not ast.get_docstring(node)
        ]
        assert not found

    def test_nothing_speaks_of_the_machine_it_was_written_on(self):
        found = [
            s.path
            for s in sources("apps", "claudeonomics", "tests")
            if MACHINE.search(s.text) and not s.path.endswith("architecture/test_names.py")
        ]
        assert not found
