"""Leaving as competing additive risks, and the cause of an exit.

The baseline hazard is multiplied by F = exp(-g (trust - reference)) (1 + x exp(-tenure / tau)); overload and single
events add to it. A fan leaves on the day the integrated hazard uses up a unit exponential drawn once, which is the
inverse-transform form of a survival time (Cox & Oakes 1984, section 2.2). Given an exit, each cause has the
probability of its share in that day's hazard (Prentice et al. 1978, competing risks).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def trust_factor(trust: Array, sensitivity: float, reference: float) -> Array:
    """exp(-sensitivity (trust - reference)): above 1 for a fan who trusts less than the reference."""
    result: Array = np.exp(-sensitivity * (trust - reference))
    return result


def onboarding_factor(tenure: Array, excess: float, days: float) -> Array:
    """1 + excess exp(-tenure / days): the raised hazard of a fan who has just joined. Times in days."""
    result: Array = 1 + excess * np.exp(tenure * (-1 / days))
    return result


def baseline_parts(dropout: Array, rate: Array, f_trust: Array) -> tuple[Array, Array, Array]:
    """Split today's baseline hazard `rate = dropout F` into (natural, lost trust, onboarding), none negative.

    natural = dropout min(1, F); the excess dropout max(0, F - 1) goes to the two factors in proportion to their
    logarithms where these are positive. All arrays of one shape, hazards in 1/day.
    """
    natural = np.minimum(dropout, rate)
    excess = rate - natural
    with np.errstate(divide="ignore", invalid="ignore"):
        log_onboarding = np.maximum(np.log(rate / (dropout * f_trust)), 0)
    log_trust = np.maximum(np.log(f_trust), 0)
    log_onboarding = np.where(np.isfinite(log_onboarding), log_onboarding, 0)
    total = log_trust + log_onboarding
    share = np.divide(log_trust, total, out=np.ones_like(total), where=total > 0)
    return natural, excess * share, excess * (1 - share)


def draw_cause(parts: Array, u: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the cause of each exit: `parts` of shape (causes, exits), `u` uniform of shape (exits,)."""
    cumulative = np.cumsum(parts, axis=0, dtype=np.float64)
    cause: NDArray[np.intp] = np.sum(cumulative < u * cumulative[-1], axis=0)
    return np.minimum(cause, len(parts) - 1)
