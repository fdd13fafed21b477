"""Where a curve is highest, and how sure that is.

Replications share their luck over the points of a curve, so the best point is found again in resampled replications,
all points together: what is luck for all of them cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.stats.bootstrap import RESAMPLES, widening
from sim.stats.intervals import LEVEL, FloatArray, paired_interval
from sim.stats.verdicts import goal_verdict

_SEED = 1979


@dataclass(frozen=True)
class Guard:
    """What a point must not break: paired differences from the baseline, plus is good, shape (replications, points).

    A point is allowed if its 95 % interval lies at or above -margin: the guardrail is held.
    """

    differences: FloatArray
    margin: float


@dataclass(frozen=True)
class Optimum:
    """The best point of a curve.

    `place`: its number. `often`: share of the resamples in which each point was the best, shape (points,), adding up
    to 1 less `none`, the share in which no point was allowed. `as_good`: allowed points whose difference from the
    best one is practically equal to zero, the best included.
    """

    place: int
    often: FloatArray
    none: float
    as_good: tuple[int, ...]


def optimum(goals: FloatArray, guard: Guard | None = None, margin: float = 0.0) -> Optimum | None:
    """The allowed point with the highest mean of `goals`, shape (replications, points), plus is good.

    Replications are resampled with replacement, and in each resample the guardrail is judged and the best point found
    anew (percentile bootstrap; Efron & Tibshirani 1993, section 13.3), with means stretched for few replications. A
    point with a NaN is never allowed. `margin`: smallest difference in the goal that matters. The first of equal points
    counts. None if no point is allowed, or for fewer than two replications.
    """
    n, points = goals.shape
    if n < 2:
        return None
    defined: NDArray[np.bool_] = np.asarray(np.isfinite(goals).all(axis=0))
    values = np.where(defined, goals, 0.0)
    best = _best(values, guard, np.full((1, n), 1.0 / n), defined)[0]
    if best < 0:
        return None
    found = _best(values, guard, _weights(n), defined)
    counts = np.bincount(found[found >= 0], minlength=points)
    allowed = np.flatnonzero(_allowed(guard, np.full((1, n), 1.0 / n), defined)[0])
    as_good = tuple(int(i) for i in allowed if _equal(values[:, i], values[:, best], margin))
    return Optimum(int(best), counts / len(found), float(np.mean(found < 0)), as_good)


def often_best(goals: FloatArray, guard: Guard | None = None) -> FloatArray:
    """Share of rows, each a world of its own, in which each point is the best that is allowed, shape (points,).

    `goals`: shape (worlds, points), plus is good. A point is allowed in a world if its guarded difference there is at
    or above -margin; NaN never is. The shares add up to less than 1 if some worlds allow no point.
    """
    allowed = np.isfinite(goals)
    if guard is not None:
        allowed &= guard.differences >= -guard.margin
    kept = allowed.any(axis=1)
    best = np.where(allowed[kept], goals[kept], -np.inf).argmax(axis=1)
    shares: FloatArray = np.bincount(best, minlength=goals.shape[1]) / max(1, len(goals))
    return shares


def percentiles(numbers: Sequence[float], often: FloatArray) -> tuple[float, float]:
    """Ends of the 95 % percentile interval of a value that is each of the ascending `numbers` so often.

    The smallest value that at least 2.5 % of the resamples do not exceed, and the same from above: both are values
    that were tried. `often` need not add up to 1.
    """
    tail = (1.0 - LEVEL) / 2.0 * often.sum() - 1e-12
    low = int(np.argmax(np.cumsum(often) > tail))
    high = len(numbers) - 1 - int(np.argmax(np.cumsum(often[::-1]) > tail))
    return numbers[low], numbers[high]


def _equal(values: FloatArray, best: FloatArray, margin: float) -> bool:
    """Whether a point is practically as good as the best one."""
    return goal_verdict(paired_interval(values, best), margin) == "practically equal"


def _weights(n: int) -> FloatArray:
    """How often each of n replications is in each resample, as shares, shape (RESAMPLES, n); always the same."""
    drawn = np.random.default_rng([_SEED, n]).integers(0, n, (RESAMPLES, n))
    flat = (drawn + n * np.arange(RESAMPLES)[:, None]).ravel()
    shares: FloatArray = np.bincount(flat, minlength=RESAMPLES * n).reshape(RESAMPLES, n) / n
    return shares


def _stretched(weights: FloatArray) -> FloatArray:
    """Weights whose means lie as far from that of all n replications as Student's t has it."""
    n = weights.shape[1]
    stretched: FloatArray = 1.0 / n + widening(n) * (weights - 1.0 / n)
    return stretched


def _best(values: FloatArray, guard: Guard | None, weights: FloatArray, defined: NDArray[np.bool_]) -> NDArray[np.int_]:
    """The best allowed point for each row of weights, -1 where none is allowed."""
    allowed = _allowed(guard, weights, defined)
    means = np.where(allowed, _stretched(weights) @ values, -np.inf)
    return np.where(allowed.any(axis=1), means.argmax(axis=1), -1)


def _allowed(guard: Guard | None, weights: FloatArray, defined: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which points hold the guardrail, for each row of weights: shape (rows, points)."""
    if guard is None:
        return np.broadcast_to(defined, (len(weights), len(defined)))
    known = np.isfinite(guard.differences).all(axis=0)
    differences = np.where(known, guard.differences, 0.0)
    middle = differences.mean(axis=0)  # taken off before squaring, so that little is lost to rounding
    n = len(differences)
    apart = differences - middle
    variances = np.maximum(weights @ apart**2 - (weights @ apart) ** 2, 0.0) * (n / (n - 1))
    lows = middle + _stretched(weights) @ apart - stdtrit(n - 1, 0.5 + LEVEL / 2.0) * np.sqrt(variances / n)
    held: NDArray[np.bool_] = (lows >= -guard.margin - 1e-12 * np.abs(middle)) & known & defined
    return held
