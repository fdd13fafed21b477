"""From an experiment to a comparison: estimates, paired differences, verdicts and health.

The records that a comparison is made of are offered here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sim.assumed import assumptions
from sim.comparison import (
    ArmSummary,
    Assumptions,
    Band,
    Check,
    Comparison,
    Difference,
    Estimate,
    Frontier,
    Role,
    Status,
    WorldEffect,
)
from sim.differences import Pairs, arm_verdict_of, claims, difference, metric_value, pair, with_discoveries
from sim.headline import headline, leading_arm
from sim.health import health
from sim.measures import MEASURES, METRICS, Unit
from sim.movers import Mover, movers
from sim.results import Experiment, FanOutcomes
from sim.same_fan import Fates, SameFan, Segment, same_fans
from sim.scenario.model import StrategyUse
from sim.several import frontier, standings_in_goal
from sim.stats import ArmVerdict, FloatArray, GoalVerdict, GuardrailVerdict, Interval, half_width
from sim.stats.common_luck import CommonLuck
from sim.stats.precision import Precision, half_widths
from sim.stats.selection import Selection, Standing
from sim.stats.uncertainty import Driver

__all__ = [
    "MEASURES",
    "METRICS",
    "ArmSummary",
    "ArmVerdict",
    "Assumptions",
    "Band",
    "Check",
    "CommonLuck",
    "Comparison",
    "Difference",
    "Driver",
    "Estimate",
    "Fates",
    "Frontier",
    "GoalVerdict",
    "GuardrailVerdict",
    "Interval",
    "Mover",
    "Precision",
    "Role",
    "SameFan",
    "Segment",
    "Selection",
    "Status",
    "Unit",
    "WorldEffect",
    "compare",
    "estimate",
    "half_width",
    "half_widths",
    "movers",
]


def compare(experiment: Experiment) -> Comparison:
    """Summarise every arm and set each against the baseline, paired by replication number.

    The baseline is the declared one, else the first arm; then no metric is a goal or guardrail and there are
    no verdicts. An arm with failed replications is judged by those that finished.
    """
    settings = experiment.scenario.compare
    names = tuple(experiment.scenario.arms)
    baseline = settings.baseline if settings else names[0]
    others = [name for name in names if name != baseline]
    pairs = {name: pair(experiment.of(name), experiment.of(baseline)) for name in others}
    claimed = claims(settings, experiment.scenario.half_widths)
    differences = with_discoveries(
        [difference(baseline, name, claim, pairs[name], len(others)) for name in others for claim in claimed]
    )
    verdicts = {name: arm_verdict_of(name, differences) for name in names}
    worlds = assumptions(experiment, differences, verdicts)
    standings = standings_in_goal(experiment, settings.goal if settings else None)
    checks = health(experiment, differences, worlds)
    followed = tuple(same_fans(_outcomes(experiment, (baseline, *others))))
    return Comparison(
        experiment=experiment,
        baseline=baseline,
        headline=headline(experiment, baseline, differences, checks, worlds),
        lead=leading_arm(experiment, baseline, differences, worlds),
        arms=tuple(_summary(experiment, name, verdicts[name], standings.get(name)) for name in names),
        differences=differences,
        daily_difference={name: _daily_difference(pairs[name]) for name in others},
        health=checks,
        frontier=frontier(experiment),
        assumptions=worlds,
        same_fan=tuple(found for found in followed if found.baseline == baseline),
        other_fans=tuple(found for found in followed if found.baseline != baseline),
    )


def _outcomes(experiment: Experiment, arms: Sequence[str]) -> dict[str, FanOutcomes]:
    """What became of each fan, for the arms that finished the replication in which that is kept."""
    return {arm: r.outcomes for arm in arms for r in experiment.of(arm) if r.outcomes is not None}


def _daily_difference(pairs: Pairs) -> dict[str, Band]:
    """Mean and 95 % band of arm minus baseline for each day series; empty without pairs."""
    bands: dict[str, Band] = {}
    for series in pairs[0][0].daily if pairs else ():
        differences = np.stack([mine.daily[series] - base.daily[series] for mine, base in pairs])
        mean = differences.mean(axis=0)
        width = half_width(differences) if len(pairs) > 1 else np.full_like(mean, np.nan)
        bands[series] = (mean, mean - width, mean + width)
    return bands


def _summary(experiment: Experiment, name: str, verdict: ArmVerdict | None, standing: Standing | None) -> ArmSummary:
    """Everything about one arm: by itself, against the baseline and against the best of the others."""
    mine = experiment.of(name)
    values = {metric: np.array([metric_value(r, metric) for r in mine]) for metric in METRICS}
    daily = {series: np.stack([r.daily[series] for r in mine]) for series in (mine[0].daily if mine else ())}
    return ArmSummary(
        name=name,
        strategies=tuple(_describe(use) for use in experiment.scenario.arms[name]),
        metrics={metric: estimate(sample) for metric, sample in values.items()},
        values=values,
        daily_mean={series: runs.mean(axis=0) for series, runs in daily.items()},
        daily_sd={series: _sd(runs) for series, runs in daily.items()},
        exits=_means(r.exits for r in mine),
        money=_means(r.money for r in mine),
        touches=_means(r.touches for r in mine),
        withheld=_means(r.withheld for r in mine),
        withheld_by_rule=_means(r.withheld_by_rule for r in mine),
        verdict=verdict,
        failures=experiment.failed(name),
        replications=tuple(r.replication for r in mine),
        selection=standing.selection if standing else None,
        against_best=standing.interval if standing else None,
    )


def _describe(use: StrategyUse) -> str:
    """One strategy and its parameters on one line."""
    return f"{use.use} ({_listed(use.parameters)})" if use.parameters else use.use


def _listed(settings: Mapping[str, Any]) -> str:
    """Settings as they stand in a scenario."""
    shown = {key: f"{{{_listed(value)}}}" if isinstance(value, Mapping) else value for key, value in settings.items()}
    return ", ".join(f"{key}: {value}" for key, value in shown.items())


def estimate(sample: FloatArray) -> Estimate:
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
