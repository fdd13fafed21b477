"""Scenarios that might as well be true: every assumption redrawn within its evidence range, the same for all arms."""

from __future__ import annotations

import math
from typing import Any

from sim.draws import Luck
from sim.scenario.assumptions import ParameterInfo, uncertain
from sim.scenario.model import Scenario


def redraw(scenario: Scenario, number: int) -> tuple[Scenario, dict[str, float]]:
    """The scenario with new values of its assumptions, and these values by key path. A copy, validated.

    Each parameter of grade *assumption*, but for premises of the question, is drawn by itself from a triangular
    distribution over its evidence range, with its mode at the scenario's value: that is the best guess there is, the
    ends of the range are possible but less likely, and no more is known. A range that the scenario's value lies
    outside of is widened to it. The luck is that of `number`, 0, 1, 2, ..., and of the key: a parameter more or less in
    the scenario does not change the others.
    """
    luck = Luck(scenario.seed, number)
    values = {p.key: _draw(p, luck.one(f"assumption:{p.key}", 0)) for p in uncertain(scenario)}
    content = scenario.model_dump()
    for key, value in values.items():
        _put(content, key, value)
    return Scenario.model_validate(content), values


def triangular_quantile(u: float, low: float, mode: float, high: float) -> float:
    """The value below which a triangular variate lies with probability u in [0, 1]; low <= mode <= high.

    low + sqrt(u (high - low) (mode - low)) up to u = (mode - low) / (high - low), from there
    high - sqrt((1 - u) (high - low) (high - mode)). Source: Law 2015, section 8.3.15.
    """
    width = high - low
    if u * width < mode - low:
        return min(low + math.sqrt(u * width * (mode - low)), mode)
    return max(high - math.sqrt((1.0 - u) * width * (high - mode)), mode)


def _draw(p: ParameterInfo, u: float) -> float:
    """A value of one parameter."""
    return triangular_quantile(u, min(p.low, p.value), p.value, max(p.high, p.value))


def _put(content: dict[str, Any], key: str, value: float) -> None:
    """Set the value at a key path; names in it hold no dots."""
    *sections, name = key.split(".")
    for section in sections:
        content = content[section]
    content[name] = value
