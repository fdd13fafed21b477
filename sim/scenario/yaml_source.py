"""Reading YAML: plain values, and for every key where it stands in the file.

Only the syntax tree is asked of PyYAML; values are made from a fixed list of plain types, so that no file can
construct an object. Several problems are noted at once; only where nothing can be read is the file given up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from sim.errors import ScenarioError
from sim.scenario.plain import MAPPING, one_line, shorten
from sim.scenario.source import KeyPath, Place, Problem, Source
from sim.scenario.yaml_values import plain_key, plain_value

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_VALUES = 20_000

_TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels, or holds an alias (*) to itself"
_TOO_MANY = f"has more than {MAX_VALUES:,} values; aliases (*) multiply them"

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML takes for the end of a line."""

_HINTS = (
    ("'\\t'", "a tab cannot indent or begin a value: use spaces"),
    ("found another document", "holds a second document (---): only one is allowed"),
    ("expected <block end>", "wrong indentation: the keys of a section begin in the same column"),
    ("mapping values are not allowed", "a second `: ` in a line, or wrong indentation; put text with `: ` in quotes"),
)
"""Part of PyYAML's message -> what to say."""

Locate = Callable[[int, int], tuple[str, tuple[int, int]]]
"""Line and column, counted from 0 -> how to name the place, and its rank."""


def read_file(path: Path) -> Source:
    """Read a scenario file.

    Raises `ScenarioError` if there is nothing to go on with: no file, no text, no YAML, no mapping at the top.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError([f"{path}: cannot be read: {error.strerror or error}"]) from None
    if len(data) > MAX_BYTES:
        raise ScenarioError([f"{path}: is too large, at most {MAX_BYTES:,} bytes"])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _end(data[: error.start].decode("utf-8-sig"))
        raise ScenarioError([f"{path}:{line + 1}:{column + 1}: is not UTF-8 text: save the file as UTF-8"]) from None
    source = read_text(text, _in_file(path, text))
    if not isinstance(source.data, dict):
        wrong = "is empty" if source.data is None else "is no scenario"
        raise ScenarioError([f"{path}:1:1: {wrong}, must be {MAPPING} at the top"])
    return source


def read_text(text: str, locate: Locate) -> Source:
    """Read one YAML document; an empty one has the value None.

    Raises `ScenarioError` if the syntax is wrong or the document is out of bounds; other problems are noted.
    """
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return _Reader(locate).read(node)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        message = str(error.problem) if isinstance(error, _OutOfBounds) else _syntax(str(error.problem))
    except ReaderError as error:
        line, column = _end(text[: error.position])
        message = f"character U+{ord(text[error.position]):04X} is not allowed in YAML"
    except (YAMLError, ValueError, OverflowError) as error:
        line, column = (loader.line, loader.column) if loader else (0, 0)
        message = _syntax(str(error))
    raise ScenarioError([f"{locate(line, column)[0]}: {one_line(message)}"])


def _end(text: str) -> tuple[int, int]:
    """Line and column of the end of a text, counted from 0."""
    lines = _LINE_BREAK.split(text)
    return len(lines) - 1, len(lines[-1])


def _in_file(path: Path, text: str) -> Locate:
    """Places in a file: counted from 1, and never beyond the end of the text."""
    lines = _LINE_BREAK.split(text.rstrip("\r\n"))

    def locate(line: int, column: int) -> tuple[str, tuple[int, int]]:
        """How to name the place, and its rank."""
        if line >= len(lines):
            line, column = len(lines) - 1, len(lines[-1])
        column = min(column, len(lines[line]))
        return f"{path}:{line + 1}:{column + 1}", (line, column)

    return locate


def _syntax(problem: str) -> str:
    """PyYAML's message, or a plainer one."""
    plain = [hint for part, hint in _HINTS if part in problem]
    return plain[0] if plain else f"cannot be read as YAML: {problem}"


class _OutOfBounds(MarkedYAMLError):
    """A document too large or too deep to go on with."""

    def __init__(self, problem: str, mark: Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class _Loader(yaml.SafeLoader):
    """PyYAML's composer with limits to its recursion and its work."""

    depth = 0
    nodes = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Compose one node and all in it. Errors: _OutOfBounds."""
        self.depth += 1
        self.nodes += 1
        if self.depth > MAX_DEPTH:
            raise _OutOfBounds(_TOO_DEEP, self.get_mark())
        if self.nodes > 2 * MAX_VALUES:  # keys are nodes too
            raise _OutOfBounds(_TOO_MANY, self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Reader:
    """Turns a syntax tree into plain values and notes where they stand."""

    def __init__(self, locate: Locate) -> None:
        self.locate = locate
        self.source = Source(places={(): Place(*locate(0, 0))})
        self.values = 0

    def read(self, root: Node | None) -> Source:
        """Read a whole document."""
        if root is not None:
            self.source.places[()] = self._place(root, root)
            self.source.data = self._value(root, ())
        return self.source

    def _value(self, node: Node, path: KeyPath) -> Any:
        """The value of a node; one with a tag that is not allowed is reported. Errors: _OutOfBounds."""
        self.values += 1
        if self.values > MAX_VALUES:
            raise _OutOfBounds(_TOO_MANY, node.start_mark)
        if len(path) > MAX_DEPTH:
            raise _OutOfBounds(_TOO_DEEP, node.start_mark)
        match node:
            case ScalarNode():
                return self._scalar(node, path)
            case SequenceNode(tag="tag:yaml.org,2002:seq"):
                return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
            case MappingNode(tag="tag:yaml.org,2002:map"):
                return self._mapping(node, path)
        self.source.report(path, f"tag {shorten(node.tag)} is not allowed, only plain values are")
        return None

    def _item(self, node: Node, path: KeyPath) -> Any:
        """One item of a list, and its place."""
        self.source.places[path] = self._place(node, node)
        return self._value(node, path)

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        """A mapping, with the place of each key; of a key that is given twice the first one counts."""
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, trap = plain_key(key_node)
            place = self._place(key_node, value_node)
            if trap:
                self.source.problems.append(Problem(place, (*path, key), trap))
            elif key in values:
                first = self.source.place((*path, key)).where
                self.source.problems.append(Problem(place, (*path, key), f"is given twice, first at {first}"))
                continue
            self.source.places[(*path, key)] = place
            values[key] = self._value(value_node, (*path, key))
        return values

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:
        """A plain value; one that YAML reads otherwise than it looks is reported."""
        value, trap = plain_value(node)
        if trap:
            self.source.report(path, trap)
        return value

    def _place(self, start: Node, value: Node) -> Place:
        """Where `start` begins, and the text of `value` if it is written without quotes."""
        where, rank = self.locate(start.start_mark.line, start.start_mark.column)
        single = isinstance(value, ScalarNode) and value.style is None
        return Place(where, rank, value.value if single else None)
