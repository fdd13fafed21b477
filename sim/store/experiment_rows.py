"""One experiment in the tables of the ledger: what it was, and which cells it is a view of, in order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sim.errors import ResultError
from sim.results import Experiment, Failure, Provenance, Replication
from sim.scenario.model import Scenario
from sim.store import cell_rows

COLUMNS = ("name", "command", "headline", "scenario", "provenance", "warnings", "failures", "redraws")
"""Columns of `experiment` beside its number and the time at which it ended."""


@dataclass(frozen=True)
class Run:
    """A recorded experiment in a line. `replications` counts those of all arms, `redrawn` under redrawn assumptions.

    `finished`: when it was recorded first, UTC, as ISO 8601.
    """

    id: int
    finished: str
    name: str
    command: str
    headline: str
    arms: tuple[str, ...]
    replications: int
    redrawn: int


@dataclass(frozen=True)
class Place:
    """One cell of an experiment: the arm that it stands for there, and the cell's key."""

    arm: str
    key: str
    redrawn: bool


def write(connection: sqlite3.Connection, experiment: Experiment, headline: str, where: str = "") -> int:
    """Record an experiment, inside a transaction; returns its number, that of the newest one if it is the same.

    `where`: what stands behind its command to lead to the same folder.
    """
    row = _row(experiment, headline, where)
    cells = [(r.arm, key) for r, key in zip(_all(experiment), experiment.cells, strict=True)]
    newest = connection.execute(f"SELECT id, {', '.join(COLUMNS)} FROM experiment ORDER BY id DESC LIMIT 1").fetchone()
    if newest and list(newest[1:]) == row and [(p.arm, p.key) for p in places(connection, newest[0])] == cells:
        return int(newest[0])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    marks = ", ".join("?" * (len(COLUMNS) + 1))
    query = f"INSERT INTO experiment (finished, {', '.join(COLUMNS)}) VALUES ({marks})"
    number = int(connection.execute(query, [now, *row]).lastrowid or 0)
    connection.executemany(
        "INSERT INTO experiment_cell SELECT ?, ?, ?, id FROM cell WHERE key = ?",
        [(number, place, arm, key) for place, (arm, key) in enumerate(cells)],
    )
    return number


def _row(experiment: Experiment, headline: str, where: str) -> list[str]:
    """The columns of `experiment`."""
    return [
        experiment.scenario.name,
        experiment.provenance.command + where,
        headline,
        experiment.scenario.model_dump_json(),
        *map(
            _json,
            (
                asdict(experiment.provenance),
                experiment.warnings,
                [asdict(failure) for failure in experiment.failures],
                [dict(values) for values in experiment.redraws],
            ),
        ),
    ]


def _all(experiment: Experiment) -> Sequence[Replication]:
    """All replications in the order of `Experiment.cells`."""
    return (*experiment.replications, *experiment.redrawn)


def read(connection: sqlite3.Connection, number: int) -> Experiment:
    """A recorded experiment with all its replications. Errors: ResultError if this version cannot read it."""
    query = f"SELECT {', '.join(COLUMNS)} FROM experiment WHERE id = ?"
    row = dict(zip(COLUMNS, connection.execute(query, [number]).fetchone(), strict=True))
    try:
        scenario = Scenario.model_validate_json(row["scenario"], strict=True)
        provenance = Provenance(**json.loads(row["provenance"]))
        failures = tuple(Failure(**failure) for failure in json.loads(row["failures"]))
    except (ValueError, TypeError) as error:
        raise ResultError(f"run {number} was recorded by a simrun that had other settings: {error}") from error
    cells = places(connection, number)
    made = [(place, cell_rows.read(connection, place.key, place.arm)) for place in cells]
    return Experiment(
        scenario=scenario,
        replications=tuple(r for place, r in made if r and not place.redrawn),
        provenance=provenance,
        failures=failures,
        warnings=tuple(json.loads(row["warnings"])),
        redrawn=tuple(r for place, r in made if r and place.redrawn),
        redraws=tuple(json.loads(row["redraws"])),
        cells=tuple(place.key for place in cells),
    )


def places(connection: sqlite3.Connection, number: int) -> tuple[Place, ...]:
    """The cells of an experiment, in order."""
    query = (
        "SELECT experiment_cell.arm, key, redraw IS NOT NULL FROM experiment_cell JOIN cell ON cell.id = cell "
        "WHERE experiment = ? ORDER BY place"
    )
    return tuple(Place(arm, key, bool(redrawn)) for arm, key, redrawn in connection.execute(query, [number]))


def runs(connection: sqlite3.Connection) -> tuple[Run, ...]:
    """All experiments, the oldest first."""
    query = "SELECT id, finished, name, command, headline, scenario FROM experiment ORDER BY id"
    return tuple(_run(connection, *row) for row in connection.execute(query).fetchall())


def _run(connection: sqlite3.Connection, number: int, *row: str) -> Run:
    """One experiment in a line."""
    finished, name, command, headline, scenario = row
    redrawn = [place.redrawn for place in places(connection, number)]
    arms = tuple(json.loads(scenario)["arms"])
    return Run(number, finished, name, command, headline, arms, redrawn.count(False), redrawn.count(True))


def _json(value: Any) -> str:
    """JSON in the order of the value."""
    return json.dumps(value, ensure_ascii=False)
