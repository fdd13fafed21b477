"""The records of a comparison: all that a report shows, so that it can be redrawn without a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.results import Experiment, Failure
from sim.stats import ArmVerdict, FloatArray, GoalVerdict, GuardrailVerdict

Role = Literal["goal", "guardrail", "secondary"]
Status = Literal["passed", "warning", "failed"]
Band = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class Estimate:
    """Mean over the `n` replications in which a metric is defined, with the half-width of its 95 % interval.

    `mean` is None if no replication defines it, `half_width` if fewer than two do.
    """

    mean: float | None
    half_width: float | None
    n: int


@dataclass(frozen=True)
class Difference:
    """Arm minus baseline in one metric, paired by replication.

    `difference`, `ci_low`, `ci_high` are in the metric's unit and keep its sign, ci_low <= ci_high.
    `improves` tells whether plus is good (1) or bad (-1); the verdict is that of the interval turned so that
    plus is good. `margin` is the smallest difference that matters, if declared.

    `paired` holds arm and baseline values, shape (m, 2), one row for each of `replications`, the numbers that
    both arms finished, in ascending order; NaN where the metric is undefined. Estimates use the `n` rows
    without NaN. `relative` is the difference as a share of the absolute baseline mean, None if that is 0.
    `correlation` is that of the two columns, None below 3 rows.
    """

    baseline: str
    arm: str
    metric: str
    role: Role
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    margin: float | None
    verdict: GoalVerdict | GuardrailVerdict | None
    improves: int
    paired: FloatArray
    relative: float | None
    correlation: float | None
    replications: tuple[int, ...]
    n: int


@dataclass(frozen=True)
class ArmSummary:
    """One arm: estimates by metric, mean and sd of each day series, mean exits, money and touches.

    `values[metric]` has one value for each of `replications`, the finished numbers in ascending order, NaN
    where undefined. `daily_mean` and `daily_sd` (over replications, n - 1 in its denominator, NaN for one)
    have shape (days,). An arm without a finished replication has estimates of None and empty mappings.
    """

    name: str
    strategies: tuple[str, ...]
    metrics: Mapping[str, Estimate]
    values: Mapping[str, FloatArray]
    daily_mean: Mapping[str, FloatArray]
    daily_sd: Mapping[str, FloatArray]
    exits: Mapping[str, float]
    money: Mapping[str, float]
    touches: Mapping[str, float]
    verdict: ArmVerdict | None
    failures: tuple[Failure, ...]
    replications: tuple[int, ...]


@dataclass(frozen=True)
class Check:
    """One health check: what was checked, how it went, and what to do if it did not go well."""

    name: str
    status: Status
    detail: str
    advice: str = ""


@dataclass(frozen=True)
class Comparison:
    """All that a report shows.

    `differences` lists, arm by arm, the goal, the guardrail and all other metrics against `baseline`.
    `daily_difference[arm][series]` is (mean, low, high) of arm minus baseline, each of shape (days,); the
    bands are 95 % for each day by itself, NaN for one pair. `health` has failed checks first, then warnings.
    """

    experiment: Experiment
    baseline: str | None
    headline: str
    arms: tuple[ArmSummary, ...]
    differences: tuple[Difference, ...]
    daily_difference: Mapping[str, Mapping[str, Band]]
    health: tuple[Check, ...]

    def arm(self, name: str) -> ArmSummary:
        """The summary of one arm. Raises KeyError for an unknown name."""
        return {a.name: a for a in self.arms}[name]

    def of(self, arm: str, role: Role) -> Difference | None:
        """The difference of an arm from the baseline as `goal` or `guardrail`; None if none is declared."""
        return next((d for d in self.differences if d.arm == arm and d.role == role), None)
