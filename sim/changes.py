"""What differs between two lots of settings, or between the recipes of two cells, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.cells import Recipe

NONE = "absent"
"""Stands for a value that is not there."""


@dataclass(frozen=True)
class Change:
    """One thing that is not the same. `before`, `after`: the values as text, None where the key is not there."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """The change in a line."""
        if self.key.startswith("code of "):
            return f"{self.key}: {'new' if self.before is None else 'gone' if self.after is None else 'changed'}"
        return f"{self.key}: {NONE if self.before is None else self.before} -> {self.after or NONE}"


def changes(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> tuple[Change, ...]:
    """All differences between two nested mappings, by key path, in the order of the first and then of the second."""
    one, two = dict(_flat(before, prefix)), dict(_flat(after, prefix))
    keys = dict.fromkeys([*one, *two])
    return tuple(Change(key, one.get(key), two.get(key)) for key in keys if one.get(key) != two.get(key))


def recipe_changes(before: Recipe, after: Recipe, arm: str) -> tuple[Change, ...]:
    """What determines a cell of an arm and is not the same: settings, strategies, code, versions, luck."""
    luck = [{name: getattr(recipe, name) for name in ("seed", "replication", "dtype")} for recipe in (before, after)]
    return (
        *changes(luck[0], luck[1]),
        *changes(_content(before.world.content), _content(after.world.content)),
        *made_by(before, after, arm),
    )


def made_by(before: Recipe, after: Recipe, arm: str) -> tuple[Change, ...]:
    """What made a cell and is not the same: strategies of the arm, code, versions, processor."""
    return (
        *changes(_strategies(before), _strategies(after), f"arms.{arm}."),
        *changes(_code(before), _code(after)),
        *changes(_content(before.environment.content), _content(after.environment.content)),
    )


def _strategies(recipe: Recipe) -> dict[str, Any]:
    """The strategies of a recipe by their place, without their code."""
    used = json.loads(recipe.strategies.content)
    return {str(place): {"class": use["class"], **use["parameters"]} for place, use in enumerate(used)}


def _code(recipe: Recipe) -> dict[str, str]:
    """`code of <module>` -> SHA-256, for the simulator and for the strategies."""
    strategies = [use["code"] for use in json.loads(recipe.strategies.content)]
    found = [_content(recipe.code.content), *strategies]
    return {f"code of {name.replace('.', '/')}": digest for code in found for name, digest in code.items()}


def _content(text: str) -> dict[str, Any]:
    """A part of a recipe."""
    content: dict[str, Any] = json.loads(text)
    return content


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Key path and text of every single value in nested mappings and lists; an empty one is a value too."""
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        entries = value.items()
    elif isinstance(value, list | tuple):
        entries = enumerate(value)
    if not entries or not value:
        yield path.rstrip("."), json.dumps(value, ensure_ascii=False)
        return
    for key, inner in entries:
        yield from _flat(inner, f"{path}{key}.")
