"""Reading audience expressions: from text to closures over columns, by a fixed list of allowed syntax."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise
from typing import Any, Literal, NoReturn

import numpy as np

from sim.errors import ExpressionError
from sim.suggest import choices

FIELDS: Mapping[str, str] = {
    "trust": "relationship quality, 0 to 1",
    "tenure_days": "days since joining",
    "days_since_order": "days since the last order",
    "orders": "orders so far",
    "spend": "money spent so far",
    "spend_rank": "share of fans who spent more; 0 is the biggest spender",
    "pressure": "smoothed contact pressure, touches per 30 days",
    "annoyed": "whether pressure exceeds the fan's tolerance (a condition, not a number)",
    "tags": "labels of the fan, only as in `'vip' in tags`",
}
"""What an expression may speak of, and what it means."""

CONDITIONS = frozenset({"annoyed"})
"""Fields that are true or false of a fan; the others but `tags` are numbers."""

MAX_LENGTH = 500
MAX_DEPTH = 30
LARGEST = 1e300

Columns = Mapping[str, Any]
Run = Callable[[Columns], Any]
Kind = Literal["number", "condition"]

_HINTS = (
    (r"(?<![<>=!])=(?!=)", "compare with =="),
    (r"&&|\|\|", "combine with and, or"),
    (r"!(?!=)", "negate with not"),
)

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: lambda a, b: np.less(a, b) | np.greater(a, b),
}

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
}


class Reader:
    """Turns one text into closures, and notes the fields and tags that it meets.

    Every method raises `ExpressionError` with the column of what it cannot accept.
    """

    def __init__(self, text: str) -> None:
        self.line = text.translate({ord(c): " " for c in "\t\r\n"}).strip()
        self.names: set[str] = set()
        self.tags: set[str] = set()

    def parse(self) -> ast.expr:
        """The syntax tree of the text."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.line, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            hints = [hint for pattern, hint in _HINTS if re.search(pattern, self.line)]
            self._fail(getattr(error, "offset", None) or len(self.line), "; ".join(["cannot be read", *hints]))

    def condition(self, node: ast.expr, depth: int = 0) -> Run:
        """Read a part that must be true or false of a fan."""
        kind, run = self._read(node, depth)
        if kind == "number":
            self._refuse(node, "is a number, not a condition: compare it with something")
        return run

    def number(self, node: ast.expr, depth: int) -> Run:
        """Read a part that must be a number."""
        kind, run = self._read(node, depth)
        if kind == "condition":
            self._refuse(node, "is a condition, not a number")
        return run

    def _read(self, node: ast.expr, depth: int) -> tuple[Kind, Run]:
        """Read any part: what it is, and how to work it out."""
        if depth > MAX_DEPTH:
            self._refuse(node, f"is nested deeper than {MAX_DEPTH} levels")
        deeper = depth + 1
        match node:
            case ast.BoolOp(op, parts):
                return "condition", _joined(op, [self.condition(part, deeper) for part in parts])
            case ast.Compare(_, [ast.In() | ast.NotIn(), *_]):
                return "condition", self._membership(node)
            case ast.Compare(left, operators, right):
                operands = [self.number(part, deeper) for part in (left, *right)]
                return "condition", _compared([self._comparison(node, op) for op in operators], operands)
            case ast.UnaryOp(ast.Not(), operand):
                return "condition", _negated(self.condition(operand, deeper))
            case ast.UnaryOp(ast.USub(), operand):
                return "number", _calculated(np.multiply, lambda columns: -1.0, self.number(operand, deeper))
            case ast.BinOp(left_term, arithmetic, right_term) if type(arithmetic) in _ARITHMETIC:
                terms = self.number(left_term, deeper), self.number(right_term, deeper)
                return "number", _calculated(_ARITHMETIC[type(arithmetic)], *terms)
            case ast.Name(name):
                return self._field(node, name)
            case ast.Constant(value):
                return "number", self._literal(node, value)
        self._refuse(node, "is not allowed; use comparisons, and, or, not, + - * /, numbers and fields")

    def _comparison(self, node: ast.expr, op: ast.cmpop) -> Callable[[Any, Any], Any]:
        """The function of a comparison sign."""
        if type(op) not in _COMPARISONS:
            self._refuse(node, "is not allowed; compare with <, <=, >, >=, == or !=")
        return _COMPARISONS[type(op)]

    def _membership(self, node: ast.Compare) -> Run:
        """Read `'name' in tags`."""
        match node:
            case ast.Compare(ast.Constant(str(tag)), [op], [ast.Name("tags")]):
                self.names.add("tags")
                self.tags.add(tag)
                has: Run = lambda columns: columns["tags"].has(tag)  # noqa: E731
                return has if isinstance(op, ast.In) else _negated(has)
        self._refuse(node, "is not allowed; `in` is for tags, as in `'vip' in tags`")

    def _field(self, node: ast.expr, name: str) -> tuple[Kind, Run]:
        """Read the name of a field."""
        if name == "tags":
            self._refuse(node, "is no number and no condition; write `'vip' in tags`")
        if name not in FIELDS:
            self._refuse(node, f"is unknown, known are {choices(name, FIELDS)}")
        self.names.add(name)
        return "condition" if name in CONDITIONS else "number", lambda columns: columns[name]

    def _literal(self, node: ast.expr, value: object) -> Run:
        """Read a number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(node, "is not allowed; only numbers, and tags as in `'vip' in tags`")
        if abs(value) > LARGEST:
            self._refuse(node, f"is too large, at most {LARGEST:g}")
        number = float(value)
        return lambda columns: number

    def _refuse(self, node: ast.expr, problem: str) -> NoReturn:
        """Raise an error about one part of the text."""
        before = self.line.encode()[: node.col_offset].decode()
        self._fail(len(before) + 1, f"`{ast.get_source_segment(self.line, node)}` {problem}")

    def _fail(self, column: int, problem: str) -> NoReturn:
        """Raise an error that shows the text and the column in it, counted from 1."""
        column = max(1, min(column, len(self.line)))
        raise ExpressionError(f"{problem} (column {column} of `{self.line}`)")


def _joined(op: ast.boolop, parts: list[Run]) -> Run:
    """All (or any) of the conditions hold."""
    join = np.logical_and if isinstance(op, ast.And) else np.logical_or
    return lambda columns: reduce(join, [part(columns) for part in parts])


def _negated(part: Run) -> Run:
    """The condition does not hold."""
    return lambda columns: np.logical_not(part(columns))


def _compared(comparisons: list[Callable[[Any, Any], Any]], operands: list[Run]) -> Run:
    """Each comparison holds between its neighbours, as in `0.2 < trust <= 0.6`."""

    def run(columns: Columns) -> Any:
        """Each operand once, then all comparisons."""
        pairs = pairwise([operand(columns) for operand in operands])
        return reduce(np.logical_and, [holds(a, b) for holds, (a, b) in zip(comparisons, pairs, strict=True)])

    return run


def _calculated(operation: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    """Arithmetic on real numbers: counts are widened first, so that unsigned columns do not wrap around."""
    return lambda columns: operation(_real(left(columns)), _real(right(columns)))


def _real(values: Any) -> Any:
    """Floats as they are, whole numbers as float64."""
    if isinstance(values, float) or np.issubdtype(np.asarray(values).dtype, np.floating):
        return values
    return np.asarray(values).astype(np.float64)
