"""What common luck buys: known variances, and the promise checked by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.stats.common_luck import common_luck


@given(st.integers(3, 40), st.integers(0, 1000))
def test_the_ratio_is_that_of_the_standard_errors(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arm, base = rng.normal(size=(2, n)) + rng.normal(0.0, 2.0, n)
    found = common_luck(arm, base)
    assert found is not None
    independent, paired = np.var(arm, ddof=1) + np.var(base, ddof=1), np.var(arm - base, ddof=1)
    assert found.variance_ratio == pytest.approx(independent / paired)
    assert independent / (n + found.saved) <= paired / n * (1.0 + 1e-9)
    assert independent / (n + found.saved - 1) > paired / n * (1.0 - 1e-9)


def test_shared_variance_is_saved_and_opposite_luck_costs() -> None:
    """Three quarters shared: 2 (3 + 1) / (2 * 1) = 4 times the replications; 20,000 pairs know that to 3 %."""
    rng = np.random.default_rng(5)
    shared, own = rng.normal(0.0, 3.0**0.5, 20_000), rng.normal(size=(2, 20_000))
    helped, hurt = common_luck(shared + own[0], shared + own[1]), common_luck(shared + own[0], own[1] - shared)
    assert helped is not None
    assert hurt is not None
    assert helped.variance_ratio == pytest.approx(4.0, rel=0.05)
    assert helped.saved == pytest.approx(60_000, rel=0.07)
    assert hurt.variance_ratio < 1.0
    assert hurt.saved < 0


def test_nothing_is_known_without_spread_or_below_three_pairs() -> None:
    base = np.array([1.0, 2.0, 4.0])
    assert common_luck(base + 1.0, base) is None
    assert common_luck(base[:2] * 2.0, base[:2]) is None
