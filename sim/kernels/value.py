"""What the fans still present are worth after the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from sim.kernels import leaving, orders

Array = NDArray[np.floating]

NODES = 16
"""Steps of the integration; lengths grow with time, since hazards act first. Error of a pool's sum below 3 in 1,000."""


@dataclass(frozen=True)
class Outlook:
    """What lies ahead of fans to whom nobody writes any more. Times in days, money discounted by the day.

    `order_gain`, `order_loss`: expected share of the gap to full trust that an order closes, and of trust that it
    costs. `order_hazard`: probability that an order makes a fan leave.
    """

    days: float
    discount_per_day: float
    floor: float
    half_life: float
    reference: float
    elasticity: float
    sensitivity: float
    onboarding_excess: float = 0.0
    onboarding_days: float = 1.0
    order_gain: float = 0.0
    order_loss: float = 0.0
    order_hazard: float = 0.0

    def drifted(self, level: Array, rate: Array, step: float) -> Array:
        """Trust after `step` days: pulled to the floor by neglect, up or down by orders at this rate.

        The solution of dT/dt = k (floor - T) + rate (gain (1 - T) - loss T), k = ln 2 / half_life, at a constant rate.
        """
        neglect = log(2) / self.half_life
        pull = np.maximum(neglect + rate * (self.order_gain + self.order_loss), np.finfo(rate.dtype).tiny)
        target = (neglect * self.floor + rate * self.order_gain) / pull
        result: Array = target + (level - target) * np.exp(-pull * step)
        return result

    def rate(self, purchase: Array, level: Array) -> Array:
        """Organic orders a day."""
        return orders.intensity(purchase, level, self.elasticity, self.reference)

    def hazard(self, dropout: Array, level: Array, rate: Array, tenure: Array) -> Array:
        """Leaving hazard and discount rate, 1/day."""
        baseline = dropout * leaving.trust_factor(level, self.sensitivity, self.reference)
        baseline *= leaving.onboarding_factor(tenure, self.onboarding_excess, self.onboarding_days)
        return baseline + rate * self.order_hazard + self.discount_per_day


def residual_value(
    margin: Array,
    purchase_rate: Array,
    dropout_rate: Array,
    trust_now: Array,
    tenure: Array,
    strain: Array,
    owed: Array,
    outlook: Outlook,
) -> Array:
    """Expected discounted margin of each fan's organic orders over the days ahead, untouched, in money.

    The integral of margin lambda(T(t)) exp(-discount t - strain - H(t)) dt, where trust T drifts and is moved by the
    orders themselves, lambda and the leaving hazard follow it, and H is the integrated hazard: a Poisson stream of
    orders cut off by a lifetime (Schmittlein, Morrison & Colombo 1987; discounted as in Fader, Hardie & Lee 2005). With
    no dependence on trust and tenure it is margin lambda exp(-strain) (1 - exp(-h days)) / h, h = dropout + discount.
    The first `owed` orders of the stream are left out. Trust is followed in its mean. Arrays of shape (fans,).
    """
    times = outlook.days * np.linspace(0, 1, NODES + 1) ** 3
    total, spent, level = np.zeros_like(margin), strain, trust_now
    rate = outlook.rate(purchase_rate, level)
    hazard = outlook.hazard(dropout_rate, level, rate, tenure)
    for time, step in zip(times[1:].tolist(), np.diff(times).tolist(), strict=True):
        rate_before, hazard_before = rate, hazard
        guess = outlook.rate(purchase_rate, outlook.drifted(level, rate, step))
        level = outlook.drifted(level, (rate + guess) / 2, step)
        rate = outlook.rate(purchase_rate, level)
        hazard = outlook.hazard(dropout_rate, level, rate, tenure + time)
        placed, used = (rate_before + rate) * (step / 2), (hazard_before + hazard) * (step / 2)
        total += np.maximum(placed - owed, 0) * _lasting(spent, used)
        owed, spent = np.maximum(owed - placed, 0), spent + used
    return margin * total


def _lasting(spent: Array, used: Array) -> Array:
    """Mean of exp(-integrated hazard) over a step in which it grows evenly from `spent` by `used`.

    (1 - exp(-x)) / x = exp(-x / 2) (1 + x^2 / 24 + O(x^4)) without cancellation.
    """
    lasting: Array = np.exp(-spent - used / 2) * (1 + used * used / 24)
    return lasting


def remaining_overload(pressure: Array, tolerance: Array, half_life: float) -> Array:
    """Integral over time of max(0, pressure / tolerance - 1) as pressure decays untouched, in days.

    With x = pressure / tolerance > 1 and decay rate k = ln 2 / half_life it is (x - 1 - ln x) / k.
    """
    x = np.maximum(pressure / tolerance, 1)
    return (x - 1 - np.log(x)) * (half_life / log(2))
