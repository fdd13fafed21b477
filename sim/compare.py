"""From an experiment to a comparison: estimates, paired differences, verdicts and health, as frozen records.

Everything a report shows is here, so that a report can be redrawn without running anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.results import Experiment, Failure

Role = Literal["goal", "guardrail", "secondary"]
GoalVerdict = Literal["better", "worse", "practically equal", "inconclusive"]
GuardrailVerdict = Literal["held", "broken", "unproven"]
ArmVerdict = Literal["better", "equal", "worse", "inconclusive"]
Status = Literal["passed", "warning", "failed"]


@dataclass(frozen=True)
class Estimate:
    """Mean over replications with the half-width of its 95 % interval; None where it is undefined."""

    mean: float | None
    half_width: float | None
    n: int


@dataclass(frozen=True)
class Difference:
    """Arm minus baseline in one metric, paired by replication.

    `difference`, `ci_low`, `ci_high` are in the metric's unit and keep its sign; `improves` tells whether plus is
    good (1) or bad (-1). `margin` is the smallest difference that matters, if declared. `paired` holds arm and
    baseline values, shape (n, 2). `relative` is the difference as a share of the baseline's mean, if that is not 0.
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
    paired: NDArray[np.float64]
    relative: float | None
    correlation: float | None


@dataclass(frozen=True)
class ArmSummary:
    """One arm: estimates by metric, mean and sd of each day series, exits, money and touches (means over replications)."""

    name: str
    strategies: tuple[str, ...]
    metrics: Mapping[str, Estimate]
    values: Mapping[str, NDArray[np.float64]]
    daily_mean: Mapping[str, NDArray[np.float64]]
    daily_sd: Mapping[str, NDArray[np.float64]]
    exits: Mapping[str, float]
    money: Mapping[str, float]
    touches: Mapping[str, float]
    verdict: ArmVerdict | None
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Check:
    """One health check: what was checked, how it went, and what to do if it did not go well."""

    name: str
    status: Status
    detail: str
    advice: str = ""


@dataclass(frozen=True)
class Comparison:
    """All that a report shows. `daily_difference[arm][series]` is (mean, low, high), each of shape (days,)."""

    experiment: Experiment
    baseline: str | None
    headline: str
    arms: tuple[ArmSummary, ...]
    differences: tuple[Difference, ...]
    daily_difference: Mapping[
        str, Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]
    ]
    health: tuple[Check, ...]

    def arm(self, name: str) -> ArmSummary:
        """The summary of one arm."""
        return next(a for a in self.arms if a.name == name)
