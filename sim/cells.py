"""Cells, the units of an experiment, and recipes: all that determines what comes out of a cell.

A recipe holds the world's part of the scenario, the strategies of the arm, the content of the code, the versions that
a figure can depend on, and the luck. Two cells with the same recipe have the same result, bit for bit, whatever the
arm is called, however many replications there are and wherever a plugin's file lies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.provenance import LIBRARIES, cpu_level, versions
from sim.redraw import redraw
from sim.registry import Registry
from sim.scenario.model import Scenario, StrategyUse
from sim.source_files import digests, module_files

RECIPE_VERSION = 1
"""Part of every key: raised when recipes are put together in another way."""

DTYPE = "float32"
"""Precision of the fan table."""

ENGINE = ("sim.world", "sim.registry")
"""What lives through a cell and what makes strategies of a scenario's parameters: with all they import, the code."""

NOT_WORLD = frozenset(
    {
        "schema_version",
        "name",
        "question",
        "currency",
        "seed",
        "replications",
        "uncertainty",
        "redraws",
        "premises",
        "arms",
        "compare",
    }
)
"""Keys of a scenario that change nothing inside a cell, or that a recipe holds by themselves."""


@dataclass(frozen=True)
class Cell:
    """One arm lived through once.

    `redrawn`: in the world with the assumptions redrawn for the `replication`-th time, else in the scenario's own.
    """

    arm: str
    replication: int
    redrawn: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a recipe as JSON. Parts are kept once, under their `digest`, which is their SHA-256."""

    content: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class Recipe:
    """All that determines the result of a cell. `redraw`: number of the redraw of the assumptions, or None."""

    world: Part
    strategies: Part
    code: Part
    environment: Part
    seed: int
    replication: int
    redraw: int | None = None
    dtype: str = DTYPE

    @property
    def key(self) -> str:
        """SHA-256 that stands for the recipe."""
        return self.content.digest

    @cached_property
    def content(self) -> Part:
        """What the key is made of: the version, the digests of the parts in their order, and the luck."""
        parts = [part.digest for part in (self.world, self.strategies, self.code, self.environment)]
        luck = [self.seed, self.replication, self.redraw, self.dtype]
        return Part(_json([RECIPE_VERSION, *parts, *luck]))


class Recipes:
    """The recipes of a scenario's cells, by what is installed and in the plugins' files at this moment.

    Of a plugin whose file the registry has fixed, that counts. Errors: PluginError if a strategy cannot be found.
    """

    def __init__(self, scenario: Scenario, registry: Registry) -> None:
        self._scenario = scenario
        engine = module_files(ENGINE)
        self._code = Part(_json(digests(engine)))
        self._environment = Part(_json(environment()))
        used = {arm: [_used(use, registry, engine) for use in uses] for arm, uses in scenario.arms.items()}
        self._strategies = {arm: Part(_json([identity for identity, _ in uses])) for arm, uses in used.items()}
        self._files = {arm: {p: d for _, files in uses for p, d in files.items()} for arm, uses in used.items()}
        self._worlds: dict[int | None, Part] = {None: _world(scenario)}

    def of(self, cell: Cell) -> Recipe:
        """The recipe of one cell."""
        redrawn = cell.replication if cell.redrawn else None
        if redrawn not in self._worlds:
            self._worlds[redrawn] = _world(redraw(self._scenario, cell.replication)[0])
        parts = (self._worlds[redrawn], self._strategies[cell.arm], self._code, self._environment)
        return Recipe(*parts, self._scenario.seed, cell.replication, redrawn)

    def changed(self, arm: str) -> Path | None:
        """A file that the arm's strategies rest on, not fixed and no longer what it was when this was made."""
        return next((path for path, digest in self._files[arm].items() if _digest(path) != digest), None)


def environment() -> dict[str, str]:
    """Versions and vector instructions that a figure can depend on."""
    used = versions()
    python = ".".join(used["python"].split(".")[:2])
    return {"python": python, **{name: used[name] for name in LIBRARIES}, "cpu": cpu_level()}


def _world(scenario: Scenario) -> Part:
    """What the arms share, in the order in which the scenario has it."""
    return Part(_json(scenario.model_dump(mode="json", exclude=set(NOT_WORLD))))


def _used(use: StrategyUse, registry: Registry, engine: Container[str]) -> tuple[dict[str, Any], dict[Path, str]]:
    """What a strategy in an arm is, with the content of its code; and the files that may change, with their SHA-256."""
    place, source = registry.place(use.use), registry.source(use.use)
    files = registry.files(use.use, engine)
    fixed = {} if source is None else {place: hashlib.sha256(source).hexdigest()}
    code = digests(files) | fixed
    identity = {"class": place, "parameters": use.model_dump(mode="json")["parameters"], "code": code}
    return identity, {files[name]: digest for name, digest in code.items() if name not in fixed}


def _digest(path: Path) -> str | None:
    """SHA-256 of a file; None if it is gone."""
    try:
        return digests({"": path})[""]
    except OSError:
        return None


def _json(value: Any) -> str:
    """Compact JSON, in the order of the value."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
