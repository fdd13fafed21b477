"""Random valid scenarios as plain data, drawn from the typed settings themselves, and ways to read them."""

from __future__ import annotations

import datetime
import math
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from sim.errors import ScenarioError
from sim.registry import Registry
from sim.scenario.behaviour import Behaviour
from sim.scenario.channels import Channel
from sim.scenario.load import load_scenario
from sim.scenario.market import Market, Money, Rules
from sim.scenario.model import Metric, Scenario
from sim.scenario.population import Population
from strategies import BUILTINS

REGISTRY = Registry(BUILTINS)
VALID = """\
name: small
arms:
  restrained:
    - {use: contact_cadence, touches_per_30_days: 2}
  do_nothing: []
compare:
  baseline: restrained
  goal: {metric: value_per_fan, margin: 5}
"""
FUZZ = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


SPLICES = [
    "no",
    "1e-3",
    ": ",
    "\t",
    "- ",
    "[",
    "}",
    "\n",
    "  ",
    "&a ",
    "*a",
    "12:30",
    "!!set",
    "'",
    '"',
    "|",
    "? ",
    "---\n",
]

NAMES = st.from_regex(r"[A-Za-zäß_0-9]([A-Za-z_é 0-9-]{0,8}[a-z])?", fullmatch=True) | st.sampled_from(
    [
        "no",
        "on",
        "1e-3",
        "null",
        "2026",
        "0x1f",
        "010",
        "true",
        "2026-01-01",
        "v1.0",
        'a, "b"',
        "群",
        "- [x]: #y",
        "<b>",
    ]
)
EXPRESSIONS = st.sampled_from(["", "annoyed", "trust > 0.5", "'vip' in tags", "spend_rank <= 0.2 and orders >= 1"])
USES = st.fixed_dictionaries(
    {"use": st.just("contact_cadence")},
    optional={
        "touches_per_30_days": st.floats(0, 900) | st.integers(0, 900),
        "audience": EXPRESSIONS,
        "channel": st.sampled_from(["chat", "sms"]),
        "mix": st.just({"care": 1, "promotion": 0.5}),
        "spread": st.sampled_from(["even", "waves"]),
    },
)


def values(annotation: Any, limits: Any = ()) -> st.SearchStrategy[Any]:
    """Plain values that a field of this type accepts."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = [more for mark in annotation.__metadata__ for more in getattr(mark, "metadata", [mark])]
        return values(arguments[0], [*limits, *inner])
    if origin in (Union, types.UnionType):
        return st.one_of([values(option, limits) for option in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is dict:
        return st.dictionaries(NAMES, values(arguments[1]), max_size=2)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3)
    if annotation is type(None):
        return st.none()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return settings_of(annotation)
    if annotation in (int, float):
        return st.from_type(Annotated[(annotation, *limits)] if limits else annotation).filter(math.isfinite)
    raise AssertionError(f"no values for {annotation}")


def settings_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the settings of a section; those without a default are always there."""
    fields = {
        name: EXPRESSIONS if field.annotation is str else values(field.annotation, field.metadata)
        for name, field in model.model_fields.items()
    }
    required = {name: fields.pop(name) for name, field in model.model_fields.items() if field.is_required()}
    return st.fixed_dictionaries(required, optional=fields)


def with_tag(population: dict[str, Any]) -> dict[str, Any]:
    """The tag that expressions ask for."""
    return {**population, "tags": {**population.get("tags", {}), "vip": 0.1}}


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """A whole scenario."""
    arms = draw(st.dictionaries(NAMES, st.lists(USES, max_size=2), min_size=1, max_size=3))
    goal, guardrail = draw(st.permutations(get_args(Metric)))[:2]
    margins = st.floats(0, 1e6)
    half_widths = st.dictionaries(st.sampled_from(get_args(Metric)), st.floats(1e-9, 1e9), min_size=1, max_size=2)
    until_precise = st.fixed_dictionaries(
        {"max": st.integers(100, 10_000), "precision": half_widths},
        optional={"min": st.integers(2, 100), "look_ahead": st.integers(0, 100)},
    )
    optional = {
        "question": st.text(),
        "currency": st.text(max_size=5),
        "start_date": st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)).map(str),
        "days": st.integers(1, 3650),
        "seed": st.integers(0, 2**63 - 1),
        "replications": st.integers(1, 10_000) if len(arms) < 2 else st.integers(1, 10_000) | until_precise,
        "uncertainty": st.sampled_from(["none", "assumptions"]),
        "redraws": st.integers(2, 1000),
        "channels": st.dictionaries(NAMES | st.just("chat"), settings_of(Channel), max_size=2),
        "market": settings_of(Market),
        "behaviour": settings_of(Behaviour),
        "rules": settings_of(Rules),
        "money": settings_of(Money),
        "compare": st.fixed_dictionaries(
            {
                "baseline": st.sampled_from(sorted(arms)),
                "goal": st.fixed_dictionaries({"metric": st.just(goal), "margin": margins}),
            },
            optional={"guardrail": st.fixed_dictionaries({"metric": st.just(guardrail), "margin": margins})},
        ),
    }
    fixed = {"name": st.just("drawn"), "population": settings_of(Population).map(with_tag), "arms": st.just(arms)}
    return draw(st.fixed_dictionaries(fixed, optional=optional))


def load(folder: Path, text: str | bytes, *overrides: str) -> Scenario:
    path = folder / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_scenario(path, REGISTRY, overrides)


def problems(folder: Path, text: str | bytes, *overrides: str) -> list[str]:
    """The lines of the error, the folder left out."""
    with pytest.raises(ScenarioError) as caught:
        load(folder, text, *overrides)
    assert caught.value.problems
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert not any("\n" in line for line in caught.value.problems)
    return [line.replace(f"{folder}/", "") for line in caught.value.problems]


def complaints(folder: Path, text: str | bytes, *overrides: str) -> list[str]:
    """The same, and none if the scenario is valid."""
    try:
        load(folder, text, *overrides)
    except ScenarioError:
        return problems(folder, text, *overrides)
    return []
