"""Small audiences to test strategies with: fans who have left, muted fans and newcomers included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import draws
from sim.audience import Audience
from sim.fans import MUTED, OTHER_COLUMNS, PRESENT, REAL_COLUMNS, FanTable, IntArray
from sim.population import draw_fans, draw_pool
from sim.records import SERIES
from sim.scenario.model import Scenario

DAYS = 60
"""Length of the small scenario."""

NEWCOMERS = 20
"""Fans who join at a time."""

COLUMNS = (*REAL_COLUMNS, *OTHER_COLUMNS)
"""All columns of the fan table."""


def small_scenario(**changes: Any) -> Scenario:
    """A small world to test in: 300 fans, the tag `vip`, newcomers from the source `ads`, a young playbook."""
    settings: dict[str, Any] = {
        "name": "conformance",
        "days": DAYS,
        "population": {"size": 300, "tags": {"vip": 0.2}},
        "market": {"playbook": {"maturity": 0.5}, "sources": {"ads": {"organic_per_day": 0.5}}},
        "arms": {"any": []},
    }
    return Scenario.model_validate({**settings, **changes})


def make_fans(scenario: Scenario, *, size: int = 300, day: int = 0) -> FanTable:
    """Fans to test with on a day: some have left, some are muted, and `NEWCOMERS` more have joined today."""
    luck = draws.Luck(scenario.seed, 0)
    table = draw_pool(scenario, luck, np.arange(size))
    lot = luck.uniform("testing", table.key)
    left = lot < 0.1
    table.flags[left] = 0
    table.left[left] = day
    for column in (table.trust, table.pressure, table.leave_rate, table.order_rate):
        column[left] = 0
    table.flags[lot > 0.9] = PRESENT | MUTED
    table.pressure[~left] = 10 * lot[~left]
    if size:
        add_newcomers(table, scenario, day=day)
    return table


def add_newcomers(table: FanTable, scenario: Scenario, *, day: int, first: int = 0) -> None:
    """Let `NEWCOMERS` fans join, from the `first`-th of their source on."""
    keys = draws.fan_keys("ads", np.arange(first, first + NEWCOMERS))
    luck, trust = draws.Luck(scenario.seed, 0), scenario.population.trust
    table.append(draw_fans(scenario, luck, keys, trust, np.zeros(NEWCOMERS), day=day, source=1))


def shuffled(table: FanTable, order: Sequence[int] | IntArray) -> FanTable:
    """The same fans in another order."""
    other = FanTable(table.dtype)
    other.append({name: getattr(table, name)[np.asarray(order, np.intp)] for name in COLUMNS})
    return other


def past_audience(scenario: Scenario, day: int, **changes: Any) -> Audience:
    """An audience with a past, as by `make_audience`: before even days nothing happened, before odd ones a lot."""
    past = np.arange(1.0, day + 1) * (day % 2)
    return make_audience(scenario, day=day, history={name: past.copy() for name in SERIES}, **changes)


def make_audience(
    scenario: Scenario | None = None,
    *,
    day: int = 0,
    fans: FanTable | None = None,
    order: Sequence[int] | IntArray | None = None,
    history: Mapping[str, NDArray[np.float64]] | None = None,
) -> Audience:
    """An audience on a day, without a simulation.

    `fans`: default `make_fans`. `order`: the same fans in another order. `history`: series name -> one value a
    day, at least `day` of them; series not given are 0 on every day.
    """
    scenario = scenario or small_scenario()
    table = make_fans(scenario, day=day) if fans is None else fans
    if order is not None:
        table = shuffled(table, order)
    audience = Audience(
        table,
        draws.Luck(scenario.seed, 0),
        tags={name: place for place, name in enumerate(scenario.population.tags)},
        start_date=scenario.start_date,
        history={name: np.zeros(day) for name in SERIES} | dict(history or {}),
    )
    audience.day = day
    return audience
