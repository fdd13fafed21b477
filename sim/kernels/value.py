"""What the fans still present are worth after the horizon."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

from sim.kernels import leaving, orders, trust

Array = NDArray[np.floating]

NODES = 16
"""Steps of the integration; lengths grow with time, since hazards act first. Relative error of the sum below 1e-3."""


def residual_value(
    margin: Array,
    purchase_rate: Array,
    dropout_rate: Array,
    trust_now: Array,
    strain: Array,
    *,
    floor: float,
    half_life: float,
    reference: float,
    elasticity: float,
    sensitivity: float,
    discount_per_day: float,
    days: float,
) -> Array:
    """Expected discounted margin of each fan's organic orders over the next `days` days untouched, in money.

    The integral of margin lambda(T(t)) exp(-discount t - strain - H(t)) dt, where trust T drifts to its floor, lambda
    and the leaving hazard follow it, and H is the integrated hazard: a Poisson stream of orders cut off by a lifetime
    (Schmittlein, Morrison & Colombo 1987; discounted as in Fader, Hardie & Lee 2005). With no dependence on trust it
    is margin lambda exp(-strain) (1 - exp(-h days)) / h, h = dropout + discount. Arrays of shape (fans,).
    """
    times = days * np.linspace(0, 1, NODES + 1) ** 3
    total, hazard, before = np.zeros_like(margin), strain.copy(), None
    for time, step in zip(times.tolist(), np.diff(times, prepend=0.0).tolist(), strict=True):
        level = trust.drift(trust_now, floor, float(0.5 ** (time / half_life)))
        h = dropout_rate * leaving.trust_factor(level, sensitivity, reference) + discount_per_day
        rate = orders.intensity(purchase_rate, level, elasticity, reference)
        if before is not None:
            total += _cell(before, (rate, h), hazard, step)
            hazard += (before[1] + h) * (step / 2)
        before = (rate, h)
    return margin * total


def _cell(start: tuple[Array, Array], end: tuple[Array, Array], hazard: Array, step: float) -> Array:
    """Integral over one step of rate exp(-hazard), for the mean rate and a hazard x used up evenly over the step.

    (1 - exp(-x)) / x = exp(-x / 2) (1 + x^2 / 24 + O(x^4)) without cancellation.
    """
    used = (start[1] + end[1]) * (step / 2)
    lasting: Array = (start[0] + end[0]) * (step / 2) * np.exp(-hazard - used / 2) * (1 + used * used / 24)
    return lasting


def remaining_overload(pressure: Array, tolerance: Array, half_life: float) -> Array:
    """Integral over time of max(0, pressure / tolerance - 1) as pressure decays untouched, in days.

    With x = pressure / tolerance > 1 and decay rate k = ln 2 / half_life it is (x - 1 - ln x) / k.
    """
    x = np.maximum(pressure / tolerance, 1)
    return (x - 1 - np.log(x)) * (half_life / log(2))
