"""Sweeping one parameter of a scenario: differences between two arms at each value, and where they change sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenarios import shipped
from sim.experiment import run_experiment
from sim.registry import Registry
from sim.scenario.load import load_scenario
from sim.scenario.model import Compare, Scenario
from sim.stats import Interval, mean_interval
from sim.workers import WorkerDied, available_cpus, run_jobs
from strategies import BUILTINS

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One arm against the baseline, in the scenario changed by `overrides`."""

    label: str
    arm: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A question, the parameter whose sweep turns the answer around, and the curves to draw.

    `settings` make the shipped scenario smaller or larger, without changing anything per fan.
    """

    name: str
    title: str
    scenario: str
    parameter: str
    meaning: str
    values: tuple[float, ...]
    curves: tuple[Curve, ...]
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Swept:
    """What came of one curve: differences of the goal from the baseline, shape (values, replications)."""

    lesson: Lesson
    curve: Curve
    differences: FloatArray

    @property
    def intervals(self) -> list[Interval]:
        """Mean difference with its 95 % interval at each value."""
        return [mean_interval(row) for row in self.differences]

    @property
    def crossing(self) -> Interval | None:
        """Value at which the difference is 0, with its 95 % interval; None if some replication has none."""
        found = [crossing(self.lesson.values, column) for column in self.differences.T]
        known = [value for value in found if value is not None]
        return mean_interval(np.array(known)) if len(known) == len(found) else None


Job = tuple[str, tuple[str, ...], frozenset[str]]
"""Scenario, overrides, arms to run."""


def sweep(lesson: Lesson) -> list[Swept]:
    """Run every value of every curve; each value is run once for all curves with the same overrides."""
    results: dict[tuple[str, ...], dict[str, FloatArray]] = {}
    for job, result in run_jobs(goals, _jobs(lesson), available_cpus()):
        if isinstance(result, WorkerDied):
            raise result
        results[job[1]] = result
    swept = []
    for curve in lesson.curves:
        points = [results[_overrides(lesson, curve, value)] for value in lesson.values]
        baseline = compared(scenario(lesson.scenario, lesson.settings)).baseline
        swept.append(Swept(lesson, curve, np.array([point[curve.arm] - point[baseline] for point in points])))
    return swept


def goals(job: Job) -> dict[str, FloatArray]:
    """The goal of each arm that is asked for, one value a replication."""
    name, overrides, arms = job
    whole = scenario(name, overrides)
    goal, baseline = compared(whole).goal.metric, compared(whole).baseline
    part = whole.model_copy(update={"arms": {arm: whole.arms[arm] for arm in whole.arms if arm in arms | {baseline}}})
    experiment = run_experiment(part, Registry(BUILTINS), workers=1)
    if experiment.failures:
        raise RuntimeError(experiment.failures[0].message)
    return {arm: np.array([r.metrics[goal] for r in experiment.of(arm)], np.float64) for arm in part.arms}


def scenario(name: str, overrides: Sequence[str] = ()) -> Scenario:
    """A shipped scenario."""
    return load_scenario(shipped()[name], Registry(BUILTINS), overrides)


def compared(setting: Scenario) -> Compare:
    """What a shipped scenario declares to compare."""
    if setting.compare is None:
        raise ValueError(f"scenario {setting.name} compares nothing; a lesson needs a baseline and a goal")
    return setting.compare


def crossing(values: Sequence[float], differences: FloatArray) -> float | None:
    """Where the differences first change sign, by linear interpolation; None if they do not."""
    for place in range(len(values) - 1):
        before, after = float(differences[place]), float(differences[place + 1])
        if before <= 0 < after or before >= 0 > after:
            return values[place] + (values[place + 1] - values[place]) * before / (before - after)
    return None


def _jobs(lesson: Lesson) -> list[Job]:
    """One job for each value and each set of overrides, the curves' arms together."""
    arms: dict[tuple[str, ...], frozenset[str]] = {}
    for curve in lesson.curves:
        for value in lesson.values:
            key = _overrides(lesson, curve, value)
            arms[key] = arms.get(key, frozenset()) | {curve.arm}
    return [(lesson.scenario, overrides, wanted) for overrides, wanted in arms.items()]


def _overrides(lesson: Lesson, curve: Curve, value: float) -> tuple[str, ...]:
    return (*lesson.settings, *curve.overrides, f"{lesson.parameter}={value}")
