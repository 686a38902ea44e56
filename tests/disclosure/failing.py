"""Databases that really cannot be written to: read-only, or without room."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection

_FULL_BY_TRIGGER = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END $$
"""
_MEGABYTES = 4


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def sqlite_query_only() -> Iterator[None]:
    """The connection may only ask."""
    _run("PRAGMA query_only = ON")
    try:
        yield
    finally:
        _run("PRAGMA query_only = OFF")


@contextmanager
def sqlite_file_read_only() -> Iterator[None]:
    """The file is opened for reading alone."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = f"file:{name}?mode=ro"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


@contextmanager
def sqlite_full() -> Iterator[None]:
    """The file may not grow by a page."""
    _run("VACUUM")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
    _run(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        _run("PRAGMA max_page_count = 1073741823")


@contextmanager
def postgresql_read_only() -> Iterator[None]:
    """Every transaction begins as one that may only read, as on a standby."""
    _run("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        _run("SET default_transaction_read_only = off")


@contextmanager
def postgresql_full_disk() -> Iterator[None]:
    """The log's tables lie on a file system of their own, a small one, which is full."""
    with _small_file_system() as folder:
        _run(f"CREATE TABLESPACE small LOCATION '{folder}'")
        try:
            for table in _LOG:
                # What earlier tests wrote and took back would not fit.
                _run(f"VACUUM FULL {table}", f"ALTER TABLE {table} SET TABLESPACE small")
            _fill()
            yield
        finally:
            _run("DROP TABLE IF EXISTS filling")
            _run(*(f"ALTER TABLE {table} SET TABLESPACE pg_default" for table in _LOG))
            _run("DROP TABLESPACE small")


@contextmanager
def postgresql_full_by_trigger() -> Iterator[None]:
    """What a full disk says, said by a trigger: for servers beside which nothing can be mounted."""
    _run(
        _FULL_BY_TRIGGER,
        "CREATE TRIGGER no_room BEFORE INSERT ON audit_entry EXECUTE FUNCTION no_room()",
    )
    try:
        yield
    finally:
        _run("DROP TRIGGER no_room ON audit_entry", "DROP FUNCTION no_room()")


_LOG = ("audit_entry", "audit_detail")


def _fill() -> None:
    """Write beside the log until not one page more has room."""
    _run(
        "CREATE TABLE filling (bytes text) TABLESPACE small",
        "ALTER TABLE filling ALTER COLUMN bytes SET STORAGE PLAIN",
    )
    try:
        while True:
            _run("INSERT INTO filling SELECT repeat('x', 7000) FROM generate_series(1, 20)")
    except OperationalError as full:
        assert "No space left" in str(full), full


@contextmanager
def _small_file_system() -> Iterator[Path]:
    """Mount a few megabytes that belong to the database server; skip where that cannot be."""
    try:
        server = pwd.getpwnam("postgres").pw_uid
    except KeyError:
        pytest.skip("There is no account `postgres` here to own a small file system.")
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o711)
        folder = Path(parent) / "small"
        folder.mkdir()
        options = f"size={_MEGABYTES}m,mode=0700,uid={server}"
        mounting = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(mounting, check=False).returncode:
            pytest.skip("Nothing can be mounted here: the full disk is said by a trigger alone.")
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)
