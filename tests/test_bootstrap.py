"""Bootstrap intervals against scipy, their limits, and when skew is reported."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats as oracle

from sim.errors import ResultError
from sim.stats import Interval, mean_interval
from sim.stats.bootstrap import RESAMPLES, bca, bca_interval, relative_lift, resampled_means, skewed, widening

SAMPLES = arrays(np.float64, st.integers(2, 15), elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3)))


@pytest.mark.parametrize("n", [3, 10, 40])
def test_bca_agrees_with_scipy_on_the_same_resamples(n: int) -> None:
    sample = np.random.default_rng(n).lognormal(1.0, 1.0, n)
    same = SimpleNamespace(bootstrap_distribution=resampled_means(sample))
    expected = oracle.bootstrap(
        (sample,), np.mean, n_resamples=0, bootstrap_result=same, method="BCa"
    ).confidence_interval
    found = bca_interval(sample)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert found.mean == sample.mean()


def test_bca_agrees_with_scipy_on_its_own_resamples() -> None:
    """Ends of 2,000 resamples have a Monte Carlo error of about 5 % of the half-width; 15 % are allowed."""
    sample = np.random.default_rng(4).gamma(2.0, 3.0, 25)
    expected = oracle.bootstrap((sample,), np.mean, n_resamples=9999, method="BCa", rng=5).confidence_interval
    found = bca_interval(sample)
    allowed = 0.15 * (expected.high - expected.low) / 2.0
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=allowed)


def test_resamples_are_the_same_each_time_and_follow_the_central_limit() -> None:
    rows = np.random.default_rng(1).normal(size=(30, 2))
    means = resampled_means(rows)
    assert means.shape == (RESAMPLES, 2)
    assert (means == resampled_means(rows)).all()
    assert means[:, 0] == pytest.approx(resampled_means(rows[:, 0])), "whole rows are drawn"
    assert means.mean(axis=0) == pytest.approx(rows.mean(axis=0), abs=4.0 * 0.2 / RESAMPLES**0.5)
    assert means.std(axis=0) == pytest.approx(rows.std(axis=0) / 30**0.5, rel=0.1)


def test_many_replications_are_resampled_in_parts() -> None:
    rows = np.random.default_rng(2).normal(size=5_000)
    means = resampled_means(rows)
    assert means.shape == (RESAMPLES,)
    assert len(np.unique(means)) == RESAMPLES, "no part is drawn twice"


@given(SAMPLES)
def test_the_interval_holds_the_mean_and_stays_within_the_data(sample: np.ndarray) -> None:
    found = bca_interval(sample)
    slack = 1e-9 * np.abs(sample).max()
    assert sample.min() - slack <= found.low <= found.mean <= found.high <= sample.max() + slack


@given(SAMPLES, st.integers(-20, 20))
def test_the_interval_scales_with_the_unit(sample: np.ndarray, power: int) -> None:
    scale = 2.0**power  # exact in binary, so that rounding cannot differ
    plain, scaled = bca_interval(sample), bca_interval(sample * scale)
    assert (scaled.low, scaled.high) == pytest.approx((plain.low * scale, plain.high * scale), rel=1e-9, abs=1e-12)


def test_what_does_not_vary_has_no_width() -> None:
    assert bca_interval(np.full(5, 0.1)) == Interval(pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1))
    assert not skewed(bca_interval(np.zeros(5)), 5)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_replications_give_an_error_not_a_number(n: int) -> None:
    with pytest.raises(ResultError, match=f"not {n}"):
        bca_interval(np.ones(n))


def test_a_long_tail_draws_the_interval_to_its_side() -> None:
    tail = np.random.default_rng(3).lognormal(0.0, 1.5, 30)
    for sign in (1.0, -1.0):
        found = bca_interval(sign * tail)
        assert sign * ((found.low + found.high) / 2.0 - found.mean) > 0.0
        assert skewed(found, 30)


def test_even_data_are_not_called_skewed() -> None:
    spread = np.linspace(-1.0, 1.0, 21)
    assert not skewed(bca_interval(spread), 21)
    assert not skewed(bca_interval(spread[::20]), 2), "two values are always even"


@pytest.mark.parametrize(
    ("shift", "n", "expected"),
    [(0.0, 50, False), (0.32, 50, False), (0.35, 50, True), (-0.35, 50, True), (0.35, 4, False), (0.55, 4, True)],
)
def test_skew_matters_from_a_third_of_the_half_width_if_it_is_not_chance(shift: float, n: int, expected: bool) -> None:
    assert skewed(Interval(5.0, 5.0 - 2.0 + 2.0 * shift, 5.0 + 2.0 + 2.0 * shift), n) is expected


def test_lift_agrees_with_scipy_on_the_ratio_of_pairs() -> None:
    rng = np.random.default_rng(6)
    base = rng.normal(100.0, 10.0, 20)
    arm = base * 1.1 + rng.normal(0.0, 2.0, 20)

    def ratio(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return a.mean(axis=axis) / b.mean(axis=axis) - 1.0

    means = resampled_means(np.stack([arm, base], axis=1))
    same = SimpleNamespace(bootstrap_distribution=means[:, 0] / means[:, 1] - 1.0)
    expected = oracle.bootstrap(
        (arm, base), ratio, n_resamples=0, paired=True, bootstrap_result=same, method="BCa"
    ).confidence_interval
    found = relative_lift(arm, base)
    assert found is not None
    assert found.mean == pytest.approx(arm.mean() / base.mean() - 1.0)
    ends = [found.mean + widening(20) * (end - found.mean) for end in (expected.low, expected.high)]
    assert (found.low, found.high) == pytest.approx(tuple(ends), rel=1e-6)


@pytest.mark.parametrize(("n", "coverage"), [(3, 0.925), (5, 0.945), (10, 0.95), (20, 0.95)])
def test_lift_covers_the_true_ratio_also_for_few_replications(n: int, coverage: float) -> None:
    """1,000 experiments with common luck, 4 standard errors. Without widening it is .73 for 3 and .90 for 10."""
    rng = np.random.default_rng(n)
    luck = rng.normal(0.0, 2.0, (1000, n))
    base, arm = (mean + luck + rng.normal(0.0, sd, luck.shape) for mean, sd in ((20.0, 1.0), (23.0, 1.5)))
    found = [relative_lift(*rows) for rows in zip(arm, base, strict=True)]
    held = np.mean([f is not None and f.low <= 0.15 <= f.high for f in found])
    assert held == pytest.approx(coverage, abs=4.0 * (0.05 * 0.95 / 1000) ** 0.5)


def test_widening_fades_as_replications_grow() -> None:
    assert widening(2) == pytest.approx(12.7062 / 1.95996 * 2.0**0.5, rel=1e-4)
    assert 1.0 < widening(50) < 1.04


def test_lift_is_known_better_than_its_parts_when_luck_is_shared() -> None:
    rng = np.random.default_rng(7)
    base = rng.normal(100.0, 20.0, 15)
    paired, unpaired = relative_lift(base * 1.05, base), relative_lift(rng.permutation(base) * 1.05, base)
    assert paired is not None
    assert unpaired is not None
    assert (paired.low, paired.high) == pytest.approx((0.05, 0.05))
    assert unpaired.high - unpaired.low > 0.1


def test_lift_on_losses_keeps_the_sign_of_the_difference() -> None:
    base = np.array([-10.0, -11.0, -9.0, -10.5])
    found = relative_lift(base + 1.0, base)
    mirrored = relative_lift(-(base + 1.0), -base)
    assert found is not None
    assert mirrored is not None
    assert found.mean == pytest.approx(1.0 / 10.125)
    assert found.low > 0.0
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


@pytest.mark.parametrize(
    "baseline",
    [
        [0.0, 0.0, 0.0],
        [-1.0, 1.0, 2.0],
        [1.0, 30.0],  # all positive, but the interval of two is wide
        [-1.0, 5.0, 5.0, 5.0, 5.0, 5.0],  # the interval excludes 0, some resamples do not
    ],
)
def test_there_is_no_lift_on_a_baseline_that_may_be_zero(baseline: list[float]) -> None:
    base = np.array(baseline)
    assert relative_lift(base + 1.0, base) is None
    if len(base) == 6:
        assert mean_interval(base).low > 0.0


def test_bca_of_any_statistic_allows_for_bias() -> None:
    """Most resamples lie above the estimate: the interval moves down, against them."""
    resampled = np.linspace(0.0, 1.0, 1001)
    middle, low = bca(0.5, resampled, np.array([-1.0, 0.0, 1.0])), bca(0.4, resampled, np.array([-1.0, 0.0, 1.0]))
    assert (middle.low, middle.high) == pytest.approx((0.025, 0.975), abs=1e-3)
    assert low.low < middle.low
    assert low.high < middle.high
