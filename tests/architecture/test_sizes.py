"""Files, functions and classes stay small; an exemption is a line with its reason."""

import ast
import statistics

from tests.architecture.sources import functions, house_rules, sources

FILE, TEST_FILE, FUNCTION, CLASS = 300, 400, 40, 120


def length(node: ast.AST) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def too_long(found: dict[str, int], exemptions: dict[str, str]) -> dict[str, int]:
    return {name: size for name, size in found.items() if name not in exemptions}


class TestSizes:
    def test_files_are_short(self):
        found = {s.path: s.lines for s in sources("apps", "claudeonomics") if s.lines > FILE}
        assert not too_long(found, house_rules()["long-files"])

    def test_test_files_are_short(self):
        found = {s.path: s.lines for s in sources("tests") if s.lines > TEST_FILE}
        assert not too_long(found, house_rules()["long-files"])

    def test_functions_are_short(self):
        found = {
            f"{source.path}:{node.name}": length(node)
            for source in sources("apps", "claudeonomics")
            for node in functions(source)
            if length(node) > FUNCTION
        }
        assert not too_long(found, house_rules()["long-functions"])

    def test_nine_of_ten_functions_have_at_most_25_lines(self):
        sizes = [length(node) for s in sources("apps", "claudeonomics") for node in functions(s)]
        assert statistics.quantiles(sizes, n=10)[-1] <= 25

    def test_classes_are_short(self):
        found = {
            f"{source.path}:{node.name}": length(node)
            for source in sources("apps", "claudeonomics")
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ClassDef) and length(node) > CLASS
        }
        assert not too_long(found, house_rules()["long-classes"])

    def test_every_exemption_is_still_needed(self):
        names = {s.path for s in sources("apps", "claudeonomics", "tests")}
        for kind in ("long-files", "long-functions", "long-classes"):
            for name, reason in house_rules()[kind].items():
                assert name.partition(":")[0] in names, f"{name} is gone"
                assert reason.strip()
