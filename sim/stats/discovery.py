"""Many metrics at once: which of their differences are more than what chance finds among so many.

p-values stay in here: they sort secondary findings, and no verdict rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from sim.errors import ResultError
from sim.stats.intervals import FloatArray

FALSE_SHARE = 0.05
"""Expected share of false ones among the discoveries."""


def paired_p_value(differences: FloatArray) -> float:
    """Two-sided p-value of Student's paired t-test of no difference; `differences` has shape (n,), n >= 2.

    p = 2 F(-|t|; n - 1), t = mean / (s / sqrt(n)). Differences that do not vary give 1 if they are 0, else 0.
    Source: Student 1908. Raises ResultError for fewer than two differences.
    """
    n = len(differences)
    if n < 2:
        raise ResultError(f"a test needs at least 2 replications, not {n}; raise `replications`")
    error = float(np.std(differences, ddof=1)) / np.sqrt(n)
    mean = abs(float(np.mean(differences)))
    if error == 0.0:
        return 0.0 if mean > 0.0 else 1.0
    return float(2.0 * stdtr(n - 1, -mean / error))


def discoveries(p_values: Sequence[float], false_share: float = FALSE_SHARE) -> NDArray[np.bool_]:
    """Which of m p-values count as discoveries, shape (m,).

    The k smallest do, k the largest rank with p(k) <= k / m * false_share. The expected share of false ones among
    them is then at most `false_share` for independent metrics (Benjamini & Hochberg 1995) and for some kinds of
    positive dependence (Benjamini & Yekutieli 2001). Metrics that fall where others rise are not covered by the
    theorem; simulated, 4 of 100 were false.
    """
    p = np.asarray(p_values, dtype=np.float64)
    bounds = np.arange(1, len(p) + 1) / max(1, len(p)) * false_share
    passed = np.sort(p) <= bounds
    largest = np.sort(p)[passed].max(initial=-1.0)
    found: NDArray[np.bool_] = p <= largest
    return found
