"""Where a curve of differences goes from surely below 0 to surely above it, or back, with an interval.

Between two values the curve of each replication is taken as a straight line. The interval knows nothing of a bend
there, which may shift a crossing by more than chance does: `between` says where to refine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import stdtrit

from sim.stats.intervals import LEVEL, FloatArray, half_width


@dataclass(frozen=True)
class Crossing:
    """Where the mean difference is 0, and the interval of values at which it may be.

    `rises`: whether the difference is below 0 before and above 0 after. `between`: the nearest values that were tried
    at which it surely is; those that lie between them, if any, are too near to 0 to tell.
    """

    at: float
    low: float
    high: float
    rises: bool
    between: tuple[float, float]


def crossings(numbers: Sequence[float], differences: FloatArray) -> tuple[Crossing, ...]:
    """The changes of sign of the mean of `differences`, shape (replications, points), over ascending `numbers`.

    A crossing lies between two points whose 95 % paired-t intervals, each by itself, are on opposite sides of 0,
    without any such point between them: points whose interval holds 0, and those at which every difference is 0, are
    on neither side. So what never surely lies on one of the sides does not cross. If the means change sign more than
    once in between, it is there an odd number of times, and the middle one counts.

    The interval goes from the first to the last value between the two points at which 0 lies in the paired-t interval
    of the interpolated differences. Since that interval covers the true difference in 95 % of experiments, and the
    true difference is 0 at the true crossing, this one covers it at least as often, as far as the lines are straight
    (inversion of a test; Fieller 1954). Points with a NaN are left out. One replication is sure of nothing.
    """
    known = np.isfinite(differences).all(axis=0)
    xs, rows = np.asarray(numbers, float)[known], differences[:, known]
    if rows.size == 0 or len(rows) < 2:
        return ()
    means = rows.mean(axis=0)
    sure = np.flatnonzero(np.abs(means) > half_width(rows))
    turns = ((a, b) for a, b in pairwise(sure) if (means[a] < 0.0) != (means[b] < 0.0))
    return tuple(_crossing(xs[a : b + 1], rows[:, a : b + 1]) for a, b in turns)


def _crossing(xs: FloatArray, rows: FloatArray) -> Crossing:
    """The crossing between the first and the last point, which surely lie on opposite sides."""
    means = rows.mean(axis=0)
    changes = list(_changes(xs, means))
    at = changes[len(changes) // 2]
    low, high = _first_inside(xs, rows), -_first_inside(-xs[::-1], rows[:, ::-1])
    return Crossing(at, min(low, at), max(high, at), bool(means[0] < 0.0), (float(xs[0]), float(xs[-1])))


def _changes(xs: FloatArray, means: FloatArray) -> Iterator[float]:
    """Each change of sign; where the curve lies on 0 for a while it is the middle of it."""
    for before, after in pairwise(np.flatnonzero(means)):
        low, high = float(means[before]), float(means[after])
        if (low < 0.0) == (high < 0.0):
            continue
        if after - before > 1:
            yield float(xs[before + 1] + xs[after - 1]) / 2.0
        else:
            yield float(xs[before] + (xs[after] - xs[before]) * low / (low - high))


def _first_inside(xs: FloatArray, rows: FloatArray) -> float:
    """Where, going up from the first point, the interval of the mean first holds 0; the last point if it never does.

    In a segment with means a and b and (co)variances of the replications, at the share w of the way the mean is
    (1 - w) a + w b and mean^2 - t^2 s^2 / n is a quadratic in w, positive outside.
    """
    n = len(rows)
    scale = float(stdtrit(n - 1, 0.5 + LEVEL / 2.0)) ** 2 / n
    for left in range(len(xs) - 1):
        pair, width = rows[:, left : left + 2], xs[left + 1] - xs[left]
        a, b = pair.mean(axis=0)
        (va, c), (_, vb) = np.cov(pair, rowvar=False) * scale
        w = _falling_root((b - a) ** 2 - va + 2 * c - vb, 2 * a * (b - a) + 2 * va - 2 * c, a**2 - va)
        if w is not None and w <= 1.0 + 1e-9:
            return float(xs[left] + min(w, 1.0) * width)
    return float(xs[-1])


def _falling_root(a: float, b: float, c: float) -> float | None:
    """Where a w^2 + b w + c, positive at 0, first comes down to 0, without loss of digits; None if it never does.

    A double root counts: there the interval has no width.
    """
    square = b * b - 4.0 * a * c
    if square < -1e-12 * b * b or (a >= 0.0 and b >= 0.0):
        return None
    root = float(np.sqrt(max(square, 0.0)))
    return 2.0 * c / (root - b) if b < 0.0 else -(b + root) / (2.0 * a)
