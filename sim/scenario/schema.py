"""A JSON Schema of scenario files, strategies included, for completion and checking in editors.

Editors know Draft 7, pydantic writes a later draft: what Draft 7 does not know or would ignore is rewritten.
"""

from __future__ import annotations

import inspect
from typing import Any

from sim.registry import Registry, adapter
from sim.scenario.channels import CHANNEL_PRESETS
from sim.scenario.model import Scenario, StrategyUse

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"

_NAMED = ("properties", "definitions")
"""Keywords whose value maps names of the user's to schemas."""

_DATA = ("default", "const", "enum", "examples", "evidence", "required")
"""Keywords whose value is no schema."""


def json_schema(registry: Registry) -> Schema:
    """The schema, Draft 7. Errors: PluginError if a registered strategy cannot be loaded."""
    schema = _draft7(Scenario.model_json_schema(ref_template="#/definitions/{model}"))
    definitions = schema["definitions"]
    for name in registry.names():
        definitions |= _strategy(name, registry)
    definitions["StrategyUse"] = _any_strategy(registry.names())
    schema["properties"]["channels"]["properties"] = {
        name: {"$ref": "#/definitions/Channel"} for name in CHANNEL_PRESETS
    }
    return {"$schema": DRAFT} | schema


def _any_strategy(names: tuple[str, ...]) -> Schema:
    """An entry of an arm: a known strategy with its own parameters, or a file's with any."""
    use = {
        "description": StrategyUse.model_fields["use"].description,
        "anyOf": [{"enum": list(names)}, {"type": "string", "pattern": r"\.py:.+$"}],
    }
    choice = [
        {
            "if": {"type": "object", "properties": {"use": {"const": name}}, "required": ["use"]},
            "then": {"$ref": f"#/definitions/{_reference(name)}"},
        }
        for name in names
    ]
    return {"type": "object", "properties": {"use": use}, "required": ["use"], "allOf": choice}


def _strategy(name: str, registry: Registry) -> dict[str, Schema]:
    """The definition of one strategy, and of what its parameters refer to."""
    strategy, own = registry.find(name), _reference(name)
    schema = _draft7(adapter(strategy).json_schema(ref_template=f"#/definitions/{own}.{{model}}"))
    inner = {f"{own}.{key}": value for key, value in schema.pop("definitions", {}).items()}
    entry: Schema = {
        "type": "object",
        "description": (inspect.getdoc(strategy) or "").partition("\n")[0],
        "properties": {"use": {"const": name}, **schema.get("properties", {})},
        "required": ["use", *schema.get("required", [])],
        "additionalProperties": False,
    }
    return {own: entry, **inner}


def _reference(name: str) -> str:
    """A strategy's key among the definitions; no model's name begins like this."""
    return f"use.{name}"


def _draft7(schema: Schema) -> Schema:
    """The same schema in words of Draft 7."""
    out: Schema = {}
    for key, value in schema.items():
        key = "definitions" if key == "$defs" else key
        if key in _NAMED:
            out[key] = {name: _draft7(inner) for name, inner in value.items()}
        elif isinstance(value, dict) and key not in _DATA:
            out[key] = _draft7(value)
        elif isinstance(value, list) and key not in _DATA:
            out[key] = [_draft7(inner) if isinstance(inner, dict) else inner for inner in value]
        else:
            out[key] = value
    return _without_later_words(out)


def _without_later_words(schema: Schema) -> Schema:
    """One level: tuples, names by pattern, tagged unions, and references with company (which Draft 7 ignores)."""
    schema.pop("discriminator", None)
    if "prefixItems" in schema:
        schema["items"] = schema.pop("prefixItems")
    if "patternProperties" in schema:
        (schema["additionalProperties"],) = schema.pop("patternProperties").values()
    if "$ref" in schema:
        schema.pop("default", None)
        return schema if len(schema) == 1 else {"allOf": [{"$ref": schema.pop("$ref")}], **schema}
    return schema
