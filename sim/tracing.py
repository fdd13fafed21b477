"""One fan's story: what happened to the same person in every arm."""

from __future__ import annotations

import contextlib
import sys
import traceback
from dataclasses import dataclass

import numpy as np

from sim import draws
from sim.errors import PluginError, UsageError
from sim.events import EventLog, fan_key
from sim.population import POOL, draw_fans, draw_pool, shared_pool
from sim.registry import Registry
from sim.results import Failure
from sim.scenario.model import Scenario
from sim.world import World

TRAITS = ("trust", "tolerance", "purchase_rate", "dropout_rate", "basket")
"""What a fan brings along, the same in every arm."""


@dataclass(frozen=True)
class Step:
    """One event of a fan's life; `detail` and `trust` as in `sim.events.Event`, `amount` None where there is none."""

    day: int
    kind: str
    detail: str
    amount: float | None
    trust: float


@dataclass(frozen=True)
class Broken:
    """An arm that could not be lived through to its end: why, and the day on which it ended."""

    day: int
    failure: Failure


@dataclass(frozen=True)
class Story:
    """One fan in every arm: traits at joining (names in TRAITS), and event after event by arm.

    `broken`: arms that failed; their steps go as far as they came.
    """

    fan: str
    traits: dict[str, float]
    steps: dict[str, tuple[Step, ...]]
    broken: dict[str, Broken]


def trace(scenario: Scenario, registry: Registry, fan: str, replication: int = 0) -> Story:
    """Live through every arm of a replication and keep what happened to one fan (`812`, `pool:812`, `shop:14`).

    An arm that fails does not raise: it is in the result. Errors: UsageError for a name that no fan can have.
    """
    source, ordinal = _parse(scenario, fan)
    name = f"{source}:{ordinal}"
    lived = {arm: _lived(scenario, registry, arm, name, replication) for arm in scenario.arms}
    return Story(
        fan=name,
        traits=_traits(scenario, source, ordinal, replication),
        steps={arm: steps for arm, (steps, _) in lived.items()},
        broken={arm: broken for arm, (_, broken) in lived.items() if broken},
    )


def _parse(scenario: Scenario, fan: str) -> tuple[str, int]:
    """Source and ordinal of a fan."""
    source, _, ordinal = fan.rpartition(":")
    source = source or POOL
    sizes = {POOL: scenario.population.size}
    sizes |= {name: int(place.market_size) for name, place in scenario.market.sources.items()}
    if source not in sizes:
        raise UsageError(f"fan {fan}: unknown source '{source}'; sources are {', '.join(sizes)}")
    if not ordinal.isdecimal() or int(ordinal) >= sizes[source]:
        raise UsageError(f"fan {fan}: fans of {source} have the numbers 0 to {sizes[source] - 1}")
    return source, int(ordinal)


def _traits(scenario: Scenario, source: str, ordinal: int, replication: int) -> dict[str, float]:
    """The fan's traits at joining, drawn alone: luck does not depend on who else is there."""
    luck, number = draws.Luck(scenario.seed, replication), np.array([ordinal])
    if source == POOL:
        table = draw_pool(scenario, luck, number, np.float64)
        return {name: float(getattr(table, name)[0]) for name in TRAITS}
    keys, trust = draws.fan_keys(source, number), scenario.market.sources[source].trust
    columns = draw_fans(scenario, luck, keys, trust, np.zeros(1), day=0, source=1)
    return {name: float(columns[name][0]) for name in TRAITS}


def _lived(
    scenario: Scenario, registry: Registry, arm: str, fan: str, replication: int
) -> tuple[tuple[Step, ...], Broken | None]:
    """Live through one arm, writing down what happens to one fan; what strategies print goes to stderr."""
    log = EventLog(only=fan_key(fan))
    strategies = [registry.build(use) for use in scenario.arms[arm]]
    world = World(scenario, strategies, replication, shared_pool(scenario, replication).copy(), log)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            world.run(arm)
    except (PluginError, SystemExit) as error:
        message = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        return _steps(log), Broken(world.day, Failure(arm, replication, message, traceback.format_exc()))
    return _steps(log), None


def _steps(log: EventLog) -> tuple[Step, ...]:
    """What was written down."""
    return tuple(
        Step(
            day=event.day,
            kind=event.kind,
            detail=event.detail,
            amount=_number(float(np.broadcast_to(event.amount, 1)[0])),
            trust=float(event.trust[0]),
        )
        for event in log.events
    )


def _number(amount: float) -> float | None:
    """The amount, None where there is none."""
    return None if np.isnan(amount) else amount
