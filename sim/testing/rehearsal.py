"""A small world under observation: what a strategy asks for in it, and whether it does more than ask."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.actions import Action, IntArray
from sim.audience import Audience
from sim.desk import Desk
from sim.population import shared_pool
from sim.results import Replication
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
    """What a strategy handed to the desk. `time`: SimPy's, in days; `day`: what the audience then said it was.

    `words`: the actions as `in_words` has them. `unreachable`: fan numbers in them who had left or were muted.
    """

    time: float
    day: int
    actions: tuple[Action, ...]
    words: Words
    unreachable: IntArray


@dataclass(frozen=True)
class Rehearsal:
    """What a strategy asked for in a small world, what the world recorded, and the bytes of its columns at the end."""

    requests: tuple[Request, ...]
    lived: Replication
    columns: dict[str, bytes]

    @property
    def words(self) -> list[tuple[float, Words]]:
        """What was asked for, and when."""
        return [(request.time, request.words) for request in self.requests]

    def differences(self, other: Rehearsal) -> list[str]:
        """Names of columns and day series that are not the same."""
        columns = [name for name in COLUMNS if self.columns[name] != other.columns[name]]
        series = [
            name for name, mine in self.lived.daily.items() if mine.tobytes() != other.lived.daily[name].tobytes()
        ]
        return list(dict.fromkeys([*columns, *series]))


def rehearse(strategy: Strategy, scenario: Scenario, *, reverse: bool = False) -> Rehearsal:
    """Live through replication 0 with one strategy, its starting pool in the reverse order if asked for.

    Errors: PluginError as in a run.
    """
    requests: list[Request] = []
    fans = shared_pool(scenario, 0).copy()
    world = World(
        scenario, [_Watched(strategy, requests)], 0, shuffled(fans, np.arange(fans.size)[::-1]) if reverse else fans
    )
    lived = world.run("rehearsal")
    return Rehearsal(tuple(requests), lived, {name: getattr(world.fans, name).tobytes() for name in COLUMNS})


def repeat(rehearsal: Rehearsal, scenario: Scenario) -> Rehearsal:
    """The same once more with somebody who asks for the same at the same times, and does nothing else."""
    return rehearse(_Repeater(rehearsal.requests), scenario)


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
    """A strategy whose requests are written down."""

    strategy: Strategy
    requests: list[Request]

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return self.strategy.decide(day, audience)

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        return self.strategy.run(env, _WatchedDesk(desk, self.requests))


class _WatchedDesk(Desk):
    """A desk that writes down what it takes."""

    def __init__(self, desk: Desk, requests: list[Request]) -> None:
        super().__init__(desk._env, desk.audience, desk._scenario, desk._inbox)
        self._requests = requests

    def submit(self, actions: Iterable[Action]) -> simpy.Event:
        day, reachable = self.audience.day, self.audience.reachable
        done = super().submit(actions)
        taken = self._inbox[-1].actions
        named = np.concatenate([np.empty(0, np.intp), *map(fan_numbers, taken)])
        words = in_words(taken, self.audience)
        self._requests.append(Request(self._env.now, day, taken, words, np.setdiff1d(named, reachable)))
        return done


@dataclass(frozen=True)
class _Repeater(Strategy):
    """Asks for what was asked for before."""

    requests: tuple[Request, ...]

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return ()

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        for request in self.requests:
            if request.time > env.now:
                yield env.timeout(request.time - env.now)
            desk.submit(request.actions)
