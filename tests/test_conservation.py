"""Invariant 5: fans are conserved, every exit has a cause, and money adds up, whatever the scenario and the team."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sim.fans import MUTED, PRESENT
from sim.results import CAUSES, MONEY_PARTS, RULES
from sim.scenario.model import Scenario
from tests.worlds import Jumble, live, pool, scenario


@some.composite
def small_worlds(draw: Any) -> tuple[Scenario, Jumble]:
    """A scenario of a few weeks with random rules, sources, playbook and money, and a random team."""
    cap = some.none() | some.integers(1, 4)
    sources = {
        name: {
            "organic_per_day": draw(some.sampled_from([0, 0.3, 2.5])),
            "cost": draw(some.floats(0.5, 20)),
            "cost_growth": draw(some.sampled_from([0, 1e-12, 0.7, 5])),
            "market_size": draw(some.integers(0, 60)),
            "per_day": draw(some.floats(0, 5)),
        }
        for name in draw(some.sets(some.sampled_from(["poster", "search"])))
    }
    setting = scenario(
        draw(some.integers(0, 120)),
        draw(some.integers(1, 40)),
        seed=draw(some.integers(0, 2**63 - 1)),
        population={"tenure_mean_days": draw(some.sampled_from([0, 30, 400])), "dropout": {"beta": 30}},
        market={
            "sources": sources,
            "season": {"amplitude": draw(some.floats(0, 1))},
            "playbook": {"maturity": draw(some.floats(0, 1)), "sample": 10, "fidelity": draw(some.floats(0, 1))},
        },
        behaviour={"product": {"bad_share": draw(some.floats(0, 1))}, "leaving": {"overload_hazard": 0.01}},
        rules={
            "per_day": draw(cap),
            "per_30_days": draw(cap),
            "quiet_weekdays": draw(some.sets(some.sampled_from(["monday", "sunday"]))),
            "do_not_contact": draw(some.sampled_from(["", "annoyed", "orders > 2"])),
        },
        money={
            "goods_share": draw(some.floats(0, 1)),
            "staff_per_day": draw(some.floats(0, 100)),
            "residual_days": draw(some.sampled_from([0, 730])),
        },
    )
    share = some.floats(0, 1)
    team = Jumble(
        seed=draw(some.integers(0, 1000)),
        rounds=draw(some.integers(0, 5)),
        touched=draw(share),
        offered=draw(share),
        reviewed=draw(share),
        budget=draw(some.floats(0, 50)),
        sources=tuple(sorted(sources)),
    )
    return setting, team


@settings(max_examples=40, deadline=None)
@given(small_worlds())
def test_fans_are_conserved_and_every_exit_has_its_cause(world: tuple[Scenario, Jumble]) -> None:
    setting, team = world
    fans, record = live(setting, team)
    counts, gone = record.fans, fans.left >= 0
    assert counts["started"] == setting.population.size
    assert counts["started"] + counts["joined"] == counts["present"] + counts["left"] == fans.size
    assert counts["left"] == sum(record.exits.values()) == record.daily["exits"].sum() == gone.sum()
    assert [record.exits[cause] for cause in CAUSES] == np.bincount(fans.cause[gone], minlength=len(CAUSES)).tolist()
    assert record.daily["joined"].sum() == counts["joined"]
    assert record.daily["active_fans"][-1] == record.metrics["active_fans"] == counts["present"]
    np.testing.assert_array_equal(gone, (fans.flags & PRESENT) == 0)
    assert counts["muted"] == np.sum(~gone & ((fans.flags & MUTED) > 0)) == record.daily["muted"][-1]
    assert np.all(np.maximum(fans.last_order, fans.joined)[gone] <= fans.left[gone])
    assert len(np.unique(fans.key)) == fans.size
    churned = int(gone[: counts["started"]].sum())
    expected = churned / counts["started"] if counts["started"] else None
    assert record.metrics["churn"] == expected
    last_day = np.where(gone, fans.left, setting.days - 1)
    fan_days = np.sum(last_day - np.maximum(fans.joined, 0) + 1)
    assert record.metrics["exit_rate"] == (near(1000 * gone.sum() / fan_days) if fan_days else None)
    trust = fans.trust[~gone].astype(float)
    assert record.metrics["mean_trust"] == (near(trust.mean()) if len(trust) else None)
    for won, source in zip(np.bincount(fans.source, minlength=3)[1:], setting.market.sources.values(), strict=False):
        assert won <= source.market_size


@settings(max_examples=40, deadline=None)
@given(small_worlds())
def test_money_adds_up_from_its_parts_and_from_the_fans(world: tuple[Scenario, Jumble]) -> None:
    setting, team = world
    fans, record = live(setting, team, dtype=np.float64)
    money, daily, metrics = record.money, record.daily, record.metrics
    started = pool(setting, dtype=np.float64)
    joining = fans.basket[started.size :].sum()  # joining is the first order
    paid = fans.spend.sum() - started.spend.sum() - joining
    ordered = fans.orders.sum() - started.orders.sum() - record.fans["joined"]
    assert metrics["orders"] == daily["orders"].sum() == ordered
    assert money["revenue"] == near(paid - money["refunds"]) == near(daily["revenue"].sum())
    assert money["goods"] == near(setting.money.goods_share * (paid + money["discounts"]))
    refund_share = setting.behaviour.product.bad_share and setting.behaviour.product.refund_share
    assert 0 <= money["refunds"] <= refund_share * paid + 1e-6
    assert money["staff"] == near(setting.money.staff_per_day * setting.days)
    costs = {name: channel.cost for name, channel in setting.channels.items()}
    assert money["touches"] == near(sum(count * costs[name] for name, count in record.touches.items()))
    assert metrics["touches"] == daily["touches"].sum() == sum(record.touches.values())
    withheld = (sum(record.withheld.values()), sum(record.withheld_by_rule.values()), daily["withheld"].sum())
    assert withheld == (metrics["withheld"],) * 3
    assert list(record.touches) == list(record.withheld) == list(setting.channels)
    assert list(record.withheld_by_rule) == list(RULES)
    assert all(count == 0 or getattr(setting.rules, rule) for rule, count in record.withheld_by_rule.items())
    claims = daily["claims"].sum()
    assert 2 * claims <= money["rewards"] <= 30 * claims
    assert 0 <= money["acquisition"] <= len(team.sources) * setting.days * team.budget * (1 + 1e-9) + 1e-9
    profit = money["revenue"] - sum(money[part] for part in MONEY_PARTS[1:])
    assert metrics["profit"] == near(profit) == near(daily["profit"].sum())
    assert metrics["value"] == near(profit + metrics["residual_value"])
    assert metrics["residual_value"] >= 0 or setting.money.goods_share > 0.5
    everyone = fans.size
    assert metrics["value_per_fan"] == (near(metrics["value"] / everyone) if everyone else None)


def test_churn_of_newcomers_is_the_share_that_leaves_within_30_days() -> None:
    """Without censoring the product-limit estimate is a plain share; with it, a share of those who could have left."""
    sources = {"poster": {"organic_per_day": 40, "market_size": 400}}
    behaviour = {"leaving": {"onboarding_excess": 20}}
    for days, censored in ((45, False), (35, True), (29, True)):
        fans, record = live(scenario(10, days, market={"sources": sources}, behaviour=behaviour))
        joined, left = fans.joined[10:], fans.left[10:]
        soon = np.mean((left >= 0) & (left - joined < 30))
        assert len(joined) == 400
        assert soon > 0.2
        if days < 30:  # nobody was watched for so long
            assert record.metrics["churn_30d"] is None
        elif censored:
            assert soon < record.metrics["churn_30d"] < 1.3 * soon
        else:
            assert record.metrics["churn_30d"] == near(soon)


def near(amount: float) -> Any:
    """Equal but for rounding in float64."""
    return pytest.approx(amount, rel=1e-9, abs=1e-6)
