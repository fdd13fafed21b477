"""A small world under observation: what a strategy asks for in it, and what it changes with its own hands."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.actions import Action, IntArray
from sim.audience import Audience
from sim.desk import Desk
from sim.population import shared_pool
from sim.records import SERIES
from sim.scenario.model import Scenario
from sim.strategy import Strategy
from sim.testbed import COLUMNS, shuffled
from sim.world import World

if TYPE_CHECKING:
    import simpy

Words = tuple[tuple[str, tuple[int, ...]], ...]
"""Actions told so that they do not depend on fan numbers: settings of each, and the keys of its fans, ascending."""


@dataclass(frozen=True)
class Request:
    """What a strategy handed to the desk. `time`: SimPy's, in days.

    `words`: the actions as `in_words` has them. `unreachable`: fan numbers in them who had left or were muted.
    """

    time: float
    words: Words
    unreachable: IntArray


@dataclass(frozen=True)
class Rehearsal:
    """What a strategy asked for in a small world, and what it changed with its own hands: when, and the names of it."""

    requests: tuple[Request, ...]
    changes: tuple[tuple[float, tuple[str, ...]], ...]

    @property
    def words(self) -> list[tuple[float, Words]]:
        """What was asked for, and when."""
        return [(request.time, request.words) for request in self.requests]


def rehearse(strategy: Strategy, scenario: Scenario, *, reverse: bool = False) -> Rehearsal:
    """Live through replication 0 with one strategy, its starting pool in the reverse order if asked for.

    Errors: PluginError as in a run.
    """
    watched, fans = _Watched(strategy, [], []), shared_pool(scenario, 0).copy()
    pool = shuffled(fans, np.arange(fans.size)[::-1]) if reverse else fans
    World(scenario, [watched], 0, pool).run("rehearsal")
    return Rehearsal(tuple(watched.requests), tuple(watched.changes))


def seen(audience: Audience) -> dict[str, Any]:
    """All that a strategy can see of an audience: the day, columns and history as bytes."""
    columns = {name: getattr(audience._fans, name).tobytes() for name in COLUMNS}
    history = {f"the history of {name}": audience.history(name).tobytes() for name in SERIES}
    return {"the day": audience.day, **columns, **history}


def changed(before: dict[str, Any], audience: Audience) -> tuple[str, ...]:
    """Names of what is no longer as it was."""
    after = seen(audience)
    return tuple(name for name in before if after[name] != before[name])


def in_words(actions: Iterable[Action], audience: Audience) -> Words:
    """Actions in words."""
    told = []
    for action in actions:
        settings = {name: value for name, value in vars(action).items() if name != "fans"}
        keys = np.sort(audience.key[fan_numbers(action)])
        told.append((f"{type(action).__name__} {settings}", tuple(keys.tolist())))
    return tuple(told)


def fan_numbers(action: Action) -> IntArray:
    """The fan numbers of an action, none if it concerns no fans. Errors: TypeError for what are no numbers."""
    rows = np.asarray(getattr(action, "fans", np.empty(0, np.intp)))
    if len(rows) and not np.issubdtype(rows.dtype, np.integer):
        raise TypeError(f"{type(action).__name__}.fans has {rows.dtype} values; use fan numbers: np.flatnonzero(mask)")
    return rows.astype(np.intp)


@dataclass(frozen=True)
class _Watched(Strategy):
    """A strategy whose requests are written down, and whose hands are watched whenever it is its turn."""

    strategy: Strategy
    requests: list[Request]
    changes: list[tuple[float, tuple[str, ...]]]

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return self.strategy.decide(day, audience)

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        process = self.strategy.run(env, _WatchedDesk(desk, self.requests))
        turn: Callable[[], simpy.Event] = partial(process.send, None)
        while True:
            before = seen(desk.audience)
            try:
                event = turn()
            except StopIteration:
                return
            finally:
                if names := changed(before, desk.audience):
                    self.changes.append((env.now, names))
            try:
                turn = partial(process.send, (yield event))
            except Exception as error:
                turn = partial(process.throw, error)


class _WatchedDesk(Desk):
    """A desk that writes down what it takes."""

    def __init__(self, desk: Desk, requests: list[Request]) -> None:
        super().__init__(desk._env, desk.audience, desk._scenario, desk._inbox)
        self._requests = requests

    def submit(self, actions: Iterable[Action]) -> simpy.Event:
        reachable = self.audience.reachable
        done = super().submit(actions)
        taken = self._inbox[-1].actions
        named = np.concatenate([np.empty(0, np.intp), *map(fan_numbers, taken)])
        wrong = np.setdiff1d(named, reachable)
        self._requests.append(Request(self._env.now, in_words(taken, self.audience), wrong))
        return done
