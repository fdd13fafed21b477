"""The tables of the ledger, explained in docs/ledger.md: making them, and bringing an older ledger up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

SCHEMA_VERSION = 2
"""Version of the tables (`user_version` of the file). Raise it with any change of them, and say in `upgrade` how an
older ledger becomes one of this version."""

APPLICATION_ID = 0x53494D52
"""Marks a SQLite file as ours: "SIMR"."""

VALUES = {
    "metric": "REAL",
    "exits": "INTEGER",
    "money": "REAL",
    "fans": "INTEGER",
    "touches": "INTEGER",
    "withheld": "INTEGER",
    "withheld_by_rule": "INTEGER",
}
"""Tables of the same shape, one row for each named number of a cell, with the type of the numbers."""

ADDED = ("withheld", "withheld_by_rule")
"""Those that a ledger of version 1 does not have; nor does it have `STUDY`."""

STUDY = """
CREATE TABLE study (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    finished TEXT NOT NULL,
    command TEXT NOT NULL,
    headline TEXT NOT NULL
);
"""

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


def create(connection: sqlite3.Connection) -> None:
    """Make all tables."""
    for statement in filter(str.strip, (TABLES + STUDY + VIEWS).split(";")):
        connection.execute(statement)
    _create_values(connection, VALUES)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def upgrade(connection: sqlite3.Connection) -> None:
    """Give an older ledger the tables that it lacks. They say nothing of its cells: what nobody counted is unknown."""
    connection.execute("BEGIN IMMEDIATE")
    if number(connection, "user_version") < SCHEMA_VERSION:  # unless another run was faster
        _create_values(connection, ADDED)
        connection.execute(STUDY)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _create_values(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Make some of the tables of named numbers."""
    for name in names:
        connection.execute(VALUE_TABLE.format(name=name, type=VALUES[name]))


def number(connection: sqlite3.Connection, pragma: str) -> int:
    """A number in the file's header."""
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
