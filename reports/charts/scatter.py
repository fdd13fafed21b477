"""Value against churn: what an arm earns and whom it loses, one point a replication."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from reports.charts.sheet import Entry, Sheet, number_axis, rules, tips
from reports.figures import loss_metric
from reports.svg import Chart
from reports.text import short
from reports.theme import ArmStyle, light
from reports.units import label
from reports.wording import metric_scale
from sim.compare import MEASURES, Comparison

WIDTH, HEIGHT = 500, 400
MOST_POINTS = 2000
"""More replications than this, over all arms, are not drawn: nobody could tell them apart."""

Point = tuple[float, float]
Points = Mapping[str, Mapping[int, Point]]


def scatter_chart(comparison: Comparison, styles: Mapping[str, ArmStyle]) -> Chart | None:
    """Value per fan over the loss of fans; None without a single point."""
    across = loss_metric(comparison)
    points = _points(comparison, across)
    if not points:
        return None
    entries = [Entry(short(arm), styles[arm].light, styles[arm].marker, size=styles[arm].size) for arm in points]
    sheet = Sheet(WIDTH, HEIGHT, entries)
    axes = sheet.axes(left=64, right=20, bottom=50)
    axes.margins(0.06)
    currency = comparison.experiment.scenario.currency
    _draw_pairs(axes, points, comparison.baseline)
    _draw_frontier(axes, points, MEASURES[across].improves)
    for arm, mine in points.items():
        _draw_arm(axes, list(mine.values()), styles[arm], _tips(arm, mine, across, currency))
    rules(axes, "both")
    x_unit = number_axis(axes, MEASURES[across].unit, currency, axis="x", ticks=7)
    y_unit = number_axis(axes, "money", currency)
    axes.set_xlabel(f"{label(across)}, {x_unit}".rstrip(", "), fontsize=12, color=light("ink"), labelpad=8)
    sheet.title("Each replication, and the mean of each arm", f"Value per fan, {y_unit}")
    return Chart("value-against-churn", sheet.svg(), _words(points, label(across)))


def _points(comparison: Comparison, across: str) -> Points:
    """(x, y) by arm and replication; only replications in which both are defined."""
    arms = comparison.arms
    most = max(1, MOST_POINTS // max(1, len(arms)))
    found: dict[str, dict[int, Point]] = {}
    for arm in arms:
        for replication in comparison.experiment.of(arm.name)[:most]:
            x, y = replication.metrics.get(across), replication.metrics.get("value_per_fan")
            if x is not None and y is not None and math.isfinite(x) and math.isfinite(y):
                found.setdefault(arm.name, {})[replication.replication] = (x, y)
    return found


def _draw_pairs(axes: Axes, points: Points, baseline: str | None) -> None:
    """A thin line from each replication of an arm to the same replication of the baseline."""
    base = points.get(baseline or "", {})
    for arm, mine in points.items():
        ends = [(base[number], mine[number]) for number in mine if number in base and arm != baseline]
        xs = [x for a, b in ends for x in (a[0], b[0], math.nan)]
        ys = [y for a, b in ends for y in (a[1], b[1], math.nan)]
        axes.plot(xs, ys, color=light("soft"), linewidth=0.8, alpha=0.4, zorder=1)


def _draw_frontier(axes: Axes, points: Points, improves: int) -> None:
    """A step line through the means that no other mean beats in both; left out if a single arm beats all."""
    best = undominated([_mean(mine) for mine in points.values()], improves)
    if len(best) > 1:
        xs, ys = zip(*best, strict=True)
        axes.plot(xs, ys, color=light("good"), linewidth=1.4, ls=(0, (4, 3)), drawstyle="steps-post", zorder=1.5)


def undominated(points: Sequence[Point], improves: int) -> list[Point]:
    """Points (x, y) that no other beats in both, the one with the best x first; more y is better.

    `improves`: whether more of x is good (1) or bad (-1).
    """
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (p[0] * -improves, -p[1])):
        if not best or point[1] > best[-1][1]:
            best.append(point)
    return best


def _mean(mine: Mapping[int, Point]) -> Point:
    """Middle of the replications of one arm."""
    xs, ys = zip(*mine.values(), strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def _tips(arm: str, mine: Mapping[int, Point], across: str, currency: str) -> list[str]:
    """What is said of each replication."""
    loss = metric_scale(across, currency, [x for x, _ in mine.values()])
    worth = metric_scale("value_per_fan", currency, [y for _, y in mine.values()])
    return [
        f"{arm}, replication {number}\nValue per fan: {worth.text(y, unit=True)}\n"
        f"{label(across)}: {loss.text(x, unit=True)}"
        for number, (x, y) in mine.items()
    ]


def _draw_arm(axes: Axes, mine: list[Point], style: ArmStyle, told: list[str]) -> None:
    """All replications of one arm, and their mean as a larger sign."""
    xs, ys = zip(*mine, strict=True)
    sign: dict[str, Any] = {"color": style.light, "marker": style.marker, "ls": "none"}
    (drawn,) = axes.plot(xs, ys, **sign, ms=5.5 * style.size, mew=0, alpha=0.6, zorder=2)
    tips(drawn, told)
    mean = [sum(xs) / len(xs)], [sum(ys) / len(ys)]
    axes.plot(*mean, **sign, ms=11 * style.size, mec=light("paper"), mew=1.2, zorder=3)


def _words(points: Points, across: str) -> str:
    """The chart in words: the mean of each arm."""
    told = [
        f"{arm} {sum(y for _, y in mine.values()) / len(mine):.4g} at "
        f"{sum(x for x, _ in mine.values()) / len(mine):.4g}"
        for arm, mine in points.items()
    ]
    return f"Value per fan against {across.lower()}, means of the replications: {'; '.join(told)}."
