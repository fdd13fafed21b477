"""The comparison as plain text for a terminal: the verdict, tables of arms and differences, what is wrong with the run.

The rows of the tables are offered to others who show the same, see `sim.markdown`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from sim.comparison import ArmSummary, Check, Comparison, Difference
from sim.measures import MEASURES
from sim.movers import movers
from sim.stats import Interval

WIDTH = 100
NAME_WIDTH = 24
ALWAYS = ("revenue", "churn")
UNDEFINED = "-"
"""Stands for what is undefined; a zero is shown as 0."""

Rows = list[list[str]]


def summary_text(comparison: Comparison) -> str:
    """The headline, arms by goal, guardrail, revenue and churn (mean ± half-width), differences, health problems.

    Sentences are wrapped at `WIDTH` whatever the terminal; no colour, no line break at the end.
    """
    blocks = [_wrapped(comparison.headline), table(arm_rows(comparison))]
    differences = difference_rows(comparison)
    if differences and (comparison.assumptions or len(comparison.arms) > 2):
        blocks.append(table(differences))
    moved = moved_words(comparison)
    if moved:
        blocks.append(_wrapped(moved))
    blocks.append(problems(comparison.health))
    return "\n\n".join(filter(None, blocks))


def arm_rows(comparison: Comparison) -> Rows:
    """A header, and a row for each arm: name, mean ± half-width of the main metrics, verdict."""
    settings, currency = comparison.experiment.scenario.compare, comparison.experiment.scenario.currency
    declared = [settings.goal, settings.guardrail] if settings else []
    metrics = list(dict.fromkeys([*(c.metric for c in declared if c), *ALWAYS]))
    header = ["arm", *(_heading(metric, currency) for metric in metrics), "verdict"]
    cells = ([_estimate(arm, metric) for metric in metrics] for arm in comparison.arms)
    verdicts = (_verdict(comparison, arm) for arm in comparison.arms)
    return [
        header,
        *([_name(a.name), *row, word] for a, row, word in zip(comparison.arms, cells, verdicts, strict=True)),
    ]


def difference_rows(comparison: Comparison) -> Rows:
    """A header, and a row for the goal and the guardrail of each arm, where there is an interval; else nothing.

    What differs and in which unit; mean and interval for luck alone; interval over the assumptions, if they were
    redrawn; how the arm stands in the goal among all.
    """
    worlds = comparison.assumptions
    shown = [d for d in comparison.differences if d.role != "secondary" and d.ci_low is not None]
    if not shown:
        return []
    redrawn = ["over assumptions"] if worlds else []
    rows = [
        [
            f"against {_name(comparison.baseline or '')}",
            "luck alone",
            *redrawn,
            "standing (luck)" if redrawn else "standing",
        ]
    ]
    for d in shown:
        effect = worlds.of(d.arm, d.role) if worlds else None
        over = [_ends(d, effect.interval if effect else None)] if worlds else []
        standing = comparison.arm(d.arm).selection if d.role == "goal" else None
        rows.append([difference_name(d, comparison.experiment.scenario.currency), _luck(d), *over, standing or ""])
    return rows


def moved_words(comparison: Comparison) -> str:
    """Which assumptions move the arm that the headline is about more than chance does; empty without any."""
    clear = [m for m in movers(comparison, comparison.lead) if m.clear] if comparison.lead else []
    metrics: dict[str, list[str]] = {}
    for m in clear:
        metrics.setdefault(f"{m.about} ({m.key}: {m.way}, in ", []).append(MEASURES[m.metric].label)
    told = [f"{mover}{' and '.join(labels)})" for mover, labels in metrics.items()]
    return f"What would change it: {'; '.join(told)}." if told else ""


def _heading(metric: str, currency: str) -> str:
    """Name and unit of a column."""
    measure = MEASURES[metric]
    unit = measure.suffix(currency).strip()
    return f"{measure.label}, {unit}" if unit else measure.label


def _verdict(comparison: Comparison, arm: ArmSummary) -> str:
    """The verdict that counts, and that for luck alone where it is another; how many replications failed."""
    worlds = comparison.assumptions
    deciding = (worlds.verdicts.get(arm.name) if worlds else None) or arm.verdict
    word: str = "baseline" if arm.name == comparison.baseline else deciding or UNDEFINED
    if arm.verdict and arm.verdict != deciding:
        word += f" (luck: {arm.verdict})"
    if not arm.failures:
        return word
    return f"{word} ({len(arm.failures)} failed)" if arm.replications else f"{word} (all failed)"


def _name(arm: str) -> str:
    """The name of an arm, no longer than there is room for."""
    return textwrap.shorten(arm, NAME_WIDTH, placeholder="…")


def _estimate(arm: ArmSummary, metric: str) -> str:
    """Mean ± half-width, or a dash if undefined."""
    estimate, measure = arm.metrics[metric], MEASURES[metric]
    if estimate.mean is None:
        return UNDEFINED
    return f"{measure.amount(estimate.mean, estimate.half_width)}{spread(metric, estimate.half_width)}"


def spread(metric: str, half_width: float | None) -> str:
    """` ± 0.4` after an amount, nothing if there is no interval; one that is not 0 is not shown as 0."""
    if half_width is None:
        return ""
    told = MEASURES[metric].amount(half_width, half_width)
    return f" ± {told}" if half_width == 0.0 or told.strip("0.,") else f" ± <{told[:-1]}1"


def difference_name(d: Difference, currency: str) -> str:
    """Arm, metric and unit of a difference."""
    measure = MEASURES[d.metric]
    unit = measure.suffix(currency, difference=True).strip()
    return f"{_name(d.arm)}: {measure.label}{f', {unit}' if unit else ''}"


def _luck(d: Difference) -> str:
    """Mean and ends of the interval of luck alone."""
    found = d.by_luck
    mean = MEASURES[d.metric].amount(found.mean, (found.high - found.low) / 2.0, sign=True)
    return f"{mean} ({_ends(d, found)})"


def _ends(d: Difference, interval: Interval | None) -> str:
    """The ends of an interval."""
    if interval is None:
        return UNDEFINED
    half = (interval.high - interval.low) / 2.0
    low, high = (MEASURES[d.metric].amount(end, half, sign=True) for end in (interval.low, interval.high))
    return f"{low} to {high}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Align columns, the first and last to the left, numbers to the right; a rule below the header."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "-" * (sum(widths) + 2 * len(widths) - 2))
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """One line of the table."""
    numbers = [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *numbers, row[-1]]).rstrip()


def problems(checks: Iterable[Check]) -> str:
    """A line for each check that did not pass, with advice; empty if all did."""
    return "\n".join(_problem(check) for check in checks if check.status != "passed")


def _problem(check: Check) -> str:
    """One check that did not pass."""
    advice = f" ({check.advice})" if check.advice else ""
    return _wrapped(f"{check.status}: {check.heading} {check.detail}{advice}")


def _wrapped(text: str) -> str:
    """Wrap a sentence, continuation lines indented."""
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
