"""Contact pressure and overload.

Pressure is the exponentially smoothed frequency of delivered touches. One touch adds w 30 ln 2 / half_life, so that
a steady cadence of c touches in 30 days averages c over time.
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def increment(intrusiveness: float, half_life: float, period: float = 30.0) -> float:
    """Pressure that one touch adds, in touches per `period` days. `half_life` in days."""
    return intrusiveness * period * log(2) / half_life


def daily_decay(half_life: float) -> float:
    """Factor by which pressure falls in a day without touches. `half_life` in days."""
    return float(0.5 ** (1 / half_life))


def overload(pressure: Array, tolerance: Array) -> Array:
    """max(0, pressure / tolerance - 1) for each fan, dimensionless; both in touches per 30 days."""
    return np.maximum(pressure / tolerance - 1, 0)
