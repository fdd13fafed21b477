"""Contact rules: what the desk lets through, against a scalar rule book and in long runs."""

from __future__ import annotations

import datetime
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.actions import Action, Touch
from sim.audience import Audience
from sim.desk import Desk
from sim.errors import PluginError
from sim.fans import MUTED
from sim.results import Replication
from sim.strategy import Strategy
from tests.worlds import UNCOUPLED, live, scenario

FANS, DAYS, WINDOW = 12, 75, 30
CHANNELS = ("chat", "sms")
STAYING: dict[str, Any] = {"behaviour": UNCOUPLED}


@dataclass(frozen=True)
class Pushy(Strategy):
    """Does what the plan says, touch by touch, and notes what was delivered.

    `plan[day]`: rounds of (channel, fans). `delivered`: one row a day of touches a fan.
    """

    plan: Sequence[Sequence[tuple[str, Any]]]
    delivered: list[np.ndarray] = field(default_factory=list)

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(fans, channel) for channel, fans in self.plan[day]]

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        while True:
            receipt = yield desk.submit(self.decide(desk.day, desk.audience))
            counts = np.zeros(desk.audience.size, int)
            for batch in receipt.deliveries:
                np.add.at(counts, batch, 1)
            self.delivered.append(counts)
            yield env.timeout(0.75)


def push(plan: Sequence[Sequence[tuple[str, Any]]], **sections: Any) -> tuple[np.ndarray, Replication]:
    """Touches delivered, shape (days, fans), to fans who never leave, and the record."""
    size = sections.pop("size", FANS)
    stayers = {"dropout": {"s": 0.01, "beta": 1e9}, **sections.pop("population", {})}
    strategy = Pushy(plan)
    _, record = live(scenario(size, len(plan), population=stayers, **STAYING, **sections), strategy)
    assert record.fans["left"] == record.fans["muted"] == 0
    return np.array(strategy.delivered), record


def everyone_daily(rounds: int, days: int = DAYS, size: int = FANS) -> list[list[tuple[str, Any]]]:
    return [[("chat", np.arange(size))] * rounds for _ in range(days)]


def by_the_book(plan: Sequence[Sequence[tuple[str, Any]]], per_day: int | None, per_30_days: int | None) -> np.ndarray:
    """Deliver each touch unless the fan had `per_day` today, or `per_30_days` today and in the 29 days before."""
    delivered = np.zeros((len(plan), FANS), int)
    for day, rounds in enumerate(plan):
        for _, fans in rounds:
            for fan in fans:
                recent = delivered[max(0, day - WINDOW + 1) : day + 1, fan].sum()
                if (per_day is None or delivered[day, fan] < per_day) and (per_30_days is None or recent < per_30_days):
                    delivered[day, fan] += 1
    return delivered


@given(
    seed=st.integers(0, 2**32 - 1),
    density=st.floats(0.02, 1),
    per_day=st.none() | st.integers(1, 4),
    per_30_days=st.none() | st.integers(1, 40),
)
@settings(max_examples=25, deadline=None)
def test_caps_are_never_exceeded_and_stop_nothing_else(
    seed: int, density: float, per_day: int | None, per_30_days: int | None
) -> None:
    rng = np.random.default_rng(seed)
    plan = [
        [(str(rng.choice(CHANNELS)), np.flatnonzero(rng.random(FANS) < density)) for _ in range(rng.integers(0, 5))]
        for _ in range(DAYS)
    ]
    rules = {"per_day": per_day, "per_30_days": per_30_days}
    delivered, record = push(plan, rules=rules)
    for first in range(DAYS):
        assert per_day is None or delivered[first].max() <= per_day
        assert per_30_days is None or delivered[first : first + WINDOW].sum(axis=0).max() <= per_30_days
    np.testing.assert_array_equal(delivered, by_the_book(plan, per_day, per_30_days))
    planned = sum(len(fans) for rounds in plan for _, fans in rounds)
    assert record.metrics["touches"] == delivered.sum()
    assert record.metrics["withheld"] == planned - delivered.sum()
    for channel in CHANNELS:
        planned = sum(len(fans) for rounds in plan for name, fans in rounds if name == channel)
        assert record.withheld[channel] == planned - record.touches[channel]
    assert all(rules.get(rule) for rule, count in record.withheld_by_rule.items() if count)


def test_what_several_rules_forbid_counts_for_the_first_of_them() -> None:
    """From Monday on both caps forbid a touch: the one per 30 days is asked first, and before either the quiet days."""
    rules = {"quiet_weekdays": ["sunday"], "do_not_contact": "'vip' in tags", "per_30_days": 2, "per_day": 1}
    plan = [[("chat", np.arange(FANS))] * 2 + [("sms", np.arange(FANS))] for _ in range(4)]
    _, record = push(plan, rules=rules, population={"tags": {"vip": 0.5}}, start_date="2026-01-03")  # a Saturday
    plain = record.touches["chat"] // 2
    vip = FANS - plain
    assert min(plain, vip) > 0
    assert record.touches == {"chat": 2 * plain, "group": 0, "feed": 0, "sms": 0}
    assert record.withheld_by_rule == {
        "quiet_weekdays": 3 * FANS,
        "do_not_contact": 9 * vip,
        "per_30_days": 5 * plain,
        "per_day": 2 * plain,
    }
    assert record.withheld == {"chat": 8 * FANS - 2 * plain, "group": 0, "feed": 0, "sms": 4 * FANS}


def test_without_rules_nothing_is_withheld() -> None:
    delivered, record = push(everyone_daily(3))
    assert (delivered == 3).all()
    assert record.metrics["withheld"] == 0


def test_quiet_weekdays_are_quiet() -> None:
    quiet = ["saturday", "sunday"]
    delivered, record = push(everyone_daily(1), rules={"quiet_weekdays": quiet}, start_date="2026-01-01")
    for day, counts in enumerate(delivered):
        weekday = (datetime.date(2026, 1, 1) + datetime.timedelta(days=day)).strftime("%A").lower()
        assert (counts == (0 if weekday in quiet else 1)).all()
        assert record.daily["withheld"][day] == (FANS if weekday in quiet else 0)


def test_do_not_contact_by_tag_protects_exactly_those_fans() -> None:
    tagged = scenario(200, 1, population={"tags": {"other": 0.5, "vip": 0.3}})
    fans, _ = live(tagged)
    vip = (fans.tags >> 1 & 1).astype(bool)
    assert 0 < vip.sum() < 200
    delivered, record = push(
        everyone_daily(1, days=5, size=200),
        size=200,
        population={"tags": {"other": 0.5, "vip": 0.3}},
        rules={"do_not_contact": "'vip' in tags"},
    )
    assert (delivered == np.where(vip, 0, 1)).all()
    assert record.metrics["withheld"] == 5 * vip.sum()


def test_do_not_contact_the_annoyed_keeps_pressure_within_one_touch_of_tolerance() -> None:
    setting = scenario(300, 60, rules={"do_not_contact": "annoyed"}, behaviour={"muting": {"touch_hazard": 0}})
    fans, record = live(setting, Pushy(everyone_daily(1, 60, 300)))
    one_touch = 30 * np.log(2) / setting.behaviour.pressure.half_life_days
    assert (fans.pressure <= fans.tolerance + one_touch).all()
    assert (fans.pressure > fans.tolerance).any()
    assert record.daily["withheld"].any()


@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("fidelity", [0.0, 0.6, 0.9])
def test_fidelity_is_the_share_of_planned_touches_that_happen(fidelity: float, rounds: int) -> None:
    """Each touch of a day has luck of its own: the second may happen where the first did not."""
    delivered, record = push(everyone_daily(rounds), market={"playbook": {"fidelity": fidelity}})
    planned = FANS * DAYS * rounds
    assert abs(delivered.sum() - fidelity * planned) <= 4 * np.sqrt(planned * fidelity * (1 - fidelity))
    assert record.metrics["withheld"] == 0  # a touch that nobody carried out was not held back by a rule


@dataclass(frozen=True)
class Relentless(Strategy):
    """Touches everyone so many times a day through one channel."""

    rounds: int

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable, "feed")] * self.rounds


def test_more_touches_a_day_than_can_be_told_apart_are_refused() -> None:
    """255 a day and channel: the next would have the luck of another day, and pass any cap."""
    rules = {"per_day": 200}
    _, record = live(scenario(3, 2, rules=rules, **STAYING), Relentless(255))
    assert record.metrics["touches"] == 200 * record.daily["active_fans"].sum()
    with pytest.raises(PluginError, match="at most 255 times a day through feed"):
        live(scenario(3, 2, rules=rules, **STAYING), Relentless(256))


def test_the_departed_and_the_muted_are_neither_touched_nor_withheld() -> None:
    """Each touch has an equal beside it, of which the cap lets one through, unless the fan mutes at the first."""
    setting = scenario(
        300,
        30,
        rules={"per_day": 1},
        population={"dropout": {"s": 2, "beta": 60}, "tenure_mean_days": 0},
        behaviour={"muting": {"touch_hazard": 0.05, "overload_hazard": 0}},
    )
    strategy = Pushy(everyone_daily(2, 30, 300))
    fans, record = live(setting, strategy)
    delivered = np.array(strategy.delivered)
    left, muted = np.flatnonzero(fans.left >= 0), np.count_nonzero(fans.flags & MUTED)
    assert min(len(left), muted) > 50
    for fan in left:
        assert not delivered[fans.left[fan] + 1 :, fan].any()
    assert record.daily["touches"].sum() - record.daily["withheld"].sum() == muted
