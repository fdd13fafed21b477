"""When an experiment knows enough: the precision that its scenario asks for, and where it is not reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.differences import pair, paired_values
from sim.results import Experiment, Replication
from sim.scenario.model import Scenario, UntilPrecise
from sim.stats import FloatArray
from sim.stats.precision import PrecisionRule, half_widths

Finished = Mapping[str, Sequence[Replication]]
"""Arm -> its replications in the order of their numbers."""


@dataclass(frozen=True)
class Imprecise:
    """A difference from the baseline that is not known as precisely as asked. `half_width` is None if it has none."""

    arm: str
    metric: str
    half_width: float | None
    wanted: float


def exactly(scenario: Scenario, replications: int) -> Scenario:
    """The same scenario with so many replications. A precision that it asks for is still judged, from two on."""
    asked = scenario.replications
    if isinstance(asked, int) or replications < 2:
        return scenario.model_copy(update={"replications": replications})
    fixed = asked.model_copy(update={"min": replications, "max": replications})
    return scenario.model_copy(update={"replications": fixed})


def replications_enough(scenario: Scenario, finished: Finished, number: int) -> int | None:
    """How many replications are enough, by the first `number` of them; None if it is not known yet.

    `finished` has the arms that did not fail in these. Precision is what counts, never significance. If there is no
    difference to be precise about, because the baseline failed or all others did, it ends here, but for the fewest
    that the scenario asks for.
    """
    if not isinstance(scenario.replications, UntilPrecise):
        return scenario.most
    differences = paired_differences(scenario, finished)
    if not differences:
        return max(scenario.fewest, number)
    found = _rule(scenario, scenario.replications).stop_at(differences)
    return scenario.most if found is None and number == scenario.most else found


def imprecise(experiment: Experiment) -> tuple[Imprecise, ...]:
    """All differences that are less precise than the scenario asks for; none if it does not ask."""
    wanted = experiment.scenario.half_widths
    differences = paired_differences(experiment.scenario, {arm: experiment.of(arm) for arm in experiment.scenario.arms})
    found = [
        Imprecise(arm, metric, _last(half_widths(values)), wanted[metric])
        for (arm, metric), values in differences.items()
    ]
    return tuple(entry for entry in found if entry.half_width is None or entry.half_width > entry.wanted)


def baseline_of(scenario: Scenario) -> str:
    """The arm that the others are compared with: the declared one, else the first."""
    return scenario.compare.baseline if scenario.compare else next(iter(scenario.arms))


def paired_differences(scenario: Scenario, finished: Finished) -> dict[tuple[str, str], FloatArray]:
    """(arm, metric) -> arm minus baseline, one for each replication that both have; for the metrics that count."""
    baseline = baseline_of(scenario)
    return {
        (arm, metric): -np.diff(paired_values(pair(finished[arm], finished[baseline]), metric), axis=1)[:, 0]
        for arm in finished
        if arm != baseline and baseline in finished
        for metric in scenario.half_widths
    }


def _rule(scenario: Scenario, asked: UntilPrecise) -> PrecisionRule:
    """The rule that the scenario states."""
    return PrecisionRule(asked.min, asked.max, scenario.half_widths, asked.look_ahead)


def _last(widths: FloatArray) -> float | None:
    """The half-width after all replications."""
    return float(widths[-1]) if len(widths) and np.isfinite(widths[-1]) else None
