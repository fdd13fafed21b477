"""The comparison as Markdown, for a message or a page: the same as on a terminal, with precision and provenance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sim.comparison import Check, Comparison, Difference
from sim.measures import MEASURES
from sim.summary import UNDEFINED, arm_rows, difference_name, difference_rows, moved_words

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~$])")


def summary_markdown(comparison: Comparison) -> str:
    """Verdict, tables of arms, differences and precision, health checks, warnings, and the line that repeats the run.

    Names and messages are shown as they are: nothing in them is taken for markup.
    """
    return "\n\n".join(_blocks(comparison)) + "\n"


def _blocks(comparison: Comparison) -> Iterator[str]:
    """The parts of the page in their order."""
    scenario, provenance = comparison.experiment.scenario, comparison.experiment.provenance
    yield f"# {plain(scenario.name)}"
    if scenario.question:
        yield plain(scenario.question)
    yield f"**{plain(comparison.headline)}**"
    if moved := moved_words(comparison):
        yield plain(moved)
    yield markdown_table(arm_rows(comparison))
    if differences := difference_rows(comparison):
        yield "## Differences"
        yield markdown_table(differences)
    if precision := list(_precision(comparison)):
        yield "## Precision"
        yield markdown_table([_PRECISION, *precision])
    yield "## Health"
    yield "\n".join(_health(comparison.health, comparison.experiment.warnings))
    repeat = f"Repeat with {code(provenance.command)}, seed" if provenance.command else "Seed"
    yield f"{repeat} {provenance.seed}."


_PRECISION = ["difference", "replications", "half-width", "wanted", "smallest detectable", "still needed"]


def _precision(comparison: Comparison) -> Iterator[list[str]]:
    """A row for the goal and the guardrail of each arm: what was reached, and what it takes."""
    for d in comparison.differences:
        if d.role != "secondary" and d.precision is not None:
            found = d.precision
            amounts = [_amount(d, width) for width in (found.half_width, found.wanted, found.smallest_detectable)]
            needed = UNDEFINED if found.still_needed is None else f"{found.still_needed:,}"
            name = difference_name(d, comparison.experiment.scenario.currency)
            yield [name, f"{d.n:,}", *amounts, needed]


def _amount(d: Difference, width: float | None) -> str:
    """A width in the unit of the metric; shares in points."""
    return UNDEFINED if width is None else MEASURES[d.metric].amount(width, width)


def _health(checks: Sequence[Check], warnings: Sequence[str]) -> Iterator[str]:
    """What did not pass, with advice; what the scenario is warned of; how many checks passed."""
    for check in checks:
        if check.status != "passed":
            advice = f" {plain(check.advice)}" if check.advice else ""
            yield f"- **{check.status}**: {plain(check.heading)} {plain(check.detail)}.{advice}"
    yield from (f"- **warning**: {plain(warning)}" for warning in warnings)
    yield f"- {sum(check.status == 'passed' for check in checks)} of {len(checks)} checks passed"


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """A table; the first row is its header, the first and last column stand to the left, the others to the right."""
    marks = ["---", *["---:"] * (len(rows[0]) - 2), "---"]
    lines = [[plain(cell) for cell in row] for row in rows]
    lines.insert(1, marks)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """Text as code, between more backticks than stand in a row in it."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    inner = f" {text} " if "`" in text else text
    return f"{fence}{inner}{fence}"


def plain(text: str) -> str:
    """Text in which nothing is markup, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
