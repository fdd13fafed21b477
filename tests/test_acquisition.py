"""Acquisition: what a budget buys, finite markets, who joins when, and that money and fans add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from sim.actions import Action, Recruit
from sim.audience import Audience
from sim.fans import FanTable
from sim.kernels.acquisition import cost_between, won_after
from sim.results import Replication
from sim.strategy import Strategy
from tests.worlds import live, scenario

DAYS = 12
MONEY = st.floats(0.1, 500)


@dataclass(frozen=True)
class Buyer(Strategy):
    """Spends these budgets in the source `ads` every day, from a day on."""

    budgets: tuple[float, ...]
    first_day: int = 0

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Recruit("ads", budget) for budget in self.budgets] if day >= self.first_day else []


def buy(*budgets: float, first_day: int = 0, days: int = DAYS, **source: Any) -> tuple[FanTable, Replication]:
    setting = scenario(20, days, market={"sources": {"other": {}, "ads": source}})
    return live(setting, Buyer(budgets, first_day))


@given(budget=MONEY, won=st.floats(0, 50), market=st.floats(60, 1000), cost=st.floats(1, 30), growth=st.floats(0, 5))
@settings(max_examples=60, deadline=None)
def test_a_budget_buys_up_to_where_the_marginal_cost_adds_up_to_it(
    budget: float, won: float, market: float, cost: float, growth: float
) -> None:
    reached = won_after(budget, won, market, cost, growth)
    spent, _ = quad(lambda fan: cost * np.exp(growth * fan / market), won, reached)
    assert won <= reached <= market
    assert spent == pytest.approx(budget, rel=1e-6) or (reached == market and spent < budget)
    assert cost_between(won, reached, market, cost, growth) == pytest.approx(spent, rel=1e-6)


@given(
    budget=MONEY,
    cost=st.floats(0.5, 30),
    growth=st.floats(0, 5),
    market=st.integers(0, 200),
    per_day=st.floats(0, 40),
    organic=st.floats(0, 10),
)
@settings(max_examples=40, deadline=None)
def test_neither_market_nor_budget_nor_volume_is_exceeded(
    budget: float, cost: float, growth: float, market: int, per_day: float, organic: float
) -> None:
    source = {"cost": cost, "cost_growth": growth, "market_size": market, "per_day": per_day}
    _, record = buy(budget, **source, organic_per_day=organic)
    joined = record.daily["joined"]
    assert record.fans["joined"] == joined.sum() <= market
    assert record.money["acquisition"] <= budget * DAYS * (1 + 1e-9)
    assert joined.max() <= per_day + organic + 1 + 1e-6  # fractions of a fan are carried over
    bought = joined.sum() - organic * DAYS
    assert record.money["acquisition"] >= cost * (bought - 1) * (1 - 1e-9)


def test_fans_who_were_bought_join_the_next_day() -> None:
    _, record = buy(100.0, first_day=3, cost=10, cost_growth=0)
    np.testing.assert_array_equal(record.daily["joined"], [0] * 4 + [10] * (DAYS - 4))
    assert record.money["acquisition"] == pytest.approx(100 * (DAYS - 3))


def test_fans_who_come_by_themselves_add_up_to_the_rate() -> None:
    _, record = buy(organic_per_day=2.5)
    np.testing.assert_array_equal(np.cumsum(record.daily["joined"]), np.floor(2.5 * np.arange(1, DAYS + 1)))
    assert record.money["acquisition"] == 0


def test_two_budgets_buy_as_much_as_one_of_their_sum() -> None:
    source = {"cost": 3, "cost_growth": 4, "market_size": 100, "per_day": 9}
    fans, once = buy(60.0, **source)
    others, twice = buy(25.0, 35.0, **source)
    np.testing.assert_array_equal(fans.key, others.key)
    assert twice.money["acquisition"] == pytest.approx(once.money["acquisition"])


def test_only_what_is_bought_is_paid_for() -> None:
    _, record = buy(1e6, cost=10, cost_growth=0, per_day=7)
    np.testing.assert_array_equal(record.daily["joined"], [0] + [7] * (DAYS - 1))
    assert record.money["acquisition"] == pytest.approx(7 * 10 * DAYS)


def test_the_nth_fan_of_a_source_is_the_same_person_whenever_bought() -> None:
    early, _ = buy(300.0, cost=10)
    late, _ = buy(40.0, first_day=5, cost=10)
    common = min(early.size, late.size)
    assert common > 30
    for trait in ("key", "tolerance", "purchase_rate", "basket"):
        present = (early.left[:common] < 0) & (late.left[:common] < 0)
        np.testing.assert_array_equal(getattr(early, trait)[:common][present], getattr(late, trait)[:common][present])
    assert late.joined[20] > early.joined[20]


def test_newcomers_start_with_the_trust_of_their_source_and_no_history() -> None:
    fans, _ = buy(organic_per_day=4000, days=1, trust={"mean": 0.3, "concentration": 4})
    new = slice(20, fans.size)
    assert fans.size == 4020
    assert (fans.joined[new] == 0).all()
    assert (fans.source[new] == 2).all()  # 0 is the starting pool, 1 the first source of the scenario
    alpha, beta = 0.3 * 4, 0.7 * 4
    spread = np.sqrt(alpha * beta / ((alpha + beta) ** 2 * (alpha + beta + 1)) / 4000)
    present = fans.left[new] < 0
    assert abs(fans.trust[new][present].mean() - 0.3) < 4 * spread + 0.005  # a first day moves trust a little
