"""Opening a ledger without harming what is no ledger of ours."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import ResultError, UsageError
from sim.store.schema import APPLICATION_ID, SCHEMA_VERSION, create, number, upgrade

BUSY_SECONDS = 60.0
"""How long to wait for another run that writes to the same ledger."""

DAMAGED = "is damaged ({}) and was left as it is; move it away, or choose another folder"

MAGIC = b"SQLite format 3\0"


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """Open a ledger; with `writing`, one is made if there is none.

    A ledger of an older version is read as it is, and upgraded before anything is written to it. Errors: UsageError if
    there is none to read, or if the file is no ledger or a newer one, which is left as it is; ResultError if it cannot
    be opened.
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
            create(connection)
        connection.execute("COMMIT")
    elif _is_empty(connection):
        raise _none(path)
    application, version = number(connection, "application_id"), number(connection, "user_version")
    if application != APPLICATION_ID:
        raise UsageError(f"{path}: is a database of another program and was left as it is; choose another folder")
    if not 1 <= version <= SCHEMA_VERSION:
        raise UsageError(
            f"{path}: is a ledger of version {version}, and this simrun keeps version {SCHEMA_VERSION}; it was left "
            "as it is: use the simrun that wrote it, or choose another folder"
        )
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise ResultError(f"{path}: {DAMAGED.format(found)}")
    if writing and version < SCHEMA_VERSION:
        upgrade(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")  # with a WAL, a commit outlives the process
    connection.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever put into the file, as when its maker was killed at once."""
    marks = number(connection, "application_id"), number(connection, "user_version")
    return marks == (0, 0) and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


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
