"""Closed forms of the Pareto/NBD model (Schmittlein, Morrison & Colombo 1987), and the same on a grid of days.

Orders come at rate lambda ~ gamma(r, alpha) until the fan leaves at rate mu ~ gamma(s, beta); times in days. On the
grid a fan leaves at the end of a day, so that the orders of the whole last day count: the grid is exact, and
a little above the continuous model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ParetoNBD:
    """The four parameters, in days."""

    r: float
    alpha: float
    s: float
    beta: float

    def retention(self, t: float | FloatArray) -> FloatArray:
        """Share still there after t days: (beta / (beta + t))^s."""
        return np.asarray((self.beta / (self.beta + t)) ** self.s)

    def repeats(self, t: float | FloatArray) -> FloatArray:
        """Expected orders in t days after joining: r beta / (alpha (s - 1)) (1 - (beta / (beta + t))^(s - 1))."""
        lost = (self.beta / (self.beta + np.asarray(t))) ** (self.s - 1)
        return np.asarray(self.r * self.beta / (self.alpha * (self.s - 1)) * (1 - lost))

    def repeats_on_grid(self, days: int) -> FloatArray:
        """Expected orders after 0, 1, ... `days` days, shape (days + 1,): a day begun counts whole."""
        there = self.retention(np.arange(days, dtype=float))
        return np.concatenate([[0.0], self.r / self.alpha * np.cumsum(there)])

    def counts_on_grid(self, most: int, days: int) -> FloatArray:
        """P(X = x) for x = 0 .. most after so many days: negative binomials mixed over the last day."""
        there = self.retention(np.arange(days + 1, dtype=float))
        lifetimes = np.minimum(np.arange(1, days + 2), days)
        weights = np.append(there[:-1] - there[1:], there[-1])
        p = self.alpha / (self.alpha + lifetimes)
        return np.asarray(weights @ stats.nbinom.pmf(np.arange(most + 1), self.r, p[:, None]))


CDNOW = ParetoNBD(r=0.553, alpha=10.578 * 7, s=0.606, beta=11.669 * 7)
"""Published fit to the CDNOW cohort (Fader & Hardie), weeks turned into days."""
