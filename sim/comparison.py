"""The records of a comparison: all that a report shows, so that it can be redrawn without a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.results import Experiment, Failure
from sim.same_fan import SameFan
from sim.stats import ArmVerdict, FloatArray, GoalVerdict, GuardrailVerdict, Interval
from sim.stats.common_luck import CommonLuck
from sim.stats.precision import Precision
from sim.stats.selection import Selection
from sim.stats.uncertainty import Driver

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

    Beside the interval, all in the metric's unit and sign, None below 2 rows: `bootstrap`, the BCa interval, and
    whether it is so `skewed` that the two disagree materially; `simultaneous`, wider, so that those of all arms hold
    together; `lift`, the interval of `relative`, None also if the baseline may be 0. `discovery` tells whether a
    secondary metric differs by more than chance finds among so many; None for goal and guardrail, which have verdicts.
    `precision`: what is wanted is the half-width that the scenario asks for, else the margin. `common_luck`: what
    pairing by luck bought.
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
    bootstrap: Interval | None
    skewed: bool
    simultaneous: Interval | None
    lift: Interval | None
    discovery: bool | None
    precision: Precision | None
    common_luck: CommonLuck | None

    @property
    def by_luck(self) -> Interval:
        """The mean and the 95 % interval of luck alone, in the metric's own sign; zeros where there is none."""
        return Interval(self.difference or 0.0, self.ci_low or 0.0, self.ci_high or 0.0)


@dataclass(frozen=True)
class ArmSummary:
    """One arm: estimates by metric, mean and sd of each day series, mean exits, money and touches.

    `values[metric]` has one value for each of `replications`, the finished numbers in ascending order, NaN
    where undefined. `daily_mean` and `daily_sd` (over replications, n - 1 in its denominator, NaN for one)
    have shape (days,). An arm without a finished replication has estimates of None and empty mappings; `withheld` and
    `withheld_by_rule` are empty also where a run was recorded before they were counted.

    `selection` is about the goal alone, whatever the guardrail says: whether this is surely the best arm of all, may
    be or is as good as the best within the margin (`tied`), or surely is not. `against_best` is the interval it
    rests on, this arm minus the best of the others in the goal's unit and sign. Those of all arms hold together. None
    without a goal, a second arm, or two replications in common.
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
    withheld: Mapping[str, float]
    withheld_by_rule: Mapping[str, float]
    verdict: ArmVerdict | None
    failures: tuple[Failure, ...]
    replications: tuple[int, ...]
    selection: Selection | None
    against_best: Interval | None


@dataclass(frozen=True)
class Frontier:
    """How surely each arm's mean is on the frontier of value and loss: no other arm is better in both.

    `metrics`: value per fan, and churn or, where that is undefined, the exit rate. `probability`: arm -> share of
    resampled experiments in which it is on the frontier, from the `n` replications that all these arms have.
    """

    metrics: tuple[str, str]
    probability: Mapping[str, float]
    n: int


@dataclass(frozen=True)
class WorldEffect:
    """Arm minus baseline in one metric, over worlds drawn from the assumptions, paired by redraw.

    `interval`: mean, and the 95 % interval for one replication in one such world, in the metric's unit and sign;
    `simultaneous`, wider, so that those of all arms hold together; None below 2 redraws. `luck`: share of the variance
    over the redraws that the luck of one replication explains, None if unknown.
    `better`: share of the `n` redraws in which the arm is better. `verdict` follows the same rules as that of
    `Difference`; `only_luck`: the latter is decided, but not confirmed here. `drivers`: the parameters that move the
    difference most; those below a rank correlation of `noise` in size may be chance. Without an interval a verdict is
    `inconclusive` or `unproven`.
    """

    arm: str
    metric: str
    role: Role
    interval: Interval | None
    simultaneous: Interval | None
    luck: float | None
    better: float | None
    verdict: GoalVerdict | GuardrailVerdict | None
    only_luck: bool
    drivers: tuple[Driver, ...]
    noise: float | None
    n: int


@dataclass(frozen=True)
class Assumptions:
    """What becomes of the comparison when every assumption is redrawn within its evidence range.

    `parameters`: key paths of what was redrawn, `redraws` times. `effects` has one entry for each difference.
    `verdicts`: arm -> verdict over the redraws; `only_luck`: arms whose verdict by luck is decided, but another here.
    """

    redraws: int
    parameters: tuple[str, ...]
    effects: tuple[WorldEffect, ...]
    verdicts: Mapping[str, ArmVerdict | None]
    only_luck: tuple[str, ...]

    @property
    def untested(self) -> tuple[str, ...]:
        """Arms that are judged, but not over the redraws, as too few of these finished for an interval."""
        return tuple(dict.fromkeys(e.arm for e in self.effects if e.verdict and e.interval is None))

    def of(self, arm: str, role: Role) -> WorldEffect | None:
        """The effect of an arm in the `goal` or `guardrail`; None if none is declared."""
        return next((e for e in self.effects if e.arm == arm and e.role == role), None)


@dataclass(frozen=True)
class Check:
    """One health check: what was checked, how it went, and what to do if it did not go well."""

    name: str
    status: Status
    detail: str
    advice: str = ""

    @property
    def heading(self) -> str:
        """What to write before the detail: the name says what should be, so it is a question if that is not so."""
        return f"{self.name}{':' if self.status == 'passed' else '?'}"


@dataclass(frozen=True)
class Comparison:
    """All that a report shows.

    `differences` lists, arm by arm, the goal, the guardrail and all other metrics against `baseline`.
    `daily_difference[arm][series]` is (mean, low, high) of arm minus baseline, each of shape (days,); the
    bands are 95 % for each day by itself, NaN for one pair. `health` has failed checks first, then warnings.
    `lead` is the arm that the headline is about, None if there is no verdict. `frontier` is None without two arms and
    two replications in common, `assumptions` if none were redrawn. `same_fan` has an entry for each arm whose fans
    can be followed, in replication 0, beside those of the baseline; `other_fans` one for each pair of other arms.
    """

    experiment: Experiment
    baseline: str | None
    headline: str
    lead: str | None
    arms: tuple[ArmSummary, ...]
    differences: tuple[Difference, ...]
    daily_difference: Mapping[str, Mapping[str, Band]]
    health: tuple[Check, ...]
    frontier: Frontier | None
    assumptions: Assumptions | None
    same_fan: tuple[SameFan, ...]
    other_fans: tuple[SameFan, ...]

    def fans(self, one: str, other: str) -> SameFan | None:
        """The same fans in any two arms, `one` in the place of the baseline; None if they cannot be followed."""
        known = {(found.baseline, found.arm): found for found in (*self.same_fan, *self.other_fans)}
        turned = known.get((other, one))
        return turned.turned() if turned else known.get((one, other))

    def arm(self, name: str) -> ArmSummary:
        """The summary of one arm. Raises KeyError for an unknown name."""
        return {a.name: a for a in self.arms}[name]

    def of(self, arm: str, role: Role) -> Difference | None:
        """The difference of an arm from the baseline as `goal` or `guardrail`; None if none is declared."""
        return next((d for d in self.differences if d.arm == arm and d.role == role), None)
