"""The conformance suite catches what it is there to catch: one broken strategy for each check."""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pytest
import simpy
from pydantic import Field

from sim.actions import Action, Touch
from sim.audience import Audience
from sim.desk import Desk
from sim.strategy import Strategy
from sim.testing import StrategyConformance, make_audience

SUITE = StrategyConformance()
CHECKS = [name for name in dir(SUITE) if name.startswith("test_")]


@dataclass(frozen=True)
class Good(Strategy):
    """Touches every third fan."""

    every_days: float = 3  # days from one touch to the next
    words: Annotated[str, Field(description="what to say")] = "hello"

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.due("good", self.every_days))]


class Undecorated(Good):
    """Inherits from a dataclass but is none itself, so that its own field would be no parameter."""

    extra: float = 1.0  # ignored by the dataclass above it


@dataclass
class Changeable(Strategy):
    """Could be changed during a run."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return []


@dataclass(frozen=True)
class Silent(Good): ...


@dataclass(frozen=True)
class Unexplained(Good):
    """Has a parameter that nobody explains."""

    mystery: str = "#"


@dataclass(frozen=True)
class Mistyped(Good):
    """Declares an int and is given a text."""

    count: int = "three"  # type: ignore[assignment]  # not a number


@dataclass(frozen=True)
class Remembering(Good):
    """Does something else each time."""

    calls: list[int] = field(default_factory=list)  # days it was called on

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        self.calls.append(day)
        return [Touch(audience.reachable[: len(self.calls)])]


@dataclass(frozen=True)
class Gambler(Good):
    """Uses the global generator of Python, but the same way in each call."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        state = random.getstate()
        chosen = random.random()
        random.setstate(state)
        return [Touch(audience.reachable[: int(100 * chosen)])]


@dataclass(frozen=True)
class NumpyGambler(Good):
    """Uses the global generator of numpy, but the same way in each call."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        state = np.random.get_state()  # noqa: NPY002
        chosen = np.random.random()  # noqa: NPY002
        np.random.set_state(state)  # noqa: NPY002
        return [Touch(audience.reachable[: int(100 * chosen)])]


@dataclass(frozen=True)
class Importunate(Good):
    """Touches everyone, those who have left included."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(np.arange(audience.size))]


@dataclass(frozen=True)
class Masked(Good):
    """Gives a mask where fan numbers are wanted."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.trust > 0.5)]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Meddler(Good):
    """Makes fans trust it."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        audience._fans.trust[:] = 1
        return []


@dataclass(frozen=True)
class Positional(Good):
    """Prefers those who come first in the table."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable[:10])]


@dataclass(frozen=True)
class Conservative(Good):
    """Knows the fans of the first day only."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        if audience.size > 400:
            raise RuntimeError("who are these people?")
        return []


@dataclass(frozen=True)
class Populist(Good):
    """Needs the most trusting fan."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(np.array([audience.trust.argmax()]))]


@dataclass(frozen=True)
class Shouting(Good):
    """Uses a channel that does not exist."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable, channel="roof")]


@dataclass(frozen=True)
class Forgetful(Good):
    """Returns nothing."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return None  # type: ignore[return-value]


@dataclass(frozen=True)
class Marked(Good):
    """Has marks for tools where an explanation should be."""

    mystery: str = "?"  # fmt: skip
    riddle: str = "?"  #


@dataclass(frozen=True)
class Hashed(Good):
    """Follows the hash of a text, which differs from process to process."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.sample("hashed", hash("abc") % 1000 / 1000))]


@dataclass(frozen=True)
class Clockwork(Good):
    """Follows the clock: another share of the fans each day of the real year."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.sample("clockwork", time.time() // 86400 % 365 / 365))]


@dataclass(frozen=True)
class Timekeeper(Good):
    """Turns the calendar."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        audience.day = 1000
        return []


@dataclass(frozen=True)
class Historian(Good):
    """Improves the past."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        audience._history["exits"][:] = 0  # type: ignore[index]
        return []


@dataclass(frozen=True)
class Provoked(Good):
    """Touches everyone once somebody has left."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(np.arange(audience.size))] if audience.history("exits").any() else []


@dataclass(frozen=True)
class Runner(Strategy):
    """Does nothing in `decide`, and the rest in `run`."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return []

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        while True:
            desk.submit(self.wanted(desk.audience))
            yield env.timeout(2)

    def wanted(self, audience: Audience) -> Iterable[Action]:
        """What to do every other day."""
        return [Touch(audience.due("runner", 7))]


@dataclass(frozen=True)
class RunningImportunate(Runner):
    """Touches everyone, those who have left included."""

    def wanted(self, audience: Audience) -> Iterable[Action]:
        return [Touch(np.arange(audience.size))]


@dataclass(frozen=True)
class RunningGambler(Runner):
    """Has a generator of its own, with a new seed each time."""

    def wanted(self, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable[np.random.default_rng().random(len(audience.reachable)) < 0.1])]


@dataclass(frozen=True)
class RunningMeddler(Runner):
    """Makes fans trust it."""

    def wanted(self, audience: Audience) -> Iterable[Action]:
        audience._fans.trust[:] = 1
        return []


@dataclass(frozen=True)
class RunningTimekeeper(Runner):
    """Turns the calendar."""

    def wanted(self, audience: Audience) -> Iterable[Action]:
        audience.day += 1
        return []


@dataclass(frozen=True)
class RunningHistorian(Runner):
    """Improves the past."""

    def wanted(self, audience: Audience) -> Iterable[Action]:
        audience._history["exits"][: audience.day] = 0  # type: ignore[index]
        return []


@dataclass(frozen=True)
class RunningPositional(Runner):
    """Prefers those who come first in the table."""

    def wanted(self, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable[:10])]


@dataclass(frozen=True)
class Patient(Runner):
    """Waits for the receipt, follows it up at once, and rests for half a day or for nothing."""

    rest: float = 0.5  # days

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        while True:
            sent = yield desk.submit(self.wanted(desk.audience))
            thanked = np.intersect1d(sent.delivered, desk.audience.reachable)
            yield desk.submit([Touch(thanked, purpose="care")])
            if self.rest:
                yield env.timeout(self.rest)


@dataclass(frozen=True)
class Brief(Runner):
    """Ends after a week, having waited for something that fails."""

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        for _ in range(7):
            yield desk.submit(self.wanted(desk.audience))
        with suppress(RuntimeError):
            yield env.event().fail(RuntimeError("no more"))
        desk.submit(self.wanted(desk.audience))


BROKEN = [
    ("test_is_a_frozen_dataclass", Changeable(), "put @dataclass"),
    ("test_is_a_frozen_dataclass", Undecorated(), "put @dataclass"),
    ("test_parameters_are_documented", Silent(), "give class Silent a docstring"),
    ("test_parameters_are_documented", Unexplained(), "say what mystery of Unexplained means"),
    ("test_parameters_are_documented", Marked(), "say what mystery, riddle of Marked means"),
    ("test_parameters_can_be_set_in_a_scenario", Mistyped(), "refuse the values"),
    ("test_same_audience_same_actions", Remembering(), "day 0: .* a second call gave other actions"),
    ("test_same_audience_same_actions", Hashed(), "day 0: .* another process gave other actions"),
    ("test_same_audience_same_actions", Clockwork(), "day 0: .* another process gave other actions"),
    ("test_uses_no_global_luck", RunningGambler(), "another life in the same world brings other actions"),
    ("test_uses_no_global_luck", Gambler(), "use audience.draw"),
    ("test_uses_no_global_luck", NumpyGambler(), "use audience.draw"),
    ("test_leaves_out_the_departed_and_the_muted", Importunate(), "have left or are muted"),
    ("test_leaves_out_the_departed_and_the_muted", Masked(), "np.flatnonzero"),
    ("test_leaves_out_the_departed_and_the_muted", Provoked(), "day 1: Touch names fans who have left"),
    ("test_leaves_out_the_departed_and_the_muted", RunningImportunate(), "run hands over fans who have left"),
    ("test_does_not_change_the_audience", Meddler(), "decide changed trust"),
    ("test_does_not_change_the_audience", Timekeeper(), "decide changed the day"),
    ("test_does_not_change_the_audience", Historian(), "decide changed the history of exits"),
    ("test_does_not_change_the_audience", RunningMeddler(), "run changed trust"),
    ("test_does_not_change_the_audience", RunningTimekeeper(), "run changed the day"),
    ("test_does_not_change_the_audience", RunningHistorian(), "run changed the history of exits"),
    ("test_does_not_depend_on_the_order_of_fans", RunningPositional(), "in a world: other fans are chosen"),
    ("test_does_not_depend_on_the_order_of_fans", Positional(), "stand in another order"),
    ("test_handles_newcomers", Conservative(), "who are these people"),
    ("test_handles_an_empty_pool", Populist(), "empty sequence"),
    ("test_lives_through_a_small_world", Shouting(), "unknown channel 'roof'.*override `scenario`"),
    ("test_leaves_out_the_departed_and_the_muted", Forgetful(), "decide returned None"),
]


@pytest.mark.parametrize(("check", "strategy", "advice"), BROKEN, ids=[f"{b[0]}-{type(b[1]).__name__}" for b in BROKEN])
def test_a_broken_strategy_fails_with_advice(check: str, strategy: Strategy, advice: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception, RuntimeError, ValueError), match=advice):
        getattr(SUITE, check)(strategy)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_can_fail_and_a_good_strategy_passes_it(check: str) -> None:
    assert check in {broken[0] for broken in BROKEN}
    for sound in (Good(), Runner(), Patient(), Patient(rest=0.0), Brief()):
        getattr(SUITE, check)(sound)


def test_a_local_class_cannot_travel() -> None:
    @dataclass(frozen=True)
    class Local(Good):
        """Defined inside a function."""

    with pytest.raises(pytest.fail.Exception, match="define it at top level"):
        SUITE.test_same_audience_same_actions(Local())


def test_a_suite_without_a_strategy_says_so() -> None:
    class TestForgotten(StrategyConformance): ...

    subject: Any = StrategyConformance.__dict__["subject"]
    with pytest.raises(pytest.fail.Exception, match="set `strategy = YourStrategy"):
        subject.__wrapped__(TestForgotten())


def test_an_audience_can_be_made_with_a_history() -> None:
    audience = make_audience(day=5, history={"orders": np.arange(5.0)})
    assert audience.history("orders").tolist() == [0, 1, 2, 3, 4]
    assert audience.history("exits").tolist() == [0] * 5


class TestGood(StrategyConformance):
    strategy = Good()
