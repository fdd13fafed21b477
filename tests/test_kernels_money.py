"""The pure maths of money, buying fans and what they are worth, against numerical integration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import integrate

from sim.kernels import acquisition, value

# Acquisition

market = {"market": some.floats(1, 1e6), "cost": some.floats(0.01, 1000), "growth": some.floats(0, 10)}


@given(budget=some.floats(0, 1e6), start=some.floats(0, 1), **market)
def test_cost_and_fans_won_are_inverse(budget: float, start: float, market: float, cost: float, growth: float) -> None:
    won = start * market
    after = acquisition.won_after(budget, won, market, cost, growth)
    assert won <= after <= market
    paid = acquisition.cost_between(won, after, market, cost, growth)
    if after < market:
        # The difference of two fan counts has lost the digits that they share.
        lost = 4e-16 * market * cost * np.exp(growth)
        assert paid == pytest.approx(budget, rel=1e-9, abs=lost)
    else:
        assert paid <= budget * (1 + 1e-9)
    assert acquisition.won_after(0.0, won, market, cost, growth) == won


@given(**market)
@settings(max_examples=30)
def test_cost_is_the_integral_of_the_rising_marginal_cost(market: float, cost: float, growth: float) -> None:
    marginal = lambda won: cost * np.exp(growth * won / market)  # noqa: E731
    expected, _ = integrate.quad(marginal, 0.2 * market, 0.7 * market)
    paid = acquisition.cost_between(0.2 * market, 0.7 * market, market, cost, growth)
    assert paid == pytest.approx(expected, rel=1e-8)


# Residual value

PRESENT_VALUE = {"floor": 0.15, "reference": 0.4, "discount_per_day": 0.0003}


def integrated(
    level: Any, dropout: Any, half_life: float, sensitivity: float, elasticity: float, days: float
) -> np.ndarray:
    """Orders to come, discounted, for a purchase rate of 1: a fine trapezoid over the drifting trust; shape (fans,)."""
    t = days * np.linspace(0, 1, 4001)[:, None] ** 3
    step = np.diff(t, axis=0) / 2
    trust_then = 0.15 + (level - 0.15) * 0.5 ** (t / half_life)
    hazard = dropout * np.exp(-sensitivity * (trust_then - 0.4)) + 0.0003
    used = np.cumsum((hazard[1:] + hazard[:-1]) * step, axis=0)
    rate = (trust_then / 0.4) ** elasticity * np.exp(-np.concatenate([0 * used[:1], used]))
    return np.asarray(np.sum((rate[1:] + rate[:-1]) * step, axis=0))


@settings(max_examples=40, deadline=None)
@given(
    level=some.floats(0.02, 1),
    dropout=some.floats(1e-6, 0.05),
    half_life=some.floats(60, 720),
    sensitivity=some.floats(0, 4),
    elasticity=some.floats(0, 1.5),
    days=some.sampled_from([30.0, 365.0, 730.0]),
)
def test_residual_value_of_one_fan_is_near_the_integral_in_every_corner(
    level: float, dropout: float, half_life: float, sensitivity: float, elasticity: float, days: float
) -> None:
    one = np.ones(1)
    drift = {"half_life": half_life, "sensitivity": sensitivity, "elasticity": elasticity, "days": days}
    worth = value.residual_value(50 * one, 0.01 * one, dropout * one, level * one, 0.25 * one, **PRESENT_VALUE, **drift)
    exact = 50 * 0.01 * np.exp(-0.25) * integrated(level, dropout, half_life, sensitivity, elasticity, days)
    np.testing.assert_allclose(worth, exact, rtol=0.05)


def test_residual_value_of_a_pool_is_within_a_thousandth_of_the_integral() -> None:
    rng = np.random.default_rng(3)
    size, days = 500, 730.0
    level, dropout = rng.beta(2, 3, size), rng.gamma(0.606, 1 / 480, size)
    drift = {"half_life": 240.0, "sensitivity": 1.5, "elasticity": 0.6, "days": days}
    worth = value.residual_value(np.ones(size), np.ones(size), dropout, level, np.zeros(size), **PRESENT_VALUE, **drift)
    assert worth.sum() == pytest.approx(integrated(level, dropout, 240.0, 1.5, 0.6, days).sum(), rel=1e-3)


def test_residual_value_without_trust_is_the_closed_form() -> None:
    h, days = np.array([1e-5, 0.002, 0.02]), 730.0
    off = {"half_life": 240.0, "sensitivity": 0.0, "elasticity": 0.0, "days": days}
    one = np.ones(3)
    worth = value.residual_value(
        one, one, h - 1e-6, 0.3 * one, 0 * one, **{**PRESENT_VALUE, "discount_per_day": 1e-6}, **off
    )
    np.testing.assert_allclose(worth, -np.expm1(-h * days) / h, rtol=0.005)


@given(some.floats(0.01, 50), some.floats(0.1, 20), some.floats(1, 60))
def test_overload_to_come_against_integration(now: float, tolerance: float, half_life: float) -> None:
    calm = half_life * max(np.log2(now / tolerance), 0.0)
    expected, _ = integrate.quad(lambda t: now / tolerance * 0.5 ** (t / half_life) - 1, 0, calm)
    got = value.remaining_overload(np.array([now]), np.array([tolerance]), half_life)[0]
    assert got == pytest.approx(expected, rel=1e-7, abs=1e-9)
