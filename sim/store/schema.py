"""The tables of the ledger, explained in docs/ledger.md, and opening one without harming what is no ledger of ours."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import ResultError, UsageError

SCHEMA_VERSION = 1
"""Version of the tables (`user_version` of the file). Raise it with any change of them."""

APPLICATION_ID = 0x53494D52
"""Marks a SQLite file as ours: "SIMR"."""

BUSY_SECONDS = 60.0
"""How long to wait for another run that writes to the same ledger."""

DAMAGED = "is damaged ({}) and was left as it is; move it away, or choose another folder"

MAGIC = b"SQLite format 3\0"

VALUES = {"metric": "REAL", "exits": "INTEGER", "money": "REAL", "fans": "INTEGER", "touches": "INTEGER"}
"""Tables of the same shape, one row for each named number of a cell, with the type of the numbers."""

TABLES = """
CREATE TABLE part (
    digest TEXT PRIMARY KEY,
    content TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE cell (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    arm TEXT NOT NULL,
    seed INTEGER NOT NULL,
    replication INTEGER NOT NULL,
    redraw INTEGER,
    dtype TEXT NOT NULL,
    world TEXT NOT NULL REFERENCES part,
    strategies TEXT NOT NULL REFERENCES part,
    code TEXT NOT NULL REFERENCES part,
    environment TEXT NOT NULL REFERENCES part,
    result TEXT NOT NULL,
    outcomes BLOB
);

CREATE TABLE series (
    cell INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
    name TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (cell, name)
);

CREATE TABLE failure (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    arm TEXT NOT NULL,
    seed INTEGER NOT NULL,
    replication INTEGER NOT NULL,
    redraw INTEGER,
    message TEXT NOT NULL,
    trace TEXT NOT NULL,
    command TEXT NOT NULL,
    UNIQUE (key, message)
);

CREATE TABLE experiment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    finished TEXT NOT NULL,
    name TEXT NOT NULL,
    command TEXT NOT NULL,
    headline TEXT NOT NULL,
    scenario TEXT NOT NULL,
    provenance TEXT NOT NULL,
    warnings TEXT NOT NULL,
    failures TEXT NOT NULL,
    redraws TEXT NOT NULL
);

CREATE TABLE experiment_cell (
    experiment INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
    place INTEGER NOT NULL,
    arm TEXT NOT NULL,
    cell INTEGER NOT NULL REFERENCES cell,
    PRIMARY KEY (experiment, place)
) WITHOUT ROWID;
"""

VALUE_TABLE = """
CREATE TABLE {name} (
    cell INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
    name TEXT NOT NULL,
    value {type},
    PRIMARY KEY (cell, name)
);
"""

VIEWS = """
CREATE VIEW result AS
    SELECT experiment_cell.experiment, experiment_cell.arm, cell.replication, cell.redraw, metric.name AS metric,
        metric.value
    FROM experiment_cell
    JOIN cell ON cell.id = experiment_cell.cell
    JOIN metric ON metric.cell = cell.id;
"""


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """Open a ledger; with `writing`, one is made if there is none.

    Errors: UsageError if there is none to read, or if the file is anything but a ledger of this version, which is
    left as it is; ResultError if it cannot be opened.
    """
    _check_file(path, writing)
    with told(path):
        address = f"{path.absolute().as_uri()}?{_mode(path, writing)}"
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)
        connection.isolation_level = None  # transactions are begun and ended in plain sight
        try:
            _prepare(connection, path, writing)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into ResultError with the file's name and what can be done."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            message = DAMAGED.format(error)
        elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            message = f"is kept busy by another program ({error}); wait for it, or choose another folder"
        elif name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")):
            message = (
                f"cannot be written or read: {error}; what it holds is kept, and the same command goes on from there"
            )
        else:
            message = f"cannot be used: {error}"
        raise ResultError(f"{path}: {message}") from error


def _check_file(path: Path, writing: bool) -> None:
    """Refuse what is no SQLite file. Errors: UsageError."""
    if not path.exists():
        if not writing:
            raise _none(path)
        return
    if not path.is_file():
        raise UsageError(f"{path}: is not a file, so that no ledger can be kept there; choose another folder")
    with path.open("rb") as file:
        beginning = file.read(len(MAGIC))
    if beginning and beginning != MAGIC:
        raise UsageError(f"{path}: is no SQLite database and was left as it is; move it away, or choose another folder")


def _none(path: Path) -> UsageError:
    """There is nothing to read."""
    return UsageError(f"{path}: there is no ledger; `simrun SCENARIO --out {path.parent}` makes one")


def _mode(path: Path, writing: bool) -> str:
    """How SQLite opens the file. A reader may tidy up after a writer that was killed, where the folder can be written.

    Where it cannot, nobody else writes either, and the file is read as it is.
    """
    if writing:
        return "mode=rwc"
    return "mode=rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "immutable=1"


def _prepare(connection: sqlite3.Connection, path: Path, writing: bool) -> None:
    """Check version and structure; make the tables in an empty file. Errors: UsageError, ResultError."""
    if writing and _is_empty(connection):
        _retry_while_locked(connection, "PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if _is_empty(connection):  # unless another run was faster
            _create(connection)
        connection.execute("COMMIT")
    elif _is_empty(connection):
        raise _none(path)
    application, version = _number(connection, "application_id"), _number(connection, "user_version")
    if application != APPLICATION_ID:
        raise UsageError(f"{path}: is a database of another program and was left as it is; choose another folder")
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"{path}: is a ledger of version {version}, and this simrun keeps version {SCHEMA_VERSION}; it was left "
            "as it is: use the simrun that wrote it, or choose another folder"
        )
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise ResultError(f"{path}: {DAMAGED.format(found)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")  # with a WAL, a commit outlives the process
    connection.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever put into the file, as when its maker was killed at once."""
    marks = _number(connection, "application_id"), _number(connection, "user_version")
    return marks == (0, 0) and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def _create(connection: sqlite3.Connection) -> None:
    """Make all tables."""
    script = TABLES + "".join(VALUE_TABLE.format(name=name, type=kind) for name, kind in VALUES.items()) + VIEWS
    for statement in filter(str.strip, script.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    """A number in the file's header."""
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _retry_while_locked(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that SQLite refuses at once, without waiting, while another process opens the same file."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.05)
