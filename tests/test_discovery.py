"""Discoveries among many metrics against scipy, and their share of false ones by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from sim.errors import ResultError
from sim.stats.discovery import discoveries, paired_p_value


@pytest.mark.parametrize("n", [2, 3, 20])
def test_p_values_agree_with_scipy(n: int) -> None:
    sample = np.random.default_rng(n).normal(0.3, 1.0, n)
    assert paired_p_value(sample) == pytest.approx(oracle.ttest_1samp(sample, 0.0).pvalue)


def test_differences_that_do_not_vary() -> None:
    assert paired_p_value(np.zeros(4)) == 1.0
    assert paired_p_value(np.full(4, -0.5)) == 0.0


def test_one_replication_cannot_be_tested() -> None:
    with pytest.raises(ResultError, match="not 1"):
        paired_p_value(np.ones(1))


@given(st.lists(st.floats(0.0, 1.0) | st.floats(0.0, 0.05), max_size=30))
def test_discoveries_agree_with_scipy(p_values: list[float]) -> None:
    adjusted = oracle.false_discovery_control(p_values) if p_values else np.array([])
    sure = np.abs(adjusted - 0.05) > 1e-12  # at the bound itself rounding decides
    assert (discoveries(p_values) == (adjusted <= 0.05))[sure].all()


def test_a_larger_p_value_never_wins_over_a_smaller_one() -> None:
    assert discoveries([0.04, 0.03, 0.9, 0.02]).tolist() == [False, False, False, False]
    assert discoveries([0.04, 0.03, 0.04, 0.02]).tolist() == [True, True, True, True]
    assert discoveries([]).tolist() == []


def test_false_discoveries_are_at_most_5_percent_on_average() -> None:
    """30 of 40 metrics do not differ; all share luck. 4 standard errors of the mean over 1,000 experiments."""
    rng = np.random.default_rng(31)
    effects = np.where(np.arange(40) < 30, 0.0, 1.2)
    false, plain, found = [], [], []
    for _ in range(1_000):
        samples = effects + rng.normal(0.0, 0.5, (10, 1)) + rng.normal(0.0, 1.0, (10, 40))
        p = np.array([paired_p_value(column) for column in samples.T])
        for record, hits in ((false, discoveries(p)), (plain, p <= 0.05)):
            record.append(hits[:30].sum() / max(1, hits.sum()))
        found.append(discoveries(p)[30:].mean())
    assert np.mean(false) <= 0.05 + 4.0 * np.std(false) / np.sqrt(len(false))
    assert np.mean(plain) > 0.08, "without the correction more of them would be false"
    assert np.mean(found) > 0.5, "true differences are still found"
