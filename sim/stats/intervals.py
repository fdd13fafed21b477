"""Means and differences with their intervals, two-sided, from Student's t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.errors import ResultError

LEVEL = 0.95
"""Coverage of every interval that answers one question; several at once are wider."""

ROUNDING = 1e-9
"""Spread of differences, as a share of the largest value, up to which it is that of rounding."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its interval, low <= mean <= high, in the unit of the samples."""

    mean: float
    low: float
    high: float

    def oriented(self, improves: int) -> Interval:
        """The same interval with plus as good: mirrored at zero if `improves` is -1."""
        return self if improves > 0 else Interval(-self.mean, -self.high, -self.low)


def half_width(samples: FloatArray, level: float = LEVEL) -> FloatArray:
    """Half-width of the interval of a mean, t(n-1, (1 + level) / 2) * s / sqrt(n), over the first axis.

    `samples`: shape (n, ...), n independent replications; the result has shape (...). s has n-1 in its
    denominator. Source: Student 1908; for replicated simulations Law 2015, Simulation Modeling and Analysis,
    section 9.4.1. Raises ResultError for fewer than two samples, which say nothing about their spread.
    """
    n = len(samples)
    if n < 2:
        raise ResultError(f"an interval needs at least 2 replications, not {n}; raise `replications`")
    quantile = float(stdtrit(n - 1, 0.5 + level / 2.0))
    spread: FloatArray = np.std(samples, axis=0, ddof=1)
    return np.asarray(quantile / np.sqrt(n) * spread)


def mean_interval(samples: FloatArray, level: float = LEVEL) -> Interval:
    """Mean of `samples`, shape (n,), with its interval. Formula and errors as `half_width`."""
    width, mean = float(half_width(samples, level)), float(np.mean(samples))
    return Interval(mean, mean - width, mean + width)


def paired_interval(arm: FloatArray, baseline: FloatArray, level: float = LEVEL) -> Interval:
    """Mean of arm - baseline, both of shape (n,), with its paired-t interval.

    Row i of both must be the same replication: with common random numbers the differences vary less than the
    arms do. Source: Law 2015, sections 10.2.1 (paired t) and 11.2 (common random numbers). Raises ResultError
    for unequal lengths or fewer than two pairs.
    """
    if len(arm) != len(baseline):
        raise ResultError(f"cannot pair {len(arm)} replications with {len(baseline)}")
    found = apart(arm, baseline)
    same = len(found) > 1 and np.ptp(found) == 0.0
    return Interval(*[float(found[0])] * 3) if same else mean_interval(found, level)


def apart(arm: FloatArray, baseline: FloatArray) -> FloatArray:
    """arm - baseline, both of shape (n,); one and the same number if what varies is only the rounding of the two."""
    found: FloatArray = arm - baseline
    if not len(found) or np.ptp(found) > ROUNDING * max(np.abs(arm).max(), np.abs(baseline).max()):
        return found
    return np.full_like(found, found[0] if np.ptp(found) == 0.0 else found.mean())


def correlation(first: FloatArray, second: FloatArray) -> float | None:
    """Pearson's correlation of two samples of shape (n,); None below three pairs or if one does not vary."""
    if len(first) < 3 or np.ptp(first) == 0.0 or np.ptp(second) == 0.0:
        return None
    a, b = first - first.mean(), second - second.mean()
    return float(np.clip((a @ b) / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))
