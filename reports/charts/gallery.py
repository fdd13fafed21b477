"""All charts of a comparison, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matplotlib import rc_context, rcdefaults, rcParams

from reports.charts.bars import exits_chart, money_chart
from reports.charts.intervals import interval_chart, interval_limits
from reports.charts.scatter import scatter_chart
from reports.charts.sheet import SETTINGS
from reports.charts.time import gap_chart, level_chart
from reports.series import SERIES
from reports.svg import Chart
from reports.theme import ArmStyle, arm_styles
from reports.wording import difference_words
from sim.compare import Comparison


def draw(comparison: Comparison) -> dict[str, Chart]:
    """Every chart that there is something to draw for, under the name of its file.

    `goal-N` and `guardrail-N` are the intervals of arm N, counted from 1 in the order of the arms.
    """
    styles = arm_styles([arm.name for arm in comparison.arms], comparison.baseline)
    with rc_context():
        rcdefaults()  # not the user's own style: the same bytes everywhere
        rcParams.update(SETTINGS)
        charts = [*_intervals(comparison, styles), scatter_chart(comparison, styles)]
        for series in SERIES:
            charts += [level_chart(comparison, styles, series), gap_chart(comparison, styles, series)]
        charts += [exits_chart(comparison), money_chart(comparison)]
    return {chart.name: chart for chart in charts if chart is not None}


def _intervals(comparison: Comparison, styles: Mapping[str, ArmStyle]) -> Iterator[Chart]:
    """The interval of each arm in goal and guardrail; arms share the axis of a metric."""
    numbers = {arm.name: number for number, arm in enumerate(comparison.arms, 1)}
    currency = comparison.experiment.scenario.currency
    for role in ("goal", "guardrail"):
        mine = [d for d in comparison.differences if d.role == role and d.difference is not None]
        limits = interval_limits(mine)
        for d in mine:
            words = difference_words(d, currency)
            yield interval_chart(f"{role}-{numbers[d.arm]}", d, styles[d.arm], limits, currency, words)
