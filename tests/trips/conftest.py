"""Installations on both databases; the PostgreSQL one lives in a database of its own."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trips.servers import Installation

DEFAULT = "postgres://root@127.0.0.1:5432/test"


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """A migrated installation with keys of its own, on the database that the test is given."""
    folder = tmp_path / "data"
    if request.param == "sqlite":
        made = Installation(folder)
        made.manage("migrate", "--verbosity", "0")
        yield made
        return
    psycopg = pytest.importorskip("psycopg")
    url = os.environ.get("CLAUDEONOMICS_TEST_DATABASE_URL", DEFAULT)
    name = f"trip_{uuid.uuid4().hex[:12]}"
    try:
        administration = psycopg.connect(url, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers on loopback")
    with administration:
        administration.execute(f'CREATE DATABASE "{name}"')
        try:
            made = Installation(folder, {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"})
            made.manage("migrate", "--verbosity", "0")
            yield made
        finally:
            administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
