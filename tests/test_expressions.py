"""Audience expressions against a scalar interpreter, and against texts that must be refused."""

from __future__ import annotations

import math
import pickle
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.errors import ExpressionError
from sim.expressions import FIELDS, AudienceExpression, compile_expression

NUMBERS = [name for name in FIELDS if name not in ("annoyed", "tags")]
NAN, INF = math.nan, math.inf
VALUES = [0.0, 0.25, 1.0, 3.0, -2.0, NAN, INF]


@dataclass
class FixedTags:
    """Tags as sets, one for each fan."""

    sets: list[set[str]]

    def has(self, name: str) -> Any:
        return np.array([name in tags for tags in self.sets], dtype=bool)


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in [*NUMBERS, "annoyed"]}
    return table | {"tags": FixedTags([row["tags"] for row in rows])}


FAN = st.fixed_dictionaries(
    {name: st.sampled_from(VALUES) for name in NUMBERS}
    | {"annoyed": st.booleans(), "tags": st.sets(st.sampled_from(["vip", "new"]))}
)

# An expression is drawn as a pair: its text, and a function from one fan to its value.
LITERAL = st.sampled_from(["0", "1", "2.5", "1e1"]).map(lambda text: (text, lambda fan: float(text)))
FIELD = st.sampled_from(NUMBERS).map(lambda name: (name, lambda fan: float(fan[name])))


def divide(a: float, b: float) -> float:
    """IEEE division in plain Python; +0 only, as the values hold no -0 divisor that matters."""
    if b != 0 or math.isnan(a):
        return a / b if b != 0 else NAN
    return NAN if a == 0 else math.copysign(INF, a) * math.copysign(1, b)


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
}
COMPARISONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a < b or a > b,
}


def arithmetic(part: Any) -> Any:
    def build(left: Any, name: str, right: Any) -> Any:
        text = f"({left[0]} {name} {right[0]})"
        return text, lambda fan: OPERATIONS[name](left[1](fan), right[1](fan))

    negative = part.map(lambda p: (f"(-{p[0]})", lambda fan: -p[1](fan)))
    return st.builds(build, part, st.sampled_from(sorted(OPERATIONS)), part) | negative


NUMBER = st.recursive(LITERAL | FIELD, arithmetic, max_leaves=4)


def chain(first: Any, rest: list[Any]) -> Any:
    text = " ".join([first[0], *(f"{name} {part[0]}" for name, part in rest)])

    def value(fan: Any) -> bool:
        numbers = [first[1](fan), *(part[1](fan) for _, part in rest)]
        return all(COMPARISONS[name](a, b) for (name, _), a, b in zip(rest, numbers, numbers[1:], strict=False))

    return f"({text})", value


COMPARISON = st.builds(
    chain, NUMBER, st.lists(st.tuples(st.sampled_from(sorted(COMPARISONS)), NUMBER), min_size=1, max_size=2)
)
LEAF = (
    COMPARISON
    | st.just(("annoyed", lambda fan: fan["annoyed"]))
    | st.just(("'vip' in tags", lambda fan: "vip" in fan["tags"]))
    | st.just(("'new' not in tags", lambda fan: "new" not in fan["tags"]))
)


def logic(part: Any) -> Any:
    both = st.builds(lambda a, b: (f"({a[0]} and {b[0]})", lambda f: a[1](f) and b[1](f)), part, part)
    either = st.builds(lambda a, b: (f"({a[0]} or {b[0]})", lambda f: a[1](f) or b[1](f)), part, part)
    negation = part.map(lambda p: (f"(not {p[0]})", lambda fan: not p[1](fan)))
    return both | either | negation


CONDITION = st.recursive(LEAF, logic, max_leaves=4)


@settings(max_examples=150, deadline=None)
@given(CONDITION.filter(lambda c: len(c[0]) <= 500), st.lists(FAN, min_size=1, max_size=5))
def test_vectorised_equals_one_fan_at_a_time(condition: Any, fans: list[dict[str, Any]]) -> None:
    text, value = condition
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = compile_expression(text).evaluate(columns(fans))
    assert result.dtype == np.bool_
    assert result.tolist() == [bool(value(fan)) for fan in fans]


def some_fans(n: int = 4) -> dict[str, Any]:
    table: dict[str, Any] = {name: np.linspace(0, 1, n, dtype=np.float32) for name in NUMBERS}
    return table | {"annoyed": np.arange(n) % 2 == 0, "tags": FixedTags([set()] * n)}


@pytest.mark.parametrize("text", ["", "   ", "\n", "1 < 2", "not 2 < 1"])
def test_an_expression_without_fields_still_has_one_answer_for_each_fan(text: str) -> None:
    assert compile_expression(text).evaluate(some_fans(3)).tolist() == [True] * 3


def test_no_fans_no_answers() -> None:
    for text in ("", "trust > 0.5", "'vip' in tags and annoyed"):
        assert compile_expression(text).evaluate(some_fans(0)).shape == (0,)


def test_only_named_columns_are_looked_up() -> None:
    expression = compile_expression("orders > 2 and 'vip' in tags")
    assert expression.names == {"orders", "tags"}
    assert expression.tags == {"vip"}
    only = {"orders": np.array([1, 5]), "tags": FixedTags([{"vip"}, {"vip"}])}
    assert expression.evaluate(only).tolist() == [False, True]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
def test_counts_do_not_wrap_around(dtype: Any) -> None:
    table = {"orders": np.array([0, 1, 200], dtype=dtype)}
    assert compile_expression("orders - 1 < 0").evaluate(table).tolist() == [True, False, False]
    assert compile_expression("orders * 2 > 300").evaluate(table).tolist() == [False, False, True]
    assert compile_expression("-orders >= 0").evaluate(table).tolist() == [True, False, False]
    assert compile_expression("orders < 1000 and orders > -1").evaluate(table).all()


def test_equal_texts_are_equal_and_travel() -> None:
    expression = compile_expression("trust > 0.5")
    assert pickle.loads(pickle.dumps(expression)) == expression
    assert len({expression, compile_expression("trust > 0.5")}) == 1


def test_evaluation_leaves_the_columns_alone() -> None:
    table = some_fans()
    before = {name: table[name].copy() for name in [*NUMBERS, "annoyed"]}
    compile_expression("annoyed or -trust + spend / orders < 3").evaluate(table)
    assert all((table[name] == before[name]).all() for name in before)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("trst > 0.5", 1, "did you mean 'trust'?"),
        ("trust > 0.5 and tenure > 30", 17, "`tenure` is unknown"),
        ("trust", 1, "compare it"),
        ("annoyed + 1 > 0", 1, "is a condition"),
        ("trust and annoyed", 1, "is a number"),
        ("trust > 0.5 and orders", 17, "is a number"),
        ("trust = 0.5", 7, "compare with =="),
        ("trust > 0.5 && annoyed", 14, "combine with and, or"),
        ("(trust > 0.5) & annoyed", 1, "is not allowed"),
        ("'vip'", 1, "only numbers"),
        ("'vip' in trust", 1, "`in` is for tags"),
        ("vip in tags", 1, "`in` is for tags"),
        ("'a' in tags in tags", 1, "`in` is for tags"),
        ("tags == 1", 1, "'vip' in tags"),
        ("trust is 1", 1, "compare with"),
        ("trust > True", 9, "only numbers"),
        ("trust > 1j", 9, "only numbers"),
        ("trust > 1e999", 9, "too large"),
        ("trust ** 2 > 1", 1, "is not allowed"),
        ("open('x')", 1, "is not allowed"),
        ("trust.__class__ > 1", 1, "is not allowed"),
        ("[t for t in tags]", 1, "is not allowed"),
        ("(lambda: 1)() > 0", 1, "is not allowed"),
        ("'é' in tags and nix > 0", 17, "`nix` is unknown"),
        ("trust > 0.5; import os", 12, "cannot be read"),
        ("trust > ", 7, "cannot be read"),
    ],
)
def test_refusals_say_what_and_where(text: str, column: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert words in str(caught.value)
    assert f"column {column} " in str(caught.value)


@pytest.mark.parametrize(
    "text", ["trust > 0 or " * 40 + "annoyed", "not " * 100 + "annoyed", "(" * 240 + "annoyed" + ")" * 240]
)
def test_length_and_depth_are_bounded(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


PIECES = st.sampled_from([*FIELDS, "and", "or", "not", "in", "is", "(", ")", "<", "==", "=", "1", "'a'", "\\", "\n"])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40) | st.lists(PIECES, max_size=12).map(" ".join))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            expression = compile_expression(text)
        except ExpressionError:
            return
    assert expression.evaluate(some_fans(3)).shape == (3,)


def test_as_the_type_of_a_field() -> None:
    adapter = TypeAdapter(AudienceExpression)
    assert adapter.validate_python("trust > 0.5") == "trust > 0.5"
    with pytest.raises(ValidationError, match="did you mean 'trust'"):
        adapter.validate_python("trst > 0.5")
