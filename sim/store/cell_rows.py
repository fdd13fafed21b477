"""One cell in the tables of the ledger: writing it down, and reading the same replication again."""

from __future__ import annotations

import json
import math
import sqlite3
import zlib
from collections.abc import Sequence
from typing import Any

from sim.cells import Part, Recipe
from sim.errors import ResultError
from sim.results import Replication, canonical
from sim.store.blobs import fingerprint, pack_outcomes, pack_series, unpack_outcomes, unpack_series
from sim.store.schema import VALUES

FIELDS = {"metric": "metrics", **{name: name for name in VALUES if name != "metric"}}
"""Table -> the field of a replication that it holds."""

PARTS = ("world", "strategies", "code", "environment")
"""Columns of `cell` that name a part of the recipe."""


def write(connection: sqlite3.Connection, recipe: Recipe, replication: Replication, replace: bool) -> None:
    """Write a cell down, inside a transaction. One that is known already stays, unless it shall be replaced."""
    known = connection.execute("SELECT id FROM cell WHERE key = ?", [recipe.key]).fetchone()
    if known and not replace:
        return
    made = canonical(replication)
    for table in (*VALUES, "series") if known else ():
        connection.execute(f"DELETE FROM {table} WHERE cell = ?", known)
    outcomes = pack_outcomes(made.outcomes) if made.outcomes else None
    result = [made.arm, fingerprint(made), outcomes]
    if known:
        connection.execute("UPDATE cell SET arm = ?, result = ?, outcomes = ? WHERE id = ?", [*result, *known])
    number = known[0] if known else _insert(connection, recipe, result)
    for table, field in FIELDS.items():
        rows = [(number, name, value) for name, value in getattr(made, field).items()]
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    series = [(number, name, pack_series(values)) for name, values in made.daily.items()]
    connection.executemany("INSERT INTO series VALUES (?, ?, ?)", series)


def _insert(connection: sqlite3.Connection, recipe: Recipe, result: list[Any]) -> int:
    """Make the row of a new cell, and those of the parts of its recipe; returns its number."""
    parts = _parts(recipe)
    _insert_parts(connection, parts)
    luck = [recipe.seed, recipe.replication, recipe.redraw, recipe.dtype]
    cursor = connection.execute(
        "INSERT INTO cell (key, arm, result, outcomes, seed, replication, redraw, dtype, world, strategies, code, "
        "environment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [recipe.key, *result, *luck, *(part.digest for part in parts)],
    )
    return int(cursor.lastrowid or 0)


def write_recipe(connection: sqlite3.Connection, recipe: Recipe) -> None:
    """Write down the recipe of a cell that failed, inside a transaction, as a part that names the others."""
    _insert_parts(connection, [*_parts(recipe), recipe.content])


def _parts(recipe: Recipe) -> list[Part]:
    """The parts of a recipe, in the order of `PARTS`."""
    return [getattr(recipe, name) for name in PARTS]


def _insert_parts(connection: sqlite3.Connection, parts: list[Part]) -> None:
    """Make the rows of the parts that are not there."""
    connection.executemany("INSERT OR IGNORE INTO part VALUES (?, ?)", [(part.digest, part.content) for part in parts])


def read(connection: sqlite3.Connection, key: str, arm: str) -> Replication | None:
    """The replication under a key, as one of an arm of this name; None if there is none.

    Errors: ResultError if what is there is not what was written.
    """
    found = connection.execute("SELECT id, replication, result, outcomes FROM cell WHERE key = ?", [key]).fetchone()
    if found is None:
        return None
    number, replication, result, outcomes = found
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    tables = {field: _values(connection, table, number) if table in there else {} for table, field in FIELDS.items()}
    tables["money"] = {part: math.nan if amount is None else amount for part, amount in tables["money"].items()}
    series = connection.execute("SELECT name, data FROM series WHERE cell = ? ORDER BY rowid", [number])
    try:
        daily = {name: unpack_series(data) for name, data in series}
        fans = unpack_outcomes(outcomes) if outcomes is not None else None
        made = Replication(arm=arm, replication=replication, daily=daily, outcomes=fans, **tables)
    except (zlib.error, ValueError, TypeError, KeyError, EOFError):
        made = None
    if made is None or fingerprint(made) != result:
        raise ResultError(
            f"replication {replication} of arm '{arm}' is not what was written there; --fresh computes it again"
        )
    return made


def read_recipe(connection: sqlite3.Connection, key: str) -> tuple[Recipe, str]:
    """The recipe under a key, and the fingerprint of what came out of it. The key has to be known."""
    query = f"SELECT seed, replication, redraw, dtype, result, {', '.join(PARTS)} FROM cell WHERE key = ?"
    seed, replication, redraw, dtype, result, *names = connection.execute(query, [key]).fetchone()
    world, strategies, code, environment = _read_parts(connection, names)
    return Recipe(world, strategies, code, environment, seed, replication, redraw, dtype), result


def read_failed_recipe(connection: sqlite3.Connection, key: str) -> Recipe | None:
    """The recipe of a failed cell under a key; None if it was not written down."""
    found = _read_parts(connection, [key])
    if not found:
        return None
    _, *names, seed, replication, redraw, dtype = json.loads(found[0].content)
    world, strategies, code, environment = _read_parts(connection, names)
    return Recipe(world, strategies, code, environment, seed, replication, redraw, dtype)


def _read_parts(connection: sqlite3.Connection, digests: Sequence[str]) -> list[Part]:
    """The parts with these digests, in this order, as far as there are any."""
    query = "SELECT content FROM part WHERE digest = ?"
    return [Part(*row) for digest in digests if (row := connection.execute(query, [digest]).fetchone())]


def _values(connection: sqlite3.Connection, table: str, cell: int) -> dict[str, Any]:
    """Named numbers in the order in which they were written."""
    return dict(connection.execute(f"SELECT name, value FROM {table} WHERE cell = ? ORDER BY rowid", [cell]))
