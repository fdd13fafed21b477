"""Whether scenarios have the same arms and rules, so that they can be compared, and in what else they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.errors import ScenarioError
from sim.registry import Registry, parameter_names
from sim.scenario.model import Scenario
from sim.strategy import Strategy

MATTERS_NOT = {"schema_version", "name", "question", "arms"}
"""Keys that are not told among those in which scenarios differ."""


def labels_of(typed: Sequence[str], scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """What to call the scenarios: by their names, or as they were typed if two have the same name."""
    names = tuple(scenario.name for scenario in scenarios)
    return names if len(set(names)) == len(names) else tuple(typed)


def check_same(typed: Sequence[str], scenarios: Sequence[Scenario], registry: Registry) -> None:
    """Make sure that scenarios can be compared: at least two, the same arms, judged by the same metrics.

    Errors: ScenarioError with a line for each difference from the first.
    """
    problems = []
    if len(typed) < 2:
        problems.append(f"{typed[0]}: one scenario alone cannot be compared; name at least two")
    problems += [f"{name}: is named twice" for name in dict.fromkeys(typed) if typed.count(name) > 1]
    if scenarios[0].compare is None:
        problems.append(f"{typed[0]}: needs `compare`: which arm is the baseline, and which metric the goal")
    for name, scenario in zip(typed[1:], scenarios[1:], strict=True):
        told = [*_arms_apart(scenarios[0], scenario, registry), *_rules_apart(scenarios[0], scenario)]
        problems += [f"{name}: {words}, unlike {typed[0]}" for words in told]
    if problems:
        raise ScenarioError(problems)


def _arms_apart(one: Scenario, other: Scenario, registry: Registry) -> Iterator[str]:
    """In which arms two scenarios differ."""
    yield from (f"has no arm '{arm}'" for arm in one.arms if arm not in other.arms)
    yield from (f"has an arm '{arm}'" for arm in other.arms if arm not in one.arms)
    for arm in (arm for arm in one.arms if arm in other.arms):
        was, now = ([registry.build(use) for use in scenario.arms[arm]] for scenario in (one, other))
        if list(map(type, was)) != list(map(type, now)):
            yield f"arm '{arm}' is {_named(now)} instead of {_named(was)}"
            continue
        for number, (before, after) in enumerate(zip(was, now, strict=True)):
            for name in parameter_names(type(before)):
                if (value := getattr(after, name)) != (old := getattr(before, name)):
                    yield f"arms.{arm}.{number}.{name} is {value} instead of {old}"


def _named(strategies: Sequence[Strategy]) -> str:
    """An arm by the classes of its strategies."""
    return ", ".join(type(strategy).__name__ for strategy in strategies) or "nothing"


def _rules_apart(one: Scenario, other: Scenario) -> Iterator[str]:
    """In which rules of judging two scenarios differ; margins may."""
    rules = [_rules(scenario) for scenario in (one, other)]
    for key in rules[0]:
        if rules[0][key] != rules[1][key]:
            yield f"{key} is {rules[1][key]} instead of {rules[0][key]}"


def _rules(scenario: Scenario) -> dict[str, str | None]:
    """What all scenarios must share."""
    compare = scenario.compare
    return {
        "currency": scenario.currency,
        "compare.baseline": compare.baseline if compare else None,
        "compare.goal.metric": compare.goal.metric if compare else None,
        "compare.guardrail.metric": compare.guardrail.metric if compare and compare.guardrail else None,
    }


def differing(scenarios: Sequence[Scenario]) -> dict[str, tuple[Any, ...]]:
    """Key path -> its value in each scenario, for the keys in which they differ; None where there is none."""
    flat = [dict(_flat(scenario.model_dump(mode="json", exclude=MATTERS_NOT))) for scenario in scenarios]
    keys = dict.fromkeys(key for values in flat for key in values)
    rows = {key: tuple(values.get(key) for values in flat) for key in keys}
    return {key: row for key, row in rows.items() if any(value != row[0] for value in row)}


def _flat(content: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Single values by their key path."""
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value
