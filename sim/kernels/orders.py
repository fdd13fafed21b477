"""Organic order intensity, need, and orders caused by a promotion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def intensity(purchase_rate: Array, trust: Array, elasticity: float, reference: float) -> Array:
    """Organic orders a day before season: purchase_rate (trust / reference)^elasticity."""
    result: Array = purchase_rate * (trust * (1 / reference)) ** elasticity
    return result


def season(day_of_year: Array, amplitude: float, period: float, peak: float) -> Array:
    """1 + amplitude cos(2 pi (day - peak) / period): mean 1 over whole periods. Days, amplitude in [0, 1]."""
    result: Array = 1 + amplitude * np.cos(2 * np.pi * (day_of_year - peak) / period)
    return result


def need(days_since_order: Array, replenish: float) -> Array:
    """1 - exp(-days since the last order / replenish): 0 just after an order, towards 1 later. Days."""
    result: Array = -np.expm1(days_since_order * (-1 / replenish))
    return result


def conversion(need_: Array, trust: Array, elasticity: float, strength: float | Array) -> Array:
    """Probability that an opened promotion causes an order: 1 - exp(-strength need trust^elasticity).

    `strength` is the channel's conversion times offer lift, price effect and playbook maturity.
    """
    result: Array = -np.expm1(-strength * need_ * trust**elasticity)
    return result


def price_effect(discount: float, elasticity: float) -> float:
    """Constant-elasticity demand: (1 - discount)^-elasticity, for a discount in [0, 1); at most 1e12, not infinite."""
    return float(min(max(1 - discount, 1e-12) ** -elasticity, 1e12))
