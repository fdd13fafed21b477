"""A figure measured in pixels from its top left corner, with a title, a legend and quiet axes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D

from reports import svg, text
from reports.theme import light
from reports.units import scale
from sim.compare import Unit

SETTINGS: Any = {
    "svg.hashsalt": "simrun",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "path.simplify_threshold": 0.2,
}
"""Same bytes every time, letters as letters, and no name is read as a formula."""

_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
SMALL, NORMAL, LARGE = 11, 12, 14
"""Font sizes in pixels."""

TITLE = 46
"""Characters that there is room for in a title, in the narrowest of sheets."""

_POINT = 72
_LINE = 18
_HEAD = 46


@dataclass(frozen=True)
class Entry:
    """One entry of a legend: a line with a marker, or a patch of colour if it has neither."""

    label: str
    colour: str
    marker: str = ""
    dash: Any = ""
    size: float = 1.0


class Sheet:
    """A page to draw on. Heights and widths are pixels; the legend makes the page higher, not the axes smaller."""

    def __init__(self, width: int, height: int, legend: Sequence[Entry] = (), *, head: int = _HEAD) -> None:
        places = text.flow([_entry_width(e) for e in legend], width - 24)
        lines = places[-1][1] + 1 if places else 0
        self.width, self.height, self.head = width, height + lines * _LINE, head + lines * _LINE
        size = (self.width / _POINT, self.height / _POINT)
        self.figure = Figure(figsize=size, dpi=_POINT, facecolor=light("paper"))
        self._pixels = Affine2D().scale(1, -1).translate(0, self.height)
        for entry, (left, line) in zip(legend, places, strict=True):
            self._legend_entry(entry, 12 + left, head + 8 + line * _LINE)

    def title(self, title: str, unit: str) -> None:
        """Say what is shown and in which unit."""
        self.write(12, 19, title, size=LARGE, weight="bold")
        self.write(12, 37, unit, size=SMALL, colour="soft")

    def write(self, x: float, y: float, words: str, *, size: int = NORMAL, colour: str = "ink", **more: Any) -> None:
        """Write one line of words with its baseline at this height."""
        if words:
            look = {"fontsize": size, "color": light(colour), "va": "baseline", **more}
            self.figure.text(x, y, words, transform=self._pixels, **look)

    def axes(self, left: int, right: int, bottom: int, top: int = 10) -> Axes:
        """Axes below the head, with these margins and a base line."""
        low, high = bottom / self.height, 1 - (self.head + top) / self.height
        axes = self.figure.add_axes(
            (left / self.width, low, 1 - (left + right) / self.width, high - low), facecolor="none"
        )
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set(color=light("axis"), linewidth=1)
        axes.tick_params(length=0, pad=5, labelsize=SMALL, labelcolor=light("soft"))
        axes.tick_params(axis="x", length=4, color=light("axis"))
        axes.set_axisbelow(True)
        axes.margins(x=0.02, y=0.08)
        return axes

    def svg(self) -> str:
        """The drawing as SVG text. A letter that the measuring font lacks is drawn by the reader's font."""
        buffer = io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            self.figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
        return buffer.getvalue().decode()

    def _legend_entry(self, entry: Entry, left: float, middle: float) -> None:
        """Draw one sign and its label."""
        if entry.dash:
            self._line([left, left + 20], middle, color=entry.colour, ls=entry.dash, lw=2)
        if entry.marker:
            self._line([left + 10], middle, color=entry.colour, marker=entry.marker, ms=5.5 * entry.size, ls="none")
        if not entry.dash and not entry.marker:
            self._line([left + 4, left + 16], middle, color=entry.colour, lw=11)
        self.write(left + 26, middle + 4, entry.label, size=SMALL)

    def _line(self, xs: Sequence[float], y: float, **look: Any) -> None:
        """Draw on the page, outside any axes."""
        self.figure.add_artist(Line2D(xs, [y] * len(xs), transform=self._pixels, **look))


def tips(artist: Artist, words: Sequence[str]) -> None:
    """Say something of each marker of a line, or of a bar, that shows when the reader points at it."""
    artist.set_gid(svg.tips(words))


def columns(axes: Axes, xs: Sequence[float], words: Sequence[str]) -> None:
    """Say something of each place on the x axis, wherever the reader points above it; draws nothing that is seen."""
    height = axes.bbox.height
    low, high = axes.get_xlim()
    wide = min(axes.bbox.width / (high - low) * (max(xs) - min(xs)) / max(1, len(xs) - 1), height) or height
    corners = [(-wide, -height), (wide, -height), (wide, height), (-wide, height), (-wide, -height)]
    strips = Line2D(
        xs,
        [0.5] * len(xs),
        transform=axes.get_xaxis_transform(),
        marker=Path(corners, closed=True),
        ms=height,
        mew=0,
        color=light("ink"),
        alpha=0.0,
        ls="none",
        zorder=9,
    )
    strips.set_gid(svg.tips(words, kind="columns"))
    axes.add_line(strips)


def rules(axes: Axes, axis: str = "y") -> None:
    """Light rules across the axes at its ticks."""
    axes.grid(axis=axis, color=light("grid"), linewidth=1)  # type: ignore[arg-type]


def number_axis(
    axes: Axes, kind: Unit, currency: str, *, axis: str = "y", ticks: int = 5, difference: bool = False
) -> str:
    """Label an axis after everything is drawn on it; returns the unit of its numbers."""
    low, high = axes.get_ylim() if axis == "y" else axes.get_xlim()
    shown = scale(kind, currency, (low, high), difference=difference)
    locator = MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], integer=kind == "count")
    places = [tick for tick in locator.tick_values(low, high) if low <= tick <= high]
    decimals = max((_decimals(place / shown.factor) for place in places), default=0)
    ruler = replace(shown, decimals=decimals)
    getattr(axes, f"set_{axis}ticks")(places, [ruler.text(place) for place in places])
    return shown.unit


def _decimals(value: float) -> int:
    """Decimals that a round number needs."""
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])


def _entry_width(entry: Entry) -> float:
    """Pixels that an entry takes in its line."""
    return 26 + text.width(entry.label, SMALL) + 16
