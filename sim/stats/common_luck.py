"""What common luck buys: how many replications with separate luck would be as precise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.stats.intervals import FloatArray, apart


@dataclass(frozen=True)
class CommonLuck:
    """How much wider the difference would vary if the arms had separate luck.

    `variance_ratio` is (variance of arm + variance of baseline) / variance of their difference: 1 for arms that are
    unrelated, below 1 if they move against each other. `saved`: replications that separate luck would need
    beyond those that were run, in each arm; negative if common luck costs some.
    """

    variance_ratio: float
    saved: int


def common_luck(arm: FloatArray, baseline: FloatArray) -> CommonLuck | None:
    """Compare paired with independent replications; both have shape (n,), row i sharing its luck.

    The variance of a mean difference is Var(D) / n with common luck and (Var(A) + Var(B)) / m without, equal for
    m = n * variance_ratio. Source: Law 2015, section 11.2. None below three pairs, or if the difference does not
    vary: then no number of independent replications is as precise.
    """
    n = len(arm)
    differences = apart(arm, baseline)
    if n < 3 or np.ptp(differences) == 0.0:
        return None
    ratio = float(np.var(arm, ddof=1) + np.var(baseline, ddof=1)) / float(np.var(differences, ddof=1))
    return CommonLuck(ratio, math.ceil(n * ratio) - n)
