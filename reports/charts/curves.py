"""A metric of several arms over the values of a swept key, with bands, marks and what counts as equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from reports import text
from reports.charts.sheet import SMALL, Entry, Sheet, number_axis, rules, tips
from reports.theme import ArmStyle, light
from reports.units import scale
from sim.compare import Unit

WIDTH, HEIGHT = 500, 310
_LEFT, _RIGHT, _BOTTOM = 64, 22, 54
_BAND, _WIDE = 0.18, 0.09
_LINE = 14
_BESIDE = 0.14

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One arm: mean and ends of its band at each value, NaN where there is none; `wide`: a wider, lighter band."""

    label: str
    style: ArmStyle
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    wide: tuple[FloatArray, FloatArray] | None = None


@dataclass(frozen=True)
class Mark:
    """An upright line at a value, with words above it; `low` and `high` are the ends of its interval."""

    at: float
    words: str
    colour: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Ruler:
    """The swept key: where its values lie on the axis, what they are called, and what they mean.

    `joined`: whether anything lies between them, as between numbers; then a curve goes through them.
    """

    places: Sequence[float]
    texts: Sequence[str]
    words: str
    joined: bool = True


@dataclass(frozen=True)
class Frame:
    """What is drawn around the curves. `equal`: the stretch that counts as no difference; `limit`: the guardrail's."""

    title: str
    unit: Unit
    currency: str
    words: str = ""
    difference: bool = False
    equal: tuple[float, float] | None = None
    limit: float | None = None


def curves(ruler: Ruler, frame: Frame, lines: Sequence[Line], marks: Sequence[Mark] = ()) -> str:
    """The drawing as SVG text."""
    sheet = Sheet(WIDTH, HEIGHT, [_entry(ruler, line) for line in lines])
    axes = sheet.axes(left=_LEFT, right=_RIGHT, bottom=_BOTTOM)
    if frame.equal:
        axes.axhspan(*frame.equal, color=light("band"), linewidth=0, zorder=0.5)
    if frame.difference:
        axes.axhline(0, color=light("arm0"), linewidth=1.5, zorder=1.5)
    if frame.limit is not None:
        axes.axhline(frame.limit, color=light("bad"), linewidth=1.5, zorder=1.5)
    for line, aside in zip(lines, _aside(ruler, lines), strict=True):
        _draw(axes, ruler, line, frame, aside)
    _x_axis(axes, ruler)
    _marks(axes, ruler, marks)
    rules(axes)
    unit = number_axis(axes, frame.unit, frame.currency, difference=frame.difference)
    sheet.title(frame.title, " ".join(filter(None, (f"{unit};" if unit and frame.words else unit, frame.words))))
    sheet.write(_LEFT, sheet.height - 10, ruler.words, size=SMALL, colour="soft")
    return sheet.svg()


def _entry(ruler: Ruler, line: Line) -> Entry:
    """A line in the legend: where nothing is joined a marker alone, if it has one."""
    joined = ruler.joined or not line.style.marker
    return Entry(line.label, line.style.light, line.style.marker, line.style.dash if joined else "")


def _aside(ruler: Ruler, lines: Sequence[Line]) -> list[float]:
    """How far to move each line aside: where nothing is joined, intervals stand beside each other."""
    step = 0.0 if ruler.joined else min(_BESIDE, 0.7 / len(lines))
    middle = (sum(bool(line.style.marker) for line in lines) - 1) / 2
    return [step * (number - middle) if line.style.marker else 0.0 for number, line in enumerate(lines)]


def _draw(axes: Axes, ruler: Ruler, line: Line, frame: Frame, aside: float) -> None:
    """One curve with its band; a value that stands alone still shows as a marker with its interval."""
    colour, places = line.style.light, [place + aside for place in ruler.places]
    if ruler.joined:
        if line.wide:
            axes.fill_between(places, *line.wide, color=colour, alpha=_WIDE, linewidth=0)
        axes.fill_between(places, line.low, line.high, color=colour, alpha=_BAND, linewidth=0)
    elif line.wide:
        axes.vlines(places, *line.wide, color=colour, alpha=2 * _WIDE, linewidth=8)
    axes.vlines(places, line.low, line.high, color=colour, alpha=0.5, linewidth=1.2 if ruler.joined else 2)
    if ruler.joined:
        axes.plot(places, line.mean, color=colour, ls=line.style.dash, lw=1.8)
    elif not line.style.marker:
        axes.hlines(line.mean, np.subtract(places, 0.5), np.add(places, 0.5), color=colour, lw=1.8)
    if line.style.marker:
        known = [n for n, mean in enumerate(line.mean) if np.isfinite(mean)]
        look: dict[str, Any] = {"marker": line.style.marker, "ms": 4.5 * line.style.size, "ls": "none"}
        (signs,) = axes.plot([places[n] for n in known], line.mean[known], color=colour, **look)
        tips(signs, [_said(ruler.texts[n], line, n, frame) for n in known])


def _said(at: str, line: Line, number: int, frame: Frame) -> str:
    """What is told of one point when the reader points at it."""
    mean, low, high = (float(values[number]) for values in (line.mean, line.low, line.high))
    shown = scale(frame.unit, frame.currency, [mean], [(high - low) / 2], difference=frame.difference)
    first, last = (shown.text(end, sign=frame.difference) for end in (low, high))
    ends = f"\n95 % interval {first} to {last}" if np.isfinite(low) else ""
    return f"{line.label} at {at}\n{shown.text(mean, sign=frame.difference, unit=True)}{ends}"


def _x_axis(axes: Axes, ruler: Ruler) -> None:
    """A tick at each value, and its text where there is room for it."""
    low, high = min(ruler.places), max(ruler.places)
    air = (0.03 * (high - low) or 1.0) if ruler.joined else 0.5
    axes.set_xlim(low - air, high + air)
    room = (WIDTH - _LEFT - _RIGHT) / (high - low + 2 * air)
    shown, taken = [], float("-inf")
    for place, words in zip(ruler.places, ruler.texts, strict=True):
        words = text.short(words, 12)
        half = text.width(words, SMALL) / 2
        middle = (place - low + air) * room
        shown.append(words if middle - half > taken + 5 else "")
        taken = middle + half if shown[-1] else taken
    axes.set_xticks(ruler.places, shown)


def _marks(axes: Axes, ruler: Ruler, marks: Sequence[Mark]) -> None:
    """Upright lines with their words above the curves, in as many rows as keep them apart.

    Where nothing is joined they would hide the intervals, and strips are drawn instead.
    """
    low, high = axes.get_xlim()
    room = (WIDTH - _LEFT - _RIGHT) / (high - low)
    ends: list[float] = []
    for mark in sorted(marks, key=lambda mark: mark.at):
        colour, wide = light(mark.colour), text.width(mark.words, SMALL)
        at = (mark.at - low) * room
        beyond = at + 4 + wide > (high - low) * room
        left = max(0.0, at - 4 - wide) if beyond else at + 4
        row = next((n for n, end in enumerate(ends) if left > end + 6), len(ends))
        ends[row : row + 1] = [left + wide]
        first, last = (mark.low, mark.high) if ruler.joined else (mark.at - 0.4, mark.at + 0.4)
        if first is not None and last is not None:
            axes.axvspan(first, last, color=colour, alpha=0.1, linewidth=0, zorder=0.6)
        if ruler.joined:
            axes.axvline(mark.at, color=colour, ls=":", linewidth=1.4, zorder=1.6)
        axes.annotate(
            mark.words, (low + left / room, 1.0), (0, -11 - _LINE * row), xycoords=("data", "axes fraction"),
            textcoords="offset points", color=colour, fontsize=SMALL,
        )  # fmt: skip
    bottom, top = axes.get_ylim()
    height = HEIGHT - 46 - 10 - _BOTTOM
    axes.set_ylim(bottom, top + (top - bottom) * len(ends) * _LINE / (height - len(ends) * _LINE))
