"""The machine-readable results: results.json, replications.csv and daily.csv; and summary.md, for people.

The same comparison always gives the same bytes: UTF-8, `\\n`, floats in their shortest exact form, fixed order, no
wall-clock time and no host name. What is undefined is null in JSON and an empty cell in CSV, never NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.comparison import ArmSummary, Assumptions, Comparison, Difference
from sim.markdown import summary_markdown
from sim.measures import METRICS
from sim.same_fan import SameFan
from sim.scenario.model import StrategyUse
from sim.stats import Interval
from sim.text_files import Cell, csv_text, json_text, write_whole

RESULTS_VERSION = 1
"""Version of the format of results.json."""


def write_tables(comparison: Comparison, directory: Path) -> None:
    """Write replications.csv, daily.csv, summary.md and results.json, in this order, each whole or not at all.

    Creates the directory. Raises SimrunError with path and reason if one cannot be written, e.g. on a full disk.
    """
    tables: Mapping[str, Callable[[Comparison], str]] = {
        "replications.csv": replications_csv,
        "daily.csv": daily_csv,
        "summary.md": summary_markdown,
        "results.json": results_json,
    }
    for name, render in tables.items():
        write_whole(directory / name, render(comparison))


def results_json(comparison: Comparison) -> str:
    """Everything about a comparison but day series, as JSON.

    `comparisons[].difference` is arm minus baseline in the metric's own unit and sign, with ci_low <= ci_high;
    `improves` is -1 where minus is good. The verdict is that of the interval turned so that plus is good. Intervals
    beside it (`bootstrap`, `simultaneous`, `lift`, `against_best`) are in that sign too. `frontier` and `assumptions`
    are null where there is nothing to tell. `money` has `discounts` and `refunds` for information: `revenue` is what is
    left after both. `same_fan` has all pairs of arms, those with the baseline first. What each entry means stands with
    the record it is made from: `Difference`, `ArmSummary`, `Frontier`, `Assumptions` and `WorldEffect` in
    sim.comparison, `SameFan` in sim.same_fan.
    """
    experiment = comparison.experiment
    scenario, provenance = experiment.scenario, experiment.provenance
    content = {
        "schema_version": RESULTS_VERSION,
        "scenario": scenario.name,
        "question": scenario.question,
        "currency": scenario.currency,
        "days": scenario.days,
        "headline": comparison.headline,
        "baseline": comparison.baseline,
        "arms": {arm.name: _arm(arm, scenario.arms[arm.name]) for arm in comparison.arms},
        "comparisons": [_difference(d) for d in comparison.differences],
        "frontier": vars(comparison.frontier) if comparison.frontier else None,
        "assumptions": _assumptions(comparison.assumptions) if comparison.assumptions else None,
        "same_fan": [_same_fan(found) for found in (*comparison.same_fan, *comparison.other_fans)],
        "health": [vars(check) for check in comparison.health],
        "warnings": list(experiment.warnings),
        "provenance": provenance.as_json(),
    }
    return json_text(content)


def replications_csv(comparison: Comparison) -> str:
    """One row per arm and finished replication, with all metrics."""
    rows: list[list[Cell]] = [
        [arm.name, number, *(float(arm.values[metric][i]) for metric in METRICS)]
        for arm in comparison.arms
        for i, number in enumerate(arm.replications)
    ]
    return csv_text(["arm", "replication", *METRICS], rows)


def daily_csv(comparison: Comparison) -> str:
    """One row per arm and day, with mean and standard deviation over replications of each day series."""
    series = list(dict.fromkeys(name for arm in comparison.arms for name in arm.daily_mean))
    header = [f"{name}_{statistic}" for name in series for statistic in ("mean", "sd")]
    days = range(comparison.experiment.scenario.days)
    finished = [arm for arm in comparison.arms if arm.replications]
    rows = ([arm.name, day, *_day(arm, series, day)] for arm in finished for day in days)
    return csv_text(["arm", "day", *header], rows)


def _day(arm: ArmSummary, series: Iterable[str], day: int) -> list[Cell]:
    """Mean and standard deviation of each series of one arm on one day."""
    return [float(values[name][day]) for name in series for values in (arm.daily_mean, arm.daily_sd)]


def _arm(arm: ArmSummary, uses: Iterable[StrategyUse]) -> dict[str, Any]:
    """One arm; the first `error`, the line that repeats it, and what failed are there only if a replication failed."""
    content: dict[str, Any] = {
        "verdict": arm.verdict,
        "strategies": [{"use": use.use, **use.parameters} for use in uses],
        "replications": list(arm.replications),
        "metrics": {
            metric: {"mean": e.mean, "half_width": e.half_width, "n": e.n} for metric, e in arm.metrics.items()
        },
        "exits": dict(arm.exits),
        "money": dict(arm.money),
        "touches": dict(arm.touches),
        "withheld": dict(arm.withheld),
        "withheld_by_rule": dict(arm.withheld_by_rule),
        "selection": arm.selection,
        "against_best": _interval(arm.against_best),
    }
    if arm.failures:
        content["error"] = arm.failures[0].message
        content["repeat"] = arm.failures[0].command or None
        content["failed_replications"] = [f.replication for f in arm.failures if not f.redrawn]
        content["failed_redraws"] = [f.replication for f in arm.failures if f.redrawn]
    return content


def _difference(d: Difference) -> dict[str, Any]:
    """One comparison of an arm with the baseline in one metric."""
    return {
        "baseline": d.baseline,
        "arm": d.arm,
        "metric": d.metric,
        "role": d.role,
        "verdict": d.verdict,
        "difference": d.difference,
        "ci_low": d.ci_low,
        "ci_high": d.ci_high,
        "relative": d.relative,
        "margin": d.margin,
        "improves": d.improves,
        "n": d.n,
        "correlation": d.correlation,
        "bootstrap": _interval(d.bootstrap),
        "skewed": d.skewed,
        "simultaneous": _interval(d.simultaneous),
        "lift": _interval(d.lift),
        "discovery": d.discovery,
        "precision": vars(d.precision) if d.precision else None,
        "common_luck": vars(d.common_luck) if d.common_luck else None,
    }


def _interval(interval: Interval | None) -> dict[str, float] | None:
    """A mean and the ends of its interval."""
    return {"mean": interval.mean, "low": interval.low, "high": interval.high} if interval else None


def _assumptions(found: Assumptions) -> dict[str, Any]:
    """The comparison over worlds drawn from the assumptions."""
    effects = [
        {
            **vars(e),
            "interval": _interval(e.interval),
            "simultaneous": _interval(e.simultaneous),
            "drivers": [vars(driver) for driver in e.drivers],
        }
        for e in found.effects
    ]
    return {**vars(found), "effects": effects}


def _same_fan(found: SameFan) -> dict[str, Any]:
    """What became of the same fans in an arm and in one set against it: all of them, and by segment."""
    segments = [{"trait": s.trait, "name": s.name, **vars(s.fates)} for s in found.segments]
    return {"baseline": found.baseline, "arm": found.arm, "everyone": vars(found.everyone), "segments": segments}
