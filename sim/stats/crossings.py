"""Where a curve of differences changes sign, with an interval.

Between two values the curve of each replication is taken as a straight line. The interval knows nothing of a bend
there, which may shift a crossing by more than chance does: `between` says where to refine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.special import stdtrit

from sim.stats.intervals import LEVEL, FloatArray


@dataclass(frozen=True)
class Crossing:
    """Where the mean difference is 0, and the interval of values at which it may be.

    `rises`: whether the difference is below 0 before and above 0 after. An end is None if the interval is open there:
    it goes on beyond the values that were tried, or there is no interval. `between`: the values on either side, the
    ends of the straight line that it was read from.
    """

    at: float
    low: float | None
    high: float | None
    rises: bool
    between: tuple[float, float]


def crossings(numbers: Sequence[float], differences: FloatArray) -> tuple[Crossing, ...]:
    """The changes of sign of the mean of `differences`, shape (replications, points), over ascending `numbers`.

    The interval holds all values around the crossing at which 0 lies in the paired-t interval of the interpolated
    differences: since that interval covers the true difference in 95 % of experiments, and the true difference is 0 at
    the true crossing, so does this one as far as the lines are straight (inversion of a test; Fieller 1954). Changes
    of sign that share one interval are one crossing if they are odd in number, the middle one counts, and none if they
    are even: on both sides the sign is the same. Points with a NaN are left out. A curve that only touches 0, begins or
    ends there does not cross.
    """
    known = np.isfinite(differences).all(axis=0)
    xs, rows = np.asarray(numbers, float)[known], differences[:, known]
    if rows.size == 0:
        return ()
    found = [Crossing(at, *_around(xs, rows, at), rises, ends) for at, rises, ends in _changes(xs, rows.mean(axis=0))]
    together: dict[tuple[float | None, float | None], list[Crossing]] = {}
    for number, crossing in enumerate(found):
        shared = (crossing.low, crossing.high) if len(rows) > 1 else (float(number), None)
        together.setdefault(shared, []).append(crossing)
    odd = [group for group in together.values() if len(group) % 2]
    return tuple(replace(group[len(group) // 2], rises=group[0].rises) for group in odd)


def _changes(xs: FloatArray, means: FloatArray) -> Iterator[tuple[float, bool, tuple[float, float]]]:
    """Each change of sign, whether it rises, and the values on either side.

    Where the curve lies on 0 for a while it is the middle of it.
    """
    signed = np.flatnonzero(means)
    for before, after in pairwise(signed):
        low, high = float(means[before]), float(means[after])
        if (low < 0.0) == (high < 0.0):
            continue
        ends = float(xs[before]), float(xs[after])
        if after - before > 1:
            yield float(xs[before + 1] + xs[after - 1]) / 2.0, low < 0.0, ends
        else:
            yield ends[0] + (ends[1] - ends[0]) * low / (low - high), low < 0.0, ends


def _around(xs: FloatArray, rows: FloatArray, at: float) -> tuple[float | None, float | None]:
    """The ends of the stretch around `at` in which the interval of the mean holds 0; None where it is open."""
    if len(rows) < 2:
        return None, None
    high = _first_outside(xs, rows, at)
    low = _first_outside(-xs[::-1], rows[:, ::-1], -at)
    return None if low is None else min(-low, at), None if high is None else max(high, at)


def _first_outside(xs: FloatArray, rows: FloatArray, at: float) -> float | None:
    """Where, going up from `at`, the interval of the mean leaves 0; None if it never does.

    In a segment with means a and b and (co)variances of the replications, at the share w of the way the mean is
    (1 - w) a + w b and mean^2 - t^2 s^2 / n is a quadratic in w, positive outside.
    """
    n = len(rows)
    scale = float(stdtrit(n - 1, 0.5 + LEVEL / 2.0)) ** 2 / n
    for left in range(max(0, int(np.searchsorted(xs, at, side="right")) - 1), len(xs) - 1):
        pair, width = rows[:, left : left + 2], xs[left + 1] - xs[left]
        a, b = pair.mean(axis=0)
        (va, c), (_, vb) = np.cov(pair, rowvar=False) * scale
        start = max(0.0, (at - xs[left]) / width)
        w = _rising_root((b - a) ** 2 - va + 2 * c - vb, 2 * a * (b - a) + 2 * va - 2 * c, a**2 - va)
        if w is not None and start - 1e-9 <= w <= 1.0 + 1e-9:
            return float(xs[left] + w * width)
    return None


def _rising_root(a: float, b: float, c: float) -> float | None:
    """Where a w^2 + b w + c comes up to 0 from below, without loss of digits; None if it never does.

    A double root counts: there the interval has no width.
    """
    square = b * b - 4.0 * a * c
    if square < -1e-12 * b * b or a == b == 0.0:
        return None
    root = float(np.sqrt(max(square, 0.0)))
    if b > 0.0:
        return -2.0 * c / (b + root)
    return (root - b) / (2.0 * a) if a else None
