"""Arm minus baseline in one metric: estimate, intervals, verdict and precision, paired by replication number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.comparison import Difference, Role, WorldEffect
from sim.measures import MEASURES, METRICS
from sim.results import Replication
from sim.scenario.model import Compare, Criterion
from sim.stats import (
    ArmVerdict,
    FloatArray,
    GoalVerdict,
    GuardrailVerdict,
    Interval,
    apart,
    arm_verdict,
    correlation,
    goal_verdict,
    guardrail_verdict,
    paired_interval,
)
from sim.stats.bootstrap import bca_interval, relative_lift, skewed
from sim.stats.common_luck import common_luck
from sim.stats.discovery import discoveries, paired_p_value
from sim.stats.precision import precision
from sim.stats.selection import simultaneous_level

Pairs = Sequence[tuple[Replication, Replication]]


@dataclass(frozen=True)
class Claim:
    """A metric that is compared: as what, which difference in it matters, and which half-width is wanted."""

    metric: str
    role: Role
    margin: float | None
    wanted: float | None = None

    def verdict(self, interval: Interval | None) -> GoalVerdict | GuardrailVerdict | None:
        """The verdict by an interval in the metric's own sign; None for a secondary metric."""
        oriented = interval.oriented(MEASURES[self.metric].improves) if interval else None
        if self.role == "goal":
            return goal_verdict(oriented, self.margin)
        return guardrail_verdict(oriented, self.margin) if self.role == "guardrail" else None


def claims(settings: Compare | None, half_widths: Mapping[str, float] | None = None) -> tuple[Claim, ...]:
    """What is compared: the goal, the guardrail, then every metric that is neither.

    `half_widths`: metric -> half-width that is asked for; of others the margin is wanted, if there is one.
    """
    asked = half_widths or {}
    found: dict[Role, Criterion | None] = {
        "goal": settings.goal if settings else None,
        "guardrail": settings.guardrail if settings else None,
    }
    declared = [Claim(c.metric, role, c.margin, asked.get(c.metric, c.margin)) for role, c in found.items() if c]
    taken = {claim.metric for claim in declared}
    others = (metric for metric in METRICS if metric not in taken)
    return (*declared, *(Claim(metric, "secondary", None, asked.get(metric)) for metric in others))


def pair(arm: Sequence[Replication], baseline: Sequence[Replication]) -> Pairs:
    """The replications that both finished, in the order of the arm's."""
    base = {r.replication: r for r in baseline}
    return [(r, base[r.replication]) for r in arm if r.replication in base]


def paired_values(pairs: Pairs, metric: str) -> FloatArray:
    """Values of arm and baseline, shape (pairs, 2), NaN where undefined."""
    return np.array([[metric_value(mine, metric), metric_value(base, metric)] for mine, base in pairs]).reshape(-1, 2)


def metric_value(replication: Replication, metric: str) -> float:
    """A metric as a float; NaN if it is undefined or not finite (which the health checks report)."""
    found = replication.metrics[metric]
    return float(found) if found is not None and np.isfinite(found) else float("nan")


def difference(baseline: str, arm: str, claim: Claim, pairs: Pairs, comparisons: int) -> Difference:
    """One metric of one arm against the baseline, one of so many `comparisons` of arms.

    Whether it is a discovery is left open: that takes all metrics.
    """
    metric = claim.metric
    paired = paired_values(pairs, metric)
    both = paired[~np.isnan(paired).any(axis=1)]
    mine, base = both[:, 0], both[:, 1]
    differences = apart(mine, base)
    several = len(both) > 1
    interval = paired_interval(mine, base) if several else None
    bootstrap = bca_interval(differences) if several else None
    mean = interval.mean if interval else float(differences[0]) if len(both) else None
    return Difference(
        baseline=baseline,
        arm=arm,
        metric=metric,
        role=claim.role,
        difference=mean,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        margin=claim.margin,
        verdict=claim.verdict(interval),
        improves=MEASURES[metric].improves,
        paired=paired,
        relative=_relative(mean, base),
        correlation=correlation(mine, base),
        replications=tuple(mine.replication for mine, _ in pairs),
        n=len(both),
        bootstrap=bootstrap,
        skewed=bootstrap is not None and skewed(bootstrap, len(both)),
        simultaneous=paired_interval(mine, base, simultaneous_level(comparisons)) if several else None,
        lift=relative_lift(mine, base) if several else None,
        discovery=None,
        precision=precision(differences, claim.wanted) if several else None,
        common_luck=common_luck(mine, base),
    )


def _relative(difference: float | None, baseline: FloatArray) -> float | None:
    """The difference as a share of the baseline's absolute mean (it keeps its sign); None if that is 0."""
    if difference is None:
        return None
    size = abs(float(np.mean(baseline)))
    return difference / size if size > 0.0 else None


def arm_verdict_of(arm: str, found: Iterable[Difference | WorldEffect]) -> ArmVerdict | None:
    """The verdict on an arm from those on its goal and guardrail; None for the baseline."""
    verdicts = {d.role: d.verdict for d in found if d.arm == arm and d.role != "secondary"}
    return arm_verdict(verdicts.get("goal"), verdicts.get("guardrail"), guarded="guardrail" in verdicts)


def with_discoveries(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same differences, telling which secondary ones are discoveries among those of all arms together."""
    tested = [d for d in differences if d.role == "secondary" and d.n > 1]
    p_values = [paired_p_value(_defined(d.paired[:, 0] - d.paired[:, 1])) for d in tested]
    found = {id(d): bool(hit) for d, hit in zip(tested, discoveries(p_values), strict=True)}
    return tuple(replace(d, discovery=found.get(id(d))) for d in differences)


def _defined(values: FloatArray) -> FloatArray:
    """Those that are not NaN."""
    return values[~np.isnan(values)]
