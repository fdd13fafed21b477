"""Stopping when the differences are known precisely enough, and never because they are significant.

Looking at significance after each replication and stopping at the first success finds effects that are not there;
the half-width of an interval of even data says nothing about the sign of the effect, so that stopping on it does not.
Skewed differences are small where they vary little: with exponential ones 8 instead of 6 of 100 runs err on that side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import nctdtrinc, stdtrit

from sim.errors import ResultError
from sim.stats.intervals import LEVEL, FloatArray, half_width

LOOK_AHEAD = 5
"""Replications for which a half-width has to stay small: it may be small by chance (Hoad, Robinson & Davies 2010)."""

POWER = 0.8
"""Chance of finding the smallest detectable difference."""


MOST = 10**9
"""More replications than anybody will run."""


def half_widths(samples: FloatArray) -> FloatArray:
    """Half-width of the 95 % interval of the mean of the first 1, 2, ..., n samples; shape (n,) to (n,).

    NaN samples are left out; with fewer than two others the half-width is infinite. Entry i depends on samples 0 to
    i alone. Formula: `sim.stats.intervals.half_width`.
    """
    known = ~np.isnan(samples)
    first = samples[known][:1].sum()  # as origin it keeps squares from cancelling, and is the same for every prefix
    apart = np.where(known, samples - first, 0.0)
    n = np.cumsum(known).astype(np.float64)
    enough = np.maximum(n, 2.0)
    squares = np.cumsum(apart**2) - np.cumsum(apart) ** 2 / enough
    widths = stdtrit(enough - 1.0, 0.5 + LEVEL / 2.0) * np.sqrt(np.maximum(squares, 0.0) / (enough - 1.0) / enough)
    return np.where(n < 2.0, np.inf, widths)


def precise_enough(
    widths: FloatArray, wanted: FloatArray, *, first: int = 2, last: int | None = None, look_ahead: int = LOOK_AHEAD
) -> int | None:
    """The smallest number of replications from `first` on that is precise enough and stays so.

    `widths`: shape (n, differences), row i after i + 1 replications; `wanted`: shape (differences,). All differences
    have to be at or below what is wanted, after that number and after each of the `look_ahead` following ones, as far
    as they are allowed by `last`. None if that is not known yet, or never. After Hoad, Robinson & Davies 2010,
    Automated selection of the number of replications for a discrete-event simulation, whose widths are relative to the
    mean and whose look-ahead grows beyond 100 replications.
    """
    precise = np.asarray((widths[:last] <= wanted).all(axis=1))
    for n in range(max(first, 1), len(precise) + 1):
        end = n + look_ahead if last is None else min(n + look_ahead, last)
        if end <= len(precise) and precise[n - 1 : end].all():
            return n
    return None


def replications_needed(sd: float, wanted: float) -> int | None:
    """The smallest n at which t(n-1, .975) sd / sqrt(n) is at most `wanted`, at least 2; None if beyond `MOST`.

    Assumes that the standard deviation stays as it is. Source: Law 2015, section 9.4.1. Raises ResultError unless
    `wanted` is positive, as no number of replications would do.
    """
    if wanted <= 0.0:
        raise ResultError(f"a half-width of {wanted} cannot be reached, it has to be above 0")

    def reached(n: int) -> bool:
        return bool(stdtrit(n - 1, 0.5 + LEVEL / 2.0) * sd <= wanted * math.sqrt(n))

    if not reached(MOST):
        return None
    low, high = 1, MOST  # low is not reached, high is
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def smallest_detectable(sd: float, n: int) -> float:
    """The true difference whose 95 % interval of n replications excludes 0 on its side with probability .8.

    delta = nc sd / sqrt(n), nc such that a noncentral t variate with n-1 degrees of freedom exceeds t(n-1, .975) with
    probability .8; about 2.8 standard errors for large n. Source: Bloom 1995, Minimum Detectable Effects; noncentral
    t: Johnson, Kotz & Balakrishnan 1995, chapter 31. Raises ResultError for fewer than two replications.
    """
    if n < 2:
        raise ResultError(f"nothing is detectable with {n} replications, it takes at least 2")
    threshold = stdtrit(n - 1, 0.5 + LEVEL / 2.0)
    return float(nctdtrinc(n - 1, 1.0 - POWER, threshold)) * sd / math.sqrt(n)


@dataclass(frozen=True)
class PrecisionRule:
    """When to stop: at least `min` and at most `max` replications, and half-widths of `wanted` by metric.

    Differences are given as (arm, metric) -> paired differences from the baseline in the order of replications, NaN
    where undefined. Metrics that are not in `wanted` do not count. Raises ResultError for limits that contradict.
    """

    min: int
    max: int
    wanted: Mapping[str, float]
    look_ahead: int = LOOK_AHEAD

    def __post_init__(self) -> None:
        if not 2 <= self.min <= self.max or self.look_ahead < 0:
            raise ResultError(
                f"min {self.min}, max {self.max}, look-ahead {self.look_ahead}: must be 2 <= min <= max, 0 or more"
            )
        if not self.wanted or not all(width > 0.0 for width in self.wanted.values()):
            raise ResultError("a precision needs a half-width above 0 for at least one metric")

    def stop_at(self, paired: Mapping[tuple[str, str], FloatArray]) -> int | None:
        """The number of replications that is precise enough, None if it is not known yet.

        It is known when the look-ahead is over, or `max` reached. More replications never change a number that was
        given, and only as many count as all arms have: the same luck stops at the same number in whatever order
        replications arrive. None at `max` replications: the precision is not reached.
        """
        chosen = list(self._counted(paired))
        n = min(self.max, *(len(samples) for samples, _ in chosen))
        widths = np.stack([half_widths(samples[:n]) for samples, _ in chosen], axis=1)
        wanted = np.array([width for _, width in chosen])
        return precise_enough(widths, wanted, first=self.min, last=self.max, look_ahead=self.look_ahead)

    def still_needed(self, paired: Mapping[tuple[str, str], FloatArray]) -> int | None:
        """Estimate of how many replications more the half-widths need, `max` or not; 0 if they are reached.

        The largest over all differences, from their standard deviations so far. None if one is not known yet, or out
        of reach.
        """
        known = [(samples[~np.isnan(samples)], width) for samples, width in self._counted(paired)]
        missing = [precision(samples, width).still_needed if len(samples) > 1 else None for samples, width in known]
        found = [n for n in missing if n is not None]
        return max(found) if len(found) == len(missing) else None

    def _counted(self, paired: Mapping[tuple[str, str], FloatArray]) -> Iterator[tuple[FloatArray, float]]:
        """The differences that count, each with the half-width that is wanted of it."""
        found = [(samples, self.wanted[metric]) for (_, metric), samples in paired.items() if metric in self.wanted]
        if not found:
            raise ResultError(f"no difference in {', '.join(self.wanted)} to be precise about")
        yield from found


@dataclass(frozen=True)
class Precision:
    """How precisely a difference is known, in its unit.

    `half_width` of its 95 % interval; `wanted`, the half-width that was asked for, if any; `smallest_detectable`, see
    the function of that name; `still_needed`, an estimate of how many replications more `wanted` takes, 0 if it is
    reached, None if nothing was asked or it is out of reach.
    """

    half_width: float
    wanted: float | None
    smallest_detectable: float
    still_needed: int | None


def precision(differences: FloatArray, wanted: float | None) -> Precision:
    """How precisely the mean of `differences`, shape (n,), is known. Raises ResultError for fewer than two."""
    n = len(differences)
    width = float(half_width(differences))
    sd = float(np.std(differences, ddof=1))
    missing = 0 if wanted is not None and width <= wanted else None
    if missing is None and wanted:
        needed = replications_needed(sd, wanted)
        missing = None if needed is None else needed - n
    return Precision(width, wanted, smallest_detectable(sd, n), missing)
