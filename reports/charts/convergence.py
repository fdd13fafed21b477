"""How the estimate of a difference settles as replications come in."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from reports.charts.intervals import band
from reports.charts.pairs import NEAR
from reports.charts.sheet import TITLE, Sheet, columns, number_axis, rules
from reports.series import FloatArray
from reports.svg import Chart
from reports.text import short
from reports.theme import ArmStyle, light
from reports.units import label
from reports.wording import metric_scale
from sim.compare import MEASURES, Difference, half_widths

WIDTH, HEIGHT = 460, 220
MOST_POINTS = 100
"""So many numbers of replications are drawn; more would lie on top of each other."""

_SETTLED = 4
"""The band of fewer replications is so wide that it would squeeze the rest together; it runs out of the drawing."""


def running(d: Difference) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Numbers of replications from 2 on, mean difference of so many, and half-width of its 95 % interval."""
    apart = d.paired[:, 0] - d.paired[:, 1]
    apart = apart[~np.isnan(apart)]
    n = np.arange(1.0, len(apart) + 1.0)
    several = min(MOST_POINTS, max(0, len(apart) - 1))
    drawn = np.unique(np.linspace(1, max(1, len(apart) - 1), several).round().astype(int))
    return n[drawn], (np.cumsum(apart) / n)[drawn], half_widths(apart)[drawn]


def convergence_chart(name: str, d: Difference, style: ArmStyle, currency: str) -> Chart | None:
    """Mean difference and its 95 % band against the number of replications; None below three."""
    n, mean, width = running(d)
    if len(n) < 2:
        return None
    sheet = Sheet(WIDTH, HEIGHT)
    axes = sheet.axes(left=58, right=16, bottom=30)
    axes.fill_between(n, mean - width, mean + width, color=style.light, alpha=0.18, linewidth=0)
    axes.plot(n, mean, color=style.light, lw=1.8, marker=style.marker if len(n) <= 30 else "", ms=4 * style.size)
    _limit(axes, d, mean, width)
    number_axis(axes, "count", "", axis="x", ticks=8)
    rules(axes)
    unit = number_axis(axes, MEASURES[d.metric].unit, currency, difference=True)
    shown = metric_scale(d.metric, currency, mean, [width[-1]], difference=True)
    told = [
        f"{number:.0f} replications\n{shown.text(middle, sign=True, unit=True)} {shown.width(half)}"
        for number, middle, half in zip(n.tolist(), mean.tolist(), width.tolist(), strict=True)
    ]
    columns(axes, n.tolist(), told)
    arm = short(d.arm, TITLE - len(label(d.metric)))
    sheet.title(f"{label(d.metric)}: {arm}", f"{unit}, against the number of replications".lstrip(", "))
    return Chart(name, sheet.svg(), f"{label(d.metric)}, {d.arm} less {d.baseline}. {told[-1]}".replace("\n", ": "))


def _limit(axes: Axes, d: Difference, mean: FloatArray, width: FloatArray) -> None:
    """Height of the drawing by the settled part, with zero and the margin if they lie near it."""
    settled = slice(min(_SETTLED, len(mean)) - 2, None)
    low, high = float((mean - width)[settled].min()), float((mean + width)[settled].max())
    low, high = min(low, float(mean.min())), max(high, float(mean.max()))
    far = NEAR * (high - low)
    near = [v for v in (0.0, *(band(d) or ())) if low - far <= v <= high + far]
    low, high = min([low, *near]), max([high, *near])
    air = 0.08 * (high - low) or abs(high) * 0.5 or 1.0
    axes.set_ylim(low - air, high + air)
    axes.axhline(0, color=light("arm0"), linewidth=1.5, zorder=1.5)
    if d.margin:
        for edge in band(d) or ():
            axes.axhline(
                edge, color=light("bad" if d.role == "guardrail" else "axis"), lw=1, ls=(0, (4, 3)), zorder=1.4
            )
