"""From what the user typed to a scenario: a file, or the name of one that comes with simrun."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.commands.console import note
from sim.errors import UsageError
from sim.suggest import did_you_mean

if TYPE_CHECKING:
    from sim.registry import Registry
    from sim.scenario.model import Scenario


def registry() -> Registry:
    """All strategies that a scenario may name."""
    from sim.registry import Registry
    from strategies import BUILTINS

    return Registry(BUILTINS)


def scenario_path(typed: str) -> Path:
    """The file that is meant. Errors: UsageError, with the nearest names, if there is none."""
    from scenarios import shipped

    path = Path(typed)
    if path.exists() and not path.is_dir():
        return path
    known = shipped()
    if typed in known:
        return known[typed]
    if path.is_dir():
        raise UsageError(f"{path}: is a directory, not a scenario file")
    near = did_you_mean(typed, [*known, *(str(path.with_name(other.name)) for other in path.parent.glob("*.y*ml"))])
    raise UsageError(f"{typed}: no such scenario file; with simrun come {', '.join(known)}{near}")


def is_scenario(typed: str) -> bool:
    """Whether there is a scenario of that name, or anything that could be meant for one."""
    from scenarios import shipped

    return Path(typed).exists() or typed in shipped()


def read_scenario(typed: str, overrides: Sequence[str] = ()) -> Scenario:
    """The checked scenario. Errors: UsageError, ScenarioError, PluginError."""
    path = scenario_path(typed)
    from sim.scenario.load import load_scenario

    return load_scenario(path, registry(), overrides)


def note_warnings(scenario: Scenario, typed: str) -> None:
    """Say on stderr which assumptions of a scenario go beyond their evidence."""
    from sim.scenario.load import range_warnings

    for warning in range_warnings(scenario):
        note(f"{typed}: warning: {warning}")
