"""Tables of how sure a comparison is: precision, further intervals, and what common luck buys."""

from __future__ import annotations

from collections.abc import Iterable

from reports.tables import MISSING, Cell, Row, Table
from reports.units import label
from reports.wording import metric_scale
from sim.compare import MEASURES, Comparison, Difference, Interval


def precision_table(comparison: Comparison) -> Table:
    """Goal and guardrail of each arm: half-width reached and wanted, what is detectable, what it would take."""
    columns = ("Replications", "Half-width reached", "Wanted", "Smallest detectable difference", "Still needed")
    currency = comparison.experiment.scenario.currency
    rows = tuple(_precision_row(d, currency) for d in wanted(comparison) if d.precision is not None)
    return Table(columns, rows, sortable=True, corner="Difference")


def wanted(comparison: Comparison) -> list[Difference]:
    """Differences of which a precision is wanted: those in goal and guardrail, and what else the scenario asks for."""
    asked = comparison.experiment.scenario.half_widths
    others = [d for d in comparison.differences if d.role == "secondary" and d.metric in asked]
    return [*_declared(comparison), *others]


def _declared(comparison: Comparison) -> list[Difference]:
    """Differences in goal and guardrail: the goal of all arms first."""
    mine = [d for d in comparison.differences if d.role != "secondary"]
    return sorted(mine, key=lambda d: d.role != "goal")


def _precision_row(d: Difference, currency: str) -> Row:
    """One difference; numbers without sign, in the unit of the metric."""
    found = d.precision
    assert found is not None
    shown = metric_scale(d.metric, currency, [d.difference], [found.half_width], difference=True)
    widths = (found.half_width, found.wanted, found.smallest_detectable)
    cells = tuple(MISSING if w is None else Cell(shown.text(w), value=w) for w in widths)
    needed = MISSING if found.still_needed is None else Cell(f"{found.still_needed:,}", value=found.still_needed)
    return Row(f"{d.arm}: {MEASURES[d.metric].label}", "", shown.unit, (Cell(f"{d.n:,}", value=d.n), *cells, needed))


def intervals_table(comparison: Comparison) -> Table:
    """The same differences by every interval there is."""
    currency = comparison.experiment.scenario.currency
    worlds = comparison.assumptions
    redrawn = ("Over the assumptions",) if worlds else ()
    columns = ("Luck alone", *redrawn, "Bootstrap", "All arms together", "Share of the baseline")
    rows = []
    for d in _declared(comparison):
        if d.ci_low is not None:
            world = worlds.of(d.arm, d.role) if worlds else None
            over = (_ends(d, world.interval if world else None, currency),) if worlds else ()
            cells = (_ends(d, _luck(d), currency), *over, _bootstrap(d, currency), _ends(d, d.simultaneous, currency))
            rows.append(Row(f"{d.arm}: {MEASURES[d.metric].label}", "", "", (*cells, _lift(d))))
    return Table(columns, tuple(rows), corner="Difference")


def _luck(d: Difference) -> Interval | None:
    """The paired-t interval."""
    if d.difference is None or d.ci_low is None or d.ci_high is None:
        return None
    return Interval(d.difference, d.ci_low, d.ci_high)


def _ends(d: Difference, interval: Interval | None, currency: str) -> Cell:
    """Mean, and below it the ends of an interval."""
    if interval is None:
        return MISSING
    half = (interval.high - interval.low) / 2
    shown = metric_scale(d.metric, currency, (interval.low, interval.high), [half], difference=True)
    return Cell(shown.text(interval.mean, sign=True, unit=True), shown.span(interval.low, interval.high))


def _bootstrap(d: Difference, currency: str) -> Cell:
    """The bootstrap interval, and whether it disagrees."""
    cell = _ends(d, d.bootstrap, currency)
    return Cell(cell.text, f"{cell.note}, skewed") if d.skewed else cell


def _lift(d: Difference) -> Cell:
    """The relative difference."""
    if d.lift is None:
        return MISSING
    shown = metric_scale("churn", "", (d.lift.low, d.lift.high), [(d.lift.high - d.lift.low) / 2])
    return Cell(shown.text(d.lift.mean, sign=True, unit=True), shown.span(d.lift.low, d.lift.high))


def luck_table(comparison: Comparison, roles: Iterable[str]) -> Table:
    """Correlation of each arm with the baseline and replications saved, for metrics in these roles."""
    arms = tuple(arm.name for arm in comparison.arms if arm.name != comparison.baseline)
    mine = {(d.metric, d.arm): d for d in comparison.differences if d.role in roles and d.common_luck}
    metrics = dict.fromkeys(metric for metric, _ in mine)
    rows = tuple(Row(label(m), "", "", tuple(_luck_cell(mine.get((m, arm))) for arm in arms)) for m in metrics)
    return Table(arms, rows, sortable=True, corner="Metric")


def _luck_cell(d: Difference | None) -> Cell:
    """Replications saved, and the correlation."""
    if d is None or d.common_luck is None:
        return MISSING
    saved = d.common_luck.saved
    note = "" if d.correlation is None else f"correlation {d.correlation:.3f}".replace("-", "−")
    return Cell(f"{saved:,}".replace("-", "−"), note, value=saved)
