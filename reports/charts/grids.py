"""Two swept keys at once: a map with a cell for each pair of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from reports import text
from reports.charts.sheet import SMALL, Entry, Sheet, tips
from reports.theme import light

WIDTH = 500
_RIGHT, _BOTTOM, _FRAME, _LOWEST = 16, 54, 110, 16
_STRONGEST, _CORNER = 0.6, 9


@dataclass(frozen=True)
class Spot:
    """One cell: a colour by name, how strong from 0 to 1, what is written in it.

    `tip`: what is told when
    the reader points at it. `best`: has a frame. `marked`: has a red corner, for a guardrail that is not held.
    """

    colour: str
    strength: float
    words: str = ""
    tip: str = ""
    best: bool = False
    marked: bool = False


@dataclass(frozen=True)
class Side:
    """One of the keys: the texts of its values, and what they mean."""

    texts: Sequence[str]
    words: str


def grid(
    title: str, unit: str, across: Side, up: Side, spot: Callable[[int, int], Spot], legend: Sequence[Entry]
) -> str:
    """The drawing as SVG text; `spot(column, row)` is a cell, rows counted from below."""
    tall = max(_LOWEST, min(34, 420 // len(up.texts)))
    sheet = Sheet(WIDTH, _FRAME + tall * len(up.texts), legend)
    left = 16 + int(max(text.width(text.short(words, 12), SMALL) for words in up.texts)) + 16
    axes = sheet.axes(left=left, right=_RIGHT, bottom=_BOTTOM, top=6)
    axes.set(xlim=(0, len(across.texts)), ylim=(0, len(up.texts)))
    wide = (WIDTH - left - _RIGHT) / len(across.texts)
    for column in range(len(across.texts)):
        for row in range(len(up.texts)):
            _cell(axes, column, row, spot(column, row), wide, tall)
    axes.set_xticks([n + 0.5 for n in range(len(across.texts))], _thinned(across.texts, wide))
    axes.set_yticks([n + 0.5 for n in range(len(up.texts))], [text.short(words, 12) for words in up.texts])
    axes.tick_params(axis="both", length=0)
    axes.spines["bottom"].set_visible(False)
    sheet.title(title, unit)
    sheet.write(left, sheet.height - 26, f"across: {across.words}", size=SMALL, colour="soft")
    sheet.write(left, sheet.height - 10, f"up: {up.words}", size=SMALL, colour="soft")
    return sheet.svg()


def _cell(axes: Axes, column: int, row: int, spot: Spot, wide: float, tall: float) -> None:
    """One cell; words that do not fit are left out."""
    colour, alpha = light(spot.colour), _STRONGEST * (0.15 + 0.85 * spot.strength)
    area = axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, alpha=alpha, linewidth=0))
    if spot.tip:
        tips(area, [spot.tip])
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor="none", edgecolor=light("paper"), linewidth=1))
    if spot.marked:
        corner = [(column + 1, row + 1), (column + 1 - _CORNER / wide, row + 1), (column + 1, row + 1 - _CORNER / tall)]
        axes.add_patch(Polygon(corner, facecolor=light("bad"), linewidth=0))
    if spot.best:
        inside = (column + 0.04, row + 0.06)
        axes.add_patch(Rectangle(inside, 0.92, 0.88, facecolor="none", edgecolor=light("ink"), linewidth=2, zorder=3))
    if spot.words and text.width(spot.words, SMALL) < wide - 6:
        axes.text(
            column + 0.5, row + 0.5, spot.words, ha="center", va="center_baseline", fontsize=SMALL, color=light("ink")
        )


def _thinned(texts: Sequence[str], wide: float) -> list[str]:
    """Every so many texts that they do not meet."""
    short = [text.short(words, 12) for words in texts]
    step = -(-int(max(text.width(words, SMALL) for words in short) + 6) // max(1, int(wide)))
    return [words if n % step == 0 else "" for n, words in enumerate(short)]
