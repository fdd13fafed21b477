"""Changing single settings from the command line: `--set key.path=value`, the value in YAML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sim.errors import ScenarioError
from sim.scenario.plain import shorten
from sim.scenario.source import KeyPath, Place, Problem, Source
from sim.scenario.yaml_source import MAX_DEPTH, read_text
from sim.suggest import choices

_PATH = re.compile(r"[^.\[\]=]+(\.[^.\[\]=]+|\[[0-9]+\])*")
_PART = re.compile(r"[^.\[\]]+")
_AFTER_FILE = 10**9
"""Rank of an override's line: problems with the file come first."""


def apply_override(source: Source, file: str, override: str, number: int) -> None:
    """Put the value of `key.path=value` into `source`, in place of what is there; problems are noted in it.

    `file` names the scenario in messages, `number` sorts them. A path goes into lists by number:
    `arms.frequent.0.channel` or `arms.frequent[0].channel`.
    """
    place = Place(f"{file}: --set {shorten(override)}", (_AFTER_FILE, number))
    keys, equals, text = override.partition("=")
    parts = _PART.findall(keys)
    if not equals or not _PATH.fullmatch(keys) or len(parts) > MAX_DEPTH or re.search("[\ud800-\udfff]", override):
        source.problems.append(Problem(place, (), "cannot be read, must be key.path=value"))
        return
    try:
        given = read_text(text, lambda line, column: (place.where, place.rank))
        _check_whole(source.data, parts)
        path = _put(source.data, parts, given.data)
    except ScenarioError as error:
        source.problems += [Problem(place, (), line.removeprefix(f"{place.where}: ")) for line in error.problems]
    except LookupError as error:
        source.problems.append(Problem(place, (), str(error.args[0])))
    else:
        _note_places(source, path, given)


def _put(data: Any, parts: Sequence[str], value: Any) -> KeyPath:
    """Set a value deep inside `data`; returns its path. Missing sections are made. Errors: LookupError."""
    key = _key(data, parts[0])
    if len(parts) == 1:
        data[key] = value
        return (key,)
    if isinstance(data, dict) and data.get(key) is None:
        data[key] = {}
    return (key, *_put(data[key], parts[1:], value))


def _check_whole(data: Any, parts: Sequence[str]) -> None:
    """Refuse to go into an arm that is not there, or into a parameter that the scenario says nothing of.

    Only the strategy knows the other entries of that, and what is given replaces them all. Errors: LookupError.
    """
    match parts, data:
        case ["arms", arm, _, *_], {"arms": {**arms}} if arm not in arms:
            raise LookupError(f"there is no arm '{arm}', arms are {choices(arm, [str(name) for name in arms])}")
        case ["arms", arm, number, parameter, entry, *_], {"arms": {**arms}} if number.isdecimal():
            uses = arms.get(arm)
            use = uses[int(number)] if isinstance(uses, list) and int(number) < len(uses) else None
            if isinstance(use, dict) and use.get(parameter) is None:
                raise LookupError(
                    f"the scenario does not set {parameter} there, so {entry} alone would be all of it; "
                    f"write all of {parameter} into the scenario, or give it whole: "
                    f"arms.{arm}.{number}.{parameter}={{{entry}: ..., ...}}"
                )


def _key(data: Any, part: str) -> str | int:
    """How a part of a path looks into `data`. Errors: LookupError if it cannot."""
    match data:
        case dict():
            return part
        case list() if part.isdecimal() and int(part) < len(data):
            return int(part)
        case list():
            raise LookupError(f"there is no entry {part} in a list of {len(data)}; the first is 0")
    raise LookupError(f"there is no key {part} in a single value")


def _note_places(source: Source, path: KeyPath, given: Source) -> None:
    """The new value and all in it stand on the command line, as do sections made for it."""
    source.places = {key: place for key, place in source.places.items() if key[: len(path)] != path}
    for length in range(1, len(path)):
        source.places.setdefault(path[:length], given.places[()])
    source.places |= {(*path, *key): place for key, place in given.places.items()}
    source.problems += [replace(problem, path=(*path, *problem.path)) for problem in given.problems]
