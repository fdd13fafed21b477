"""Intervals against scipy.stats, verdicts against their rules written out, error rates by simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats as oracle

from sim.errors import ResultError
from sim.stats import (
    Interval,
    arm_verdict,
    correlation,
    goal_verdict,
    guardrail_verdict,
    half_width,
    mean_interval,
    paired_interval,
)

PAIRS = arrays(np.float64, st.tuples(st.integers(2, 12), st.just(2)), elements=st.floats(-1e6, 1e6))
MARGINS = st.floats(0.0, 1e6)


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2.0, low, high)


INTERVALS = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(lambda ends: interval(*sorted(ends)))


@pytest.mark.parametrize("n", [2, 3, 10, 200])
def test_paired_interval_agrees_with_scipy(n: int) -> None:
    rng = np.random.default_rng(n)
    arm, baseline = rng.lognormal(3.0, 1.0, n), rng.lognormal(3.1, 1.0, n)
    expected = oracle.ttest_rel(arm, baseline).confidence_interval(0.95)
    found = paired_interval(arm, baseline)
    assert found.mean == pytest.approx((arm - baseline).mean(), rel=1e-12)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-10)


def test_mean_interval_agrees_with_scipy() -> None:
    sample = np.random.default_rng(1).normal(5.0, 2.0, 7)
    found = mean_interval(sample)
    expected = oracle.t.interval(0.95, 6, loc=sample.mean(), scale=oracle.sem(sample))
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-10)


def test_half_width_works_on_each_column() -> None:
    runs = np.random.default_rng(2).normal(size=(5, 3))
    assert half_width(runs) == pytest.approx([float(half_width(runs[:, day])) for day in range(3)])


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_replications_give_an_error_not_a_number(n: int) -> None:
    with pytest.raises(ResultError, match=f"not {n}"):
        mean_interval(np.ones(n))


def test_unequal_lengths_cannot_be_paired() -> None:
    with pytest.raises(ResultError, match="3 replications with 2"):
        paired_interval(np.ones(3), np.ones(2))


@given(PAIRS)
def test_swapping_arm_and_baseline_flips_the_interval(pairs: np.ndarray) -> None:
    there, back = paired_interval(pairs[:, 0], pairs[:, 1]), paired_interval(pairs[:, 1], pairs[:, 0])
    assert (there.mean, there.low, there.high) == (-back.mean, -back.high, -back.low)
    assert back.oriented(-1) == there
    assert there.oriented(1) == there


@given(PAIRS, st.integers(-20, 20))
def test_interval_scales_with_the_unit(pairs: np.ndarray, power: int) -> None:
    scale = 2.0**power  # exact in binary, so that rounding cannot differ
    plain, scaled = paired_interval(*pairs.T), paired_interval(*(pairs * scale).T)
    assert (scaled.mean, scaled.low) == pytest.approx((plain.mean * scale, plain.low * scale), rel=1e-12)


@given(PAIRS, st.floats(-1e6, 1e6))
def test_luck_that_both_arms_share_cancels(pairs: np.ndarray, luck: float) -> None:
    plain, shifted = paired_interval(*pairs.T), paired_interval(*(pairs + luck).T)
    assert (shifted.low, shifted.high) == pytest.approx((plain.low, plain.high), abs=1e-7)


def test_correlation_agrees_with_scipy() -> None:
    first, second = np.random.default_rng(3).normal(size=(2, 20))
    assert correlation(first, second) == pytest.approx(oracle.pearsonr(first, second).statistic)


@pytest.mark.parametrize("first", [[1.0, 2.0], [4.0, 4.0, 4.0]])
def test_correlation_is_unknown_for_two_pairs_or_a_constant(first: list[float]) -> None:
    assert correlation(np.array(first), np.arange(len(first))) is None


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict"),
    [
        (0.0, 0.0, 0.0, "practically equal"),  # exactly zero in every replication
        (0.0, 0.0, 1.0, "practically equal"),
        (-1.0, 1.0, 1.0, "practically equal"),  # touching both margins is within
        (0.2, 0.8, 1.0, "practically equal"),  # surely positive, but too small to matter
        (-0.8, -0.2, 1.0, "practically equal"),
        (0.2, 1.1, 1.0, "better"),
        (-1.1, -0.2, 1.0, "worse"),
        (0.1, 0.1, 0.0, "better"),  # the same gain in every replication
        (0.0, 2.0, 1.0, "inconclusive"),  # the low end has to be above zero
        (-2.0, 0.0, 1.0, "inconclusive"),
        (-0.1, 1.1, 1.0, "inconclusive"),
        (-1e-9, 0.0, 0.0, "inconclusive"),
    ],
)
def test_goal_verdict(low: float, high: float, margin: float, verdict: str) -> None:
    assert goal_verdict(interval(low, high), margin) == verdict


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict"),
    [
        (0.0, 0.0, 0.0, "held"),
        (-1.0, 0.5, 1.0, "held"),  # touching the margin is allowed
        (-1.1, 0.5, 1.0, "unproven"),
        (-2.0, -1.0, 1.0, "unproven"),  # could still be exactly at the margin
        (-2.0, -1.1, 1.0, "broken"),
        (-0.5, -0.1, 0.0, "broken"),
        (0.1, 0.5, 0.0, "held"),
    ],
)
def test_guardrail_verdict(low: float, high: float, margin: float, verdict: str) -> None:
    assert guardrail_verdict(interval(low, high), margin) == verdict


def test_no_interval_or_no_margin_gives_no_verdict() -> None:
    for judge in (goal_verdict, guardrail_verdict):
        assert judge(None, 1.0) is None
        assert judge(interval(1.0, 2.0), None) is None


@given(INTERVALS, MARGINS)
def test_mirrored_interval_gets_the_mirrored_verdict(found: Interval, margin: float) -> None:
    mirrored = {"better": "worse", "worse": "better"}
    there, back = goal_verdict(found, margin), goal_verdict(found.oriented(-1), margin)
    assert back == mirrored.get(str(there), there)


@given(INTERVALS, MARGINS, MARGINS)
def test_a_wider_margin_never_makes_a_guardrail_stricter(found: Interval, one: float, two: float) -> None:
    rank = {"broken": 0, "unproven": 1, "held": 2}
    strict, lax = sorted((one, two))
    assert rank[str(guardrail_verdict(found, lax))] >= rank[str(guardrail_verdict(found, strict))]


ARM_VERDICTS = {
    ("better", "held"): "better",
    ("better", "broken"): "worse",
    ("better", "unproven"): "inconclusive",
    ("better", None): "inconclusive",
    ("worse", "held"): "worse",
    ("worse", "broken"): "worse",
    ("worse", "unproven"): "worse",
    ("worse", None): "worse",
    ("practically equal", "held"): "equal",
    ("practically equal", "broken"): "worse",
    ("practically equal", "unproven"): "inconclusive",
    ("practically equal", None): "inconclusive",
    ("inconclusive", "held"): "inconclusive",
    ("inconclusive", "broken"): "worse",
    ("inconclusive", "unproven"): "inconclusive",
    ("inconclusive", None): "inconclusive",
    (None, "held"): "inconclusive",
    (None, "broken"): "worse",
    (None, "unproven"): "inconclusive",
    (None, None): None,
}


def test_arm_verdict_with_a_guardrail() -> None:
    goals = ("better", "worse", "practically equal", "inconclusive", None)
    pairs = itertools.product(goals, ("held", "broken", "unproven", None))
    assert {pair: arm_verdict(*pair, guarded=True) for pair in pairs} == ARM_VERDICTS


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        ("better", "better"),
        ("worse", "worse"),
        ("practically equal", "equal"),
        ("inconclusive", "inconclusive"),
        (None, None),
    ],
)
def test_arm_verdict_without_a_guardrail_follows_the_goal(goal: str | None, verdict: str | None) -> None:
    assert arm_verdict(goal, None, guarded=False) == verdict  # type: ignore[arg-type]


def _share(hits: int, trials: int, expected: float) -> float:
    """Distance of a share from its expectation in standard errors (binomial)."""
    return abs(hits - trials * expected) / math.sqrt(trials * expected * (1.0 - expected))


def _samples(trials: int, effect: float, seed: int) -> list[Interval]:
    """Intervals of `trials` experiments of 6 paired replications that share three quarters of their variance."""
    rng = np.random.default_rng(seed)
    luck = rng.normal(0.0, math.sqrt(3.0), (trials, 6))
    arm, baseline = luck + effect + rng.normal(size=luck.shape), luck + rng.normal(size=luck.shape)
    return [paired_interval(*pair) for pair in zip(arm, baseline, strict=True)]


def test_paired_interval_covers_the_truth_95_times_in_100() -> None:
    """4 standard errors: a correct interval fails this for 1 seed in 16,000."""
    found = _samples(10_000, effect=0.7, seed=11)
    assert _share(sum(i.low <= 0.7 <= i.high for i in found), len(found), 0.95) < 4.0


def test_no_effect_is_called_better_and_worse_in_2_5_percent_each() -> None:
    """4 standard errors: correct verdicts fail this for 1 seed in 8,000."""
    verdicts = [goal_verdict(i, 0.0) for i in _samples(10_000, effect=0.0, seed=12)]
    for side in ("better", "worse"):
        assert _share(verdicts.count(side), len(verdicts), 0.025) < 4.0


@pytest.mark.parametrize("margin", [0.5, 4.0])
def test_an_effect_at_the_margin_is_rarely_called_equal_or_held(margin: float) -> None:
    """A difference that just matters passes for equal, or the guardrail for held, in at most 2.5 %.

    One-sided, 4 standard errors: correct verdicts fail this for 1 seed in 32,000. With 6 replications and a
    standard deviation of 1.41 the wide margin is the one at which the bound is tight.
    """
    found = _samples(20_000, effect=-margin, seed=13)
    most = 0.025 + 4.0 * math.sqrt(0.025 * 0.975 / len(found))
    equal = sum(goal_verdict(i, margin) == "practically equal" for i in found) / len(found)
    held = sum(guardrail_verdict(i, margin) == "held" for i in found) / len(found)
    assert equal <= most
    assert held <= most
    assert margin < 1.0 or min(equal, held) > 0.015
