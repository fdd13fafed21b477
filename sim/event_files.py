"""The event log of every arm as a file: one row an event, for whatever tool one likes.

The log is that of replication 0, lived through once more with somebody taking notes: it says the same as the results.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import os
import sys
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimrunError, UsageError
from sim.events import COLUMNS, EventLog
from sim.population import shared_pool
from sim.registry import Registry
from sim.scenario.model import Scenario
from sim.world import World

Kind = Literal["csv", "parquet"]
Batches = Iterator[dict[str, NDArray[Any]]]

FOLDER = "events"
ROWS = 200_000
"""Rows held as text or written as one group at a time."""


def check_kind(kind: Kind) -> None:
    """Make sure before a long run that files of this kind can be written. Errors: UsageError."""
    if kind == "parquet":
        _pyarrow()


def write_events(
    scenario: Scenario, registry: Registry, directory: Path, kind: Kind, failed: Container[str] = ()
) -> list[Path]:
    """Write `directory/events/<arm>.<kind>` for every arm but those that `failed`; the files' paths.

    A file of an arm that failed is removed: it would show an earlier run. Errors: PluginError as in a run, SimrunError
    with path and reason when a file cannot be written.
    """
    writers: dict[Kind, Callable[[Path, Batches], None]] = {"csv": _write_csv, "parquet": _write_parquet}
    paths = {arm: directory / FOLDER / f"{arm}.{kind}" for arm in scenario.arms}
    for arm in filter(failed.__contains__, paths):
        paths[arm].unlink(missing_ok=True)
    arms = [arm for arm in paths if arm not in failed]
    return [_whole(paths[arm], _lived(scenario, registry, arm), writers[kind]) for arm in arms]


def _lived(scenario: Scenario, registry: Registry, arm: str) -> Batches:
    """The events of one arm; what strategies print goes to stderr."""
    log = EventLog()
    strategies = [registry.build(use) for use in scenario.arms[arm]]
    world = World(scenario, strategies, 0, shared_pool(scenario, 0).copy(), log)
    with contextlib.redirect_stdout(sys.stderr):
        world.run(arm)
    yield from log.batches(world.fans, tuple(scenario.market.sources), ROWS)


def _whole(path: Path, batches: Batches, write: Callable[[Path, Batches], None]) -> Path:
    """Let `write` make a file aside, and put it in its place when it is complete."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(unfinished, batches)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise SimrunError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def _write_csv(path: Path, batches: Batches) -> None:
    """One line an event; an empty cell where there is no amount."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for batch in batches:
            batch["amount"] = np.where(np.isnan(batch["amount"]), "", batch["amount"].astype(str))
            writer.writerows(zip(*(batch[name].tolist() for name in COLUMNS), strict=True))


def _write_parquet(path: Path, batches: Batches) -> None:
    """One row group a batch; words as dictionaries, a null where there is no amount."""
    arrow = _pyarrow()
    parquet = importlib.import_module("pyarrow.parquet")
    words = arrow.dictionary(arrow.int32(), arrow.string())
    kinds = dict(zip(COLUMNS, (arrow.int32(), words, words, words, arrow.float64(), arrow.float64()), strict=True))
    with parquet.ParquetWriter(path, arrow.schema(list(kinds.items()))) as file:
        for batch in batches:
            file.write_table(
                arrow.table({name: arrow.array(batch[name], kinds[name], from_pandas=True) for name in COLUMNS})
            )


def _pyarrow() -> Any:
    """The package that writes Parquet. Errors: UsageError if it is not installed."""
    try:
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise UsageError(
            "--events parquet: needs pyarrow, install it with pip install '.[parquet]', or write csv"
        ) from error
