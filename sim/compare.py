"""From an experiment to a comparison: estimates, paired differences, verdicts and health.

The records that a comparison is made of are offered here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from sim.comparison import ArmSummary, Band, Check, Comparison, Difference, Estimate, Role, Status
from sim.headline import headline
from sim.health import health
from sim.measures import MEASURES, METRICS, Unit
from sim.results import Experiment, Replication
from sim.scenario.model import Compare, StrategyUse
from sim.stats import (
    ArmVerdict,
    FloatArray,
    GoalVerdict,
    GuardrailVerdict,
    Interval,
    arm_verdict,
    correlation,
    goal_verdict,
    guardrail_verdict,
    half_width,
    paired_interval,
)

__all__ = [
    "MEASURES",
    "METRICS",
    "ArmSummary",
    "ArmVerdict",
    "Band",
    "Check",
    "Comparison",
    "Difference",
    "Estimate",
    "GoalVerdict",
    "GuardrailVerdict",
    "Role",
    "Status",
    "Unit",
    "compare",
    "half_width",
]

Pairs = Sequence[tuple[Replication, Replication]]
Claim = tuple[str, Role, float | None]


def compare(experiment: Experiment) -> Comparison:
    """Summarise every arm and set each against the baseline, paired by replication number.

    The baseline is the declared one, else the first arm; then no metric is a goal or guardrail and there are
    no verdicts. An arm with failed replications is judged by those that finished.
    """
    settings = experiment.scenario.compare
    names = tuple(experiment.scenario.arms)
    baseline = settings.baseline if settings else names[0]
    others = [name for name in names if name != baseline]
    pairs = {name: _pairs(experiment, name, baseline) for name in others}
    differences = tuple(
        _difference(baseline, name, claim, pairs[name]) for name in others for claim in _claims(settings)
    )
    checks = health(experiment, differences)
    return Comparison(
        experiment=experiment,
        baseline=baseline,
        headline=headline(experiment, baseline, differences, checks),
        arms=tuple(_summary(experiment, name, differences) for name in names),
        differences=differences,
        daily_difference={name: _daily_difference(pairs[name]) for name in others},
        health=checks,
    )


def _pairs(experiment: Experiment, arm: str, baseline: str) -> Pairs:
    """The replications that both arms finished, in ascending order of their number."""
    base = {r.replication: r for r in experiment.of(baseline)}
    return [(r, base[r.replication]) for r in experiment.of(arm) if r.replication in base]


def _claims(settings: Compare | None) -> list[Claim]:
    """What is compared: the goal, the guardrail, then every metric that is neither, with role and margin."""
    declared: list[Claim] = []
    if settings:
        declared.append((settings.goal.metric, "goal", settings.goal.margin))
        if settings.guardrail:
            declared.append((settings.guardrail.metric, "guardrail", settings.guardrail.margin))
    taken = {metric for metric, _, _ in declared}
    return declared + [(metric, "secondary", None) for metric in METRICS if metric not in taken]


def _difference(baseline: str, arm: str, claim: Claim, pairs: Pairs) -> Difference:
    """One metric of one arm against the baseline."""
    metric, role, margin = claim
    improves = MEASURES[metric].improves
    paired = _paired_values(pairs, metric)
    both = paired[~np.isnan(paired).any(axis=1)]
    interval = paired_interval(both[:, 0], both[:, 1]) if len(both) > 1 else None
    mean = float(np.mean(both[:, 0] - both[:, 1])) if len(both) else None
    return Difference(
        baseline=baseline,
        arm=arm,
        metric=metric,
        role=role,
        difference=mean,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        margin=margin,
        verdict=_verdict(role, interval, improves, margin),
        improves=improves,
        paired=paired,
        relative=_relative(mean, both),
        correlation=correlation(both[:, 0], both[:, 1]),
        replications=tuple(mine.replication for mine, _ in pairs),
        n=len(both),
    )


def _paired_values(pairs: Pairs, metric: str) -> FloatArray:
    """Values of arm and baseline, shape (pairs, 2), NaN where undefined."""
    return np.array([[_value(mine, metric), _value(base, metric)] for mine, base in pairs]).reshape(-1, 2)


def _value(replication: Replication, metric: str) -> float:
    """A metric as a float; NaN if it is undefined or not finite (which the health checks report)."""
    value = replication.metrics[metric]
    return float(value) if value is not None and np.isfinite(value) else float("nan")


def _relative(difference: float | None, both: FloatArray) -> float | None:
    """The difference as a share of the baseline's absolute mean (it keeps its sign); None if that is 0."""
    if difference is None:
        return None
    size = abs(float(np.mean(both[:, 1])))
    return difference / size if size > 0.0 else None


def _verdict(
    role: Role, interval: Interval | None, improves: int, margin: float | None
) -> GoalVerdict | GuardrailVerdict | None:
    """The verdict on one difference, from its interval turned so that plus is good."""
    oriented = interval.oriented(improves) if interval else None
    if role == "goal":
        return goal_verdict(oriented, margin)
    return guardrail_verdict(oriented, margin) if role == "guardrail" else None


def _daily_difference(pairs: Pairs) -> dict[str, Band]:
    """Mean and 95 % band of arm minus baseline for each day series; empty without pairs."""
    bands: dict[str, Band] = {}
    for series in pairs[0][0].daily if pairs else ():
        differences = np.stack([mine.daily[series] - base.daily[series] for mine, base in pairs])
        mean = differences.mean(axis=0)
        width = half_width(differences) if len(pairs) > 1 else np.full_like(mean, np.nan)
        bands[series] = (mean, mean - width, mean + width)
    return bands


def _summary(experiment: Experiment, name: str, differences: Sequence[Difference]) -> ArmSummary:
    """Everything about one arm by itself, and its verdict against the baseline."""
    mine = experiment.of(name)
    values = {metric: np.array([_value(r, metric) for r in mine]) for metric in METRICS}
    daily = {series: np.stack([r.daily[series] for r in mine]) for series in (mine[0].daily if mine else ())}
    return ArmSummary(
        name=name,
        strategies=tuple(_describe(use) for use in experiment.scenario.arms[name]),
        metrics={metric: _estimate(sample) for metric, sample in values.items()},
        values=values,
        daily_mean={series: runs.mean(axis=0) for series, runs in daily.items()},
        daily_sd={series: _sd(runs) for series, runs in daily.items()},
        exits=_means(r.exits for r in mine),
        money=_means(r.money for r in mine),
        touches=_means(r.touches for r in mine),
        verdict=_arm_verdict(name, differences),
        failures=experiment.failed(name),
        replications=tuple(r.replication for r in mine),
    )


def _describe(use: StrategyUse) -> str:
    """One strategy and its parameters on one line."""
    parameters = ", ".join(f"{key}: {value}" for key, value in use.parameters.items())
    return f"{use.use} ({parameters})" if parameters else use.use


def _estimate(sample: FloatArray) -> Estimate:
    """Mean and half-width over the defined values of a metric."""
    defined = sample[~np.isnan(sample)]
    n = len(defined)
    mean = float(np.mean(defined)) if n else None
    return Estimate(mean, float(half_width(defined)) if n > 1 else None, n)


def _sd(runs: FloatArray) -> FloatArray:
    """Standard deviation over replications, shape (n, days) to (days,); NaN for one replication."""
    spread: FloatArray = np.std(runs, axis=0, ddof=1) if len(runs) > 1 else np.full(runs.shape[1], np.nan)
    return spread


def _means(records: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each entry over replications, in the order of the first; a missing entry counts as 0."""
    listed = list(records)
    keys = dict.fromkeys(key for record in listed for key in record)
    return {key: sum(float(record.get(key, 0.0)) for record in listed) / len(listed) for key in keys}


def _arm_verdict(name: str, differences: Sequence[Difference]) -> ArmVerdict | None:
    """The verdict on an arm from those on its goal and guardrail; None for the baseline."""
    verdicts = {d.role: d.verdict for d in differences if d.arm == name and d.role != "secondary"}
    return arm_verdict(verdicts.get("goal"), verdicts.get("guardrail"), guarded="guardrail" in verdicts)
