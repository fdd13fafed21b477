"""Tables of the same fan in two arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.tables import Cell, Row, Table
from reports.theme import TRAITS
from reports.units import Scale, scale
from sim.compare import Comparison, Fates, SameFan


def fates_table(comparison: Comparison) -> Table:
    """One row an arm: how many fans were kept where, and what a fan spent in the baseline and in the arm."""
    baseline = comparison.baseline or ""
    return _table(
        comparison, comparison.same_fan, (baseline, "the arm"), "Arm", [one.arm for one in comparison.same_fan]
    )


def pairs_table(comparison: Comparison) -> Table:
    """The same of each pair of arms without the baseline."""
    found = comparison.other_fans
    return _table(comparison, found, ("the first", "the second"), "Pair", [f"{o.baseline}, {o.arm}" for o in found])


def _table(
    comparison: Comparison, found: Sequence[SameFan], names: tuple[str, str], corner: str, labels: Sequence[str]
) -> Table:
    """One row a pair of arms, which the columns call by these names."""
    fates = ["Kept by both", *(f"Kept by {name} alone" for name in names), "Lost in both"]
    columns = (*fates, f"Spend a fan in {names[0]}", f"in {names[1]}", "difference")
    everyone = [one.everyone for one in found]
    shown = _money(comparison, [v for f in everyone for v in (f.baseline_spend, f.arm_spend)])
    rows = tuple(Row(label, "", "", _fates(fates, shown)) for label, fates in zip(labels, everyone, strict=True))
    return Table(columns, rows, unit=shown.unit, sortable=True, corner=corner)


def _fates(f: Fates, shown: Scale) -> tuple[Cell, ...]:
    """Counts with their shares, then money."""
    counts = [f.kept_by_both, f.only_baseline, f.only_arm, f.lost_in_both]
    cells = [
        Cell(f"{n:,}", scale("share", "", [n / f.fans], digits=2).text(n / f.fans, unit=True), value=n) for n in counts
    ]
    spend = [Cell(shown.text(v), value=v) for v in (f.baseline_spend, f.arm_spend)]
    return (*cells, *spend, Cell(shown.text(f.spend_difference, sign=True), value=f.spend_difference))


@dataclass(frozen=True)
class Segments:
    """What there is to see of the segments of one arm."""

    arm: str
    chart: str
    table: Table


def segments(comparison: Comparison) -> tuple[Segments, ...]:
    """The arm that the headline is about first, then the others."""
    numbers = {arm.name: number for number, arm in enumerate(comparison.arms, 1)}
    ordered = sorted(comparison.same_fan, key=lambda one: one.arm != comparison.lead)
    return tuple(Segments(o.arm, f"segments-{numbers[o.arm]}", segments_table(comparison, o)) for o in ordered)


def segments_table(comparison: Comparison, one: SameFan) -> Table:
    """One row a segment: fans, lost in baseline and arm, differences in churn and spend."""
    columns = ("Fans", f"Lost in {one.baseline}", f"Lost in {one.arm}", "Churn, points", "Spend")
    shown = _money(comparison, [s.fates.spend_difference for s in one.segments])
    rows = [Row(f"{TRAITS.get(s.trait, s.trait)}: {s.name}", "", "", _segment(s.fates, shown)) for s in one.segments]
    rows.append(Row("All fans", "", "", _segment(one.everyone, shown), strong=True))
    return Table(columns, tuple(rows), unit=shown.unit, sortable=True, corner="Segment")


def _segment(f: Fates, shown: Scale) -> tuple[Cell, ...]:
    """Counts, then differences."""
    lost = (f.only_arm + f.lost_in_both, f.only_baseline + f.lost_in_both)
    counts = [Cell(f"{n:,}", value=n) for n in (f.fans, *lost)]
    points = scale("share", "", [f.churn_difference], digits=2, difference=True)
    churn = Cell(points.text(f.churn_difference, sign=True), value=f.churn_difference)
    return (*counts, churn, Cell(shown.text(f.spend_difference, sign=True), value=f.spend_difference))


def _money(comparison: Comparison, values: list[float]) -> Scale:
    """One scale for amounts of money a fan."""
    return scale("money", comparison.experiment.scenario.currency, values)
