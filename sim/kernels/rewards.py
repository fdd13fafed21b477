"""Going on with a reward: a logit model with goal gradient (Kivetz, Urminsky & Zheng 2006)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def going_on(
    value_ratio: Array,
    effort: Array,
    trust_gap: Array,
    progress: Array,
    *,
    a: float,
    b: float,
    c: float,
    d: float,
    e: float,
) -> Array:
    """Probability of completing the next step.

    logit p = a + b ln(value_ratio) - c (effort - 1) + d trust_gap + e progress.

    `value_ratio`: value relative to a typical reward of this fan, > 0. `trust_gap`: trust minus the reference.
    `progress`: share of the steps already done.
    """
    logit = a + b * np.log(value_ratio) - c * (effort - 1) + d * trust_gap + e * progress
    result: Array = 1 / (1 + np.exp(-logit))
    return result
