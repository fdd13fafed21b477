"""The tables of a report: one row a figure, one column an arm, every number already text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.figures import amounts, channels, loss_metric, withheld
from reports.theme import ANY_CHANNEL, CAUSES, RULES
from reports.units import ABOUT, NOTHING, Scale, label, scale
from reports.wording import difference_scale
from sim.compare import MEASURES, METRICS, ArmSummary, Comparison, Difference
from sim.results import MONEY_PARTS


@dataclass(frozen=True)
class Cell:
    """A number, and beneath it what qualifies it; `value` is what a reader can sort by."""

    text: str
    note: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Row:
    """One figure for all arms; `strong` marks a sum."""

    label: str
    about: str
    unit: str
    cells: tuple[Cell, ...]
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under the names of the arms, or of figures if the rows are arms.

    `unit` is that of all rows, if they share one. `sortable`: a column holds comparable values; sums stay last.
    `corner` is what the rows are.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unit: str = ""
    sortable: bool = False
    corner: str = ""

    @property
    def undefined(self) -> bool:
        """Whether a dash needs explaining."""
        return any(cell.text == NOTHING for row in self.rows for cell in row.cells)


MISSING = Cell(NOTHING)
"""What is undefined."""


def metrics_table(comparison: Comparison) -> Table:
    """Every metric of every arm: mean and half-width of its 95 % interval."""
    currency = comparison.experiment.scenario.currency
    rows = tuple(_metric_row(metric, comparison.arms, currency) for metric in METRICS)
    return Table(tuple(arm.name for arm in comparison.arms), rows)


def _metric_row(metric: str, arms: Sequence[ArmSummary], currency: str) -> Row:
    """One metric; all arms in one unit."""
    estimates = [arm.metrics[metric] for arm in arms]
    widths = [e.half_width for e in estimates]
    shown = scale(MEASURES[metric].unit, currency, [e.mean for e in estimates], widths)
    cells = tuple(Cell(shown.text(e.mean), shown.width(e.half_width), e.mean) for e in estimates)
    return Row(label(metric), ABOUT[metric], shown.unit, cells)


def tradeoff_table(comparison: Comparison) -> Table:
    """What the scatter shows, in numbers, and how surely an arm is on the frontier: one row an arm."""
    currency = comparison.experiment.scenario.currency
    found = [_metric_row(metric, comparison.arms, currency) for metric in ("value_per_fan", loss_metric(comparison))]
    frontier = comparison.frontier.probability if comparison.frontier else {}
    rows = tuple(
        Row(arm.name, "", "", (*(row.cells[n] for row in found), *_frontier_cells(frontier, arm.name)))
        for n, arm in enumerate(comparison.arms)
    )
    columns = tuple(f"{row.label}, {row.unit}".rstrip(", ") for row in found)
    return Table((*columns, "On the frontier") if frontier else columns, rows, sortable=True, corner="Arm")


def _frontier_cells(probability: Mapping[str, float], arm: str) -> tuple[Cell, ...]:
    """How surely an arm is on the frontier; no cell if that is not known of any."""
    if not probability:
        return ()
    share = probability.get(arm)
    return (MISSING if share is None else Cell(f"{100.0 * share:.0f} %", value=share),)


def differences_table(comparison: Comparison) -> Table:
    """Every metric of every other arm less that of the baseline, with its 95 % interval."""
    arms = tuple(arm.name for arm in comparison.arms if arm.name != comparison.baseline)
    currency = comparison.experiment.scenario.currency
    found = {(d.metric, d.arm): d for d in comparison.differences}
    rows = tuple(
        Row(label(m), ABOUT[m], "", tuple(_difference_cell(found.get((m, arm)), currency) for arm in arms))
        for m in METRICS
    )
    return Table(arms, rows)


def _difference_cell(d: Difference | None, currency: str) -> Cell:
    """One difference and the ends of its interval."""
    if d is None or d.difference is None:
        return MISSING
    shown = difference_scale(d, currency)
    interval = "" if d.ci_low is None else f"{shown.text(d.ci_low)} to {shown.text(d.ci_high)}"
    doubt = ", may be chance" if d.discovery is False else ""
    return Cell(shown.text(d.difference, sign=True, unit=True), f"{interval}{doubt}")


def exits_table(comparison: Comparison) -> Table:
    """Fans who left, by cause: mean of the replications and share of the arm's exits."""
    arms = [arm for arm in comparison.arms if arm.exits]
    totals = [sum(arm.exits.values()) for arm in arms]
    shown = scale("count", "", totals)
    rows = [
        Row(words, "", "", tuple(_cause_cell(arm.exits, cause, shown) for arm in arms))
        for cause, (words, _) in CAUSES.items()
    ]
    rows.append(Row("All", "", "", tuple(Cell(shown.text(total)) for total in totals), strong=True))
    return Table(tuple(arm.name for arm in arms), tuple(rows), shown.unit, sortable=True, corner="Cause")


def _cause_cell(exits: Mapping[str, float], cause: str, shown: Scale) -> Cell:
    """Fans of one cause, and their share."""
    total, mine = sum(exits.values()), exits.get(cause, 0.0)
    share = f"{100.0 * mine / total:.0f} %" if total > 0 else ""
    return Cell(shown.text(mine), share, mine)


def touches_table(comparison: Comparison) -> Table:
    """Touches delivered by channel, and withheld by channel and by rule, means of the replications.

    Where only the sum of what was withheld is known, there are dashes.
    """
    arms = [arm for arm in comparison.arms if arm.touches]
    names = [name for name in channels(arms) if name != ANY_CHANNEL]
    sent = [sum(arm.touches.values()) for arm in arms]
    held = [sum(withheld(arm).values()) for arm in arms]
    shown = scale("count", "", [*sent, *held])

    def row(words: str, numbers: Sequence[float | None], *, strong: bool = False) -> Row:
        return Row(words, "", "", tuple(Cell(shown.text(n), value=n) for n in numbers), strong)

    rows = [row(f"{name}, delivered", [arm.touches.get(name, 0.0) for arm in arms]) for name in names]
    rows.append(row("All delivered", sent, strong=True))
    if any(held):
        rows += [row(f"{name}, withheld", [arm.withheld.get(name) for arm in arms]) for name in names]
    rows.append(row("All withheld", held, strong=True))
    if any(held):
        rules = [rule for rule in RULES if getattr(comparison.experiment.scenario.rules, rule)]
        rows += [row(f"by {RULES[rule]}", [arm.withheld_by_rule.get(rule) for arm in arms]) for rule in rules]
    return Table(tuple(arm.name for arm in arms), tuple(rows), shown.unit)


def money_table(comparison: Comparison) -> Table:
    """From revenue to profit and value, means of the replications; discounts and refunds are off revenue."""
    arms = [arm for arm in comparison.arms if arm.money]
    table = [amounts(arm) for arm in arms]
    largest = [value for row in table for value in row.values()]
    shown = scale("money", comparison.experiment.scenario.currency, largest, digits=4)

    def row(name: str, words: str, *, sign: int = 1, strong: bool = False) -> Row:
        cells = tuple(Cell(shown.text(sign * money[name])) for money in table)
        return Row(words, "", "", cells, strong)

    costs = [row(part, part.capitalize(), sign=-1) for part in MONEY_PARTS[1:]]
    rows = [row("revenue", "Revenue", strong=True), *costs, row("profit", "Profit", strong=True)]
    rows += [row("residual_value", "Residual value"), row("value", "Value", strong=True)]
    return Table(tuple(arm.name for arm in arms), tuple(rows), shown.unit)
