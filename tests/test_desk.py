"""The desk: what it refuses and how it says so, strategies that wait, and plugins that raise."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simpy

from sim.actions import Action, Offer, Recruit, Review, Touch
from sim.audience import Audience
from sim.desk import Desk, Receipt, Submission
from sim.errors import PluginError
from sim.strategy import Strategy
from sim.testbed import make_audience, small_scenario
from tests.worlds import live, scenario

ONE = np.array([0])
SIZE = make_audience().size


def desk(inbox: list[Submission] | None = None) -> Desk:
    return Desk(simpy.Environment(), make_audience(), small_scenario(), [] if inbox is None else inbox)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (Touch(ONE, channel="pigeon"), r"unknown channel 'pigeon'; there are .*chat.*sms"),
        (Touch(ONE, purpose="begging"), r"unknown purpose 'begging'; there are content, care, promotion, invitation"),  # type: ignore[arg-type]
        (Touch(ONE, discount=1.0), r"discount is 1.0, must be in \[0, 1\)"),
        (Touch(ONE, discount=float("nan")), "discount is nan"),
        (Touch(np.array([True, False])), "fans must be a one-dimensional array of fan numbers, not bool"),
        (Touch(np.array([0.5])), "fan numbers, not float64"),
        (Touch(np.array([[1, 2]])), r"not int64 \(1, 2\)"),
        (Touch(np.array([SIZE])), f"fan number {SIZE} does not exist; numbers are 0 to {SIZE - 1}"),
        (Touch(np.array([3, -1])), "fan number -1 does not exist"),
        (Offer(ONE, value=0), "value is 0, must be above 0"),
        (Offer(ONE, value=5, steps=0), "steps is 0, must be from 1 to 255"),
        (Offer(ONE, value=5, steps=256), "steps is 256"),
        (Offer(ONE, value=5, effort=-1), "effort is -1, must be at least 0"),
        (Offer(ONE, value=float("inf")), "value is inf, must be above 0 and finite"),
        (Recruit("heaven", 1), "unknown source 'heaven'; there are ads"),
        (Recruit("ads", -1), "budget is -1, must be at least 0"),
        (Recruit("ads", float("inf")), "budget is inf"),
        ("call them all", "'call them all' is not an action; actions are Touch, Offer, Recruit and Review"),
    ],
)
def test_impossible_actions_are_refused_by_name(action: Any, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        desk().submit([Review(), action])


@pytest.mark.parametrize("fans", [[4, 2, 4], np.array([4, 2, 4], np.uint8), (2, 4), np.array([2, 4])])
def test_fans_become_distinct_ascending_numbers(fans: Any) -> None:
    inbox: list[Submission] = []
    desk(inbox).submit([Touch(fans), Offer(fans, 5)])
    for action in inbox[0].actions:
        assert isinstance(action, Touch | Offer)
        np.testing.assert_array_equal(action.fans, [2, 4])


def test_nobody_is_a_possible_audience() -> None:
    inbox: list[Submission] = []
    desk(inbox).submit([Touch([])])  # type: ignore[arg-type]
    (touch,) = inbox[0].actions
    assert isinstance(touch, Touch)
    assert len(touch.fans) == 0


STILL = scenario(
    50,
    20,
    channels={"chat": {"reach": 0.5}},
    behaviour={"muting": {"touch_hazard": 0}, "leaving": {"overload_hazard": 0}},
)
"""Fifty fans, twenty days."""


@dataclass(frozen=True)
class Patient(Strategy):
    """Send, look who opened, wait three days, ask them once more; then rest."""

    diary: list[tuple[float, int, Receipt]] = field(default_factory=list)

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable)]

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        receipt = yield desk.submit(self.decide(desk.day, desk.audience))
        self.diary.append((env.now, desk.day, receipt))
        yield env.timeout(3)
        receipt = yield desk.submit([Touch(receipt.opened, purpose="care")])
        self.diary.append((env.now, desk.day, receipt))


def test_a_strategy_may_wait_for_the_outcome_and_for_days() -> None:
    strategy = Patient()
    _, record = live(STILL, strategy)
    (_, first_day, first), (_, second_day, second) = strategy.diary
    assert (first_day, second_day) == (0, 3)
    assert len(first.delivered) == 50
    assert 0 < len(first.opened) < 50
    np.testing.assert_array_equal(np.intersect1d(first.opened, first.delivered), first.opened)
    assert set(second.delivered) <= set(first.opened)
    touches = record.daily["touches"]
    np.testing.assert_array_equal(np.flatnonzero(touches), [0, 3])
    assert touches[3] == len(second.delivered)
    assert record.daily["opened"][3] == len(second.opened)


@dataclass(frozen=True)
class Waiting(Patient):
    """Submits an hour before noon, so that all happens on the same day."""

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(5 / 24)
        receipt = yield desk.submit([Touch(np.array([1, 2])), Touch(np.array([2, 3]))])
        self.diary.append((env.now, desk.day, receipt))
        receipt = yield desk.submit([Touch(np.array([7]))])
        self.diary.append((env.now, desk.day, receipt))


def test_the_outcome_comes_at_noon_and_what_follows_is_done_the_next_day() -> None:
    strategy = Waiting()
    live(STILL, strategy)
    (first_time, first_day, first), (second_time, second_day, _) = strategy.diary
    assert (first_time, first_day) == (0.5, 0)
    assert (second_time, second_day) == (1.5, 1)
    np.testing.assert_array_equal(first.delivered, [1, 2, 3])


@dataclass(frozen=True)
class Failing(Strategy):
    """Works for two days, then does what it was told to do."""

    fault: Callable[[Audience], Any]

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return self.fault(audience) if day == 2 else []


def divide(audience: Audience) -> Any:
    return 1 // 0


def write(audience: Audience) -> Any:
    audience.trust[0] = 1


def ask_for_the_impossible(audience: Audience) -> Any:
    yield Touch(audience.reachable, channel="pigeon")


def forget_to_return(audience: Audience) -> Any:
    return None


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (divide, "ZeroDivisionError"),
        (write, "ValueError: assignment destination is read-only"),
        (ask_for_the_impossible, "unknown channel 'pigeon'"),
        (forget_to_return, "got NoneType in place of actions; return a list"),
    ],
)
def test_an_error_names_strategy_and_day(fault: Callable[[Audience], Any], message: str) -> None:
    with pytest.raises(PluginError, match=message) as caught:
        live(STILL, Failing(fault))
    assert "strategy Failing, day 2" in str(caught.value)


@pytest.mark.parametrize("fault", [divide, write])
def test_an_error_names_file_and_line(fault: Callable[[Audience], Any]) -> None:
    with pytest.raises(PluginError) as caught:
        live(STILL, Failing(fault))
    line = fault.__code__.co_firstlineno + 1
    assert f"{Path(__file__)}:{line})" in str(caught.value)


def test_an_error_before_the_first_wait_is_blamed_as_well() -> None:
    @dataclass(frozen=True)
    class Hasty(Strategy):
        def decide(self, day: int, audience: Audience) -> Iterable[Action]:
            return []

        def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
            raise RuntimeError("not my day")
            yield env.timeout(1)

    with pytest.raises(PluginError, match=r"strategy Hasty, day 0.*RuntimeError: not my day"):
        live(STILL, Hasty())
