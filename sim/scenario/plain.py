"""What is wrong with a value, in plain words: pydantic's errors and YAML's traps, for people who write scenarios."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from pydantic_core import ErrorDetails

from sim.scenario.parameter import FILE_NAME, NAME
from sim.suggest import choices

LONGEST = 60
"""Values are shown up to this length."""

_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?")
_EXPONENT = re.compile(r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[eE]([-+]?)([0-9]+)")

WHOLE, NUMBER, TEXT, BOOLEAN = "a whole number", "a number", "text", "true or false"
MAPPING, LIST, DATE = "a mapping (key: value)", "a list", "a date such as 2026-01-31"

_WANTED: Mapping[str, str] = {
    "int_type": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "decimal_type": NUMBER,
    "bool_type": BOOLEAN,
    "bool_parsing": BOOLEAN,
    "string_type": TEXT,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "dict_type": MAPPING,
    "mapping_type": MAPPING,
    "dataclass_type": MAPPING,
    "tuple_type": LIST,
    "list_type": LIST,
    "set_type": LIST,
    "frozen_set_type": LIST,
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
}
"""Type of error -> what the value should have been."""

_PATTERNS = {
    NAME: "printable, without spaces at its ends",
    FILE_NAME: "plain letters, digits, _, - and ., not beginning with - or .",
}

_LIMITS: Mapping[str, tuple[str, str, str]] = {
    "greater_than_equal": ("too small", "at least", "ge"),
    "greater_than": ("too small", "more than", "gt"),
    "less_than_equal": ("too large", "at most", "le"),
    "less_than": ("too large", "less than", "lt"),
}
"""Type of error -> what is wrong, and how the limit is named here and by pydantic."""


def explain(error: ErrorDetails, known: Iterable[str] = (), written: str | None = None) -> str:
    """What is wrong with a value, and what is allowed.

    `known`: names allowed in place of an unknown key. `written`: how the value stands in the file, if it is a
    word without quotes.
    """
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    shown = show(value) if written is None else shorten(written)
    if kind in _WANTED:
        return _wrong_type(value, written, _WANTED[kind])
    if kind in _LIMITS:
        wrong, word, limit = _LIMITS[kind]
        return f"{wrong} ({shown}), must be {word} {show(context[limit])}"
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return f"unknown key, known are {choices(str(error['loc'][-1]), known)}"
        case "literal_error" | "enum":
            return _unknown_choice(shown, value, context["expected"])
        case "union_tag_invalid":
            return _unknown_choice(shown if written else show(context["tag"]), context["tag"], context["expected_tags"])
        case "string_pattern_mismatch":
            allowed = _PATTERNS.get(context["pattern"], f"what matches {context['pattern']}")
            return f"wrong characters ({shown}), must be {allowed}"
        case "too_short" | "string_too_short":
            return f"too short ({shown}), must have at least {context['min_length']}"
        case "too_long" | "string_too_long":
            return f"too long ({shown}), must have at most {context['max_length']}"
        case "value_error" | "assertion_error":
            return str(context["error"])
    return f"{error['msg'].replace('Input should be', 'must be')} ({shown})"


def show(value: object) -> str:
    """A value as one would write it, short and on one line."""
    if isinstance(value, list | tuple | dict):
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return shorten(repr(value) if isinstance(value, str) else str(value))


def one_line(text: str) -> str:
    """The text with line breaks and other invisible characters written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shorten(text: str, longest: int = LONGEST) -> str:
    """At most so many characters of a text, on one line."""
    line = one_line(text[: longest + 1])
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def _unknown_choice(shown: str, value: object, expected: str) -> str:
    """`expected` lists the options as pydantic does: `'a', 'b' or 'c'`."""
    options = re.findall(r"'([^']*)'", expected) or [expected]
    return f"unknown value ({shown}), must be one of {choices(str(value), options)}"


def _wrong_type(value: object, written: str | None, wanted: str) -> str:
    """A value of the wrong type, and the trap that its writer may have fallen into."""
    shown = show(value) if written is None else shorten(written)
    trap = _trap(value, written, wanted)
    advice = f"; {trap}" if trap else ""
    match value:
        case None:
            return f"is empty, must be {wanted}{advice}"
        case list() | dict():
            return f"is {LIST if isinstance(value, list) else 'a mapping'}, must be {wanted}{advice}"
        case bool():
            return f"is {show(value)} ({shown}), must be {wanted}{advice}"
    return f"is {TEXT if isinstance(value, str) else NUMBER} ({shown}), must be {wanted}{advice}"


def _trap(value: object, written: str | None, wanted: str) -> str:
    """What to write instead, if that can be guessed; else nothing."""
    if wanted == TEXT:
        if isinstance(value, bool) and written:
            return f"YAML reads {written} as {show(value)}: for text write '{written}' in quotes"
        return {dict: "", list: "", type(None): "for an empty text write ''"}.get(type(value), "put it in quotes")
    if wanted == LIST:
        return "write [] for an empty list" if value is None else "write [...] or lines that begin with -"
    if wanted in (NUMBER, WHOLE) and isinstance(value, str):
        return _number_trap(value, written, wanted)
    if isinstance(value, bool) and written and written.lower() not in ("true", "false"):
        return f"YAML reads {written} as {show(value)}"
    return ""


def _number_trap(value: str, written: str | None, wanted: str) -> str:
    """Texts that look like numbers."""
    if wanted == WHOLE and _EXPONENT.fullmatch(value) and float(value).is_integer() and float(value) < 1e15:
        return f"YAML reads {shorten(value)} as text: write {float(value):.0f}"
    if match := _EXPONENT.fullmatch(value):
        mantissa, sign, exponent = match.groups()
        number = f"{mantissa if '.' in mantissa else mantissa + '.0'}e{sign or '+'}{exponent}"
        return f"YAML reads {shorten(value)} as text: write {number}"
    if written is None and _NUMBER.fullmatch(value):
        return "remove the quotes"
    if match := re.fullmatch(r"(-?[0-9]+),([0-9]+)", value):
        return f"write {match[1]}.{match[2]}"
    if match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?%", value):
        return f"write {float(match[1]) / 100:g}"
    return ""
