"""Not only luck: what the difference may be in a world drawn from the assumptions.

With many fans and common luck an interval of luck alone shrinks towards nothing, while what the model assumes about
fans decides. So the assumptions are redrawn R times within their evidence ranges, the same for all arms, and the
spread of the R differences says how far the result hangs on them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import stdtrit

from sim.errors import ResultError
from sim.stats.intervals import LEVEL, FloatArray, Interval, correlation
from sim.stats.verdicts import ArmVerdict, Verdict

STRONGEST = 5
"""Parameters that are named."""

MOST_SKEW = 2.0
"""Skewness for which the shift of an interval is still right; that of an exponential distribution."""

SKEW_FROM = 8
"""Redraws from which on the skewness of the sample tells more about that of the worlds than it costs."""

SHUFFLES = 100_000
"""Random orders from which the reach of chance is found: its level of .05 is known to .0045 for 40 parameters."""

_BLOCK = 1_000
_ROUNDING = 1e-9

UNDECIDED = (None, "inconclusive", "unproven")
"""Verdicts that decide nothing."""


@dataclass(frozen=True)
class Driver:
    """A redrawn parameter: Spearman's rank correlation of its values with the difference, and whether it is clear.

    It is clear if it lies beyond what one of so many parameters without any effect reaches by chance.
    """

    key: str
    correlation: float
    clear: bool


def prediction_interval(differences: FloatArray, level: float = LEVEL) -> Interval:
    """Mean of `differences`, shape (R,), with the interval for one replication in one more world, not for their mean.

    It does not shrink with R: it is as wide as the assumptions are. From R = 39 on (at a level of .95) its ends are
    order statistics, the k-th smallest and the k-th largest with k = floor((1 - level) / 2 (R + 1)), which hold one
    more with at least `level` whatever the distribution (Wilks 1941; Hahn & Meeker 1991, Statistical Intervals,
    chapter 5).

    With fewer redraws mean + s (+-q + g (q^2 - 1) / 6), q = t(R-1) sqrt(1 + 1 / R), g the skewness of the sample, at
    most `MOST_SKEW`, 0 below `SKEW_FROM` redraws: Student's interval with its ends shifted as by Cornish & Fisher 1938.
    Effects of assumptions are bounded on one side, and an interval that is even about the mean includes differences
    that no such world has. An interval of a higher level is never narrower than that of .95, which may be of another
    kind. Raises ResultError for fewer than two redraws.
    """
    if len(differences) < 2:
        raise ResultError(f"a prediction interval needs at least 2 redraws, not {len(differences)}")
    ends = [_ends(differences, level), *([_ends(differences, LEVEL)] if level > LEVEL else [])]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    mean = float(np.mean(differences))
    return Interval(mean, min(low, mean), max(high, mean))


def _ends(differences: FloatArray, level: float) -> tuple[float, float]:
    """Ends of an interval by order statistics, or by the shifted one of Student if there are too few redraws."""
    n = len(differences)
    beyond = int((1.0 - level) / 2.0 * (n + 1) + _ROUNDING)
    if beyond:
        ordered = np.sort(differences)
        return float(ordered[beyond - 1]), float(ordered[-beyond])
    mean, spread = float(np.mean(differences)), float(np.std(differences, ddof=1))
    q = float(stdtrit(n - 1, 0.5 + level / 2.0)) * math.sqrt(1.0 + 1.0 / n)
    shift = _skewness(differences) * (q * q - 1.0) / 6.0 if n >= SKEW_FROM else 0.0
    return mean + spread * (shift - q), mean + spread * (shift + q)


def _skewness(values: FloatArray) -> float:
    """Third central moment over the cube of the standard deviation, both with n in the denominator; within bounds."""
    apart = values - values.mean()
    size = float(np.abs(apart).max())
    if size == 0.0:
        return 0.0
    apart = apart / size  # skewness is free of scale, and powers of tiny differences would underflow
    found = float(np.mean(apart**3) / np.mean(apart**2) ** 1.5)
    return max(-MOST_SKEW, min(MOST_SKEW, found))


def holds_only_for_luck(luck: Verdict | ArmVerdict | None, assumptions: Verdict | ArmVerdict | None) -> bool:
    """Whether a verdict is decided as far as luck goes, and another once the assumptions may be wrong.

    False if the assumptions give no verdict at all: then nothing is known about it.
    """
    return luck not in UNDECIDED and assumptions is not None and assumptions != luck


def drivers(
    redrawn: Mapping[str, FloatArray], differences: FloatArray, strongest: int = STRONGEST
) -> tuple[Driver, ...]:
    """The redrawn parameters that move the difference most, by rank correlation, the strongest first.

    `redrawn`: key path -> values, `differences`: both of shape (R,). Ranks find any rising or falling relation. A
    parameter that was not really redrawn, or a difference that never changes, has no correlation and is left out.
    Source: Spearman 1904; for sensitivity analysis Saltelli et al. 2008, Global Sensitivity Analysis.
    """
    level = noise(len(redrawn), len(differences))
    ranked = _ranks(differences)
    found = {key: correlation(_ranks(values), ranked) for key, values in redrawn.items()}
    known = [(key, r) for key, r in found.items() if r is not None]
    known.sort(key=lambda row: -abs(row[1]))
    return tuple(Driver(key, r, abs(r) > level + _ROUNDING) for key, r in known[:strongest])


@cache
def noise(parameters: int, redraws: int) -> float:
    """Rank correlation that the strongest of so many parameters without effect exceeds in 1 of 20 analyses.

    The quantile of |r| at .95^(1 / parameters), as parameters are redrawn independently of each other (Sidak 1967). If
    nothing is related all orders of R values are equally likely; `SHUFFLES` of them are drawn, always the same, since
    the approximations of Spearman's r by Student's t or a normal are wrong so far out for R of 5 to 20. 1 if even a
    perfect correlation is no surprise; infinite for fewer than two redraws.
    """
    if redraws < 2 or parameters < 1:
        return float("inf")
    rng = np.random.default_rng(redraws)
    centred = np.arange(redraws) - (redraws - 1) / 2.0
    shuffled = [rng.random((_BLOCK, redraws)).argsort(axis=1) @ centred for _ in range(SHUFFLES // _BLOCK)]
    found = np.abs(np.concatenate(shuffled)) / float(centred @ centred)
    return float(np.quantile(found, LEVEL ** (1.0 / parameters), method="higher"))


def _ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return ranks
