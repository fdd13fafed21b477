"""Bootstrap: intervals that follow the skew of the data, as a check on Student's t, and relative lift.

Resampling is deterministic: the same number of replications is always resampled the same way.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from sim.errors import ResultError
from sim.stats.intervals import LEVEL, FloatArray, Interval, mean_interval

RESAMPLES = 2000
"""Enough for the ends of a 95 % interval (Efron & Tibshirani 1993, section 19.3)."""

SKEWED = 1.0 / 3.0
"""Shift of an interval, in its half-widths, from which on skew matters.

With g the skewness of the mean, the ends of an interval that follows it are shifted by about s = g (2 z^2 + 1) / 6
standard errors, and a symmetric one misses the truth on one side with probability .025 + s phi(z) (Hall 1992, The
Bootstrap and Edgeworth Expansion, section 2.6). s = z / 3, z = 1.96, gives .063: more than twice what is stated.
"""

_SEED = 1987
_CELLS = 1_000_000
"""Values gathered at once: 8 MB for each column."""


def resampled_means(rows: FloatArray) -> FloatArray:
    """Means of `RESAMPLES` samples drawn with replacement from `rows`, shape (n, ...), to (RESAMPLES, ...)."""
    n = len(rows)
    rng = np.random.default_rng([_SEED, n])
    step = max(1, _CELLS // n)
    sizes = [min(step, RESAMPLES - start) for start in range(0, RESAMPLES, step)]
    return np.concatenate([rows[rng.integers(0, n, (size, n))].mean(axis=1) for size in sizes])


def bca_interval(samples: FloatArray) -> Interval:
    """Mean of `samples`, shape (n,), with its BCa bootstrap 95 % interval.

    For small n it is narrower than Student's t even without skew, so it stands beside that, not in its place.
    Formula: `bca`. Raises ResultError for fewer than two samples.
    """
    n = len(samples)
    if n < 2:
        raise ResultError(f"a bootstrap interval needs at least 2 replications, not {n}; raise `replications`")
    left_out = (samples.sum() - samples) / (n - 1)
    return bca(float(np.mean(samples)), resampled_means(samples), left_out)


def bca(estimate: float, resampled: FloatArray, left_out: FloatArray) -> Interval:
    """Bias-corrected and accelerated 95 % interval of any statistic.

    `resampled`: the statistic of each resample; `left_out`: of the data without each sample in turn. The ends are
    the resampled quantiles at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z = -1.96 and 1.96, with the bias
    z0 = Phi^-1(share of resamples below the estimate, ties counting half) and the acceleration
    a = sum d^3 / (6 (sum d^2)^1.5), d = mean(left_out) - left_out. Source: Efron 1987, Better Bootstrap Confidence
    Intervals; Efron & Tibshirani 1993, equations 14.10, 14.14 and 14.15. A statistic that does not vary has an
    interval of no width.
    """
    if np.ptp(resampled) == 0.0 or np.ptp(left_out) == 0.0:
        return Interval(estimate, estimate, estimate)
    below = (np.mean(resampled < estimate) + np.mean(resampled <= estimate)) / 2.0
    bias = ndtri(np.clip(below, 0.5 / len(resampled), 1.0 - 0.5 / len(resampled)))
    apart = left_out.mean() - left_out
    apart /= np.abs(apart).max()  # the ratio is free of scale; tiny differences would underflow
    acceleration = np.sum(apart**3) / (6.0 * np.sum(apart**2) ** 1.5)
    z = bias + ndtri([0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0])
    low, high = np.quantile(resampled, ndtr(bias + z / (1.0 - acceleration * z)))
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def skewed(bootstrap: Interval, n: int) -> bool:
    """Whether the BCa interval of n replications leans so far that Student's symmetric one disagrees materially.

    It leans by more than `SKEWED` half-widths, and by more than 1 / sqrt(n), which 2 to 4 of 100 samples without any
    skew exceed for n from 5 to 10, fewer for larger n. Few replications hide much skew: no sign of it is no proof.
    """
    middle, width = (bootstrap.low + bootstrap.high) / 2.0, (bootstrap.high - bootstrap.low) / 2.0
    return abs(middle - bootstrap.mean) > max(SKEWED, 1.0 / math.sqrt(n)) * width


def relative_lift(arm: FloatArray, baseline: FloatArray) -> Interval | None:
    """Mean of arm - baseline as a share of the baseline's absolute mean, with its BCa interval; 0.1 is 10 % more.

    For a positive baseline this is mean(arm) / mean(baseline) - 1. Both have shape (n,), n >= 2, and are resampled
    in pairs, so that common luck cancels in the ratio (Efron & Tibshirani 1993, section 10.3); the ends are moved away
    from the lift by `widening`. None if the baseline's 95 % interval, or its mean in any resample, reaches 0: then a
    share of it says nothing.
    """
    base = mean_interval(baseline)
    if base.low <= 0.0 <= base.high:
        return None
    means = resampled_means(np.stack([arm, baseline], axis=1))
    if means[:, 1].min() <= 0.0 <= means[:, 1].max():
        return None
    found = bca(
        float((np.mean(arm) - base.mean) / abs(base.mean)),
        (means[:, 0] - means[:, 1]) / np.abs(means[:, 1]),
        _left_out_lift(arm, baseline),
    )
    wider = widening(len(arm))
    return Interval(
        found.mean, found.mean - wider * (found.mean - found.low), found.mean + wider * (found.high - found.mean)
    )


def widening(n: int) -> float:
    """By how much the spread of resamples is too small for an interval: t(n-1, .975) / 1.96 sqrt(n / (n - 1)).

    Resampling n values takes their variance with n in the denominator, and a normal quantile where Student's is due
    (Hesterberg 2015, What Teachers Should Know about the Bootstrap, section 4). Close to 1 from n = 50 on.
    """
    return float(stdtrit(n - 1, 0.5 + LEVEL / 2.0) / ndtri(0.5 + LEVEL / 2.0)) * math.sqrt(n / (n - 1))


def _left_out_lift(arm: FloatArray, baseline: FloatArray) -> FloatArray:
    """The lift without each pair in turn."""
    rest = baseline.sum() - baseline
    lift: FloatArray = (arm.sum() - arm - rest) / np.abs(rest)
    return lift
