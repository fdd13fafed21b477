"""Words in charts: names made short enough to fit, and legends that flow over lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LONGEST = 26
"""Names in charts are cut to this many characters (a wide one counts twice); the page gives them in full."""

_CHARACTER = 0.56
"""Mean width of a character of a sans-serif font, in font sizes; wide (East Asian) ones take 1."""


def short(name: str, longest: int = LONGEST) -> str:
    """A name on one line; the middle of a long one gives way, for variants differ at either end."""
    line = "".join(c if c.isprintable() else " " for c in name).strip()
    cells = len(line) + _wide(line)
    if cells <= longest:
        return line
    room = longest * len(line) // cells
    head = (room - 1) * 3 // 5
    return f"{line[:head]}…{line[len(line) - (room - 1 - head) :]}"


def width(line: str, size: float) -> float:
    """About how wide a line is, in pixels, at this font size in pixels."""
    wide = _wide(line)
    return size * (wide + _CHARACTER * (len(line) - wide))


def _wide(line: str) -> int:
    """How many characters are twice as wide as a letter."""
    return sum(unicodedata.east_asian_width(c) in "WF" for c in line)


def flow(widths: Sequence[float], room: float) -> list[tuple[float, int]]:
    """Where items of these widths go in lines of `room` pixels: (left, line) for each."""
    places: list[tuple[float, int]] = []
    left, line = 0.0, 0
    for item in widths:
        if left > 0 and left + item > room:
            left, line = 0.0, line + 1
        places.append((left, line))
        left += item
    return places
