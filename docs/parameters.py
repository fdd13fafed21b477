"""Write the tables of the documentation that follow from the code: `python docs/parameters.py`.

Each stands between its markers in a page of this folder. With `--check` nothing is written, and the exit code is 1
if a table is stale. Run it after a change to the scenario schema or to a strategy's parameters.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.expressions import FIELDS
from sim.registry import Registry
from sim.scenario.assumptions import ParameterInfo, parameters
from sim.scenario.channels import CHANNEL_PRESETS
from sim.scenario.model import Scenario
from strategies import BUILTINS

PARTS = ("population", "channels", "market", "behaviour")
"""Parts of a scenario that hold model parameters."""

NAME = "NAME"
"""Stands for the name that a scenario gives to a channel or a source."""

LIMITS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
MOST_CHOICES = 7
"""Longer lists of allowed words are given in the text around the table."""

Row = tuple[str, ...]


def examples() -> tuple[Scenario, ...]:
    """Scenarios in which together every section occurs."""
    return tuple(
        Scenario.model_validate(
            {
                "name": "example",
                "population": {"basket": {"distribution": basket}},
                "channels": {NAME: {}},
                "market": {"sources": {NAME: {}}},
                "arms": {"a": (), "b": ()},
                "compare": {"baseline": "a", "goal": {"metric": "value", "margin": 1}},
                "replications": replications,
            }
        )
        for basket, replications in (("lognormal", 10), ("gamma_gamma", {"max": 200, "precision": 0.5}))
    )


def parameter_tables() -> Iterator[str]:
    """What the model assumes, with its evidence: a table for each part of a scenario."""
    known = {info.key: info for scenario in examples() for info in parameters(scenario)}
    own = sorted(known.values(), key=_part)
    head = ("key", "default", "unit", "evidence", "grade", "meaning", "source")
    for part, infos in groupby(own, key=_part):
        yield f"### {PARTS[part]}\n\n{table(head, map(_parameter_row, infos))}"


def _part(info: ParameterInfo) -> int:
    """Place of a parameter's part of the scenario in `PARTS`."""
    return PARTS.index(info.key.partition(".")[0])


def _parameter_row(info: ParameterInfo) -> Row:
    evidence = f"{_value(info.low)} to {_value(info.high)}"
    return f"`{info.key}`", _value(info.default), info.unit, evidence, info.grade, info.about, info.source


def setting_tables() -> Iterator[str]:
    """Everything else in a scenario: facts that the user states and choices that the user makes."""
    rows: dict[str, Row] = {}
    for scenario in examples():
        for row in _settings(scenario, ""):
            rows.setdefault(row[0], row)
    yield table(("key", "default", "unit", "allowed", "meaning"), rows.values())


def _settings(section: BaseModel, path: str) -> Iterator[Row]:
    """A row for each field of a section that claims nothing about fans."""
    for name, field in type(section).model_fields.items():
        value, key = getattr(section, name), f"{path}{name}"
        extra = cast(Mapping[str, Any], field.json_schema_extra or {})
        if isinstance(value, BaseModel):
            yield from _settings(value, f"{key}.")
        elif isinstance(value, dict) and NAME in value:
            yield from _settings(value[NAME], f"{key}.{NAME}.")
        elif "evidence" not in extra:
            default = "required" if field.is_required() else _value(field.default) + _of_presets(key)
            yield f"`{key}`", default, extra.get("unit", ""), _allowed(field), field.description or ""


def _allowed(field: FieldInfo) -> str:
    """Limits or choices of a field."""
    if get_origin(field.annotation) is Literal:
        return _choices(get_args(field.annotation))
    marks = [*field.metadata, *(mark for option in get_args(field.annotation) for mark in _metadata(option))]
    found = [(word, getattr(mark, limit)) for limit, word in LIMITS for mark in marks if hasattr(mark, limit)]
    return ", ".join(f"{word} {_value(bound)}" for word, bound in found)


def _metadata(option: Any) -> Iterator[Any]:
    """Limits of one of the types that a field may have."""
    for mark in getattr(option, "__metadata__", ()):
        yield from getattr(mark, "metadata", [mark])


def _choices(words: tuple[Any, ...]) -> str:
    """Words to choose from, if there is a choice."""
    if len(words) > MOST_CHOICES:
        return "see below"
    return " or ".join(map(_value, words)) if len(words) > 1 else ""


def _of_presets(key: str) -> str:
    """What the channels that are always there have instead of a channel's default."""
    prefix, name = f"channels.{NAME}.", key.rpartition(".")[2]
    if key != prefix + name:
        return ""
    return "; " + ", ".join(f"{channel} {_value(preset[name])}" for channel, preset in CHANNEL_PRESETS.items())


def strategy_tables() -> Iterator[str]:
    """The built-in strategies with their parameters."""
    registry = Registry(BUILTINS)
    for name in BUILTINS:
        strategy = registry.find(name)
        purpose = (inspect.getdoc(strategy) or "").partition("\n")[0]
        hints = get_type_hints(strategy, include_extras=True)
        rows = [
            _strategy_row(field, FieldInfo.from_annotation(hints[field.name])) for field in fields(cast(Any, strategy))
        ]
        yield f"### {name}\n\n{purpose}\n\n{table(('parameter', 'default', 'allowed', 'meaning'), rows)}"


def _strategy_row(field: Field[Any], described: FieldInfo) -> Row:
    """One parameter of a strategy."""
    default = field.default if field.default_factory is MISSING else field.default_factory()
    shown = "required" if default is MISSING else _value(default)
    return f"`{field.name}`", shown, _allowed(described), described.description or ""


def field_tables() -> Iterator[str]:
    """What an audience expression may speak of."""
    yield table(("field", "meaning"), ((f"`{name}`", about) for name, about in FIELDS.items()))


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    """Text that neither ends its cell nor is taken for HTML."""
    return re.sub(r"<(?=\w)|\|", r"\\\g<0>", text)


def _value(value: Any) -> str:
    """A value as a scenario writes it."""
    if value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, dict):
        return "`{" + ", ".join(f"{key}: {_value(part)}" for key, part in value.items()) + "}`"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:g}"
    return str(value) if isinstance(value, int) else f"`{value}`"


TABLES: Mapping[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "parameters": ("model.md", parameter_tables),
    "settings": ("scenario.md", setting_tables),
    "fields": ("scenario.md", field_tables),
    "strategies": ("scenario.md", strategy_tables),
}
"""Name of a marker -> its page, and what stands there."""


def with_table(page: str, name: str, content: str) -> str:
    """The page with new content between the markers `name`. ValueError if it has no such markers."""
    begin = f"<!-- {name}: generated by `python docs/parameters.py` -->"
    end = f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"there is no section between {begin} and {end}")
    return pattern.sub(lambda _: f"{begin}\n\n{content}\n\n{end}", page)


def main(arguments: list[str]) -> int:
    """Rewrite all tables, or tell with `--check` which are stale."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = 0
    for name, (page, content) in TABLES.items():
        path = Path(__file__).parent / page
        before = path.read_text(encoding="utf-8")
        after = with_table(before, name, "\n\n".join(content()))
        if before != after:
            stale = 1
            if not arguments:
                path.write_text(after, encoding="utf-8")
            print(f"{path}: {name}: {'stale, run python docs/parameters.py' if arguments else 'rewritten'}")
    return stale if arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
