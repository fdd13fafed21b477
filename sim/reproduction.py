"""Running a recorded experiment again, cell by cell, and telling whether the same came out, or what differs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim.cells import Cell, Recipe, Recipes
from sim.changes import Change, recipe_changes
from sim.cluster import Cluster
from sim.experiment import live_through, strategies_of
from sim.failing import cell_of, finished, named, reason, told
from sim.registry import Registry
from sim.results import Experiment, Failure, Replication
from sim.store import Ledger
from sim.store.blobs import fingerprint
from sim.tally import OnProgress, Progress
from sim.workload import choose_workers


@dataclass(frozen=True)
class Reproduction:
    """What came of running a recorded experiment again.

    `inputs`: what determines the cells and is not what it was. `cells`: how many were run, with those that had failed.
    `apart`: one line for each cell of which something else came out, in the order of the experiment, with the first
    thing that differs. `failed`: the cells that failed again as they did then, and lines that tell them.
    """

    run: int
    inputs: tuple[Change, ...]
    cells: int
    apart: tuple[str, ...]
    failed: tuple[Cell, ...]
    why: tuple[str, ...]


def reproduce(
    ledger: Ledger,
    run: int,
    registry: Registry,
    *,
    workers: int | Cluster | None = None,
    on_progress: OnProgress | None = None,
) -> Reproduction:
    """Run every cell of a recorded experiment again, also those that had failed. The ledger is only read.

    Errors: PluginError, ResultError.
    """
    experiment = ledger.experiment(run)
    cells = _recorded(ledger, run, experiment)
    registry = registry.fixed(strategies_of(experiment.scenario))
    recipes = Recipes(experiment.scenario, registry)
    inputs = [
        change
        for cell, then in cells.items()
        if then.recipe is not None
        for change in recipe_changes(then.recipe, recipes.of(cell), cell.arm)
    ]
    chosen = workers if isinstance(workers, Cluster) else choose_workers(experiment.scenario, workers)
    apart: dict[Cell, str] = {}
    run_again = live_through(experiment.scenario, registry, iter(cells), chosen)
    with contextlib.closing(run_again) as outcomes:
        for number, (cell, outcome) in enumerate(outcomes, start=1):
            found = _difference(cells[cell], outcome)
            if found is not None:
                apart[cell] = f"{named([cell])}: {found}"
            if on_progress is not None:
                on_progress(Progress(number, len(cells), number / len(cells)))
    different = tuple(apart[cell] for cell in cells if cell in apart)
    again = {f: t.outcome for f, t in cells.items() if isinstance(t.outcome, Failure) and f not in apart}
    return Reproduction(run, tuple(dict.fromkeys(inputs)), len(cells), different, tuple(again), told(again))


@dataclass(frozen=True)
class _Then:
    """What came out of a cell when it was recorded, the fingerprint of that, and its recipe if that is known."""

    outcome: Replication | Failure
    result: str
    recipe: Recipe | None


def _recorded(ledger: Ledger, run: int, experiment: Experiment) -> dict[Cell, _Then]:
    """All cells of an experiment in its order, and then those that failed."""
    cells: dict[Cell, _Then] = {}
    for (cell, made), place in zip(finished(experiment).items(), ledger.places(run), strict=True):
        recipe, result = ledger.recipe(place.key)
        cells[cell] = _Then(made, result, recipe)
    for failure in experiment.failures:
        cells[cell_of(failure)] = _Then(failure, "", ledger.failed_recipe(failure.cell))
    return cells


def _as_far_as_recorded(outcome: Replication, recorded: Replication) -> Replication:
    """What came out now, without what was not yet counted when the cell was recorded."""
    return outcome if recorded.withheld else replace(outcome, withheld={}, withheld_by_rule={})


def _difference(then: _Then, outcome: Replication | Failure) -> str | None:
    """The first thing that differs between what was recorded and what came out now; None if nothing does."""
    match then.outcome, outcome:
        case Failure() as before, Failure() as after:
            same = reason(before) == reason(after)
            return None if same else f"failed before: {reason(before)}, fails now: {reason(after)}"
        case Failure() as before, _:
            return f"does not fail any more, as it did: {reason(before)}"
        case _, Failure() as after:
            return f"failed: {after.message}"
        case Replication() as before, Replication() as after:
            again = _as_far_as_recorded(after, before)
            if fingerprint(again) != then.result:
                return next(_differences(before, again), "the bits of a number that reads the same")
    return None


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
