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


def prediction_interval(differences: FloatArray) -> Interval:
    """Mean of `differences`, shape (R,), with the 95 % interval for one more world, not for their mean.

    mean +- t(R-1, .975) s sqrt(1 + 1 / R). It does not shrink with R: it is as wide as the assumptions are. Source:
    Hahn & Meeker 1991, Statistical Intervals, chapter 4 (prediction of one future observation). Raises ResultError for
    fewer than two redraws.
    """
    n = len(differences)
    if n < 2:
        raise ResultError(f"a prediction interval needs at least 2 redraws, not {n}")
    mean, spread = float(np.mean(differences)), float(np.std(differences, ddof=1))
    width = float(stdtrit(n - 1, 0.5 + LEVEL / 2.0)) * spread * math.sqrt(1.0 + 1.0 / n)
    return Interval(mean, mean - width, mean + width)


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
