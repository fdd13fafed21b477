"""Two arms that share their luck: each replication in both, and how the difference is distributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from reports.charts.intervals import band
from reports.charts.sheet import SMALL, TITLE, Sheet, number_axis, rules, tips
from reports.series import FloatArray
from reports.svg import Chart
from reports.text import short
from reports.theme import ArmStyle, light
from reports.units import label
from reports.wording import difference_words, metric_scale
from sim.compare import MEASURES, Difference

WIDTH, HEIGHT = 460, 270
MOST_LINES = 400
"""More replications than this are not drawn one by one."""

NEAR = 2.5
"""Zero and margin are shown if they are no farther from the differences than so many times what these span."""

_SPLIT = 248
_SHAPE_FROM = 8
"""Fewer differences than this say nothing about a shape."""


@dataclass(frozen=True)
class Pairs:
    """The replications that define a metric in both arms: numbers, values of the arm and of the baseline."""

    difference: Difference

    @cached_property
    def values(self) -> FloatArray:
        """Arm and baseline, shape (n, 2)."""
        return self.difference.paired[self._known][:MOST_LINES]

    @property
    def apart(self) -> FloatArray:
        """Arm less baseline."""
        return np.asarray(self.values[:, 0] - self.values[:, 1])

    @property
    def numbers(self) -> list[int]:
        """Numbers of the replications."""
        known = zip(self.difference.replications, self._known, strict=True)
        return [number for number, is_known in known if is_known][:MOST_LINES]

    @property
    def _known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether both arms have a value, for each replication."""
        return np.asarray(~np.isnan(self.difference.paired).any(axis=1))


def pairs_chart(name: str, d: Difference, styles: tuple[ArmStyle, ArmStyle], currency: str) -> Chart | None:
    """Left each replication in the baseline and in the arm, right the differences; None below two pairs.

    `styles`: of the baseline and of the arm.
    """
    pairs = Pairs(d)
    if len(pairs.values) < 2:
        return None
    sheet = Sheet(WIDTH, HEIGHT)
    told = _tips(pairs, currency)
    left = sheet.axes(left=58, right=WIDTH - _SPLIT + 40, bottom=30)
    _draw_lines(left, pairs, styles, told)
    left.set_xticks([0, 1], [short(d.baseline, 11), short(d.arm, 11)])
    rules(left)
    unit = number_axis(left, MEASURES[d.metric].unit, currency)
    right = sheet.axes(left=_SPLIT + 38, right=14, bottom=30)
    _draw_differences(right, d, pairs, styles[1], told)
    rules(right)
    apart = number_axis(right, MEASURES[d.metric].unit, currency, difference=True)
    sheet.title(f"{label(d.metric)}: {short(d.arm, TITLE - len(label(d.metric)))}", unit)
    sheet.write(_SPLIT + 12, 37, f"difference, {apart}".rstrip(", "), size=SMALL, colour="soft")
    return Chart(name, sheet.svg(), f"{len(pairs.values)} replications. {difference_words(d, currency)}")


def _tips(pairs: Pairs, currency: str) -> list[str]:
    """What is said of each replication."""
    d = pairs.difference
    shown = metric_scale(d.metric, currency, pairs.values.ravel())
    apart = metric_scale(d.metric, currency, pairs.apart, difference=True)
    return [
        f"Replication {number}\n{d.baseline}: {shown.text(base, unit=True)}\n{d.arm}: {shown.text(mine, unit=True)}\n"
        f"Difference: {apart.text(mine - base, sign=True, unit=True)}"
        for number, (mine, base) in zip(pairs.numbers, pairs.values.tolist(), strict=True)
    ]


def _draw_lines(axes: Axes, pairs: Pairs, styles: tuple[ArmStyle, ArmStyle], told: Sequence[str]) -> None:
    """A line for each replication, from the baseline on the left to the arm on the right."""
    mine, base = pairs.values.T
    gap = np.full_like(base, np.nan)
    xs, ys = np.tile([0.0, 1.0, np.nan], len(base)), np.stack([base, mine, gap], axis=1).ravel()
    axes.plot(xs, ys, color=light("soft"), linewidth=0.9, alpha=0.5)
    for place, (values, style) in enumerate(zip((base, mine), styles, strict=True)):
        (points,) = axes.plot(np.full_like(values, place), values, **_sign(style, 5.5))
        tips(points, told)
    axes.set_xlim(-0.3, 1.3)


def _draw_differences(axes: Axes, d: Difference, pairs: Pairs, style: ArmStyle, told: Sequence[str]) -> None:
    """A point for each replication, the shape of their distribution, mean and interval, margin and zero."""
    apart = pairs.apart
    (points,) = axes.plot(0.25 + _spread(apart), apart, **_sign(style, 5.5), alpha=0.75)
    tips(points, told)
    if len(apart) >= _SHAPE_FROM and np.ptp(apart) > 0:
        at, height = density(apart)
        axes.fill_betweenx(at, 0.52, 0.52 + 0.4 * height, color=style.light, alpha=0.22, linewidth=0)
    if d.ci_low is not None and d.ci_high is not None:
        axes.plot([0.52, 0.52], [d.ci_low, d.ci_high], color=style.light, lw=3, solid_capstyle="butt")
    if d.difference is not None:
        axes.plot([0.52], [d.difference], **{**_sign(style, 8), "mec": light("paper"), "mew": 1.2})
    _draw_context(axes, d)
    axes.set_xlim(0, 1)
    axes.set_xticks([])


def _draw_context(axes: Axes, d: Difference) -> None:
    """Zero and the margin, as far as they lie near the differences: they must not squeeze these together."""
    low, high = axes.dataLim.y0, axes.dataLim.y1
    far = NEAR * (high - low)
    near = [v for v in (0.0, *(band(d) or ())) if low - far <= v <= high + far]
    low, high = min([low, *near]), max([high, *near])
    air = 0.08 * (high - low) or abs(high) * 0.5 or 1.0
    axes.set_ylim(low - air, high + air)
    covered = band(d)
    if covered:
        axes.axhspan(*covered, color=light("band"), linewidth=0, zorder=0.5)
        if d.role == "guardrail":
            axes.axhline(-d.improves * (d.margin or 0.0), color=light("bad"), linewidth=1.5, zorder=1.5)
    axes.axhline(0, color=light("arm0"), linewidth=1.5, zorder=1.5)


def _sign(style: ArmStyle, size: float) -> dict[str, Any]:
    """How points of an arm look."""
    return {"color": style.light, "marker": style.marker, "ms": size * style.size, "mew": 0, "ls": "none"}


def _spread(values: FloatArray) -> FloatArray:
    """Sideways places that keep points of similar height apart, the same every time."""
    order = np.argsort(np.argsort(values, kind="stable"))
    return np.asarray((order * 0.381966) % 1.0 - 0.5) * 0.3


def density(values: FloatArray, points: int = 60) -> tuple[FloatArray, FloatArray]:
    """Where, and how densely values lie there, the densest place 1: Gaussian kernels.

    Bandwidth .9 min(sd, IQR / 1.34) n^(-1/5), with no less than sd / 5 in place of the minimum where most values
    agree. Source: Silverman 1986, Density Estimation, equation 3.31.
    """
    quartiles = np.quantile(values, [0.25, 0.75])
    sd = float(np.std(values, ddof=1))
    width = 0.9 * max(min(sd, float(np.ptp(quartiles)) / 1.34), sd / 5.0) * len(values) ** -0.2
    at = np.linspace(values.min() - 2.5 * width, values.max() + 2.5 * width, points)
    height = np.exp(-0.5 * ((at[:, None] - values) / width) ** 2).sum(axis=1)
    return at, height / height.max()
