"""What a swept key means: its description and unit, and the range that its evidence supports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from sim.registry import Registry, adapter
from sim.scenario.model import Scenario
from sim.studies.axes import Axis


def described(axes: Sequence[Axis], scenario: Scenario, registry: Registry) -> tuple[Axis, ...]:
    """The axes with what the scenario's settings and the strategies say of their keys; unknown ones stay as they are.

    Errors: PluginError as in `Registry.find`.
    """
    return tuple(_described(axis, scenario, registry) for axis in axes)


def _described(axis: Axis, scenario: Scenario, registry: Registry) -> Axis:
    """One axis."""
    parts = re.findall(r"[^.\[\]]+", axis.key)
    if axis.arm is None:
        about, extra = _setting(scenario, parts)
    else:
        about, extra = _parameter(scenario, parts, registry)
    evidence = extra.get("evidence")
    ends = (evidence["low"], evidence["high"]) if evidence else None
    return replace(axis, about=about, unit=extra.get("unit", ""), evidence=ends)


def _setting(scenario: Scenario, parts: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    """Description and declaration of a setting of the world."""
    value: Any = scenario
    about, extra = "", {}
    for part in parts:
        fields = getattr(type(value), "model_fields", {})
        if part in fields:
            about, extra = fields[part].description or "", cast(dict[str, Any], fields[part].json_schema_extra or {})
            value = getattr(value, part)
        else:
            about, extra = "", {}
            value = value.get(part) if isinstance(value, Mapping) else None
    return about, extra


def _parameter(scenario: Scenario, parts: Sequence[str], registry: Registry) -> tuple[str, Mapping[str, Any]]:
    """Description and declaration of a strategy's parameter: `arms.<arm>.<number>.<parameter>`."""
    if len(parts) != 4 or parts[1] not in scenario.arms or not parts[2].isdecimal():
        return "", {}
    use = scenario.arms[parts[1]][int(parts[2])].use
    declared = adapter(registry.find(use)).json_schema().get("properties", {}).get(parts[3], {})
    return declared.get("description", ""), declared
