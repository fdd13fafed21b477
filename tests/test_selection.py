"""Several arms at once: standings against the definition, and the error of the whole family by simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats as oracle

from sim.errors import ResultError
from sim.stats import goal_verdict, half_width, paired_interval
from sim.stats.selection import simultaneous_level, standings

VALUES = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(2, 4)), elements=st.integers(-9, 9).map(float))
MEANS = np.array([0.0, 0.3, 0.3, -0.5, 0.6])
SPREADS = np.array([0.5, 1.0, 2.0, 0.2, 1.0])


def most(trials: int, expected: float) -> float:
    """Upper bound of an error rate, 4 standard errors: a correct method exceeds it for 1 seed in 30,000."""
    return expected + 4.0 * float(np.sqrt(expected * (1.0 - expected) / trials))


def five_arms(trials: int, n: int = 10) -> np.ndarray:
    """Experiments of five arms that share their luck and vary unequally, shape (trials, n, 5)."""
    rng = np.random.default_rng(21)
    shared = rng.normal(0.0, 2.0, (trials, n, 1))
    return MEANS + shared + rng.normal(size=(trials, n, 5)) * SPREADS


def selections(values: np.ndarray, margin: float = 0.0) -> list[str]:
    return [standing.selection for standing in standings(values, margin)]


def test_standings_agree_with_their_formula() -> None:
    values = five_arms(1)[0]
    quantile = oracle.t.ppf(1.0 - 0.05 / 4 / 2, 9)
    for i, standing in enumerate(standings(values)):
        apart = [values[:, i] - values[:, other] for other in range(5) if other != i]
        widths = [quantile * oracle.sem(d) for d in apart]
        assert standing.interval.mean == pytest.approx(values[:, i].mean() - np.delete(values.mean(axis=0), i).max())
        assert standing.interval.low == pytest.approx(min(d.mean() - w for d, w in zip(apart, widths, strict=True)))
        raw = min(d.mean() + w for d, w in zip(apart, widths, strict=True))
        assert standing.interval.high == pytest.approx(max(0.0, raw))


def test_family_error_of_five_arms_is_at_most_5_percent() -> None:
    """Intervals against the baseline, and that the truly best arm stays in, with n = 10 and common luck."""
    trials = 3_000
    runs = five_arms(trials)
    true = MEANS[1:] - MEANS[0]
    wrong = {"one by one": 0, "together": 0}
    for values in runs:
        apart = values[:, 1:] - values[:, :1]
        for name, level in (("one by one", 0.95), ("together", simultaneous_level(4))):
            wrong[name] += bool((np.abs(apart.mean(axis=0) - true) > half_width(apart, level)).any())
    assert wrong["together"] / trials <= most(trials, 0.05)
    assert wrong["one by one"] / trials > 0.1, "without the correction the family would be wrong more often"


def test_comparisons_with_the_best_hold_together() -> None:
    trials = 1_500
    true = [MEANS[i] - np.delete(MEANS, i).max() for i in range(5)]
    missed = lost = told = 0
    for values in five_arms(trials):
        found = standings(values)
        missed += any(not s.interval.low <= t <= s.interval.high for s, t in zip(found, true, strict=True))
        lost += found[4].selection == "rejected"
        told += found[3].selection == "rejected"
    assert missed / trials <= most(trials, 0.05)
    assert lost / trials <= most(trials, 0.05)
    assert told / trials > 0.3, "a clearly worse arm is told apart"


@given(VALUES, st.integers(0, 3).map(float))
def test_two_arms_are_selected_as_the_verdict_says(values: np.ndarray, margin: float) -> None:
    values = values[:, :2]
    verdict = goal_verdict(paired_interval(values[:, 1], values[:, 0]), margin)
    expected = {"better": ["rejected", "best"], "worse": ["best", "rejected"]}
    assert selections(values, margin) == expected.get(str(verdict), ["tied", "tied"])


@given(VALUES, st.permutations(range(4)))
def test_the_order_of_arms_does_not_matter(values: np.ndarray, order: list[int]) -> None:
    kept = [i for i in order if i < values.shape[1]]
    found = standings(values)
    assert standings(values[:, kept]) == tuple(found[i] for i in kept)


@given(VALUES, st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_words_fit_together_and_a_wider_margin_rejects_no_more(values: np.ndarray, one: float, two: float) -> None:
    strict, lax = selections(values, min(one, two)), selections(values, max(one, two))
    for words in (strict, lax):
        assert words.count("rejected") < len(words), "someone is always left"
        assert words.count("best") == (words.count("rejected") == len(words) - 1)
    assert all(not (a != "rejected" and b == "rejected") for a, b in zip(strict, lax, strict=True))


def test_equal_arms_are_tied_and_a_third_is_rejected() -> None:
    base = np.array([10.0, 11.0, 9.0, 12.0])
    values = np.stack([base, base, base - 3.0], axis=1)
    assert selections(values) == ["tied", "tied", "rejected"]
    assert selections(values, margin=3.0) == ["tied", "tied", "tied"]
    assert selections(values[:, 1:]) == ["best", "rejected"]


def test_each_pair_counts_the_replications_that_it_shares() -> None:
    values = five_arms(1)[0][:, :3]
    gappy = values.copy()
    gappy[:4, 2] = np.nan
    found = standings(gappy)
    low = [
        paired_interval(values[rows, 0], values[rows, other], simultaneous_level(2)).low
        for other, rows in ((1, slice(None)), (2, slice(4, None)))
    ]
    assert found[0].interval.low == pytest.approx(min(low))


def test_impossible_selections_are_errors() -> None:
    with pytest.raises(ResultError, match="single arm"):
        standings(np.zeros((5, 1)))
    with pytest.raises(ResultError, match="not 1"):
        standings(np.array([[1.0, 2.0], [1.0, np.nan]]))


def test_levels_follow_bonferroni() -> None:
    assert simultaneous_level(1) == 0.95
    for more, fewer in itertools.pairwise([8, 4, 2, 1]):
        assert 1.0 - simultaneous_level(more) == pytest.approx((1.0 - simultaneous_level(fewer)) / 2.0)
