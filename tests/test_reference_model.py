"""The engine against the reference model, fan by fan (invariant 6), and float32 against float64."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from sim.fans import CLAIMED, MUTED, PRESENT, FanTable
from sim.results import CAUSES, RULES, Replication
from sim.scenario.model import Scenario
from sim.strategy import Strategy
from strategies.contact_cadence import ContactCadence
from tests.reference_fan import Fan, Rule
from tests.reference_model import Cadence, Plan, ReferenceModel
from tests.worlds import BUSY, EVERYTHING, HASTY, Jumble, live, pool, scenario


@dataclass(frozen=True)
class Case:
    """One arm in both forms: a strategy for the engine, a plan and a rule for the reference model."""

    setting: Scenario
    strategy: Strategy
    plan: Plan
    do_not_contact: Rule = lambda day, fan: False


def jumbled(setting: Scenario, jumble: Jumble, rule: Rule = lambda day, fan: False) -> Case:
    return Case(setting, jumble, lambda day, model: jumble.actions(day, len(model.fans)), rule)


def is_left_in_peace(day: int, fan: Fan) -> bool:
    settled = fan.orders >= 3 and day - fan.joined > 50
    return settled or (fan.pressure > fan.tolerance and fan.trust < 0.25)


CASES: dict[str, Callable[[], Case]] = {
    "left alone": lambda: jumbled(scenario(400, 400, seed=3), Jumble(rounds=0)),
    "even cadence": lambda: Case(
        scenario(300, 200, market={"season": {"amplitude": 0.6}}),
        ContactCadence(touches_per_30_days=7, channel="group", discount=0.1),
        Cadence(7, "group", discount=0.1),
    ),
    "several a day": lambda: Case(
        scenario(100, 90),
        ContactCadence(touches_per_30_days=50, mix={"care": 1, "invitation": 2}),
        Cadence(50, mix={"care": 1, "invitation": 2}),
    ),
    "waves": lambda: Case(
        scenario(200, 120, behaviour=HASTY),
        ContactCadence(touches_per_30_days=45, spread="waves", mix={"promotion": 2, "content": 1}),
        Cadence(45, spread="waves", mix={"promotion": 2, "content": 1}),
    ),
    "everything": lambda: jumbled(scenario(250, 150, **BUSY), EVERYTHING),
    "daily cap": lambda: jumbled(scenario(150, 60, **BUSY, rules={"per_day": 1}), EVERYTHING),
    "monthly cap": lambda: jumbled(scenario(150, 100, **BUSY, rules={"per_30_days": 5}), EVERYTHING),
    "quiet days, do not contact": lambda: jumbled(
        scenario(
            150,
            100,
            **BUSY,
            rules={
                "quiet_weekdays": ["saturday", "sunday"],
                "do_not_contact": "orders >= 3 and tenure_days > 50 or annoyed and trust < 0.25",
            },
        ),
        EVERYTHING,
        is_left_in_peace,
    ),
}


@dataclass(frozen=True)
class Both:
    """What the engine and the reference model made of one case."""

    case: Case
    fans: FanTable
    record: Replication
    model: ReferenceModel

    def reference(self, name: str) -> np.ndarray[Any, Any]:
        """One field of the reference model's fans as an array."""
        return np.array([getattr(fan, name) for fan in self.model.fans])


@pytest.fixture(scope="module")
def both() -> Callable[[str], Both]:
    """Each case is lived through once."""
    done: dict[str, Both] = {}

    def get(name: str) -> Both:
        if name not in done:
            case = CASES[name]()
            fans, record = live(case.setting, case.strategy, dtype=np.float64)
            traits = pool(case.setting, dtype=np.float64)
            model = ReferenceModel(case.setting, 0, traits, case.plan, case.do_not_contact)
            model.run()
            done[name] = Both(case, fans, record, model)
        return done[name]

    return get


@pytest.mark.parametrize("name", CASES)
def test_every_fan_has_the_same_history_in_engine_and_reference_model(both: Callable[[str], Both], name: str) -> None:
    run = both(name)
    fans = run.fans
    for column in ("key", "joined", "left", "orders", "last_order"):
        np.testing.assert_array_equal(getattr(fans, column), run.reference(column), err_msg=column)
    cause = np.where(fans.left >= 0, np.array(CAUSES)[fans.cause], "")
    np.testing.assert_array_equal(cause, run.reference("cause"))
    np.testing.assert_array_equal((fans.flags & MUTED) > 0, run.reference("muted"))
    np.testing.assert_array_equal((fans.flags & CLAIMED) > 0, run.reference("claimed"))
    np.testing.assert_allclose(fans.spend, run.reference("spend"), rtol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_what_lies_ahead_of_every_fan_is_the_same_too(both: Callable[[str], Both], name: str) -> None:
    run = both(name)
    here = (run.fans.flags & PRESENT) > 0
    for column in ("trust", "leave_rate", "order_rate", "leave_budget", "order_budget"):
        theirs = run.reference(column)[here]
        np.testing.assert_allclose(getattr(run.fans, column)[here], theirs, rtol=1e-9, atol=1e-12)
    # The engine cuts pressure off at a millionth.
    np.testing.assert_allclose(run.fans.pressure[here], run.reference("pressure")[here], rtol=1e-9, atol=2e-6)


@pytest.mark.parametrize("name", CASES)
def test_touches_and_maturity_agree(both: Callable[[str], Both], name: str) -> None:
    run = both(name)
    assert run.record.metrics["touches"] == sum(len(fan.touch_days) for fan in run.model.fans)
    assert run.record.daily["maturity"][-1] == pytest.approx(run.model.life.maturity, rel=1e-12)
    for ours, at in ((run.record.withheld, 0), (run.record.withheld_by_rule, 1)):
        theirs = Counter(told[at] for told in run.model.life.withheld)
        assert ours == dict.fromkeys(ours, 0) | theirs


def test_the_cases_together_see_every_mechanism(both: Callable[[str], Both]) -> None:
    """Otherwise agreement would say nothing about the mechanism that was never used."""
    records = [both(name).record for name in CASES]
    exits = {cause: sum(record.exits[cause] for record in records) for cause in CAUSES}
    assert min(exits.values()) >= 10, exits
    series = ("caused_orders", "claims", "abandoned", "opened", "joined", "withheld")
    counts = {name: sum(record.daily[name].sum() for record in records) for name in series}
    assert min(counts.values()) >= 50, counts
    assert sum(record.fans["muted"] for record in records) >= 50
    assert both("everything").model.life.maturity > 0.9
    by_channel = sum((Counter(record.withheld) for record in records), Counter[str]())
    by_rule = sum((Counter(record.withheld_by_rule) for record in records), Counter[str]())
    assert min(by_channel[name] for name in ("chat", "group", "feed", "sms")) > 100, by_channel
    assert min(by_rule[rule] for rule in RULES) > 100, by_rule


def test_single_precision_changes_fewer_than_one_fan_in_a_thousand(
    record_property: Callable[[str, object], None],
) -> None:
    """A year of 20,000 fans: rounding moves a fan only where a budget ends within a hair of a day's end."""
    size = 20_000
    setting = scenario(size, 365, market={"season": {"amplitude": 0.3}}, behaviour={"rewards": {"c": 0.5}})
    plan = Jumble(seed=5, rounds=1, touched=1 / 8, offered=1 / 60)
    single, _ = live(setting, plan)
    double, record = live(setting, plan, dtype=np.float64)
    histories = [getattr(single, name) != getattr(double, name) for name in HISTORY]
    rate = np.any(histories, axis=0).mean()
    record_property("fans per 1,000 that differ in single precision", 1000 * float(rate))
    assert record.daily["claims"].sum() > size
    assert rate < 1 / 1000, f"{1000 * rate:.2f} fans in 1,000 differ in single precision"


HISTORY = ("left", "cause", "orders", "last_order", "flags")
