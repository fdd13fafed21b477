"""When an experiment knows enough: the precision that its scenario asks for, and where it is not reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.differences import Pairs, pair, paired_values
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

    `finished` has what came out of these. Precision is what counts, never significance. An arm that has fewer than two
    of them in common with the baseline is left out: it has no interval, so that a strategy that always fails keeps
    nobody waiting. If no arm is left, it ends here, but for the fewest that the scenario asks for.
    """
    if not isinstance(scenario.replications, UntilPrecise):
        return scenario.most
    differences = _paired_differences(scenario, finished, number, fewest=2)
    if not differences:
        return max(scenario.fewest, number)
    found = _rule(scenario, scenario.replications).stop_at(differences)
    return scenario.most if found is None and number == scenario.most else found


def imprecise(experiment: Experiment) -> tuple[Imprecise, ...]:
    """All differences that are less precise than the scenario asks for; none if it does not ask.

    An arm without a finished replication is left out: that it failed says more.
    """
    scenario = experiment.scenario
    finished = {arm: runs for arm in scenario.arms if (runs := experiment.of(arm))}
    differences = _paired_differences(scenario, finished, scenario.most)
    found = [
        Imprecise(arm, metric, _last(half_widths(values)), scenario.half_widths[metric])
        for (arm, metric), values in differences.items()
    ]
    return tuple(entry for entry in found if entry.half_width is None or entry.half_width > entry.wanted)


def baseline_of(scenario: Scenario) -> str:
    """The arm that the others are compared with: the declared one, else the first."""
    return scenario.compare.baseline if scenario.compare else next(iter(scenario.arms))


def _paired_differences(
    scenario: Scenario, finished: Finished, number: int, fewest: int = 0
) -> dict[tuple[str, str], FloatArray]:
    """(arm, metric) -> arm minus baseline, shape (number,), by replication; for the metrics that count.

    NaN where one of the two did not finish, or leaves the metric undefined. Arms with less than the `fewest` pairs are
    left out.
    """
    baseline = baseline_of(scenario)
    pairs = {arm: pair(finished[arm], finished.get(baseline, ())) for arm in finished if arm != baseline}
    return {
        (arm, metric): _by_number(both, metric, number)
        for arm, both in pairs.items()
        if baseline in finished and len(both) >= fewest
        for metric in scenario.half_widths
    }


def _by_number(pairs: Pairs, metric: str, number: int) -> FloatArray:
    """Arm minus baseline by replication, shape (number,); NaN without a pair."""
    apart = np.full(number, np.nan)
    apart[[mine.replication for mine, _ in pairs]] = -np.diff(paired_values(pairs, metric), axis=1)[:, 0]
    return apart


def _rule(scenario: Scenario, asked: UntilPrecise) -> PrecisionRule:
    """The rule that the scenario states."""
    return PrecisionRule(asked.min, asked.max, scenario.half_widths, asked.look_ahead)


def _last(widths: FloatArray) -> float | None:
    """The half-width after all replications."""
    return float(widths[-1]) if len(widths) and np.isfinite(widths[-1]) else None
