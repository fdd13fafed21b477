"""Sweeps whose figures are made up, so that their best values and crossing points are known. No simulation is run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from scenarios import shipped
from sim.measures import METRICS
from sim.registry import Registry
from sim.results import Experiment, Failure, Replication
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario
from sim.studies.axes import read_axes
from sim.studies.curves import summarise
from sim.studies.describe import described
from sim.studies.plan import Plan, plan_sweep
from sim.studies.sweep import Sweep
from strategies import BUILTINS
from tests.synthetic import PROVENANCE

REGISTRY = Registry(BUILTINS)
CADENCE = "arms.frequent.0.touches_per_30_days"
TOLERANCE = "population.tolerance.median"

Figures = Callable[[Scenario, str], tuple[float, float]]
"""World and arm -> its value per fan and its churn, without luck."""


def touches(world: Scenario, arm: str) -> float:
    """Touches in 30 days of an arm's first strategy."""
    uses = world.arms[arm]
    return float(uses[0].parameters.get("touches_per_30_days", 2.0)) if uses else 0.0


def hill(world: Scenario, arm: str) -> tuple[float, float]:
    """Value is highest at the tolerance and falls with the square of the distance; churn rises with touches."""
    often = touches(world, arm)
    return 100.0 - (often - world.population.tolerance.median) ** 2, 0.2 + 0.005 * often


def load(overrides: Sequence[str] = (), name: str = "classroom") -> Scenario:
    """A shipped scenario."""
    return load_scenario(shipped()[name], REGISTRY, overrides)


def plan(specs: Sequence[str], settings: Sequence[str] = (), name: str = "classroom") -> Plan:
    """The plan of a sweep of a shipped scenario."""
    planned = plan_sweep(partial(load, name=name), read_axes(specs, name), name, settings)
    return replace(planned, axes=described(planned.axes, planned.scenario, REGISTRY))


def lived(
    world: Scenario,
    figures: Figures = hill,
    *,
    own: float = 0.3,
    failed: Collection[str] = (),
) -> Experiment:
    """The experiment of a world: luck that all arms share, luck of their `own`; `failed` arms end in replication 1."""
    made, failures = [], []
    for arm in world.arms:
        value, churn = figures(world, arm)
        for number in range(1 if arm in failed else world.fewest):
            made.append(replication(world, arm, number, value, churn, own))
        if arm in failed:
            failures.append(Failure(arm, 1, f"{arm}: it broke"))
    redrawn = [
        replication(world, arm, n, *figures(world, arm), own, 5.0) for arm in world.arms for n in range(world.redrawn)
    ]
    values = tuple({"behaviour.x": float(n)} for n in range(world.redrawn))
    return Experiment(world, tuple(made), PROVENANCE, tuple(failures), (), tuple(redrawn), values)


def replication(
    world: Scenario, arm: str, number: int, value: float, churn: float, own: float, wide: float = 1.0
) -> Replication:
    """One arm lived through once; strategies and the number decide its own luck, not its name."""
    shared = np.random.default_rng([3, number]).normal(0.0, 4.0 * wide)
    mine = np.random.default_rng([5, number, int(1000 * touches(world, arm))]).normal(0.0, own * wide, 2)
    metrics: dict[str, float | None] = dict.fromkeys(METRICS, 1.0)
    metrics["value_per_fan"] = float(value + shared + mine[0])
    metrics["churn"] = float(churn + 0.001 * shared + 0.001 * mine[1])
    return Replication(arm, number, metrics, {"offers": np.zeros(1)}, {}, {}, {"joined": 0}, {}, {}, {})


def swept(
    specs: Sequence[str],
    settings: Sequence[str] = (),
    figures: Figures = hill,
    *,
    own: float = 0.3,
    failed: Collection[str] = (),
) -> Sweep:
    """A sweep with made-up figures: 6 replications and no redraws unless `settings` say otherwise."""
    planned = plan(specs, ["replications=6", "uncertainty=none", *settings])
    experiments = [lived(world.scenario, figures, own=own, failed=failed) for world in planned.worlds]
    return summarise(planned, experiments, PROVENANCE, ["a warning"])
