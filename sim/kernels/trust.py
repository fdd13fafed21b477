"""How trust moves within [0, 1]: gains close a share of the gap to 1, losses multiply, neglect drifts to a floor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def gain(trust: Array, share: float | Array) -> Array:
    """trust + share (1 - trust): a good experience closes a share in [0, 1] of the gap to full trust."""
    return trust + share * (1 - trust)


def loss(trust: Array, exponent: float | Array) -> Array:
    """trust exp(-exponent): a bad experience of this size, >= 0."""
    return trust * np.exp(-np.asarray(exponent, trust.dtype))


def drift(trust: Array, floor: float, keep: float) -> Array:
    """floor + keep (trust - floor): a stretch of neglect in which the share `keep` of the distance remains."""
    return floor + keep * (trust - floor)
