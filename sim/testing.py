"""The conformance suite: what every strategy has to keep, as tests that the author of a strategy inherits.

    from sim.testing import StrategyConformance

    class TestMine(StrategyConformance):
        strategy = Mine(every_days=14)

Run it with pytest. A failure says what to do. For several parameter sets override the fixture `subject`; for
channels, tags or acquisition sources of one's own override `scenario`. `make_audience` is there for further tests.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import io
import pickle
import random
import textwrap
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, cast, get_type_hints

import numpy as np
import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_json

from sim.actions import Action, IntArray
from sim.audience import Audience
from sim.errors import PluginError
from sim.records import SERIES
from sim.registry import adapter
from sim.scenario.model import Scenario
from sim.strategy import Strategy
from sim.testbed import COLUMNS, DAYS, NEWCOMERS, add_newcomers, make_audience, make_fans, small_scenario
from sim.world import simulate

__all__ = ["StrategyConformance", "make_audience", "make_fans", "small_scenario"]


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
        bare = [name for name in _fields(kind) if not _documented(kind, name)]
        assert not bare, (
            f"say what {', '.join(bare)} of {kind.__name__} means: Annotated[..., Field(description='... unit')], "
            "or a comment on the line"
        )

    def test_parameters_can_be_set_in_a_scenario(self, subject: Strategy) -> None:
        """The types of the fields accept the values, and give the same strategy again."""
        values = {name: getattr(subject, name) for name in _fields(type(subject))}
        try:
            again = adapter(type(subject)).validate_json(to_json(values), strict=True)
        except ValidationError as error:
            pytest.fail(f"the field types of {type(subject).__name__} refuse the values given here: {error}")
        assert again == subject, f"fields of {type(subject).__name__} change when they are set; make them plain values"

    def test_same_audience_same_actions(self, subject: Strategy) -> None:
        """Twice, on a new audience, and after a journey to another process."""
        try:
            copy = pickle.loads(pickle.dumps(subject))
        except Exception as error:
            pytest.fail(f"a strategy travels between processes, but pickle says: {error}; define it at top level")
        for day in range(DAYS):
            audience = make_audience(self.scenario, day=day)
            first = _told(subject, audience)
            hint = f"day {day}: {type(subject).__name__}.decide may depend on the day and the audience alone"
            assert _told(subject, audience) == first, f"{hint}, but a second call gave other actions"
            assert _told(copy, make_audience(self.scenario, day=day)) == first, f"{hint}, but a pickled copy differs"

    def test_uses_no_global_luck(self, subject: Strategy) -> None:
        """The state of `random` and `numpy.random` changes nothing."""
        for day in range(DAYS):
            audience = make_audience(self.scenario, day=day)
            with _global_seed(1):
                first = _told(subject, audience)
            with _global_seed(2):
                second = _told(subject, audience)
            assert first == second, (
                f"day {day}: actions follow the global random state; use audience.draw('name') instead, "
                "which gives each fan the same luck in every arm"
            )

    def test_leaves_out_the_departed_and_the_muted(self, subject: Strategy) -> None:
        """Who has left or cannot be reached is not contacted."""
        for day in range(DAYS):
            audience = make_audience(self.scenario, day=day)
            for action in _decide(subject, audience):
                wrong = np.setdiff1d(_rows(action), audience.reachable)
                assert not len(wrong), (
                    f"day {day}: {type(action).__name__} names fans who have left or are muted, e.g. {wrong[:3]}; "
                    "start from audience.reachable, where, due or sample, which leave them out"
                )

    def test_does_not_change_the_audience(self, subject: Strategy) -> None:
        """Every column has the same bytes as before."""
        for day in range(DAYS):
            table = make_fans(self.scenario, day=day)
            before = {name: getattr(table, name).tobytes() for name in COLUMNS}
            _decide(subject, make_audience(self.scenario, day=day, fans=table))
            changed = [name for name in COLUMNS if getattr(table, name).tobytes() != before[name]]
            assert not changed, f"day {day}: decide changed {', '.join(changed)}; only actions may change fans"

    def test_does_not_depend_on_the_order_of_fans(self, subject: Strategy) -> None:
        """The same fans in another order get the same actions; a tie is to be broken by key, not by position."""
        for day in range(DAYS):
            table = make_fans(self.scenario, day=day)
            plain = _told(subject, make_audience(self.scenario, fans=table, day=day))
            shuffled = make_audience(self.scenario, fans=table, day=day, order=np.argsort(table.key))
            assert _told(subject, shuffled) == plain, (
                f"day {day}: other fans are chosen when the same fans stand in another order; choose them by "
                "columns or audience.draw, never by fan number or position"
            )

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
    rows = np.asarray(getattr(action, "fans", np.empty(0, np.intp)))
    if len(rows) and not np.issubdtype(rows.dtype, np.integer):
        pytest.fail(f"{type(action).__name__}.fans has {rows.dtype} values; use fan numbers: np.flatnonzero(mask)")
    return rows.astype(np.intp)


def _told(strategy: Strategy, audience: Audience) -> list[tuple[str, list[int]]]:
    """The day's actions in words that do not depend on fan numbers: settings, and keys of the fans."""
    told = []
    for action in _decide(strategy, audience):
        settings = {name: value for name, value in vars(action).items() if name != "fans"}
        told.append((f"{type(action).__name__} {settings}", sorted(audience.key[_rows(action)].tolist())))
    return told


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


def _fields(kind: type[Strategy]) -> list[str]:
    """Names of a strategy's parameters."""
    return [field.name for field in dataclasses.fields(cast(Any, kind)) if field.init]


def _documented(kind: type, name: str) -> bool:
    """Whether a field has a description in its type, or a comment on its line."""
    hint = get_type_hints(kind, include_extras=True)[name]
    notes = getattr(hint, "__metadata__", ())
    if any(isinstance(note, FieldInfo) and note.description for note in notes):
        return True
    return any(_commented(owner, name) for owner in kind.__mro__ if name in vars(owner).get("__annotations__", {}))


def _commented(kind: type, name: str) -> bool:
    """Whether the lines of a class that define a field hold a comment."""
    source = textwrap.dedent(inspect.getsource(kind))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    for node in cast(ast.ClassDef, ast.parse(source).body[0]).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
            return not comments.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return False
