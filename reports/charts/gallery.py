"""All charts of a comparison, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from matplotlib import rc_context, rcdefaults, rcParams

from reports.charts.assumed import drivers_chart, worlds_chart
from reports.charts.bars import exits_chart, money_chart, touches_chart
from reports.charts.convergence import convergence_chart
from reports.charts.fans import fates_chart, segments_chart
from reports.charts.intervals import interval_chart, interval_limits
from reports.charts.pairs import pairs_chart
from reports.charts.scatter import scatter_chart
from reports.charts.sheet import SETTINGS
from reports.charts.time import gap_chart, level_chart
from reports.series import SERIES
from reports.svg import Chart
from reports.theme import ArmStyle, arm_styles
from reports.wording import difference_words, world_words
from sim.compare import Comparison, Role

Styles = Mapping[str, ArmStyle]
ROLES: tuple[Role, ...] = ("goal", "guardrail")


def draw(comparison: Comparison) -> dict[str, Chart]:
    """Every chart that there is something to draw for, under the name of its file.

    A name that ends in a number N is about arm N, counted from 1 in the order of the arms.
    """
    styles = arm_styles([arm.name for arm in comparison.arms], comparison.baseline)
    with drawing():
        charts = [
            *_by_role(comparison, styles),
            scatter_chart(comparison, styles),
            *_over_time(comparison, styles),
            fates_chart(comparison.same_fan),
            *_segments(comparison, styles),
            exits_chart(comparison),
            money_chart(comparison),
            touches_chart(comparison),
        ]
    return {chart.name: chart for chart in charts if chart is not None}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with our own settings and not with the user's style: the same bytes everywhere."""
    with rc_context():
        rcdefaults()
        rcParams.update(SETTINGS)
        yield


def _over_time(comparison: Comparison, styles: Styles) -> Iterator[Chart | None]:
    """Each day series, and its difference from the baseline."""
    for series in SERIES:
        yield level_chart(comparison, styles, series)
        yield gap_chart(comparison, styles, series)


def _by_role(comparison: Comparison, styles: Styles) -> Iterator[Chart | None]:
    """What there is to say of goal and guardrail: intervals, pairs, convergence, assumptions."""
    numbers = {arm.name: number for number, arm in enumerate(comparison.arms, 1)}
    currency, worlds = comparison.experiment.scenario.currency, comparison.assumptions
    for role in ROLES:
        mine = [d for d in comparison.differences if d.role == role and d.difference is not None]
        effects = {d.arm: worlds.of(d.arm, role) for d in mine} if worlds else {}
        found = {arm: effect.interval for arm, effect in effects.items() if effect}
        limits = interval_limits(mine, found.values())
        for d in mine:
            n, style, world = numbers[d.arm], styles[d.arm], found.get(d.arm)
            words = " ".join(filter(None, (difference_words(d, currency), world_words(d, world, currency))))
            yield interval_chart(f"{role}-{n}", d, world, style, limits, currency, words)
            yield pairs_chart(f"{role}-pairs-{n}", d, (styles[d.baseline], style), currency)
            yield convergence_chart(f"{role}-convergence-{n}", d, style, currency)
        yield worlds_chart(f"{role}-worlds", comparison, mine, styles)
        yield drivers_chart(f"{role}-drivers", [effect for effect in effects.values() if effect], styles)


def _segments(comparison: Comparison, styles: Styles) -> Iterator[Chart]:
    """Where the fans of an arm fare differently."""
    numbers = {arm.name: number for number, arm in enumerate(comparison.arms, 1)}
    for one in comparison.same_fan:
        currency = comparison.experiment.scenario.currency
        yield segments_chart(f"segments-{numbers[one.arm]}", one, styles[one.arm], currency)
