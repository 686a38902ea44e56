"""House rules as code, each with its reason."""

import ast
import re

from tests.architecture.sources import functions, sources


def calls(tree: ast.AST, name: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    ]


class TestTheClock:
    """A function that asks for the time cannot be tested at another time; edges pass it in."""

    EDGES = re.compile(
        r"/(views|admin|tasks|commands|adapter|middleware|sessions|apps|demo|clock|health)|apps/(api|web|operations)/"
    )

    def test_only_edges_ask_for_the_time(self):
        found = [
            f"{source.path}:{line}"
            for source in sources("apps")
            if not self.EDGES.search(source.path)
            for name in ("clock.now", "timezone.now", "datetime.now", "datetime.utcnow")
            for line in calls(source.tree, name)
        ]
        assert not found


class TestSql:
    """SQL that is put together from values is how databases are taken."""

    def test_no_value_is_formatted_into_sql(self):
        found = []
        for source in sources("apps"):
            for node in ast.walk(source.tree):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                if (
                    node.func.attr not in {"execute", "executemany", "raw", "extra"}
                    or not node.args
                ):
                    continue
                statement = node.args[0]
                if isinstance(statement, ast.BinOp) and isinstance(statement.op, ast.Mod):
                    found.append(f"{source.path}:{node.lineno}")
        assert not found

    def test_no_request_becomes_a_lookup(self):
        found = [
            s.path
            for s in sources("apps")
            if re.search(r"filter\(\*\*request|\*\*request\.(GET|POST|data|query_params)", s.text)
        ]
        assert not found


class TestTasks:
    """Arguments of tasks lie in brokers: they are keywords, and hold no one's name."""

    def test_tasks_take_keywords_only_and_tolerate_unknown_ones(self):
        found = []
        for source in sources("apps"):
            if not source.path.endswith("tasks.py"):
                continue
            for node in functions(source):
                is_task = any("shared_task" in ast.unparse(d) for d in node.decorator_list)
                if is_task and (node.args.args or not node.args.kwarg):
                    found.append(f"{source.path}:{node.name}")
        assert not found


class TestTheRooms:
    def test_the_unmanaged_way_to_guardian_is_closed(self):
        """Guardian's shortcuts list objects to inactive accounts and to global grants."""
        found = [
            s.path
            for s in sources("apps")
            if s.path != "apps/common/permissions.py"
            and re.search(r"^\s*(from|import) guardian", s.text, re.MULTILINE)
        ]
        assert not found

    def test_no_rule_hides_in_a_signal(self):
        """Only the wiring of Django's own announcements in apps.py may listen."""
        found = [
            s.path
            for s in sources("apps")
            if re.search(r"\.connect\(|@receiver", s.text) and not s.path.endswith("/apps.py")
        ]
        assert not found
