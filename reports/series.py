"""Day series made short enough to draw, with their bands: a year by weeks, a decade by blocks of weeks."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compare import Comparison, Unit, half_width

FloatArray = NDArray[np.float64]

_DAILY_UP_TO = 56
_MOST_BLOCKS = 80
_WEEK = 7
_MOST_TICKS = 7
_MONTHS_FROM = 50
_STEPS = (1, 2, 3, 6, 12, 24)
"""Months between labels."""


@dataclass(frozen=True)
class Series:
    """One day series in the report. A flow is averaged over a block of days, a level is read at the block's end."""

    name: str
    title: str
    kind: Unit
    words: str
    flow: bool

    @property
    def from_zero(self) -> bool:
        """Whether zero is worth showing: half the height should be half the amount."""
        return self.flow or self.kind == "share"


SERIES = (
    Series("revenue", "Revenue", "money", "a day", True),
    Series("churn", "Churn", "share", "of the starting pool, so far", False),
    Series("mean_trust", "Mean trust", "number", "0 to 1", False),
    Series("active_fans", "Active fans", "count", "fans", False),
)
"""What the report shows over time."""


def block_days(days: int) -> int:
    """Days of a block: 1 for a short horizon, else whole weeks, so that weekdays do not show as waves."""
    if days <= _DAILY_UP_TO:
        return 1
    return _WEEK * -(-days // (_WEEK * _MOST_BLOCKS))


def blocks(values: FloatArray, flow: bool) -> tuple[FloatArray, FloatArray]:
    """Middle (flow) or last (level) day of each block, and the values there; the last block takes the rest.

    `values`: shape (..., days). A level keeps its first day too. Returns arrays of shape (blocks,), (..., blocks).
    """
    days = values.shape[-1]
    size = block_days(days)
    starts = np.arange(max(1, days // size)) * size
    ends = np.append(starts[1:], days)
    if flow:
        return (starts + ends - 1) / 2.0, np.add.reduceat(values, starts, axis=-1) / (ends - starts)
    last = np.unique(np.append(0, ends - 1))
    return last.astype(np.float64), values[..., last]


@dataclass(frozen=True)
class Curve:
    """Mean over replications by block, and the ends of its band (NaN for one replication); shape (blocks,) each."""

    day: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


def level(comparison: Comparison, arm: str, series: Series) -> Curve | None:
    """A series of one arm, plus and minus one standard deviation between replications; None if undefined."""
    runs = [r.daily[series.name] for r in comparison.experiment.of(arm) if series.name in r.daily]
    return _curve(runs, series, lambda sample: np.asarray(np.std(sample, axis=0, ddof=1)))


def gap(comparison: Comparison, arm: str, series: Series) -> Curve | None:
    """An arm less the baseline, paired by replication, with its 95 % interval; None if undefined."""
    base = {r.replication: r.daily for r in comparison.experiment.of(comparison.baseline or "")}
    runs = [
        r.daily[series.name] - base[r.replication][series.name]
        for r in comparison.experiment.of(arm)
        if r.replication in base and series.name in r.daily
    ]
    return _curve(runs, series, half_width)


def _curve(runs: list[FloatArray], series: Series, width: Callable[[FloatArray], FloatArray]) -> Curve | None:
    """Mean and band of block values; the band is that of a block, not of one of its days."""
    if not runs or not np.isfinite(runs).any():
        return None
    day, sample = blocks(np.stack(runs), series.flow)
    mean = sample.mean(axis=0)
    half = width(sample) if len(runs) > 1 else np.full_like(mean, np.nan)
    return Curve(day, mean, mean - half, mean + half)


def calendar_ticks(start: datetime.date, days: int) -> tuple[list[int], list[str]]:
    """Days to label on a time axis: firsts of months, or every so many days if the horizon is short."""
    if days < _MONTHS_FROM:
        step = max(1, -(-days // _MOST_TICKS))
        return list(range(0, days, step)), [f"day {day + 1}" for day in range(0, days, step)]
    dates = [start + datetime.timedelta(day) for day in range(days)]
    firsts = [(day, date) for day, date in enumerate(dates) if date.day == 1]
    step = next(step for step in _STEPS if len(firsts) <= step * _MOST_TICKS)
    kept = [(day, date) for day, date in firsts if (12 * date.year + date.month - 1) % step == 0]
    return [day for day, _ in kept], [_month(date, step) for _, date in kept]


def date_words(start: datetime.date, day: float) -> str:
    """A simulated day as people write it: `day 12, 12 Jan 2026`."""
    date = start + datetime.timedelta(int(day))
    return f"Day {int(day) + 1}, {date.day} {_MONTHS[date.month - 1]} {date.year}"


def _month(date: datetime.date, step: int) -> str:
    """`Mar`, with the year in January; the year alone if only Januaries are labelled."""
    if step >= 12:
        return str(date.year)
    return f"{_MONTHS[date.month - 1]} {date.year}" if date.month == 1 else _MONTHS[date.month - 1]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not from the locale: the same bytes everywhere."""
