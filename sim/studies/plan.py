"""What a sweep has to run: points that differ in strategies alone share a world, and so an experiment.

In it each variant of a swept arm is an arm of its own, so that all of them have the same luck as the baseline, which
is run once. The baseline stays as the scenario has it, also if one of its own strategies is swept: then its variants
are compared with that.

All points have the same number of replications, the fewest that the scenario asks for. Assumptions are redrawn if it
asks for that, but not where a key of the world is swept, for that may be one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.differences import Claim, claims
from sim.errors import ScenarioError, UsageError
from sim.scenario.model import Compare, Scenario, StrategyUse
from sim.studies.axes import Axis, Place, places

Load = Callable[[Sequence[str]], Scenario]
"""Reads the scenario with overrides `key.path=value`. Raises ScenarioError."""

Spot = tuple[str, Place]
"""An arm at a point."""


@dataclass(frozen=True)
class World:
    """One experiment. `names`: what the arm at each of its points is called in it."""

    scenario: Scenario
    names: Mapping[Spot, str]


@dataclass(frozen=True)
class Plan:
    """A sweep before it is run. `scenario`: as it is without the sweep. `arms`: those that are shown.

    These are the arms whose strategies are swept, or all of them if only keys of the world are.
    """

    scenario: Scenario
    axes: tuple[Axis, ...]
    arms: tuple[str, ...]
    worlds: tuple[World, ...]

    @property
    def compare(self) -> Compare:
        """What is compared; a plan has it."""
        assert self.scenario.compare is not None
        return self.scenario.compare

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The goal, and the guardrail if there is one."""
        return declared(self.compare)


def declared(compare: Compare | None) -> tuple[Claim, ...]:
    """The goal, and the guardrail if there is one."""
    return tuple(claim for claim in claims(compare) if claim.role != "secondary")


def differs(arm: str, baseline: str, axes: Sequence[Axis]) -> bool:
    """Whether an arm is another than the baseline; the baseline itself is, where its own strategies are swept."""
    return arm != baseline or any(axis.arm == arm for axis in axes)


def plan_sweep(load: Load, axes: Sequence[Axis], where: str, settings: Sequence[str] = ()) -> Plan:
    """Read and check every point of a sweep. `where` names the scenario in messages.

    Errors: ScenarioError for the first point that is wrong; UsageError if the scenario declares no comparison.
    """
    scenario = load(settings)
    if scenario.compare is None:
        raise UsageError(f"{where}: a sweep needs `compare`: which arm is the baseline, and which metric the goal")
    points = {place: _point(load, axes, place, settings) for place in places(axes)}
    swept = tuple(dict.fromkeys(axis.arm for axis in axes if axis.arm is not None))
    arms = swept or tuple(scenario.arms)
    slices: dict[Place, list[Place]] = {}
    for place in points:
        slices.setdefault(tuple(n for n, axis in zip(place, axes, strict=True) if axis.arm is None), []).append(place)
    worlds = tuple(_world(scenario, axes, arms, {place: points[place] for place in mine}) for mine in slices.values())
    return Plan(scenario, tuple(axes), arms, worlds)


def _point(load: Load, axes: Sequence[Axis], place: Place, settings: Sequence[str]) -> Scenario:
    """The scenario at one point. Errors: ScenarioError that names the option."""
    own = [axis.override(number) for axis, number in zip(axes, place, strict=True)]
    try:
        return load([*settings, *own])
    except ScenarioError as error:
        lines = error.problems
        for override in own:
            lines = [line.replace(f": --set {override}", f": --over {override}") for line in lines]
        raise ScenarioError(lines) from None


def _world(scenario: Scenario, axes: Sequence[Axis], arms: Sequence[str], points: Mapping[Place, Scenario]) -> World:
    """The experiment of points that share a world: the baseline as the scenario has it, and every variant."""
    assert scenario.compare is not None
    baseline = scenario.compare.baseline
    uses: dict[str, tuple[StrategyUse, ...]] = {baseline: scenario.arms[baseline]}
    names: dict[Spot, str] = {}
    for place, point in points.items():
        for arm in arms:
            name = names[arm, place] = _name(axes, arm, place)
            uses[name] = point.arms[arm]
    first = next(iter(points.values()))
    changes: dict[str, Any] = {"arms": uses, "replications": first.fewest}
    if any(axis.arm is None for axis in axes):
        changes["uncertainty"] = "none"
    return World(first.model_copy(update=changes), names)


def _name(axes: Sequence[Axis], arm: str, place: Place) -> str:
    """What a variant of an arm is called: `frequent (touches_per_30_days 4)`."""
    own = [f"{axis.name} {axis.texts[number]}" for axis, number in zip(axes, place, strict=True) if axis.arm == arm]
    return f"{arm} ({', '.join(own)})" if own else arm
