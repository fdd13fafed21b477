"""Running a recorded experiment again, cell by cell, and telling whether the same came out, or what differs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.cells import Cell, Recipes
from sim.changes import Change, recipe_changes
from sim.cluster import Cluster
from sim.experiment import live_through, strategies_of
from sim.registry import Registry
from sim.results import Experiment, Failure, Replication
from sim.store import Ledger, Place
from sim.store.blobs import fingerprint
from sim.tally import OnProgress, Progress
from sim.workload import choose_workers


@dataclass(frozen=True)
class Reproduction:
    """What came of running a recorded experiment again.

    `inputs`: what determines the cells and is not what it was. `cells`: how many were run. `apart`: one line for each
    cell of which something else came out, in the order of the experiment, with the first thing that differs.
    """

    run: int
    inputs: tuple[Change, ...]
    cells: int
    apart: tuple[str, ...]


def reproduce(
    ledger: Ledger,
    run: int,
    registry: Registry,
    *,
    workers: int | Cluster | None = None,
    on_progress: OnProgress | None = None,
) -> Reproduction:
    """Run every cell of a recorded experiment again. The ledger is only read. Errors: PluginError, ResultError."""
    experiment, places = ledger.experiment(run), ledger.places(run)
    cells = {_cell(place, r): (place, r) for place, r in zip(places, _all(experiment), strict=True)}
    registry = registry.fixed(strategies_of(experiment.scenario))
    recipes = Recipes(experiment.scenario, registry)
    inputs = [
        change
        for cell, (place, _) in cells.items()
        for change in recipe_changes(ledger.recipe(place.key)[0], recipes.of(cell), cell.arm)
    ]
    chosen = workers if isinstance(workers, Cluster) else choose_workers(experiment.scenario, workers)
    apart: dict[Cell, str] = {}
    run_again = live_through(experiment.scenario, registry, iter(cells), chosen)
    with contextlib.closing(run_again) as outcomes:
        for number, (cell, outcome) in enumerate(outcomes, start=1):
            place, recorded = cells[cell]
            again = _as_far_as_recorded(outcome, recorded)
            if isinstance(again, Failure) or fingerprint(again) != ledger.recipe(place.key)[1]:
                apart[cell] = f"{_name(cell)}: {_difference(recorded, again)}"
            if on_progress is not None:
                on_progress(Progress(number, len(cells), number / len(cells)))
    told = tuple(apart[cell] for cell in cells if cell in apart)
    return Reproduction(run, tuple(dict.fromkeys(inputs)), len(cells), told)


def _all(experiment: Experiment) -> Sequence[Replication]:
    """All replications in the order of the experiment's cells."""
    return (*experiment.replications, *experiment.redrawn)


def _cell(place: Place, replication: Replication) -> Cell:
    """The cell that a replication came out of."""
    return Cell(place.arm, replication.replication, place.redrawn)


def _name(cell: Cell) -> str:
    """A cell as messages name it."""
    return f"arm '{cell.arm}', {'redraw' if cell.redrawn else 'replication'} {cell.replication}"


def _as_far_as_recorded(outcome: Replication | Failure, recorded: Replication) -> Replication | Failure:
    """What came out now, without what was not yet counted when the cell was recorded."""
    if isinstance(outcome, Failure) or recorded.withheld:
        return outcome
    return replace(outcome, withheld={}, withheld_by_rule={})


def _difference(recorded: Replication, outcome: Replication | Failure) -> str:
    """The first thing that differs between what was recorded and what came out now."""
    if isinstance(outcome, Failure):
        return f"failed: {outcome.message}"
    return next(_differences(recorded, outcome), "the bits of a number that reads the same")


def _differences(before: Replication, after: Replication) -> Iterator[str]:
    """What differs, metrics first."""
    for what, one, two in (
        ("metric ", before.metrics, after.metrics),
        ("exits by ", before.exits, after.exits),
        ("money for ", before.money, after.money),
        ("fans ", before.fans, after.fans),
        ("touches by ", before.touches, after.touches),
        ("withheld from ", before.withheld, after.withheld),
        ("withheld by ", before.withheld_by_rule, after.withheld_by_rule),
    ):
        for name in dict.fromkeys([*one, *two]):
            if one.get(name) != two.get(name):
                yield f"{what}{name} was {one.get(name)}, is {two.get(name)}"
    for name in dict.fromkeys([*before.daily, *after.daily]):
        first, second = before.daily.get(name), after.daily.get(name)
        if first is None or second is None or not np.array_equal(first, second, equal_nan=True):
            yield f"series {name}{_day(first, second)}"
    if before.outcomes is not None and after.outcomes is not None:
        yield "what became of single fans"


def _day(first: np.ndarray | None, second: np.ndarray | None) -> str:
    """On which day two series part."""
    if first is None or second is None or len(first) != len(second):
        return ""
    return f" from day {int(np.flatnonzero(first != second)[0])} on"
