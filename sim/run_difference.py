"""What changed between two recorded experiments: in what went in, and in what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.cells import Cell, Recipe
from sim.changes import Change, changes, made_by
from sim.failing import Failing, failed, failing, finished
from sim.measures import METRICS
from sim.results import Experiment, Replication
from sim.store import Ledger, Run


@dataclass(frozen=True)
class Moved:
    """A metric of an arm whose mean over the replications that both runs have is another one; None if undefined."""

    arm: str
    metric: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class RunDifference:
    """What is not the same in two runs.

    `inputs`: settings by key path, code, versions and processor. `results`: metrics of the arms that both have.
    `failures`: what did not fail alike in both. `common`: how many replications of an arm, redrawn ones too, finished
    in both, and `apart`: how many of these are not the same to the last bit. `identical`: whether all replications are
    the same to the last bit, and as many, and what failed is the same.
    """

    before: Run
    after: Run
    inputs: tuple[Change, ...]
    results: tuple[Moved, ...]
    failures: tuple[Failing, ...]
    common: int
    apart: int
    identical: bool


def difference_of_runs(first: Ledger, before: Run, second: Ledger, after: Run) -> RunDifference:
    """Compare two runs, of one ledger or of two. Errors: ResultError if one cannot be read."""
    one, two = first.experiment(before.id), second.experiment(after.id)
    made = [change for arm in one.scenario.arms for change in _made(first, one, second, two, arm)]
    settings = changes(_settings(one), _settings(two))
    known = {change.key for change in settings}
    inputs = [*settings, *(change for change in made if change.key not in known)]
    arms = [arm for arm in one.scenario.arms if arm in two.scenario.arms]
    failures = failing(one, two)
    was, now = _fingerprints(first, before, one), _fingerprints(second, after, two)
    common = was.keys() & now.keys()
    return RunDifference(
        before,
        after,
        inputs=tuple(dict.fromkeys(inputs)),
        results=tuple(moved for arm in arms for moved in _moved(one, two, arm)),
        failures=failures,
        common=len(common),
        apart=sum(was[cell] != now[cell] for cell in common),
        identical=list(was.items()) == list(now.items()) and failed(one) == failed(two),
    )


def _settings(experiment: Experiment) -> dict[str, object]:
    """The scenario as one writes it: parameters of a strategy beside its name."""
    settings = experiment.scenario.model_dump(mode="json")
    settings["arms"] = {
        arm: [{"use": use["use"], **use["parameters"]} for use in uses] for arm, uses in settings["arms"].items()
    }
    return settings


def _made(first: Ledger, one: Experiment, second: Ledger, two: Experiment, arm: str) -> tuple[Change, ...]:
    """What made the replications of an arm and is not the same; the strategies' settings are told elsewhere."""
    before, after = _recipe(first, one, arm), _recipe(second, two, arm)
    found = made_by(before, after, arm) if before and after else ()
    return tuple(change for change in found if not change.key.startswith("arms."))


def _recipe(ledger: Ledger, experiment: Experiment, arm: str) -> Recipe | None:
    """The recipe of an arm's first replication, or of the one in which it failed; None if that is not known."""
    for r, key in zip(experiment.replications, experiment.cells, strict=False):
        if r.arm == arm:
            return ledger.recipe(key)[0]
    return next((ledger.failed_recipe(failure.cell) for failure in experiment.failed(arm)), None)


def _moved(one: Experiment, two: Experiment, arm: str) -> list[Moved]:
    """The metrics of an arm whose means differ, over the replications that both runs have."""
    first, second = ({r.replication: r for r in made.of(arm)} for made in (one, two))
    common = sorted(first.keys() & second.keys())
    before, after = ([made[number] for number in common] for made in (first, second))
    means = [(metric, _mean(before, metric), _mean(after, metric)) for metric in METRICS]
    return [Moved(arm, metric, was, now) for metric, was, now in means if was != now]


def _mean(replications: Sequence[Replication], metric: str) -> float | None:
    """Mean over the replications in which a metric is defined."""
    values = [value for r in replications if (value := r.metrics.get(metric)) is not None]
    return float(np.mean(values)) if values else None


def _fingerprints(ledger: Ledger, run: Run, experiment: Experiment) -> dict[Cell, str]:
    """The fingerprint of every finished cell of a run, in its order."""
    places = zip(finished(experiment), ledger.places(run.id), strict=True)
    return {cell: ledger.recipe(place.key)[1] for cell, place in places}
