"""Differences and margins in words, as the scorecard and the charts' descriptions say them."""

from __future__ import annotations

from collections.abc import Iterable

from reports.units import Scale, label, scale
from sim.compare import MEASURES, Difference, Interval


def metric_scale(
    metric: str,
    currency: str,
    values: Iterable[float | None],
    errors: Iterable[float | None] = (),
    *,
    difference: bool = False,
) -> Scale:
    """The scale of some values of a metric, see `reports.units.scale`."""
    return scale(MEASURES[metric].unit, currency, values, errors, difference=difference)


def difference_scale(d: Difference, currency: str) -> Scale:
    """The scale of one difference and the ends of its interval."""
    ends = (d.difference, d.ci_low, d.ci_high)
    width = None if d.ci_low is None or d.ci_high is None else (d.ci_high - d.ci_low) / 2
    return metric_scale(d.metric, currency, ends, [width], difference=True)


def estimate_words(d: Difference, currency: str) -> str:
    """`+12.3 CNY (+4.5 %)`: the difference, and its share of the baseline unless it is one of shares itself."""
    amount = difference_scale(d, currency).text(d.difference, sign=True, unit=True)
    if d.relative is None or MEASURES[d.metric].unit == "share":
        return amount
    return f"{amount} ({scale('share', '', [d.relative]).text(d.relative, sign=True, unit=True)})"


def interval_words(d: Difference, currency: str) -> str:
    """`95 % interval +9.1 to +15.4`, or why there is none."""
    if d.ci_low is None or d.ci_high is None:
        return _no_interval(d)
    shown = difference_scale(d, currency)
    return f"95 % interval {shown.span(d.ci_low, d.ci_high, unit=True)}"


def world_words(d: Difference, world: Interval | None, currency: str) -> str:
    """`over the assumptions -3.1 to +25.4`; empty if they were not redrawn."""
    if world is None:
        return ""
    shown = metric_scale(d.metric, currency, (world.low, world.high), [(world.high - world.low) / 2], difference=True)
    return f"over the assumptions {shown.span(world.low, world.high, unit=True)}"


def _no_interval(d: Difference) -> str:
    """Why a difference has no interval."""
    if not d.replications:
        return "no replication in common"
    return "no interval from one replication" if d.n == 1 else "not defined in this scenario"


def margin_words(d: Difference, currency: str) -> str:
    """What the margin means for this metric."""
    if d.margin is None:
        return ""
    margin = MEASURES[d.metric].margin(d.margin, currency)
    if d.role == "guardrail":
        return f"must not {'fall' if d.improves > 0 else 'rise'} by more than {margin}"
    return f"{'more' if d.improves > 0 else 'less'} is better; within ± {margin} counts as equal"


def difference_words(d: Difference, currency: str) -> str:
    """One difference as a sentence, for those who do not see the chart."""
    said = f"{label(d.metric)}, {d.arm} less {d.baseline}: {estimate_words(d, currency)}, "
    verdict = f"; {d.verdict}" if d.verdict else ""
    return f"{said}{interval_words(d, currency)}{verdict}."
