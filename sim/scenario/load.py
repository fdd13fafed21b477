"""From a file to a scenario: read, override, check everything, and report all that is wrong at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_json

from sim.errors import PluginError, ScenarioError
from sim.expressions import IS_EXPRESSION
from sim.plugin_files import guarded
from sim.registry import ParameterError, Registry
from sim.scenario.assumptions import idle_premises, parameters
from sim.scenario.channels import CHANNEL_PRESETS
from sim.scenario.model import Scenario, StrategyUse
from sim.scenario.names import known_keys, section, unknown_names, unknown_tags
from sim.scenario.overrides import apply_override
from sim.scenario.plain import explain, show
from sim.scenario.precision import unusable_precision
from sim.scenario.source import KeyPath, Source
from sim.scenario.yaml_source import read_file
from sim.strategy import Strategy
from sim.suggest import choices, did_you_mean


def load_scenario(path: Path, registry: Registry, overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario file, with `overrides` as `key.path=value`.

    Plugin files are looked for from the working directory, then beside the scenario; in the result they are named
    as seen from the working directory. Raises `ScenarioError` with one line for each thing that is wrong.
    """
    source = read_file(path)
    for number, override in enumerate(overrides):
        apply_override(source, str(path), override, number)
    source.unread = frozenset(problem.path for problem in source.problems if problem.path)
    scenario = _validated(source, registry, path.parent)
    _check_strategies(source, registry, path.parent)
    for key, message in (*unknown_names(source.data), *unusable_precision(source.data)):
        source.report(key, message)
    if scenario is not None:
        for place in idle_premises(scenario):
            source.report(("premises", place), _no_premise(scenario, scenario.premises[place]))
    if scenario is None or source.problems:
        raise ScenarioError(_lines(source))
    return scenario


def range_warnings(scenario: Scenario) -> tuple[str, ...]:
    """A line for each model parameter outside the range that its evidence supports."""
    return tuple(
        f"{p.key}: {show(p.value)} is outside the evidence {show(p.low)}-{show(p.high)} ({p.source}); {p.grade}"
        for p in parameters(scenario)
        if p.outside
    )


def _no_premise(scenario: Scenario, key: str) -> str:
    """What is wrong with a premise that holds no assumption."""
    known = {p.key: p.grade for p in parameters(scenario)}
    if key in known:
        return f"{key} is no assumption but {known[key]}, which is not redrawn anyway"
    hint = did_you_mean(key, known)
    return f"no assumption is called {show(key)} or lies in it, must be a key such as behaviour.trust.gain{hint}"


def _validated(source: Source, registry: Registry, base: Path) -> Scenario | None:
    """The scenario, or None and the schema's problems noted."""
    data = source.data | {"arms": _with_uses(source.data.get("arms"), registry, base)}
    if "arms" not in source.data:
        del data["arms"]
    try:
        return Scenario.model_validate_json(to_json(data), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
    for detail in details:
        if detail["loc"]:
            key = _key_path(detail, source.data)
            source.report(key, explain(detail, known_keys(Scenario, key[:-1]), _written(source, key, detail)))
    return None


def _written(source: Source, key: KeyPath, detail: ErrorDetails) -> str | None:
    """How the wrong value stands in the file; unknown if the key itself is wrong."""
    return None if "[key]" in detail["loc"] else source.written(key)


def _with_uses(arms: Any, registry: Registry, base: Path) -> Any:
    """The arms in the schema's form; what does not fit it stays as it is, for the schema to refuse."""
    if not isinstance(arms, dict):
        return arms
    return {
        name: [_use(item, registry, base) for item in uses] if isinstance(uses, list) else uses
        for name, uses in arms.items()
    }


def _use(item: Any, registry: Registry, base: Path) -> Any:
    """One strategy in the schema's form, its file named as seen from the working directory."""
    if not isinstance(item, dict):
        return item
    named = {"use": item["use"]} if "use" in item else {}
    if isinstance(item.get("use"), str):
        with contextlib.suppress(PluginError):
            named["use"] = registry.locate(item["use"], base)
    return named | {"parameters": _parameters(item)}


def _parameters(item: dict[str, Any]) -> dict[str, Any]:
    """What an entry of an arm says beside which strategy it is."""
    return {key: value for key, value in item.items() if key != "use"}


def _key_path(detail: ErrorDetails, data: Any) -> KeyPath:
    """Where an error is in the file: pydantic's path without the names of alternatives."""
    path: list[str | int] = []
    for part in detail["loc"]:
        inside: Any = data if isinstance(data, dict) else dict(enumerate(data)) if isinstance(data, list) else {}
        if part in inside:
            data = inside[part]
            path.append(part)
    if detail["type"] == "missing":
        path.append(detail["loc"][-1])
    if detail["type"] == "union_tag_invalid":
        path.append(detail["ctx"]["discriminator"].strip("'"))
    return tuple(path)


def _check_strategies(source: Source, registry: Registry, base: Path) -> None:
    """Find every strategy and check its parameters; problems are noted."""
    for arm, uses in section(source.data, "arms").items():
        for number, item in enumerate(uses if isinstance(uses, list) else ()):
            if isinstance(item, dict) and isinstance(item.get("use"), str):
                _check_strategy(source, ("arms", arm, number), item, registry, base)


def _check_strategy(source: Source, path: KeyPath, item: dict[str, Any], registry: Registry, base: Path) -> None:
    """Find one strategy and check its parameters."""
    try:
        strategy = registry.build(StrategyUse(use=item["use"], parameters=_parameters(item)), base)
        problems = list(_dangling(strategy, item["use"], source.data))
    except ParameterError as error:
        for detail in error.details:
            key = (*path, *_key_path(detail, item))
            known = error.known if len(detail["loc"]) == 1 else ()
            source.report(key, explain(detail, known, _written(source, key, detail)))
    except PluginError as error:
        source.report((*path, "use"), str(error))
    else:
        for name, message in problems:
            source.report((*path, name), message)


def _dangling(strategy: Strategy, use: str, data: Any) -> Iterator[tuple[str, str]]:
    """Fields of a strategy that speak of a channel, a source or a tag that the scenario does not have."""
    named = {
        "channel": [*CHANNEL_PRESETS, *section(data, "channels")],
        "source": [*section(data, "market", "sources")],
    }
    for name, known in named.items():
        value = getattr(strategy, name, None)
        if isinstance(value, str) and value and value not in known:
            yield name, f"unknown {name} ('{value}'), known are {choices(value, known)}"
    tags = section(data, "population", "tags")
    hints = guarded(use, lambda: get_type_hints(type(strategy), include_extras=True))
    for name, hint in hints.items():
        value = getattr(strategy, name, None)
        if isinstance(value, str) and _is_expression(hint):
            yield from ((name, message) for message in unknown_tags(value, tags))


def _is_expression(hint: Any) -> bool:
    """Whether an annotation, or an alternative in it, is an audience expression."""
    marked = IS_EXPRESSION in getattr(hint, "__metadata__", ())
    return marked or any(_is_expression(part) for part in get_args(hint))


def _lines(source: Source) -> list[str]:
    """The problems in the order of the file."""
    problems = sorted(source.problems, key=lambda problem: problem.place.rank)
    return list(dict.fromkeys(problem.line() for problem in problems))


class _Dumper(yaml.SafeDumper):
    """Plain YAML without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out, however often it occurs."""
        return True


def resolved_yaml(scenario: Scenario) -> str:
    """The scenario with all defaults filled in, as YAML that loads again to an equal scenario."""
    data = scenario.model_dump()
    data["arms"] = {name: [{"use": use.use, **use.parameters} for use in uses] for name, uses in scenario.arms.items()}
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
