"""The checks of the conformance suite: what every strategy has to keep."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError
from pydantic_core import to_json

from sim.actions import Action, IntArray
from sim.audience import Audience
from sim.errors import PluginError
from sim.records import SERIES
from sim.registry import adapter
from sim.scenario.model import Scenario
from sim.strategy import Strategy
from sim.testbed import DAYS, NEWCOMERS, add_newcomers, make_audience, make_fans, past_audience, small_scenario
from sim.testing.explanations import documented, parameters
from sim.testing.other_process import ask
from sim.testing.rehearsal import Words, changed, fan_numbers, in_words, rehearse, seen
from sim.world import simulate


class StrategyConformance:
    """Inherit in a class named Test..., and set `strategy`."""

    strategy: ClassVar[Strategy]
    scenario: ClassVar[Scenario] = small_scenario()

    @pytest.fixture
    def subject(self) -> Strategy:
        """The strategy under test; override it as a parametrised fixture to test several."""
        if not hasattr(self, "strategy"):
            pytest.fail(f"set `strategy = YourStrategy(...)` in {type(self).__name__}")
        return self.strategy

    def test_is_a_frozen_dataclass(self, subject: Strategy) -> None:
        """Its parameters cannot change during a run."""
        kind = type(subject)
        frozen = getattr(vars(kind).get("__dataclass_params__"), "frozen", False)
        assert frozen, f"put @dataclass(frozen=True) above class {kind.__name__}"

    def test_parameters_are_documented(self, subject: Strategy) -> None:
        """A reader of the scenario can find out what each parameter means."""
        kind = type(subject)
        assert not (kind.__doc__ or f"{kind.__name__}(").startswith(f"{kind.__name__}("), (
            f"give class {kind.__name__} a docstring: one line that says what it does"
        )
        bare = [name for name in parameters(kind) if not documented(kind, name)]
        assert not bare, (
            f"say what {', '.join(bare)} of {kind.__name__} means: Annotated[..., Field(description='... unit')], "
            "or a comment on the line"
        )

    def test_parameters_can_be_set_in_a_scenario(self, subject: Strategy) -> None:
        """The types of the fields accept the values, and give the same strategy again."""
        values = {name: getattr(subject, name) for name in parameters(type(subject))}
        try:
            again = adapter(type(subject)).validate_json(to_json(values), strict=True)
        except ValidationError as error:
            pytest.fail(f"the field types of {type(subject).__name__} refuse the values given here: {error}")
        assert again == subject, f"fields of {type(subject).__name__} change when they are set; make them plain values"

    def test_same_audience_same_actions(self, subject: Strategy) -> None:
        """Twice, on a new audience, and in another process at another time."""
        told, rule = [], f"{type(subject).__name__}.decide may depend on the day and the audience alone"
        for day in range(DAYS):
            audience = past_audience(self.scenario, day)
            told.append(_told(subject, audience))
            assert _told(subject, audience) == told[-1], f"day {day}: {rule}, but a second call gave other actions"
        try:
            elsewhere = ask(subject, self.scenario, range(DAYS))
        except RuntimeError as error:
            pytest.fail(f"another process cannot ask it: {error}; keep it in a module that can be imported by its name")
        except Exception as error:
            pytest.fail(f"a strategy travels between processes, but pickle says: {error}; define it at top level")
        differs = [day for day in range(DAYS) if elsewhere[day] != told[day]]
        assert not differs, (
            f"day {differs[0]}: {rule}, but another process gave other actions; "
            "the clock is another there, and so is Python's hash() of a text"
        )

    def test_uses_no_global_luck(self, subject: Strategy) -> None:
        """The state of `random` and `numpy.random` changes nothing, nor is there other luck of its own."""
        advice = "use audience.draw('name') instead, which gives each fan the same luck in every arm"
        for day in range(DAYS):
            audience = past_audience(self.scenario, day)
            with _global_seed(1):
                first = _told(subject, audience)
            with _global_seed(2):
                second = _told(subject, audience)
            assert first == second, f"day {day}: actions follow the global random state; {advice}"
        with _global_seed(1):
            lived = rehearse(subject, self.scenario)
        with _global_seed(2):
            again = rehearse(subject, self.scenario)
        assert lived.words == again.words, f"another life in the same world brings other actions; {advice}"

    def test_leaves_out_the_departed_and_the_muted(self, subject: Strategy) -> None:
        """Who has left or cannot be reached is not contacted."""
        advice = "start from audience.reachable, where, due or sample, which leave them out"
        for day in range(DAYS):
            audience = past_audience(self.scenario, day)
            for action in _decide(subject, audience):
                wrong = np.setdiff1d(_rows(action), audience.reachable)
                named = f"day {day}: {type(action).__name__} names fans who have left or are muted, e.g. {wrong[:3]}"
                assert not len(wrong), f"{named}; {advice}"
        for request in rehearse(subject, self.scenario).requests:
            wrong = request.unreachable
            assert not len(wrong), (
                f"day {request.time:.2f}: run hands over fans who have left or are muted, e.g. {wrong[:3]}; {advice}; "
                f"who was there before a wait may be gone: np.intersect1d(fans, desk.audience.reachable)"
            )

    def test_does_not_change_the_audience(self, subject: Strategy) -> None:
        """Columns, day and history are as before, after `decide` and after every turn of `run`."""
        advice = "only actions may change anything"
        for day in range(DAYS):
            audience = past_audience(self.scenario, day)
            before = seen(audience)
            _decide(subject, audience)
            names = changed(before, audience)
            assert not names, f"day {day}: decide changed {', '.join(names)}; {advice}"
        for time, names in rehearse(subject, self.scenario).changes:
            pytest.fail(f"day {time:.2f}: run changed {', '.join(names)}; {advice}")

    def test_does_not_depend_on_the_order_of_fans(self, subject: Strategy) -> None:
        """The same fans in another order get the same actions; a tie is to be broken by key, not by position."""
        advice = (
            "other fans are chosen when the same fans stand in another order; choose them by columns or audience.draw, "
            "never by fan number or position"
        )
        for day in range(DAYS):
            table = make_fans(self.scenario, day=day)
            plain = _told(subject, past_audience(self.scenario, day, fans=table))
            other = past_audience(self.scenario, day, fans=table, order=np.argsort(table.key))
            assert _told(subject, other) == plain, f"day {day}: {advice}"
        lived, other_way = rehearse(subject, self.scenario), rehearse(subject, self.scenario, reverse=True)
        assert lived.words == other_way.words, f"in a world: {advice}"

    def test_handles_newcomers(self, subject: Strategy) -> None:
        """The pool grows from one day to the next."""
        table = make_fans(self.scenario)
        audience = make_audience(self.scenario, fans=table, history={name: np.zeros(DAYS) for name in SERIES})
        for day in range(DAYS):
            audience.day = day
            if day:
                add_newcomers(table, self.scenario, day=day, first=day * NEWCOMERS)
            _decide(subject, audience)

    def test_handles_an_empty_pool(self, subject: Strategy) -> None:
        """Nobody is there to contact, which is no error."""
        nobody = make_fans(self.scenario, size=0)
        for day in range(DAYS):
            for action in _decide(subject, make_audience(self.scenario, fans=nobody, day=day)):
                assert not len(_rows(action)), f"day {day}: {action} names fans of an empty pool"

    def test_lives_through_a_small_world(self, subject: Strategy) -> None:
        """Sixty days without an error: every action is possible."""
        try:
            simulate(self.scenario, "conformance", [subject], 0)
        except PluginError as error:
            pytest.fail(f"{error} (if it needs other channels, sources or tags, override `scenario` in the test class)")


def _decide(strategy: Strategy, audience: Audience) -> list[Action]:
    """All actions of a day."""
    actions = strategy.decide(audience.day, audience)
    if actions is None:
        pytest.fail(f"{type(strategy).__name__}.decide returned None; return a list of actions, or yield them")
    return list(actions)


def _rows(action: Action) -> IntArray:
    """The fan numbers of an action; none for an action that concerns no fans."""
    try:
        return fan_numbers(action)
    except TypeError as error:
        pytest.fail(str(error))


def _told(strategy: Strategy, audience: Audience) -> Words:
    """The day's actions in words that do not depend on fan numbers."""
    actions = _decide(strategy, audience)
    for action in actions:
        _rows(action)
    return in_words(actions, audience)


@contextmanager
def _global_seed(seed: int) -> Iterator[None]:
    """Seed the global generators, and put them back afterwards."""
    plain, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 - this is what must not be used
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(arrays)  # noqa: NPY002
