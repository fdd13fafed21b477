"""One difference from the baseline: estimate, intervals of luck and of assumptions, and margin on a line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

from reports.charts.sheet import SMALL, Sheet, number_axis
from reports.svg import Chart
from reports.text import short
from reports.theme import ArmStyle, light
from sim.compare import MEASURES, Difference, Interval

WIDTH, HEIGHT = 300, 66
Limits = tuple[float, float]


def interval_limits(differences: Sequence[Difference], worlds: Iterable[Interval | None] = ()) -> Limits:
    """The range that shows all intervals of one metric, its margin and zero, with some air."""
    shown = [0.0, *(end for w in worlds if w for end in (w.low, w.high))]
    for d in differences:
        shown += [v for v in (d.difference, d.ci_low, d.ci_high) if v is not None and math.isfinite(v)]
        shown += band(d) or ()
    low, high = min(shown), max(shown)
    air = 0.06 * (high - low) or 1.0
    return low - air, high + air


def band(difference: Difference) -> Limits | None:
    """What the margin covers: both sides of zero for a goal, the bad side up to the limit for a guardrail."""
    if not difference.margin:
        return None
    if difference.role == "guardrail":
        limit = -difference.improves * difference.margin
        return min(0.0, limit), max(0.0, limit)
    return -difference.margin, difference.margin


def interval_chart(
    name: str,
    difference: Difference,
    world: Interval | None,
    style: ArmStyle,
    limits: Limits,
    currency: str,
    words: str,
) -> Chart:
    """The interval of luck, and below it that of assumptions, if there is one, on axes that the arms share.

    `words` says the same for those who do not see it.
    """
    sheet = Sheet(WIDTH, HEIGHT, head=0)
    axes = sheet.axes(left=16, right=54, bottom=24, top=2)
    axes.set_xlim(*limits)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    _draw_margin(axes, difference)
    axes.axvline(0, color=light("axis"), linewidth=1)
    _draw_interval(axes, difference, style, 0.0 if world is None else 0.4)
    if world is not None:
        axes.plot([world.low, world.high], [-0.45, -0.45], color=style.light, lw=1.6, marker="|", ms=10, mew=1.6)
        axes.plot([world.mean], [-0.45], color=style.light, marker=style.marker, ms=4 * style.size, ls="none")
    unit = number_axis(axes, MEASURES[difference.metric].unit, currency, axis="x", ticks=4, difference=True)
    sheet.write(WIDTH - 46, HEIGHT - 8, short(unit, 7), size=SMALL, colour="soft")
    return Chart(name, sheet.svg(), words)


def _draw_margin(axes: Axes, difference: Difference) -> None:
    """The margin as a band; a guardrail's limit as a line at its end."""
    covered = band(difference)
    if covered:
        axes.axvspan(*covered, color=light("band"), linewidth=0)
        if difference.role == "guardrail":
            axes.axvline(-difference.improves * (difference.margin or 0.0), color=light("bad"), linewidth=1.5)


def _draw_interval(axes: Axes, difference: Difference, style: ArmStyle, height: float) -> None:
    """A bar from end to end of the interval, if there is one, and the estimate on it."""
    low, high, middle = difference.ci_low, difference.ci_high, difference.difference
    if low is not None and high is not None:
        axes.plot([low, high], [height] * 2, color=style.light, lw=5, alpha=0.45, solid_capstyle="butt")
        axes.plot([low, high], [height] * 2, color=style.light, ls="none", marker="|", ms=12, mew=1.5)
    if middle is not None:
        axes.plot([middle], [height], color=style.light, marker=style.marker, ms=6 * style.size, ls="none")
