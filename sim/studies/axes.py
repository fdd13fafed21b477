"""Which values a sweep tries: reading `KEY=start:stop:step` and `KEY=a,b,c`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product

from sim.errors import UsageError

MOST_POINTS = 250
"""A finer grid than this shows nothing more and takes hours."""

NOT_SWEPT = ("schema_version", "name", "question", "currency", "replications", "uncertainty", "redraws", "compare")
"""Keys that all points must share: they change what is judged or how often it is run, not what happens."""

NAMES = ("seed",)
"""Keys whose numbers are names: nothing lies between two of them."""

Place = tuple[int, ...]
"""A point of a sweep: the number of its value on each axis."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER}):({_NUMBER})")
_PIECE = re.compile(r"""('[^']*'|"[^"]*"|[\[\]{},])""")
_DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}


@dataclass(frozen=True)
class Axis:
    """A swept key and its values as one writes them; ascending if they are numbers.

    `numbers`: the same as numbers, None if one of them is none or they are names, as seeds are. `arm`: whose strategy
    the key belongs to, None for a key of the world that all arms live in. `about`, `unit`, `evidence`: what the key
    means, in which unit, and the range that its evidence supports, as far as is known.
    """

    key: str
    texts: tuple[str, ...]
    numbers: tuple[float, ...] | None
    arm: str | None
    about: str = ""
    unit: str = ""
    evidence: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """The end of the key that says something: `touches_per_30_days`, `tolerance.median`."""
        words = [part for part in _parts(self.key) if not part.isdecimal()]
        return words[-1] if self.arm else ".".join(words[-2:])

    def override(self, number: int) -> str:
        """The setting at one of the values."""
        return f"{self.key}={self.texts[number]}"


def read_axes(specs: Sequence[str], where: str) -> tuple[Axis, ...]:
    """The axes of a sweep, one or two. `where` names the scenario in messages. Errors: UsageError."""
    if not 1 <= len(specs) <= 2:
        raise UsageError(f"{where}: a sweep goes over one key or two, not {len(specs)}: --over KEY=start:stop:step")
    axes = tuple(read_axis(spec, where) for spec in specs)
    if len({axis.key for axis in axes}) < len(axes):
        raise UsageError(f"{where}: --over {axes[0].key} is given twice; write all its values in one list")
    points = len(places(axes))
    if points > MOST_POINTS:
        raise UsageError(f"{where}: {points} points are too many, at most {MOST_POINTS}; take a larger step")
    return axes


def read_axis(spec: str, where: str) -> Axis:
    """One axis from `KEY=start:stop:step` (the stop is included if a step meets it) or `KEY=a,b,c`.

    Errors: UsageError.
    """
    key, equals, text = spec.partition("=")
    key, parts = key.strip(), _parts(key.strip())
    told = f"{where}: --over {spec}"
    if not equals or not parts:
        raise UsageError(f"{told}: cannot be read, must be KEY=start:stop:step or KEY=a,b,c")
    if parts[0] in NOT_SWEPT or parts == ["arms"]:
        raise UsageError(f"{told}: all points of a sweep must share {key}; change it with --set")
    found = _RANGE.fullmatch(text.strip())
    texts = tuple(_steps(told, *map(Decimal, found.groups()))) if found else _listed(text)
    if "" in texts or len(texts) < 2:
        raise UsageError(f"{told}: a sweep needs at least 2 values: KEY=start:stop:step or KEY=a,b,c")
    numbers = _numbers(texts)
    if numbers is not None:
        numbers, texts = zip(*sorted(zip(numbers, texts, strict=True)), strict=True)
    if len(set(numbers or texts)) < len(texts):
        raise UsageError(f"{told}: the same value is there twice")
    return Axis(key, texts, None if key in NAMES else numbers, parts[1] if parts[0] == "arms" else None)


def places(axes: Sequence[Axis]) -> list[Place]:
    """All points, the values of the last axis changing first."""
    return list(product(*(range(len(axis.texts)) for axis in axes)))


def _parts(key: str) -> list[str]:
    """The parts of a key path."""
    return re.findall(r"[^.\[\]]+", key)


def _steps(told: str, start: Decimal, stop: Decimal, step: Decimal) -> Iterator[str]:
    """The values of a range, in decimal arithmetic: 0.1:0.3:0.1 has no 0.30000000000000004. Errors: UsageError."""
    if step == 0 or (stop - start) / step < 1:
        raise UsageError(f"{told}: goes nowhere: from {start} to {stop} by {step} are fewer than 2 values")
    steps = (stop - start) / step
    if steps >= MOST_POINTS:
        raise UsageError(f"{told}: {steps + 1:.0f} values are too many, at most {MOST_POINTS}; take a larger step")
    for number in range(int(steps) + 1):
        text = format(start + number * step, "f")
        yield text.rstrip("0").rstrip(".") if "." in text else text


def _listed(text: str) -> tuple[str, ...]:
    """The values of a list: commas in quotes or brackets do not part them."""
    values, depth = [""], 0
    for piece in _PIECE.split(text):
        depth += _DEPTH.get(piece, 0)
        if piece == "," and depth == 0:
            values.append("")
        else:
            values[-1] += piece
    return tuple(value.strip() for value in values)


def _numbers(texts: Sequence[str]) -> tuple[float, ...] | None:
    """The values as finite numbers, None if one of them is none."""
    try:
        decimals = [Decimal(text) for text in texts]
    except InvalidOperation:
        return None
    numbers = tuple(map(float, decimals))
    return numbers if all(abs(number) < float("inf") for number in numbers) else None
