"""Which names a scenario knows, and names in it that refer to nothing. Works on plain data, so on bad files too."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from sim.errors import ExpressionError
from sim.expressions import compile_expression
from sim.scenario.source import KeyPath
from sim.suggest import choices


def section(data: Any, *keys: str) -> Mapping[str, Any]:
    """The mapping at a key path of plain data, empty if there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def unknown_names(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message for every reference to an arm or a tag that is not there."""
    compare, arms = section(data, "compare"), data.get("arms")
    baseline = compare.get("baseline")
    if isinstance(baseline, str) and isinstance(arms, Mapping) and baseline not in arms:
        yield ("compare", "baseline"), f"unknown arm ('{baseline}'), arms are {choices(baseline, arms)}"
    rule = section(data, "rules").get("do_not_contact")
    if isinstance(rule, str):
        for message in unknown_tags(rule, section(data, "population", "tags")):
            yield ("rules", "do_not_contact"), message


def unknown_tags(expression: str, tags: Iterable[str]) -> Iterator[str]:
    """A message for each tag that an audience expression asks for and nobody declared."""
    known = list(tags)
    try:
        asked = compile_expression(expression).tags
    except ExpressionError:
        return
    for tag in sorted(asked.difference(known)):
        yield f"unknown tag ('{tag}'), population.tags are {choices(tag, known)}"


def known_keys(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """The keys that a model allows in the section at `path`."""
    kinds: list[Any] = [model]
    for part in path:
        kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return tuple(name for kind in kinds if _is_model(kind) for name in kind.model_fields)


def _inside(kind: Any, part: str | int) -> list[Any]:
    """The types that a value may have at key `part` of a value of type `kind`."""
    if _is_model(kind):
        return _plain(kind.model_fields[part].annotation) if part in kind.model_fields else []
    if get_origin(kind) in (dict, tuple, list):
        arguments = get_args(kind)
        return _plain(arguments[1] if get_origin(kind) is dict else arguments[0])
    return []


def _plain(annotation: Any) -> list[Any]:
    """The types that an annotation allows, without decoration."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [kind for option in get_args(annotation) for kind in _plain(option)]
    return [annotation]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
