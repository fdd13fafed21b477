"""Whether the parameters of a strategy are explained: by a description in the type, or by a comment on the line."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import io
import re
import textwrap
import tokenize
from typing import Any, cast, get_type_hints

from pydantic.fields import FieldInfo

from sim.strategy import Strategy

_FOR_TOOLS = re.compile(r"(noqa|type: *ignore|pragma|fmt|ruff|mypy|pylint|pyright)\b")


def parameters(kind: type[Strategy]) -> list[str]:
    """Names of a strategy's parameters."""
    return [field.name for field in dataclasses.fields(cast(Any, kind)) if field.init]


def documented(kind: type, name: str) -> bool:
    """Whether a field has a description in its type, or a comment on its line."""
    hint = get_type_hints(kind, include_extras=True)[name]
    notes = getattr(hint, "__metadata__", ())
    if any(isinstance(note, FieldInfo) and note.description for note in notes):
        return True
    return any(_commented(owner, name) for owner in kind.__mro__ if name in vars(owner).get("__annotations__", {}))


def _says_something(comment: str) -> bool:
    """Whether there is more in a comment than marks for tools, such as `# noqa: E501`."""
    parts = (part.strip() for part in comment.split("#"))
    return any(part.strip("-=* ") and not _FOR_TOOLS.match(part) for part in parts)


def _commented(kind: type, name: str) -> bool:
    """Whether the lines of a class that define a field hold a comment."""
    source = textwrap.dedent(inspect.getsource(kind))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT and _says_something(token.string)}
    for node in cast(ast.ClassDef, ast.parse(source).body[0]).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
            return not comments.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return False
