"""Differences of several arms in several scenarios: a block of intervals for each scenario on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reports.charts.sheet import Entry, Sheet, number_axis, rules, tips
from reports.text import short
from reports.theme import ArmStyle, light
from sim.compare import Unit

WIDTH = 500
_ROW, _NAME, _FRAME = 20, 26, 92

Bar = tuple[float, float, float]
"""Mean and ends of an interval."""


@dataclass(frozen=True)
class Block:
    """One scenario: the bar of each arm that has one with what is told of it, the margin that is shaded, the limit."""

    label: str
    bars: Mapping[str, Bar]
    tips: Mapping[str, str]
    band: tuple[float, float] | None = None
    limit: float | None = None


def forest(
    title: str, words: str, blocks: Sequence[Block], styles: Mapping[str, ArmStyle], unit: Unit, currency: str
) -> str:
    """The drawing as SVG text, the first scenario on top."""
    tall = _NAME + _ROW * len(styles)
    entries = [Entry(short(arm), style.light, style.marker, size=style.size) for arm, style in styles.items()]
    sheet = Sheet(WIDTH, _FRAME + tall * len(blocks), entries)
    axes = sheet.axes(left=16, right=24, bottom=30, top=4)
    axes.set_ylim(tall * len(blocks), 0)
    axes.set_yticks([])
    axes.axvline(0, color=light("arm0"), linewidth=1.5, zorder=1.5)
    for number, block in enumerate(blocks):
        _draw(axes, block, styles, number * tall, tall)
    low, high = axes.dataLim.x0, axes.dataLim.x1
    air = 0.05 * (high - low) or 1.0
    axes.set_xlim(min(low, 0) - air, max(high, 0) + air)
    rules(axes, "x")
    shown = number_axis(axes, unit, currency, axis="x", ticks=6, difference=True)
    sheet.title(title, f"{shown}; {words}" if shown else words)
    return sheet.svg()


def _draw(axes: Axes, block: Block, styles: Mapping[str, ArmStyle], top: float, tall: float) -> None:
    """One scenario: its name, its margin, a bar for each arm."""
    across = axes.get_yaxis_transform()
    clear = {"facecolor": light("paper"), "edgecolor": "none", "pad": 1.5}
    name = short(block.label, 40)
    axes.text(0, top + 17, name, transform=across, fontsize=12, color=light("ink"), bbox=clear, zorder=3)
    if block.band:
        size = (block.band[1] - block.band[0], tall - _NAME)
        axes.add_patch(Rectangle((block.band[0], top + _NAME - 2), *size, color=light("band"), linewidth=0, zorder=0.5))
    if block.limit is not None:
        axes.plot([block.limit] * 2, [top + _NAME - 2, top + tall - 2], color=light("bad"), lw=1.5, zorder=1.6)
    for number, (arm, style) in enumerate(styles.items()):
        if arm in block.bars:
            mean, low, high = block.bars[arm]
            level = top + _NAME + _ROW * (number + 0.4)
            axes.plot([low, high], [level] * 2, color=style.light, lw=5, alpha=0.45, solid_capstyle="butt")
            axes.plot([low, high], [level] * 2, color=style.light, ls="none", marker="|", ms=10, mew=1.5)
            (sign,) = axes.plot([mean], [level], color=style.light, marker=style.marker, ms=6 * style.size, ls="none")
            tips(sign, [f"{arm} in {block.label}\n{block.tips[arm]}"])
