"""Several arms at once: which of them can still be the best, with all statements true together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.errors import ResultError
from sim.stats.intervals import LEVEL, FloatArray, Interval, paired_interval

Selection = Literal["best", "tied", "rejected"]


@dataclass(frozen=True)
class Standing:
    """An arm minus the best of the others, plus being good, and the word for it."""

    interval: Interval
    selection: Selection


def simultaneous_level(comparisons: int) -> float:
    """Level of each of several intervals at which all of them hold together with probability `LEVEL` or more.

    Bonferroni's inequality: 1 - .05 / comparisons. It needs no independence, so it stays valid for arms that share
    their luck. Source: Law 2015, section 10.3.1 (comparisons with a standard).
    """
    return 1.0 - (1.0 - LEVEL) / comparisons


def standings(values: FloatArray, margin: float = 0.0) -> tuple[Standing, ...]:
    """Multiple comparisons with the best: each of k arms against the best of the others.

    `values`: shape (n, k), plus is good, one row a replication, NaN where undefined; any two arms need two rows in
    common, else ResultError. With D(i, l) the mean paired difference of arms i and l and w(i, l) its half-width at
    `simultaneous_level(k - 1)`, the interval of arm i runs from min over l of D - w to max(0, min over l of D + w).
    All k hold together with probability .95 or more: only the k - 1 comparisons with the truly best arm have to.
    Source: Hsu 1984, Constrained Simultaneous Confidence Intervals for Multiple Comparisons with the Best; for
    common random numbers Nelson & Matejcik 1995, here with Bonferroni over the variance of each difference in
    place of their sphericity.

    An arm is rejected if another is surely better and by more than it can be within the margin of; best if all
    others are rejected; else tied.
    """
    arms = range(values.shape[1])
    if len(arms) < 2:
        raise ResultError("a single arm cannot be compared with the best of the others")
    level = simultaneous_level(len(arms) - 1)
    bounds = [_lowest([_between(values, i, other, level) for other in arms if other != i]) for i in arms]
    rejected = [b.high < 0.0 and b.low < -margin for b in bounds]
    return tuple(
        Standing(
            Interval(b.mean, b.low, max(0.0, b.high)),
            "rejected" if lost else "best" if sum(rejected) == len(arms) - 1 else "tied",
        )
        for b, lost in zip(bounds, rejected, strict=True)
    )


def _between(values: FloatArray, arm: int, other: int, level: float) -> Interval:
    """One arm against another, over the replications that define both."""
    both = values[:, [arm, other]]
    both = both[~np.isnan(both).any(axis=1)]
    return paired_interval(both[:, 0], both[:, 1], level)


def _lowest(intervals: Sequence[Interval]) -> Interval:
    """The smallest mean, low and high end."""
    means, lows, highs = zip(*((i.mean, i.low, i.high) for i in intervals), strict=True)
    return Interval(min(means), min(lows), min(highs))
