"""Whether a sweep tells enough: checks of a run, each as bad as it is in the worst world, and in which that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.comparison import Check
from sim.health import STATUSES, enough, variation
from sim.results import Experiment
from sim.studies.axes import Place
from sim.studies.plan import Plan, Spot
from sim.studies.sweep import Result

MOST_WORLDS = 6
"""More worlds than this are counted, not named."""


def sweep_health(plan: Plan, experiments: Sequence[Experiment], results: Mapping[Spot, Result]) -> tuple[Check, ...]:
    """That there are enough replications and that differences vary; checks that did not pass come first."""
    found: dict[str, dict[str, Check]] = {}
    for world, experiment in zip(plan.worlds, experiments, strict=True):
        spots = {name: spot for spot, name in world.names.items()}.values()
        varying = variation([r.difference for spot in spots for r in results[spot].readings if r.difference])
        where = _named(plan, next(iter(world.names))[1])
        for check in (enough(experiment), *([varying] if varying else [])):
            found.setdefault(check.name, {})[where] = check
    return tuple(sorted(map(_worst, found.values()), key=lambda check: STATUSES.index(check.status)))


def _named(plan: Plan, place: Place) -> str:
    """The world of a point: `tolerance.median 2`."""
    own = ((axis, n) for axis, n in zip(plan.axes, place, strict=True) if axis.arm is None)
    return " and ".join(f"{axis.name} {axis.texts[n]}" for axis, n in own)


def _worst(found: Mapping[str, Check]) -> Check:
    """The first of the worst of one check in all worlds, with the worlds that it holds for unless it is all."""
    worst = min(found.values(), key=lambda check: STATUSES.index(check.status))
    same = [where for where, check in found.items() if check == worst]
    if worst.status == "passed" or len(same) == len(found):
        return worst
    told = f"at {', '.join(same)}" if len(same) <= MOST_WORLDS else f"in {len(same)} of {len(found)} worlds"
    others = sum(check.status != "passed" for check in found.values()) - len(same)
    more = f"; it does not pass in {others} other{'s' if others > 1 else ''} either" if others else ""
    return replace(worst, detail=f"{told}: {worst.detail}{more}")
