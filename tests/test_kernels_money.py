"""The pure maths of money, buying fans and what they are worth, against numerical integration."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import integrate

from sim.actions import Action, Touch
from sim.audience import Audience
from sim.kernels import acquisition, value
from sim.strategy import Strategy
from tests.worlds import live, scenario

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


def outlook(**given: float) -> value.Outlook:
    """Fans left alone for so many days; what is not given has no effect."""
    usual = {"floor": 0.15, "reference": 0.4, "discount_per_day": 0.0003, "half_life": 240.0}
    return value.Outlook(**{**usual, "elasticity": 0.0, "sensitivity": 0.0, "days": 730.0, **given})


def integrated(rate: Any, dropout: Any, level: Any, tenure: Any, owed: Any, ahead: value.Outlook) -> Any:
    """Discounted orders to come, step by small step, the equations of the model written out; shape (fans,)."""
    times = ahead.days * np.linspace(0, 1, 1201) ** 3
    total, survival, placed = 0.0, 1.0, 0.0
    for start, end in itertools.pairwise(times):
        step, middle = end - start, (start + end) / 2
        ordering = rate * (level / 0.4) ** ahead.elasticity
        slope = np.log(2) / ahead.half_life * (0.15 - level)
        slope += ordering * (ahead.order_gain * (1 - level) - ahead.order_loss * level)
        level = level + slope * step
        newness = 1 + ahead.onboarding_excess * np.exp(-(tenure + middle) / ahead.onboarding_days)
        hazard = dropout * np.exp(-ahead.sensitivity * (level - 0.4)) * newness + ordering * ahead.order_hazard + 0.0003
        free = np.clip((placed + ordering * step - owed) / (ordering * step), 0, 1)
        total += free * ordering * step * survival * np.exp(-hazard * step / 2)
        survival, placed = survival * np.exp(-hazard * step), placed + ordering * step
    return total


@settings(max_examples=30, deadline=None)
@given(
    level=some.floats(0.05, 1),
    rate=some.floats(1e-4, 0.03),
    dropout=some.floats(1e-6, 0.05),
    tenure=some.floats(0, 400),
    owed=some.sampled_from([0.0, 0.3, 2.0]),
    days=some.sampled_from([30.0, 365.0, 730.0]),
    half_life=some.floats(60, 720),
    sensitivity=some.floats(0, 4),
    elasticity=some.floats(0, 1.5),
    excess=some.floats(0, 4),
    newness=some.floats(7, 45),
    gain=some.floats(0, 0.1),
    loss=some.floats(0, 0.05),
    hazard=some.floats(0, 0.02),
)
def test_residual_value_of_one_fan_is_near_the_integral_in_every_corner(
    level: float, rate: float, dropout: float, tenure: float, owed: float, days: float,
    half_life: float, sensitivity: float, elasticity: float, excess: float, newness: float,
    gain: float, loss: float, hazard: float,
) -> None:  # fmt: skip
    ahead = outlook(
        days=days, half_life=half_life, sensitivity=sensitivity, elasticity=elasticity, onboarding_excess=excess,
        onboarding_days=newness, order_gain=gain, order_loss=loss, order_hazard=hazard,
    )  # fmt: skip
    one = np.ones(1)
    worth = value.residual_value(
        50 * one, rate * one, dropout * one, level * one, tenure * one, 0.25 * one, owed * one, ahead
    )
    exact = 50 * np.exp(-0.25) * integrated(rate, dropout, level, tenure, owed, ahead)
    # Where most of the orders to come are owed, little is left: the error is then measured against what was there.
    scale = 50 * np.exp(-0.25) * integrated(rate, dropout, level, tenure, 0.0, ahead)
    assert worth[0] == pytest.approx(exact, abs=0.06 * scale)


def test_residual_value_of_a_pool_is_within_some_thousandths_of_the_integral() -> None:
    rng = np.random.default_rng(3)
    size = 500
    level, dropout, rate = rng.beta(2, 3, size), rng.gamma(0.606, 1 / 480, size), rng.gamma(0.553, 1 / 74, size)
    tenure, owed, none = rng.exponential(400, size), rng.choice([0.0, 0.3], size), np.zeros(size)
    drifting = outlook(sensitivity=1.5, elasticity=0.6)
    usual = outlook(
        sensitivity=1.5, elasticity=0.6, onboarding_excess=2.0, onboarding_days=20.0, order_gain=0.02, order_loss=0.008,
        order_hazard=0.0015,
    )  # fmt: skip
    for ahead, debt, tolerated in ((drifting, none, 1e-3), (usual, owed, 3e-3)):
        worth = value.residual_value(np.ones(size), rate, dropout, level, tenure, none, debt, ahead)
        exact = integrated(rate, dropout, level, tenure, debt, ahead)
        assert worth.sum() == pytest.approx(exact.sum(), rel=tolerated)


def test_residual_value_without_trust_is_the_closed_form() -> None:
    h, days = np.array([1e-5, 0.002, 0.02]), 730.0
    one, none = np.ones(3), np.zeros(3)
    ahead = outlook(discount_per_day=1e-6)
    worth = value.residual_value(one, one, h - 1e-6, 0.3 * one, none, none, none, ahead)
    np.testing.assert_allclose(worth, -np.expm1(-h * days) / h, rtol=0.005)
    beyond = value.residual_value(one, one, h - 1e-6, 0.3 * one, none, none, 1000 * one, ahead)
    np.testing.assert_array_equal(beyond, 0)


@pytest.mark.parametrize("promoted", [False, True])
def test_residual_value_is_what_fans_left_alone_go_on_to_earn(promoted: bool) -> None:
    """Live on for half a year after the horizon: the mean margin of a fan is the value, within 4 standard errors.

    Orders move trust, newcomers are among the fans, and half of the orders of a promotion are only brought forward.
    """
    sections: dict[str, Any] = {
        "population": {
            "tenure_mean_days": 60,
            "purchase": {"r": 4, "alpha": 250},
            "basket": {"distribution": "lognormal", "mean": 100, "sigma": 0},
        },
        "behaviour": {"promotion": {"pull_forward": 0.5}, "product": {"trust_gain": 0.08}},
        "money": {"residual_days": 182, "discount_rate": 0},
        "channels": {"chat": {"reach": 1, "conversion": 3}},
    }
    size, horizon = 20_000, 20
    team = (Once(horizon - 2),) if promoted else ()
    _, record = live(scenario(size, horizon, **sections), *team)
    after, longer = live(scenario(size, horizon + 182, **sections), *team)
    before, _ = live(scenario(size, horizon, **sections), *team)
    orders = after.orders.astype(float) - before.orders
    kept = 100 * (1 - 0.03 * 0.5 - 0.5)
    assert (longer.daily["caused_orders"].sum() > size / 4) == promoted
    error = 4 * kept * orders.std() / np.sqrt(size)
    assert error < 0.04 * kept * orders.mean()
    assert record.metrics["residual_value"] / size == pytest.approx(kept * orders.mean(), abs=error)


@dataclass(frozen=True)
class Once(Strategy):
    """One promotion to everybody."""

    on: int

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable, "chat", "promotion")] if day == self.on else []


@given(some.floats(0.01, 50), some.floats(0.1, 20), some.floats(1, 60))
def test_overload_to_come_against_integration(now: float, tolerance: float, half_life: float) -> None:
    calm = half_life * max(np.log2(now / tolerance), 0.0)
    expected, _ = integrate.quad(lambda t: now / tolerance * 0.5 ** (t / half_life) - 1, 0, calm)
    got = value.remaining_overload(np.array([now]), np.array([tolerance]), half_life)[0]
    assert got == pytest.approx(expected, rel=1e-7, abs=1e-9)
