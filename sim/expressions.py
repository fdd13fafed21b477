"""Audience expressions: a small, safe language that says which fans a rule or a strategy means.

    spend_rank <= 0.2 and tenure_days > 30 and 'vip' not in tags

Comparisons (chained too), `and`, `or`, `not`, `+ - * /`, numbers, the names of `FIELDS`, and
`'name' in tags`. Nothing else is accepted, so that an expression can neither run code nor look at anything
but a fan. Numbers and conditions are told apart when the text is read. A comparison with an undefined value
(0 / 0) never holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from sim.errors import ExpressionError
from sim.expression_syntax import FIELDS, MAX_LENGTH, Columns, Reader, Run

__all__ = ["FIELDS", "IS_EXPRESSION", "AudienceExpression", "Expression", "Tags", "compile_expression"]


class Tags(Protocol):
    """The `tags` column: the only one that is not an array."""

    def has(self, name: str) -> NDArray[np.bool_]:
        """Whether each fan carries the tag `name`. Shape (fans,)."""
        ...


@dataclass(frozen=True)
class Expression:
    """A compiled expression. Equal texts are equal expressions; the empty text means everyone.

    `names`: the fields it uses. `tags`: the tags it asks for.
    """

    text: str
    names: frozenset[str] = field(compare=False)
    tags: frozenset[str] = field(compare=False)
    _run: Run = field(compare=False, repr=False)

    def evaluate(self, columns: Columns) -> NDArray[np.bool_]:
        """Whether it holds, fan by fan.

        `columns`: field name -> array of shape (fans,); `tags` -> `Tags`. Only the fields in `names` are
        looked up, or `trust` for the number of fans if there are none. Returns shape (fans,).
        """
        with np.errstate(all="ignore"):
            holds = np.asarray(self._run(columns), dtype=np.bool_)
        return holds if holds.ndim else np.full(np.shape(columns["trust"]), holds)

    def __reduce__(self) -> tuple[Callable[[str], Expression], tuple[str]]:
        """Travel to another process as text."""
        return compile_expression, (self.text,)


@lru_cache(maxsize=512)
def compile_expression(text: str) -> Expression:
    """Read an expression.

    Raises `ExpressionError`, which says what is wrong and in which column, for anything outside the language.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"expression of {len(text)} characters, at most {MAX_LENGTH} are allowed")
    if not text.strip():
        return Expression(text, frozenset(), frozenset(), lambda columns: True)
    reader = Reader(text)
    run = reader.condition(reader.parse())
    return Expression(text, frozenset(reader.names), frozenset(reader.tags), run)


def _check(text: str) -> str:
    """Refuse a text that is no expression in the way that pydantic understands."""
    try:
        compile_expression(text)
    except ExpressionError as error:
        raise ValueError(str(error)) from None
    return text


IS_EXPRESSION = AfterValidator(_check)
"""Marks an annotation: this text is an audience expression."""

AudienceExpression = Annotated[str, Field(max_length=MAX_LENGTH), IS_EXPRESSION]
"""Type of a field that holds an audience expression: it stays text, checked when the scenario is read."""
