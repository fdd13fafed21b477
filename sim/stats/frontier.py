"""The frontier of two goals: arms that no other arm beats in both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.stats.bootstrap import resampled_means
from sim.stats.intervals import FloatArray


def on_frontier(points: FloatArray) -> NDArray[np.bool_]:
    """Which arms are on the Pareto frontier; `points`: shape (..., arms, goals), plus is good, to (..., arms).

    An arm is off it if another is at least as good in every goal and better in one, so equal arms share it.
    """
    mine, other = points[..., :, None, :], points[..., None, :, :]
    dominated = (other >= mine).all(axis=-1) & (other > mine).any(axis=-1)
    return np.logical_not(np.asarray(dominated.any(axis=-1)))


def frontier_probabilities(values: FloatArray) -> FloatArray:
    """How surely each arm's mean is on the frontier: its share of resamples, shape (arms,).

    `values`: shape (n, arms, goals), plus is good. Whole replications are resampled, so that arms keep their common
    luck. Source: bootstrap probability of an event, Efron & Tibshirani 1998, The Problem of Regions.
    """
    share: FloatArray = on_frontier(resampled_means(values)).mean(axis=0)
    return share
