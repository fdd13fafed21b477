"""The engine against the reference model, a bare SimPy loop and memory bandwidth."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from benchmarks.row import Row, best_time
from sim.draws import Luck
from sim.fans import REAL_COLUMNS, FanTable
from sim.population import draw_pool, pool_order
from sim.scenario import Scenario
from sim.world import World
from strategies.contact_cadence import ContactCadence
from tests.reference_model import Cadence, ReferenceModel

DAYS = 365
SIZES = (100_000, 1_000_000)
REFERENCE_FANS = 200
CADENCE = ContactCadence(touches_per_30_days=2.0)


def scenario(size: int) -> Scenario:
    """The full core model with contact rules, as a user would write it: two touches a month, about 24 a year."""
    return Scenario.model_validate(
        {
            "name": "benchmark",
            "days": DAYS,
            "population": {"size": size},
            "market": {"season": {"amplitude": 0.3}},
            "rules": {"per_day": 1, "per_30_days": 8},
            "arms": {"restrained": [{"use": "contact_cadence"}]},
        }
    )


def pool(size: int, dtype: type[np.floating[Any]] = np.float32) -> FanTable:
    """A starting pool."""
    return draw_pool(scenario(size), Luck(1, 0), pool_order(size), dtype)


def population() -> list[Row]:
    """Cost of drawing fans, and the memory of one."""
    seconds = best_time(lambda: pool(SIZES[0]), 3)
    return [
        Row("population, a fan", seconds / SIZES[0] * 1e9, "ns", target=1000),
        Row("fan table, a fan", pool(1).bytes_per_fan, "bytes", target=100),
    ]


def core_model() -> list[Row]:
    """A year of the full model, everything but the creation of the population."""
    rows = []
    for size in SIZES:
        fans = pool(size)
        worlds = [World(scenario(size), [CADENCE], 0, fans.copy()) for _ in range(3)]
        touches: list[float] = []

        def live(worlds: list[World] = worlds, touches: list[float] = touches) -> None:
            touches.append(worlds.pop().run("restrained").daily["touches"].sum())

        seconds = best_time(live, 3)
        fan_days = size * DAYS
        rows += [
            Row(f"engine, {size:,} fans, a fan-day", seconds / fan_days * 1e9, "ns", target=20),
            Row(f"touches a fan-day, {size:,} fans", touches[0] / fan_days, "touches"),
        ]
    return rows


def yardsticks() -> list[Row]:
    """What the same year costs otherwise: a process a fan, a bare timeout a fan-day, and copying the state."""
    fan_days = REFERENCE_FANS * DAYS
    traits = pool(REFERENCE_FANS, np.float64)
    model = ReferenceModel(scenario(REFERENCE_FANS), 0, traits, Cadence(CADENCE.touches_per_30_days))
    fans = pool(SIZES[1])
    columns = [getattr(fans, name) for name in REAL_COLUMNS]
    copies = [np.empty_like(column) for column in columns]

    def copy_state() -> None:
        for column, target in zip(columns, copies, strict=True):
            np.copyto(target, column)

    return [
        Row("reference model, a fan-day", best_time(model.run, 1) / fan_days * 1e9, "ns"),
        Row("bare SimPy timeout, a fan-day", best_time(_bare_loop, 1) / fan_days * 1e9, "ns"),
        Row("copy of the state, a fan", best_time(copy_state, 5) / SIZES[1] * 1e9, "ns"),
    ]


def ratios(rows: list[Row]) -> list[Row]:
    """How many times faster the engine is than the two loops over fans."""
    value = {row.name: row.value for row in rows}
    return [
        Row(
            f"{loop} / engine at {size:,} fans",
            value[f"{loop}, a fan-day"] / value[f"engine, {size:,} fans, a fan-day"],
            "times",
            target=300 if loop == "reference model" else None,
            more_is_better=True,
        )
        for loop in ("reference model", "bare SimPy timeout")
        for size in SIZES
    ]


def _bare_loop() -> None:
    """One process a fan that does nothing but wait for the next day."""
    env = simpy.Environment()

    def fan() -> Generator[simpy.Event, Any, None]:
        for _ in range(DAYS):
            yield env.timeout(1)

    for _ in range(REFERENCE_FANS):
        env.process(fan())
    env.run()
