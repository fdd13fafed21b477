"""Sweeps and comparisons of scenarios in the tables of the ledger: that they were made, and what came of them.

Their replications are cells like all others, so the same command draws a study again without running anything.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Study:
    """A study in a line: the time at which it ended first, UTC, as ISO 8601; the command; what it found."""

    finished: str
    command: str
    headline: str


def write(connection: sqlite3.Connection, command: str, headline: str) -> None:
    """Record a study, inside a transaction, unless it is the newest one again."""
    query = "SELECT command, headline FROM study ORDER BY id DESC LIMIT 1"
    if connection.execute(query).fetchone() != (command, headline):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        row = [now, command, headline]
        connection.execute("INSERT INTO study (finished, command, headline) VALUES (?, ?, ?)", row)


def studies(connection: sqlite3.Connection) -> tuple[Study, ...]:
    """All studies, the oldest first; none in a ledger of version 1, which does not keep them."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'study'").fetchone():
        return ()
    rows = connection.execute("SELECT finished, command, headline FROM study ORDER BY id").fetchall()
    return tuple(Study(*row) for row in rows)
