"""Day series of all arms over time, and their differences from the baseline, with bands."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from reports.charts.sheet import Entry, Sheet, columns, number_axis, rules
from reports.series import Curve, Series, calendar_ticks, date_words, gap, level
from reports.svg import Chart
from reports.text import short
from reports.theme import ArmStyle, light
from reports.units import scale
from sim.compare import Comparison

WIDTH, HEIGHT = 460, 280
_BAND = 0.16
_TITLE_NAME = 19
"""Characters that a title has room for."""


def level_chart(comparison: Comparison, styles: Mapping[str, ArmStyle], series: Series) -> Chart | None:
    """Mean of each arm, with a band of one standard deviation between replications; None if no arm has it."""
    found = {arm: level(comparison, arm, series) for arm in styles}
    curves = {arm: curve for arm, curve in found.items() if curve is not None}
    if not curves:
        return None
    sheet, axes = _draw(curves, styles)
    if series.from_zero and axes.dataLim.y0 >= 0:
        axes.set_ylim(bottom=0)
    _finish(comparison, sheet, axes, series, curves, series.title)
    told = (f"{arm} from {curve.mean[0]:.4g} to {curve.mean[-1]:.4g}" for arm, curve in curves.items())
    return Chart(f"{series.name}-over-time", sheet.svg(), f"{series.title} over time: {'; '.join(told)}.")


def gap_chart(comparison: Comparison, styles: Mapping[str, ArmStyle], series: Series) -> Chart | None:
    """Difference of each arm from the baseline with its 95 % band; None if there is nothing to compare."""
    found = {arm: gap(comparison, arm, series) for arm in styles if arm != comparison.baseline}
    curves = {arm: curve for arm, curve in found.items() if curve is not None}
    if not curves:
        return None
    sheet, axes = _draw(curves, styles)
    axes.axhline(0, color=light("arm0"), linewidth=1.5, zorder=1.5)
    title = f"{series.title}: difference from {short(comparison.baseline or '', _TITLE_NAME)}"
    _finish(comparison, sheet, axes, series, curves, title, difference=True)
    told = "; ".join(f"{arm} ends at {curve.mean[-1]:+.4g}" for arm, curve in curves.items())
    words = f"{series.title}, difference from {comparison.baseline} over time: {told}."
    return Chart(f"{series.name}-difference", sheet.svg(), words)


def _draw(curves: Mapping[str, Curve], styles: Mapping[str, ArmStyle]) -> tuple[Sheet, Axes]:
    """A line for each arm with its marker at the end, and its band where there is one."""
    looks = [(arm, styles[arm]) for arm in curves]
    sheet = Sheet(WIDTH, HEIGHT, [Entry(short(a), s.light, s.marker, s.dash, s.size) for a, s in looks])
    axes = sheet.axes(left=58, right=16, bottom=30)
    for arm, style in looks:
        curve, colour = curves[arm], style.light
        if np.isfinite(curve.low).any():
            axes.fill_between(curve.day, curve.low, curve.high, color=colour, alpha=_BAND, linewidth=0)
        axes.plot(curve.day, curve.mean, color=colour, ls=style.dash, linewidth=1.8)
        end = curve.day[-1:], curve.mean[-1:]
        axes.plot(*end, color=colour, marker=style.marker, ms=5.5 * style.size, clip_on=False)
    return sheet, axes


def _finish(
    comparison: Comparison,
    sheet: Sheet,
    axes: Axes,
    series: Series,
    curves: Mapping[str, Curve],
    title: str,
    *,
    difference: bool = False,
) -> None:
    """Axes, ticks and title, once everything is drawn."""
    scenario = comparison.experiment.scenario
    if axes.dataLim.height <= 0:
        height = 2.0 * abs(axes.dataLim.y0) or (0.01 if series.kind == "share" else 1.0)
        axes.set_ylim(-height if difference or axes.dataLim.y0 < 0 else 0.0, height)
    ticks, labels = calendar_ticks(scenario.start_date, scenario.days)
    axes.set_xlim(-0.5, max(scenario.days - 0.5, 0.5))
    axes.set_xticks(ticks, labels)
    rules(axes)
    unit = number_axis(axes, series.kind, scenario.currency, difference=difference)
    sheet.title(title, f"{unit} {series.words}".strip())
    days = next(iter(curves.values())).day
    columns(axes, days.tolist(), _told(curves, series, scenario.start_date, scenario.currency, difference))


def _told(
    curves: Mapping[str, Curve], series: Series, start: datetime.date, currency: str, difference: bool
) -> list[str]:
    """What is said of each block of days: its date, and every arm."""
    values = np.concatenate([curve.mean for curve in curves.values()])
    shown = scale(series.kind, currency, values.tolist(), difference=difference)
    return [
        "\n".join(
            [date_words(start, day)]
            + [f"{short(arm)}: {shown.text(c.mean[n], sign=difference, unit=True)}" for arm, c in curves.items()]
        )
        for n, day in enumerate(next(iter(curves.values())).day.tolist())
    ]
