"""Day series of all arms over time, and their differences from the baseline, with bands."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from reports.charts.sheet import Entry, Sheet, number_axis, rules
from reports.series import FloatArray, Series, blocks, calendar_ticks
from reports.svg import Chart
from reports.text import short
from reports.theme import ArmStyle, light
from sim.compare import ArmSummary, Band, Comparison

WIDTH, HEIGHT = 460, 280
_BAND = 0.16
_TITLE_NAME = 19
"""Characters that a title has room for."""


def level_chart(comparison: Comparison, styles: Mapping[str, ArmStyle], series: Series) -> Chart | None:
    """Mean of each arm, with a band of one standard deviation between replications; None if no arm has it."""
    arms = [arm for arm in comparison.arms if _known(arm.daily_mean.get(series.name))]
    if not arms:
        return None
    sheet = Sheet(WIDTH, HEIGHT, [_entry(arm.name, styles[arm.name]) for arm in arms])
    axes = sheet.axes(left=58, right=16, bottom=30)
    for arm in arms:
        mean = arm.daily_mean[series.name]
        spread = _spread(arm, series.name)
        _draw(axes, series, (mean, mean - spread, mean + spread), styles[arm.name])
    if series.from_zero and axes.dataLim.y0 >= 0:
        axes.set_ylim(bottom=0)
    _finish(comparison, sheet, axes, series, series.title)
    return Chart(f"{series.name}-over-time", sheet.svg(), _level_words(series, arms))


def gap_chart(comparison: Comparison, styles: Mapping[str, ArmStyle], series: Series) -> Chart | None:
    """Difference of each arm from the baseline with its 95 % band; None if there is nothing to compare."""
    found = {arm: gap.get(series.name) for arm, gap in comparison.daily_difference.items()}
    gaps = {arm: band for arm, band in found.items() if band is not None and _known(band[0])}
    if not gaps:
        return None
    sheet = Sheet(WIDTH, HEIGHT, [_entry(arm, styles[arm]) for arm in gaps])
    axes = sheet.axes(left=58, right=16, bottom=30)
    axes.axhline(0, color=light("arm0"), linewidth=1.5)
    for arm, curves in gaps.items():
        _draw(axes, series, curves, styles[arm])
    title = f"{series.title}: difference from {short(comparison.baseline or '', _TITLE_NAME)}"
    _finish(comparison, sheet, axes, series, title, difference=True)
    return Chart(f"{series.name}-difference", sheet.svg(), _gap_words(comparison, series, gaps))


def _known(curve: FloatArray | None) -> bool:
    """Whether there is anything to draw."""
    return curve is not None and bool(np.isfinite(curve).any())


def _entry(arm: str, style: ArmStyle) -> Entry:
    """The legend entry of an arm."""
    return Entry(short(arm), style.light, style.marker, style.dash, style.size)


def _spread(arm: ArmSummary, name: str) -> FloatArray:
    """Standard deviation between replications, or nothing where it is undefined."""
    spread = arm.daily_sd.get(name)
    return np.full_like(arm.daily_mean[name], np.nan) if spread is None else spread


def _draw(axes: Axes, series: Series, curves: Band, style: ArmStyle) -> None:
    """One arm: a line with its marker at the end, and its band where there is one."""
    (day, mean), (_, low), (_, high) = (blocks(curve, series.flow) for curve in curves)
    if np.isfinite(low).any() and np.isfinite(high).any():
        axes.fill_between(day, low, high, color=style.light, alpha=_BAND, linewidth=0)
    axes.plot(day, mean, color=style.light, ls=style.dash, linewidth=1.8)
    axes.plot(day[-1:], mean[-1:], color=style.light, marker=style.marker, ms=5.5 * style.size, clip_on=False)


def _finish(
    comparison: Comparison, sheet: Sheet, axes: Axes, series: Series, title: str, *, difference: bool = False
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


def _level_words(series: Series, arms: list[ArmSummary]) -> str:
    """The chart in words: where each arm starts and ends."""
    ends = (arm.daily_mean[series.name][[0, -1]] for arm in arms)
    told = [f"{arm.name} from {a:.4g} to {b:.4g}" for arm, (a, b) in zip(arms, ends, strict=True)]
    return f"{series.title} over time: {'; '.join(told)}."


def _gap_words(comparison: Comparison, series: Series, gaps: Mapping[str, Band]) -> str:
    """The chart in words: where each difference ends."""
    told = [f"{arm} ends at {curves[0][-1]:+.4g}" for arm, curves in gaps.items()]
    return f"{series.title}, difference from {comparison.baseline} over time: {'; '.join(told)}."
