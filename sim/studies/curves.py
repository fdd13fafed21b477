"""From the experiments of a sweep to its curves, best values and crossing points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sim.compare import estimate
from sim.differences import Claim, arm_verdict_of, difference, metric_value, pair
from sim.measures import MEASURES
from sim.results import Experiment, Provenance
from sim.stats import FloatArray
from sim.stats.crossings import Crossing, crossings
from sim.stats.optimum import Guard, often_best, optimum
from sim.stats.uncertainty import prediction_interval
from sim.studies.axes import Place
from sim.studies.plan import Plan, Spot, differs
from sim.studies.sweep import Best, Reading, Result, Sweep
from sim.studies.sweep_health import sweep_health

Columns = Sequence[Mapping[int, float]]
"""For each point, values by replication number."""


def summarise(plan: Plan, experiments: Sequence[Experiment], provenance: Provenance, warnings: Sequence[str]) -> Sweep:
    """What came of a plan whose worlds were run: `experiments` in their order."""
    results: dict[Spot, Result] = {}
    baselines: dict[Place, Result] = {}
    for world, experiment in zip(plan.worlds, experiments, strict=True):
        found = {name: _result(plan, experiment, name) for name in dict.fromkeys(world.names.values())}
        base = _result(plan, experiment, plan.compare.baseline)
        results |= {spot: found[name] for spot, name in world.names.items()}
        baselines |= {place: base for _, place in world.names}
    places = tuple(sorted(baselines))
    curves = {arm: [results[arm, place] for place in places] for arm in plan.arms}
    return Sweep(
        scenario=plan.scenario,
        worlds=tuple(world.scenario for world in plan.worlds),
        axes=plan.axes,
        arms=plan.arms,
        places=places,
        results=results,
        baselines=baselines,
        best=tuple(_bests(plan, results)),
        crossings={
            arm: _crossings(plan, curve)
            for arm, curve in curves.items()
            if differs(arm, plan.compare.baseline, plan.axes)
        },
        provenance=provenance,
        warnings=tuple(warnings),
        health=sweep_health(plan, experiments, results),
        replications=max(len({r.replication for r in e.replications}) for e in experiments),
        redraws=max(len(e.redraws) for e in experiments),
    )


def _result(plan: Plan, experiment: Experiment, name: str) -> Result:
    """One arm of one world's experiment; without a verdict if any of it failed."""
    baseline, failures = plan.compare.baseline, experiment.failed(name)
    readings = {claim.role: _reading(experiment, name, baseline, claim) for claim in plan.claims}
    verdict = arm_verdict_of(name, [reading.difference for reading in readings.values() if reading.difference])
    return Result(readings["goal"], readings.get("guardrail"), None if failures else verdict, failures)


def _reading(experiment: Experiment, name: str, baseline: str, claim: Claim) -> Reading:
    """One metric of one arm."""
    mine = experiment.of(name)
    values = {replication.replication: metric_value(replication, claim.metric) for replication in mine}
    own = estimate(np.array(list(values.values())))
    if name == baseline:
        return Reading(values, own, None, {}, None)
    others = len(experiment.scenario.arms) - 1  # all values of a swept key, among which the best is picked
    apart = difference(baseline, name, claim, pair(mine, experiment.of(baseline)), others)
    redrawn = _redrawn(experiment, name, baseline, claim.metric)
    known = np.array([value for value in redrawn.values() if np.isfinite(value)])
    return Reading(values, own, apart, redrawn, prediction_interval(known) if len(known) > 1 else None)


def _redrawn(experiment: Experiment, name: str, baseline: str, metric: str) -> dict[int, float]:
    """Arm less baseline by the number of the redraw."""
    pairs = pair(experiment.redrawn_of(name), experiment.redrawn_of(baseline))
    return {mine.replication: metric_value(mine, metric) - metric_value(base, metric) for mine, base in pairs}


def _bests(plan: Plan, results: Mapping[Spot, Result]) -> Iterator[Best]:
    """The best value of each arm: in each world, if strategies are swept, else over all worlds."""
    groups = [[place for _, place in world.names] for world in plan.worlds]
    if not any(axis.arm for axis in plan.axes):
        groups = [[place for group in groups for place in group]]
    for group in groups:
        for arm in plan.arms:
            mine = tuple(sorted({place for place in group if _depends(plan, arm, place)}))
            yield _best(plan, arm, mine, [results[arm, place] for place in mine])


def _depends(plan: Plan, arm: str, place: Place) -> bool:
    """Whether a point is one of its own for an arm: keys of another arm's strategies are at their first values."""
    return all(axis.arm in (None, arm) or n == 0 for axis, n in zip(plan.axes, place, strict=True))


def _best(plan: Plan, arm: str, places: tuple[Place, ...], curve: Sequence[Result]) -> Best:
    """Where one arm's goal is best."""
    goal = plan.compare.goal
    values: list[Mapping[int, float]] = [{} if r.failures else r.goal.values for r in curve]
    guards = [_apart(r, r.guardrail) for r in curve if r.guardrail and r.guardrail.difference]
    goals, guard = _guarded(plan, values, guards)
    redrawn = [_worlds(r, r.goal) for r in curve], [_worlds(r, r.guardrail) for r in curve if r.guardrail]
    worlds, allowed = _guarded(plan, *redrawn)
    often = often_best(worlds, allowed) if any(redrawn[0]) else None
    held, free = optimum(goals, guard, goal.margin), optimum(goals, None, goal.margin)
    return Best(arm, places, held, free, often, len(worlds))


def _guarded(plan: Plan, goals: Columns, guards: Columns) -> tuple[FloatArray, Guard | None]:
    """Goal and guardrail of a curve as the search for the best point wants them; plus is good."""
    goal, guardrail = plan.compare.goal, plan.compare.guardrail
    values, apart = np.hsplit(_matrix([*goals, *guards]), [len(goals)])
    values = values * MEASURES[goal.metric].improves
    if guardrail is None or not guards:
        return values, None
    return values, Guard(apart * MEASURES[guardrail.metric].improves, guardrail.margin)


def _crossings(plan: Plan, curve: Sequence[Result]) -> tuple[Crossing, ...]:
    """Where one arm crosses the baseline in the goal; nothing unless there is one axis of numbers."""
    if len(plan.axes) != 1 or plan.axes[0].numbers is None:
        return ()
    apart = [_apart(result, result.goal) for result in curve]
    return crossings(plan.axes[0].numbers, _matrix(apart) * MEASURES[plan.compare.goal.metric].improves)


def _apart(result: Result, reading: Reading) -> dict[int, float]:
    """Arm less baseline by replication number; nothing if the arm failed or is the baseline."""
    d = reading.difference
    if d is None or result.failures:
        return {}
    return dict(zip(d.replications, (d.paired[:, 0] - d.paired[:, 1]).tolist(), strict=True))


def _worlds(result: Result, reading: Reading) -> Mapping[int, float]:
    """Arm less baseline by the number of the redraw; nothing if anything of the arm failed."""
    return {} if result.failures else reading.redrawn


def _matrix(columns: Columns) -> FloatArray:
    """Values by replication, shape (replications, columns), of the replications that all columns share.

    A column without any is left out of the sharing and is NaN: a point that failed does not cost the others their
    data.
    """
    known = [set(column) for column in columns if column]
    shared = sorted(set.intersection(*known)) if known else []
    return np.array([[column.get(n, np.nan) for column in columns] for n in shared]).reshape(-1, len(columns))
