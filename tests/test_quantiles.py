"""Tabulated quantiles against scipy.stats, out to the extreme tails that a draw can reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from sim.draws import to_unit
from sim.kernels import quantiles

TAILS = 2.0 ** -np.arange(1, 54)
MIDDLE = np.linspace(0.001, 0.999, 997)
REPRESENTABLE = 1e-290
SHAPES = (0.05, 0.2, 0.553, 0.606, 1.0, 3.74, 20.0, 100.0)
BETAS = ((0.2, 0.3), (1.25, 3.75), (2.0, 3.0), (0.4, 9.6), (9.9, 0.1), (400.0, 600.0), (0.5, 999.0))


def worst(got: np.ndarray, exact: np.ndarray) -> float:
    """Largest relative error, where the exact value is a number of full precision."""
    known = exact > REPRESENTABLE
    assert known.sum() > 20
    return float(np.max(np.abs(got[known] / exact[known] - 1)))


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_quantile(shape: float) -> None:
    low, high = np.concatenate([TAILS, MIDDLE]), 1 - TAILS
    assert worst(quantiles.gamma_quantile(low, shape, 1.0), stats.gamma.ppf(low, shape)) < 1e-4
    assert worst(quantiles.gamma_quantile(high, shape, 1.0), stats.gamma.isf(1 - high, shape)) < 1e-4


def test_gamma_quantile_scales_with_a_rate_for_each_fan() -> None:
    u, rate = np.array([0.1, 0.1, 0.9]), np.array([1.0, 4.0, 0.5])
    expected = stats.gamma.ppf(u, 0.6, scale=1 / rate)
    np.testing.assert_allclose(quantiles.gamma_quantile(u, 0.6, rate), expected, rtol=1e-4)


@pytest.mark.parametrize("shape", [0.001, 0.02])
def test_gamma_of_a_tiny_shape_stays_finite_and_rises(shape: float) -> None:
    u = np.sort(np.concatenate([TAILS, MIDDLE, 1 - TAILS]))
    values = quantiles.gamma_quantile(u, shape, 1.0)
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) >= 0)
    np.testing.assert_allclose(values[-60:], stats.gamma.ppf(u[-60:], shape), rtol=5e-3)


@pytest.mark.parametrize(("a", "b"), BETAS)
def test_beta_quantile_from_both_ends(a: float, b: float) -> None:
    low = np.concatenate([TAILS, MIDDLE])
    assert worst(quantiles.beta_quantile(low, a, b), stats.beta.ppf(low, a, b)) < 1e-4
    # 1 - q is the quantile of the mirrored distribution; it can be told from 1 only above the rounding of doubles.
    rest = stats.beta.ppf(TAILS, b, a)
    told = rest > 1e-10
    got = 1 - quantiles.beta_quantile(1 - TAILS, a, b)
    np.testing.assert_allclose(got[told], rest[told], rtol=1e-4)


@pytest.mark.parametrize(("a", "b"), [(0.001, 0.004), (0.003, 0.001), (0.001, 1.0), (1000.0, 0.01)])
def test_beta_of_tiny_shapes_stays_within_0_and_1(a: float, b: float) -> None:
    u = np.sort(np.concatenate([TAILS, MIDDLE, 1 - TAILS]))
    values = quantiles.beta_quantile(u, a, b)
    assert np.all((values >= 0) & (values <= 1))
    assert np.all(np.diff(values) >= -1e-12)
    assert values.mean() == pytest.approx(np.mean(stats.beta.ppf(u, a, b)), abs=0.01)


@given(
    u=some.lists(some.integers(0, 2**64 - 1), min_size=2, max_size=20),
    shape=some.sampled_from(SHAPES),
    ab=some.sampled_from(BETAS),
)
@settings(deadline=None, max_examples=50)
def test_more_luck_never_gives_less(u: list[int], shape: float, ab: tuple[float, float]) -> None:
    lucky = np.sort(to_unit(np.array(u, np.uint64)))
    for values in (
        quantiles.gamma_quantile(lucky, shape, 2.0),
        quantiles.beta_quantile(lucky, *ab),
        quantiles.lognormal_quantile(lucky, 1.0, 0.6),
        -quantiles.exponential_quantile(lucky),
    ):
        assert np.all(np.isfinite(values))
        # Between two grid points interpolation rounds: allow the last digit.
        assert np.all(np.diff(values) >= -1e-13 * np.abs(values[1:]))


def test_lognormal_and_exponential_quantiles() -> None:
    u = np.concatenate([TAILS, MIDDLE])
    lognormal = stats.lognorm.ppf(u, 0.6, scale=np.exp(1.2))
    np.testing.assert_allclose(quantiles.lognormal_quantile(u, 1.2, 0.6), lognormal, rtol=1e-12)
    np.testing.assert_allclose(quantiles.exponential_quantile(u), stats.expon.isf(u), rtol=1e-12)
    ends = quantiles.exponential_quantile(np.array([2.0**-53, 1 - 2.0**-53]))
    assert np.all((ends > 0) & (ends < 40))
