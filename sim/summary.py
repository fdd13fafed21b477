"""The comparison as plain text for a terminal: the verdict, a table of arms, and what is wrong with the run."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from sim.comparison import ArmSummary, Check, Comparison
from sim.measures import MEASURES

WIDTH = 100
NAME_WIDTH = 24
ALWAYS = ("revenue", "churn")


def summary_text(comparison: Comparison) -> str:
    """The headline, arms by goal, guardrail, revenue and churn (mean ± half-width), and health problems.

    Sentences are wrapped at `WIDTH` whatever the terminal; no colour, no line break at the end.
    """
    metrics = _shown(comparison)
    currency = comparison.experiment.scenario.currency
    header = ["arm", *(_heading(metric, currency) for metric in metrics), "verdict"]
    rows = [_row(arm, metrics, comparison.baseline) for arm in comparison.arms]
    blocks = [_wrapped(comparison.headline), table([header, *rows])]
    problems = [_problem(check) for check in comparison.health if check.status != "passed"]
    if problems:
        blocks.append("\n".join(problems))
    return "\n\n".join(blocks)


def _shown(comparison: Comparison) -> list[str]:
    """The metrics of the table, each once."""
    settings = comparison.experiment.scenario.compare
    declared = [settings.goal, settings.guardrail] if settings else []
    return list(dict.fromkeys([*(c.metric for c in declared if c), *ALWAYS]))


def _heading(metric: str, currency: str) -> str:
    """Name and unit of a column."""
    measure = MEASURES[metric]
    unit = measure.suffix(currency).strip()
    return f"{measure.label}, {unit}" if unit else measure.label


def _row(arm: ArmSummary, metrics: Sequence[str], baseline: str | None) -> list[str]:
    """One arm: its name, its estimates, its verdict."""
    verdict: str = "baseline" if arm.name == baseline else arm.verdict or "-"
    if arm.failures:
        verdict += f" ({len(arm.failures)} failed)"
    name = textwrap.shorten(arm.name, NAME_WIDTH, placeholder="…")
    return [name, *(_estimate(arm, metric) for metric in metrics), verdict]


def _estimate(arm: ArmSummary, metric: str) -> str:
    """Mean ± half-width, or a dash if undefined."""
    estimate, measure = arm.metrics[metric], MEASURES[metric]
    if estimate.mean is None:
        return "-"
    mean = measure.amount(estimate.mean, estimate.half_width)
    if estimate.half_width is None:
        return mean
    return f"{mean} ± {measure.amount(estimate.half_width, estimate.half_width)}"


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


def _problem(check: Check) -> str:
    """One check that did not pass, with advice."""
    advice = f" ({check.advice})" if check.advice else ""
    return _wrapped(f"{check.status}: {check.name}: {check.detail}{advice}")


def _wrapped(text: str) -> str:
    """Wrap a sentence, continuation lines indented."""
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
