"""Commands that run nothing: check a scenario, list what there is, describe what can be written."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any, cast

import click

from sim.commands.announce import how_often
from sim.commands.console import counted, emit
from sim.commands.sources import note_warnings, read_scenario, registry

if TYPE_CHECKING:
    from sim.strategy import Strategy

LIMITS = (("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<="), ("exclusiveMaximum", "<"))
"""Limits in JSON Schema, and how people write them."""


@click.command()
@click.argument("scenario")
def validate(scenario: str) -> None:
    """Check a scenario without running it."""
    loaded = read_scenario(scenario)
    note_warnings(loaded, scenario)
    emit(
        f"{scenario}: valid: {counted(len(loaded.arms), 'arm')} x {how_often(loaded)} "
        f"of {counted(loaded.days, 'day')}, {loaded.population.size:,} fans at the start"
    )


@click.command()
def scenarios() -> None:
    """List the scenarios that come with simrun, each with its question."""
    from scenarios import shipped

    names = shipped()
    width = max(map(len, names))
    emit("\n".join(f"{name:<{width}}  {read_scenario(name).question}" for name in names))


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for completion in editors."""
    from sim.scenario.schema import json_schema

    emit(json.dumps(json_schema(registry()), indent=2, ensure_ascii=False))


@click.command()
@click.argument("name", required=False)
def strategies(name: str | None) -> None:
    """List the strategies, or the parameters of one.

    NAME is a strategy of the list or PATH.py:CLASS.
    """
    if name is None:
        emit(_list())
    else:
        emit(describe(name, registry().find(name, None)))


def _list() -> str:
    """One line for each strategy: name and purpose."""
    known = registry()
    width = max(map(len, known.names()))
    return "\n".join(f"{name:<{width}}  {_purpose(known.find(name, None))}" for name in known.names())


def _purpose(strategy: type[Strategy]) -> str:
    """The first line of what a strategy says of itself."""
    return (inspect.getdoc(strategy) or "").partition("\n")[0]


def describe(name: str, strategy: type[Strategy]) -> str:
    """A strategy's purpose, and a line for each parameter: default, unit, allowed values, meaning."""
    from pydantic import TypeAdapter

    properties = TypeAdapter(strategy).json_schema().get("properties", {})
    lines = [f"  {_parameter(field, properties.get(field.name, {}))}" for field in fields(cast(Any, strategy))]
    return "\n".join([f"{name}: {_purpose(strategy)}", *(lines or ["  (no parameters)"])])


def _parameter(field: Field[Any], described: Mapping[str, Any]) -> str:
    """One parameter as `name: default [unit; limits]  meaning`."""
    facts = [described["unit"]] if described.get("unit") else []
    facts += [f"{sign} {described[key]}" for key, sign in LIMITS if key in described]
    if "enum" in described:
        facts.append(f"one of {', '.join(map(repr, described['enum']))}")
    noted = f" [{'; '.join(facts)}]" if facts else ""
    return f"{field.name}: {_default(field)}{noted}  {described.get('description', '')}".rstrip()


def _default(field: Field[Any]) -> str:
    """A parameter's default as Python writes it."""
    if field.default is not MISSING:
        return repr(field.default)
    return repr(field.default_factory()) if field.default_factory is not MISSING else "required"
