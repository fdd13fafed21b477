"""The pure maths of fans against closed forms, published figures and its own bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays
from scipy import integrate

from sim.kernels import leaving, orders, pressure, rewards, trust
from sim.scenario.behaviour import RewardResponse

unit = some.floats(0, 1)


def columns(low: float, high: float, size: int = 8) -> some.SearchStrategy[np.ndarray]:
    """Arrays of float32 or float64 within bounds."""
    return some.sampled_from([np.float32, np.float64]).flatmap(
        lambda kind: arrays.arrays(kind, size, elements=some.floats(low, high, width=32))
    )


# Pressure


@pytest.mark.parametrize("cadence", [0.5, 1, 2, 4, 30])
@pytest.mark.parametrize("half_life", [7.0, 15.0, 45.0])
def test_a_steady_cadence_averages_to_itself(cadence: float, half_life: float) -> None:
    gap = 30 / cadence
    added = pressure.increment(1.0, half_life)
    keep = pressure.daily_decay(half_life) ** gap
    peak = added / (1 - keep)
    average, _ = integrate.quad(lambda t: peak * pressure.daily_decay(half_life) ** t / gap, 0, gap)
    assert average == pytest.approx(cadence, rel=1e-9)


@pytest.mark.parametrize(("cadence", "met"), [(1, 1.16), (2, 2.08), (4, 4.04), (30, 30.0)])
def test_pressure_that_a_touch_meets(cadence: int, met: float) -> None:
    """Half its own increment above what is left of the earlier ones: (added / 2) coth(ln 2 gap / (2 half-lives))."""
    added = pressure.increment(1.0, 15.0)
    before = 0.0
    for _ in range(1000):
        before = (before + added) * pressure.daily_decay(15.0) ** (30 / cadence)
    assert before + added / 2 == pytest.approx(met, abs=0.006)
    assert before + added / 2 == pytest.approx(added / 2 / np.tanh(np.log(2) / cadence), rel=1e-12)


def test_intrusiveness_scales_what_a_touch_adds() -> None:
    assert pressure.increment(0.2, 15.0) == pytest.approx(0.2 * pressure.increment(1.0, 15.0))
    assert pressure.increment(1.0, 15.0) == pytest.approx(2 * np.log(2))


@given(columns(0, 100), columns(0.0625, 100))
def test_overload_is_what_exceeds_tolerance(now: np.ndarray, tolerance: np.ndarray) -> None:
    overload = pressure.overload(now, tolerance)
    assert np.all(overload >= 0)
    np.testing.assert_array_equal(overload > 0, now / tolerance > 1)
    np.testing.assert_allclose((overload + 1) * tolerance, np.maximum(now, tolerance), rtol=1e-5)


# Trust


@given(columns(0, 1), unit, some.floats(0, 20), unit, unit)
def test_trust_stays_within_bounds_and_keeps_its_order(
    start: np.ndarray, share: float, size: float, floor: float, keep: float
) -> None:
    start = np.sort(start)
    better, worse = trust.gain(start, share), trust.loss(start, size)
    alone = trust.drift(start, floor, keep)
    rounding = np.finfo(start.dtype).eps
    for moved in (better, worse, alone):
        assert moved.dtype == start.dtype
        assert np.all((moved >= 0) & (moved <= 1 + rounding))
        assert np.all(np.diff(moved) >= -rounding)
    assert np.all(better >= start)
    assert np.all(worse <= start)
    assert np.all(np.abs(alone - floor) <= np.abs(start - floor) + rounding)


def test_drift_compounds_to_its_half_life() -> None:
    level = np.array([0.9, 0.05])
    for _ in range(10):
        level = trust.drift(level, 0.15, 0.5 ** (7 / 70))
    np.testing.assert_allclose(level, 0.15 + (np.array([0.9, 0.05]) - 0.15) / 2)


# Leaving


@given(columns(0, 1), columns(0, 1), some.floats(0, 5), some.floats(0, 10), columns(0, 3000))
def test_baseline_parts_add_up_and_none_is_negative(
    dropout: np.ndarray, level: np.ndarray, sensitivity: float, excess: float, tenure: np.ndarray
) -> None:
    dropout, level, tenure = (column.astype(float) for column in (dropout, level, tenure))
    by_trust = leaving.trust_factor(level, sensitivity, 0.4)
    by_tenure = leaving.onboarding_factor(tenure, excess, 20.0)
    rate = dropout * by_trust * by_tenure
    parts = np.array(leaving.baseline_parts(dropout, rate, by_trust))
    assert np.all(parts >= 0)
    np.testing.assert_allclose(parts.sum(axis=0), rate, rtol=1e-12)
    factor = by_trust * by_tenure
    np.testing.assert_allclose(parts[0], dropout * np.minimum(1, factor), rtol=1e-12)
    assert np.all(parts[1][by_trust <= 1] <= 1e-12)  # trust above the reference is not to blame
    assert np.all(parts[2][by_tenure == 1] <= 1e-12 * (1 + rate[by_tenure == 1]))


@given(arrays.arrays(float, (7, 5), elements=some.floats(0, 1)), some.integers(0, 4))
def test_causes_are_drawn_in_proportion(parts: np.ndarray, alone: int) -> None:
    parts[3] += 0.01  # an exit has some cause
    shares = parts / parts.sum(axis=0)
    grid = (np.arange(4000) + 0.5) / 4000
    drawn = leaving.draw_cause(np.repeat(parts[:, [alone]], len(grid), axis=1), grid)
    seen = np.bincount(drawn, minlength=len(parts)) / len(grid)
    np.testing.assert_allclose(seen, shares[:, alone], atol=1 / 2000)
    assert not seen[parts[:, alone] == 0].any()


@given(some.floats(0, 4), some.floats(0, 1), some.floats(0, 1))
def test_less_trust_and_less_tenure_mean_more_hazard(sensitivity: float, low: float, high: float) -> None:
    level = np.sort([low, high])
    assert np.all(np.diff(leaving.trust_factor(level, sensitivity, 0.4)) <= 0)
    assert leaving.trust_factor(np.array([0.4]), sensitivity, 0.4) == 1
    onboarding = leaving.onboarding_factor(100 * level, 2.0, 20.0)
    assert np.all(np.diff(onboarding) <= 0)
    assert leaving.onboarding_factor(np.array([0.0]), 2.0, 20.0) == 3


# Orders


@given(some.floats(0, 1), some.floats(0, 366), some.sampled_from([30.0, 73.0, 91.25, 365.0]))
def test_a_season_is_never_negative_and_averages_to_one(amplitude: float, peak: float, period: float) -> None:
    days = np.linspace(0, period, 1000, endpoint=False)
    factor = orders.season(days, amplitude, period, peak)
    assert np.all(factor >= 0)
    assert factor.mean() == pytest.approx(1, abs=1e-9)
    assert orders.season(np.array([peak]), amplitude, period, peak)[0] == pytest.approx(1 + amplitude)


@given(columns(0, 1000), columns(0, 1), some.floats(0, 2), some.floats(0, 20))
def test_conversion_is_a_probability_that_rises_with_need_and_trust(
    since: np.ndarray, level: np.ndarray, elasticity: float, strength: float
) -> None:
    need = orders.need(np.sort(since), 60.0)
    assert np.all((need >= 0) & (need <= 1))
    chance = orders.conversion(need, np.sort(level), elasticity, strength)
    assert np.all((chance >= 0) & (chance <= 1))
    assert np.all(np.diff(chance) >= -1e-6)


def test_an_order_stills_need_which_regrows() -> None:
    assert orders.need(np.array([0.0]), 60.0)[0] == 0
    assert orders.need(np.array([60.0]), 60.0)[0] == pytest.approx(1 - np.exp(-1))
    nothing = orders.conversion(np.array([0.0]), np.array([1.0]), 0.5, 5.0)
    assert nothing[0] == 0


def test_intensity_and_price_have_constant_elasticity() -> None:
    twice = orders.intensity(np.array([0.01, 0.01]), np.array([0.2, 0.4]), 0.6, 0.4)
    np.testing.assert_allclose(twice, [0.01 * 0.5**0.6, 0.01])
    assert orders.price_effect(0.0, 2.0) == 1
    assert orders.price_effect(0.5, 2.0) == pytest.approx(4)
    assert np.isfinite(np.float32(10 * orders.price_effect(1 - 1e-16, 20.0)))


# Rewards


def completion(done: int, steps: int) -> float:
    """Probability that a typical fan finishes a typical reward from here, with the default response."""
    response, at = RewardResponse(), np.arange(done, steps)
    one = np.ones(len(at))
    chance = rewards.going_on(
        one, one, 0 * one, at / steps, a=response.a, b=response.b, c=response.c, d=response.d, e=response.e
    )
    return float(np.prod(chance))


def test_stamp_cards_are_completed_as_published() -> None:
    """Nunes & Dreze 2006: 19 % of cards with 0 of 8 stamps, 34 % of those with 2 of 10."""
    assert completion(0, 8) == pytest.approx(0.19, abs=0.002)
    assert completion(2, 10) == pytest.approx(0.34, abs=0.002)


def test_value_trust_and_progress_help_and_effort_hinders() -> None:
    at = {"value_ratio": 1.0, "effort": 1.0, "trust_gap": 0.0, "progress": 0.5}

    def chance(**changed: float) -> float:
        fan: dict[str, Any] = {name: np.array([number]) for name, number in {**at, **changed}.items()}
        return float(rewards.going_on(**fan, a=0.4, b=0.5, c=1.0, d=1.0, e=3.3)[0])

    assert chance(effort=2.0) < chance() < min(chance(value_ratio=2.0), chance(trust_gap=0.2), chance(progress=0.9))
    logit = np.log(chance(value_ratio=2.0) / (1 - chance(value_ratio=2.0)))
    assert logit == pytest.approx(0.4 + 0.5 * np.log(2) + 3.3 * 0.5)
