"""The figures of a comparison as rows with a name for each value, and as pandas frames where pandas is installed."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.comparison import Comparison, WorldEffect
    from sim.studies.across import Across

Row = dict[str, Any]


def frame(rows: Iterable[Row]) -> Any:
    """A pandas frame, or a list of the rows where pandas is not installed."""
    listed = list(rows)
    if importlib.util.find_spec("pandas") is None:
        return listed
    return importlib.import_module("pandas").DataFrame(listed)


def metric_rows(comparison: Comparison) -> Iterator[Row]:
    """Each arm and finished replication, with all metrics; None where undefined."""
    for arm in comparison.arms:
        for place, number in enumerate(arm.replications):
            values = {name: _known(sample[place]) for name, sample in arm.values.items()}
            yield {"arm": arm.name, "replication": number, **values}


def daily_rows(comparison: Comparison) -> Iterator[Row]:
    """Each arm and day, with mean and standard deviation over replications of each day series."""
    for arm in comparison.arms:
        kinds = (("mean", arm.daily_mean), ("sd", arm.daily_sd))
        series = {f"{name}_{kind}": found[name] for name in arm.daily_mean for kind, found in kinds}
        for day in range(comparison.experiment.scenario.days if series else 0):
            yield {"arm": arm.name, "day": day, **{name: _known(values[day]) for name, values in series.items()}}


def difference_rows(comparison: Comparison) -> Iterator[Row]:
    """Each arm and metric: arm minus baseline with its intervals and verdicts; those of assumptions if redrawn."""
    worlds = comparison.assumptions
    effects = {(e.arm, e.metric): e for e in worlds.effects} if worlds else {}
    for d in comparison.differences:
        luck = ("baseline", "arm", "metric", "role", "n", "difference", "ci_low", "ci_high", "margin", "verdict")
        more = ("relative", "improves", "discovery")
        yield {
            **{name: getattr(d, name) for name in (*luck, *more)},
            **(_redrawn(effects[d.arm, d.metric]) if effects else {}),
        }


def _redrawn(effect: WorldEffect) -> Row:
    """What becomes of a difference when assumptions are redrawn."""
    interval = effect.interval
    return {
        "assumptions_low": interval.low if interval else None,
        "assumptions_high": interval.high if interval else None,
        "assumptions_verdict": effect.verdict,
    }


def verdict_rows(found: Across) -> Iterator[Row]:
    """Each scenario and arm: verdicts, the difference in the goal and the interval that its verdict rests on."""
    goal = found.claims[0]
    for label in found.labels:
        for arm in found.arms:
            judged, apart = found.verdicts[arm, label], found.deciding(arm, label, goal)
            yield {
                "scenario": label,
                "arm": arm,
                "verdict": judged.arm,
                "goal": judged.goal,
                "guardrail": judged.guardrail,
                "difference": apart.mean if apart else None,
                "low": apart.low if apart else None,
                "high": apart.high if apart else None,
            }


def _known(value: float) -> float | None:
    """A number, or None if it is undefined."""
    return float(value) if math.isfinite(value) else None
