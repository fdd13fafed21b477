"""The value of one word in YAML, or the name of the trap: where YAML reads something else than one would think."""

from __future__ import annotations

import math
import re
from typing import Any

from yaml.constructor import SafeConstructor
from yaml.nodes import Node, ScalarNode

from sim.scenario.plain import shorten

MOST_DIGITS = 19
"""Longer whole numbers are refused."""

_TAG = "tag:yaml.org,2002:"
_TEXT = ("str", "timestamp", "value")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_CONSTRUCTOR = SafeConstructor()
_CONSTRUCT = {
    "int": SafeConstructor.construct_yaml_int,
    "float": SafeConstructor.construct_yaml_float,
    "bool": SafeConstructor.construct_yaml_bool,
}
_READ_AS = {"bool": "true or false", "null": "empty", "int": "a number", "float": "a number"}


def plain_key(node: Node) -> tuple[str, str]:
    """A key as text, and what is wrong with it, if anything."""
    if not isinstance(node, ScalarNode):
        return "?", "a key must be a single word, not a list or a mapping"
    text, kind = node.value, node.tag.removeprefix(_TAG)
    if kind in _TEXT:
        return ascii(text)[1:-1] if _surrogates(text) else text, _surrogates(text)
    if kind == "merge":
        return text, "merge keys are not supported: an alias (*) can stand for a whole section"
    shown = shorten(text)
    return text, f"YAML reads the key {shown} as {_READ_AS.get(kind, kind)}: write '{shown}' in quotes"


def plain_value(node: ScalarNode) -> tuple[Any, str]:
    """A value, and what is wrong with it, if anything. A date stays text, for the field that wants one to read."""
    text, kind = node.value, node.tag.removeprefix(_TAG)
    if kind in (*_TEXT, "merge"):
        return None if _surrogates(text) else text, _surrogates(text)
    if kind == "null":
        return None, ""
    if trap := _digits_trap(text, kind):
        return None, trap
    try:
        value = _construct(node)
    except (KeyError, ValueError, IndexError):
        return None, f"is no plain value ({shorten(text)}), tag {shorten(node.tag)}"
    if isinstance(value, float) and not math.isfinite(value):
        return None, f"is not finite ({shorten(text)}), must be a finite number"
    return value, ""


def _construct(node: ScalarNode) -> Any:
    """Let PyYAML work out a number or a truth value; KeyError for any other tag."""
    return _CONSTRUCT[node.tag.removeprefix(_TAG)](_CONSTRUCTOR, node)


def _digits_trap(text: str, kind: str) -> str:
    """Numbers that are not what they look like."""
    shown = shorten(text)
    if kind in ("int", "float") and ":" in text:
        return f"YAML reads {shown} in base 60 (12:30 is 750): put it in quotes, or write the number"
    if kind == "int" and _OCTAL.fullmatch(text):
        return f"YAML reads {shown} in base 8: leave out the leading 0, or put it in quotes"
    if kind == "int" and len(text.lstrip("+-").replace("_", "")) > MOST_DIGITS:
        return f"too large ({shown}), must have at most {MOST_DIGITS} digits"
    return ""


def _surrogates(text: str) -> str:
    """Text that cannot be written as UTF-8."""
    return "holds half a character (U+D800 to U+DFFF)" if re.search("[\ud800-\udfff]", text) else ""
