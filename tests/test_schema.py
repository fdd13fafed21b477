"""The JSON Schema for editors: Draft 7, accepts what the loader accepts, knows the strategies' parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft7Validator

from sim.scenario.channels import CHANNEL_PRESETS
from sim.scenario.schema import json_schema
from sim.scenario.yaml_source import read_file
from tests.scenario_examples import FUZZ, REGISTRY, VALID, scenarios

SHIPPED = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))
LATER_DRAFTS = {"$defs", "prefixItems", "discriminator", "unevaluatedProperties", "dependentRequired"}
SCHEMA = json_schema(REGISTRY)
VALIDATOR = Draft7Validator(SCHEMA)


def with_arm(**item: Any) -> dict[str, Any]:
    """A valid scenario with one more arm."""
    data: dict[str, Any] = yaml.safe_load(VALID)
    return data | {"arms": data["arms"] | {"more": [item]}}


def schemas(schema: Any) -> list[dict[str, Any]]:
    """A schema and all schemas in it."""
    if isinstance(schema, list):
        return [inner for part in schema for inner in schemas(part)]
    return [schema, *(inner for part in schema.values() for inner in schemas(part))] if isinstance(schema, dict) else []


def test_it_is_draft_7() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not any(LATER_DRAFTS & set(schema) for schema in schemas(SCHEMA))
    json.dumps(SCHEMA, allow_nan=False)


def test_references_stand_alone_and_lead_somewhere() -> None:
    for schema in schemas(SCHEMA):
        if "$ref" in schema:
            assert set(schema) == {"$ref"}
            assert schema["$ref"].removeprefix("#/definitions/") in SCHEMA["definitions"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_fit(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(read_file(path).data)] == []


@FUZZ
@given(scenarios())
def test_what_the_loader_accepts_fits(data: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []


@pytest.mark.parametrize("use", ["./mine.py:Mine", "plans/mine.py:Mine"])
def test_a_plugin_file_may_have_any_parameters(use: str) -> None:
    assert VALIDATOR.is_valid(with_arm(use=use, anything=[1]))


@pytest.mark.parametrize(
    "item",
    [
        {"use": "contact_cadenc"},
        {"use": "contact_cadence", "touches": 3},
        {"use": "contact_cadence", "touches_per_30_days": -1},
        {"use": "contact_cadence", "mix": {"sale": 1}},
        {"touches_per_30_days": 3},
    ],
)
def test_wrong_strategies_and_parameters_do_not_fit(item: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(with_arm(**item))


@pytest.mark.parametrize("change", [{"day": 3}, {"days": 0}, {"channels": {"chat": {"rech": 0.5}}}, {"arms": {}}])
def test_wrong_settings_do_not_fit(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(VALID) | change)


def test_editors_can_complete_channels_and_strategies() -> None:
    assert set(SCHEMA["properties"]["channels"]["properties"]) == set(CHANNEL_PRESETS)
    for name in REGISTRY.names():
        properties = SCHEMA["definitions"][f"use.{name}"]["properties"]
        assert properties["use"] == {"const": name}
        assert all("description" in properties[key] for key in properties if key != "use")
