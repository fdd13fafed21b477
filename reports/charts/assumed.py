"""What the assumptions do to a difference: its values in the redrawn worlds, and the parameters that move it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from reports.charts.intervals import band
from reports.charts.sheet import SMALL, Entry, Sheet, number_axis, rules, tips
from reports.figures import redrawn_differences
from reports.svg import Chart
from reports.text import short
from reports.theme import ArmStyle, light
from reports.units import label
from reports.wording import metric_scale
from sim.compare import MEASURES, Comparison, Difference, Interval, WorldEffect

WIDTH = 460
_ROW = 58
_LINE, _HEAD = 22, 28
_LABELS = 226
LONGEST_KEY = 32


def worlds_chart(
    name: str, comparison: Comparison, differences: Sequence[Difference], styles: Mapping[str, ArmStyle]
) -> Chart | None:
    """Each arm's difference in every redrawn world, with the intervals of luck and of assumptions; None if none."""
    effects = [_effect(comparison, d) for d in differences]
    rows = [(d, e) for d, e in zip(differences, effects, strict=True) if e is not None and e.interval is not None]
    if not rows:
        return None
    first, currency = rows[0][0], comparison.experiment.scenario.currency
    sheet = Sheet(WIDTH, 92 + _ROW * len(rows), _LEGEND)
    axes = sheet.axes(left=14, right=20, bottom=30, top=4)
    for row, (d, e) in enumerate(rows):
        _draw_world(axes, row, comparison, d, e, styles[d.arm])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    covered = band(first)
    if covered:
        axes.axvspan(*covered, color=light("band"), linewidth=0, zorder=0.5)
    axes.axvline(0, color=light("arm0"), linewidth=1.5, zorder=1.5)
    rules(axes, "x")
    unit = number_axis(axes, MEASURES[first.metric].unit, currency, axis="x", ticks=6, difference=True)
    sheet.title(
        f"{label(first.metric)} in every redrawn world", f"{unit}, arm less {short(first.baseline)}".lstrip(", ")
    )
    return Chart(name, sheet.svg(), " ".join(_words(d, e, currency) for d, e in rows))


_LEGEND = [
    Entry("one redrawn world", light("soft"), "o", size=0.7),
    Entry("95 % of such worlds", light("soft"), "|", "-", size=1.6),
    Entry("95 % interval of luck alone", light("soft")),
]


def _effect(comparison: Comparison, d: Difference) -> WorldEffect | None:
    """The difference over the redraws, if there are any."""
    return comparison.assumptions.of(d.arm, d.role) if comparison.assumptions else None


def _draw_world(axes: Axes, row: int, comparison: Comparison, d: Difference, e: WorldEffect, style: ArmStyle) -> None:
    """One arm: points for the worlds, a thin line for their interval, a thick one for that of luck alone."""
    across, currency = axes.get_yaxis_transform(), comparison.experiment.scenario.currency
    above: dict[str, Any] = {"transform": across, "bbox": {"fc": light("paper"), "ec": "none", "pad": 1, "alpha": 0.8}}
    axes.text(0, row - 0.26, short(d.arm), fontsize=12, color=light("ink"), **above)
    share = "" if e.better is None else f"better in {100 * e.better:.0f} % of the worlds"
    axes.text(1, row - 0.26, share, ha="right", fontsize=SMALL, color=light("soft"), **above)
    apart = redrawn_differences(comparison, d)
    (points,) = axes.plot(
        list(apart.values()),
        [row + 0.02 + 0.12 * (n * 0.618 % 1 - 0.5) for n in range(len(apart))],
        color=style.light, marker=style.marker, ms=5 * style.size, mew=0, ls="none", alpha=0.6,
    )  # fmt: skip
    shown = metric_scale(d.metric, currency, apart.values(), difference=True)
    tips(points, [f"{d.arm}, redraw {n}\n{shown.text(v, sign=True, unit=True)}" for n, v in apart.items()])
    if e.interval:
        ends = [e.interval.low, e.interval.high]
        axes.plot(ends, [row + 0.22] * 2, color=style.light, lw=1.6, marker="|", ms=9, mew=1.6)
    if d.ci_low is not None and d.ci_high is not None:
        axes.plot(
            [d.ci_low, d.ci_high], [row + 0.34] * 2,
            color=style.light, lw=5, solid_capstyle="butt", marker="|", ms=5, mew=1.2,
        )  # fmt: skip


def _words(d: Difference, e: WorldEffect, currency: str) -> str:
    """One arm in words."""
    found = e.interval or Interval(0.0, 0.0, 0.0)
    shown = metric_scale(d.metric, currency, [found.low, found.high], difference=True)
    low, high = shown.text(found.low, sign=True), shown.text(found.high, sign=True, unit=True)
    return f"{d.arm} less {d.baseline}: {low} to {high} over the assumptions."


def drivers_chart(name: str, effects: Sequence[WorldEffect], styles: Mapping[str, ArmStyle]) -> Chart | None:
    """Rank correlation of the strongest parameters with the difference, by arm; None without any."""
    shown = [e for e in effects if e.drivers]
    if not shown:
        return None
    lines = sum(len(e.drivers) for e in shown)
    height = lines * _LINE + len(shown) * _HEAD
    sheet = Sheet(WIDTH, 56 + height + 30)
    axes = sheet.axes(left=_LABELS, right=18, bottom=30)
    axes.set_ylim(height, 0)
    axes.set_xlim(-1.04, 1.04)
    top = 0.0
    for effect in shown:
        sheet.write(12, sheet.head + 10 + top + 20, short(effect.arm, 30), weight="bold", size=SMALL)
        _draw_noise(axes, effect, top + _HEAD - 2, len(effect.drivers) * _LINE)
        middles = [top + _HEAD + (number + 0.5) * _LINE - 2 for number in range(len(effect.drivers))]
        bars = axes.barh(middles, [d.correlation for d in effect.drivers], 12, color=styles[effect.arm].light)
        for driver, middle, bar in zip(effect.drivers, middles, bars, strict=True):
            sheet.write(20, sheet.head + 10 + middle + 4, _key(driver.key), size=SMALL, colour="soft")
            bar.set_alpha(0.9 if driver.clear else 0.35)
            tips(bar, [f"{effect.arm}: {driver.key}\nrank correlation {driver.correlation:+.2f}"])
        top += _HEAD + len(effect.drivers) * _LINE
    axes.axvline(0, color=light("arm0"), lw=1.2)
    axes.set_yticks([])
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "0.5", "1"])
    rules(axes, "x")
    sheet.title(
        f"What moves {label(effects[0].metric).lower()}", "rank correlation of the parameter with the difference"
    )
    said = (f"{e.arm}: {', '.join(f'{x.key} {x.correlation:+.2f}' for x in e.drivers)}" for e in shown)
    return Chart(name, sheet.svg(), f"Rank correlation with the difference. {'; '.join(said)}.")


def _draw_noise(axes: Axes, effect: WorldEffect, top: float, height: float) -> None:
    """What parameters without any effect reach by chance."""
    if effect.noise is not None and np.isfinite(effect.noise):
        reach = min(effect.noise, 1.04)
        axes.fill_between([-reach, reach], top, top + height - 4, color=light("band"), linewidth=0, zorder=0.5)


def _key(key: str) -> str:
    """The end of a key path, as many of its names as there is room for."""
    while len(key) > LONGEST_KEY and "." in key:
        key = key.partition(".")[2]
    return short(key, LONGEST_KEY)
