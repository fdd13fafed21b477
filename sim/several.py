"""All arms of an experiment at once: which can still be the best, and which are on the frontier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sim.comparison import Frontier
from sim.differences import metric_value
from sim.measures import MEASURES
from sim.results import Experiment
from sim.scenario.model import Criterion
from sim.stats import FloatArray
from sim.stats.frontier import frontier_probabilities
from sim.stats.selection import Standing, standings


def standings_in_goal(experiment: Experiment, goal: Criterion | None) -> Mapping[str, Standing]:
    """Each arm against the best of the others in the goal, in its unit and sign.

    Arms without two values are left out; empty without a goal, without two arms, or if some two share fewer than two
    replications.
    """
    if goal is None:
        return {}
    values = _table(experiment, goal.metric)
    arms = [arm for arm in values if np.isfinite(values[arm]).sum() > 1]
    known = np.isfinite([values[arm] for arm in arms]).astype(int)
    if len(arms) < 2 or (known @ known.T).min() < 2:
        return {}
    improves = MEASURES[goal.metric].improves
    found = standings(np.stack([values[arm] * improves for arm in arms], axis=1), goal.margin)
    return {arm: Standing(s.interval.oriented(improves), s.selection) for arm, s in zip(arms, found, strict=True)}


def frontier(experiment: Experiment) -> Frontier | None:
    """How surely each arm is on the frontier of value per fan against churn, or the exit rate if churn is undefined.

    Arms without two finished replications are left out.
    """
    loss = "churn" if any(r.metrics["churn"] is not None for r in experiment.replications) else "exit_rate"
    metrics = ("value_per_fan", loss)
    tables = [_table(experiment, metric) for metric in metrics]
    arms = [arm for arm in tables[0] if all(np.isfinite(table[arm]).sum() > 1 for table in tables)]
    if len(arms) < 2:
        return None
    values = np.stack(
        [_columns(table, arms) * MEASURES[m].improves for m, table in zip(metrics, tables, strict=True)], 2
    )
    complete = values[np.isfinite(values).all(axis=(1, 2))]
    if len(complete) < 2:
        return None
    probability = frontier_probabilities(complete)
    return Frontier(metrics, dict(zip(arms, probability.tolist(), strict=True)), len(complete))


def _table(experiment: Experiment, metric: str) -> dict[str, FloatArray]:
    """A metric by arm; all arms have an entry for each replication that any of them finished, NaN where undefined."""
    numbers = sorted({r.replication for r in experiment.replications})
    table = {}
    for arm in experiment.scenario.arms:
        mine = {r.replication: metric_value(r, metric) for r in experiment.of(arm)}
        table[arm] = np.array([mine.get(number, np.nan) for number in numbers])
    return table


def _columns(table: Mapping[str, FloatArray], arms: Sequence[str]) -> FloatArray:
    """The arms side by side, shape (replications, arms)."""
    return np.stack([table[arm] for arm in arms], axis=1)
