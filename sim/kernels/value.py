"""What the fans still present are worth after the horizon."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def residual_value(
    margin: Array,
    order_rate: Array,
    leave_rate: Array,
    strain: Array,
    discount_per_day: float,
    days: float,
) -> Array:
    """Expected discounted margin of each present fan's organic orders over the next `days` days, in money.

    margin order_rate exp(-strain) (1 - exp(-h days)) / h with h = leave_rate + discount_per_day: a Poisson stream of
    orders cut off by an exponential lifetime (Schmittlein, Morrison & Colombo 1987; Fader, Hardie & Lee 2005, DET).
    Shapes (fans,); `strain` is the integrated hazard of overload that is still to come.
    """
    horizon_rate = leave_rate + discount_per_day
    safe = np.where(horizon_rate > 0, horizon_rate, 1.0)
    exposure = np.where(horizon_rate > 0, -np.expm1(-safe * days) / safe, days)
    return margin * order_rate * np.exp(-strain) * exposure


def remaining_overload(pressure: Array, tolerance: Array, half_life: float) -> Array:
    """Integral over time of max(0, pressure / tolerance - 1) as pressure decays untouched, in days.

    With x = pressure / tolerance > 1 and decay rate k = ln 2 / half_life it is (x - 1 - ln x) / k.
    """
    x = np.maximum(pressure / tolerance, 1)
    return (x - 1 - np.log(x)) * (half_life / log(2))
