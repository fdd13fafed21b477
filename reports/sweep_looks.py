"""How a sweep is shown: the looks of its arms, and its keys in words."""

from __future__ import annotations

from reports.text import short
from reports.theme import ArmStyle, arm_styles
from sim.studies.sweep import Axis, Sweep


def looks(sweep: Sweep) -> dict[str, ArmStyle]:
    """Each arm as in the report of a run; the baseline's own variants are not grey."""
    arms = [*sweep.scenario.arms, *(arm for arm in sweep.arms if arm not in sweep.scenario.arms)]
    usual = arm_styles(arms, sweep.baseline)
    first = arm_styles(arms, None)
    return {arm: first[arm] if arm == sweep.baseline and sweep.differs(arm) else usual[arm] for arm in sweep.arms}


def about(axis: Axis, longest: int = 1000) -> str:
    """What a swept key means, in a line: its description or name, unit and evidence, as far as they fit."""
    unit = f", {axis.unit}" if axis.unit and axis.unit not in axis.about else ""
    evidence = f"; evidence {axis.evidence[0]:g} to {axis.evidence[1]:g}" if axis.evidence else ""
    told = [axis.about or axis.key, axis.name]
    fits = (f"{name}{more}" for more in (unit + evidence, unit, "") for name in told)
    return next((words for words in fits if len(words) <= longest), short(axis.name, longest))
