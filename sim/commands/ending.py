"""How a run ends: what is printed, what went wrong, and the exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.commands.console import counted, emit, note

if TYPE_CHECKING:
    from sim.compare import Comparison
    from sim.comparison import Difference
    from sim.results import Experiment, Failure
    from sim.stats import Interval

FAILED, GUARDRAIL_BROKEN, NOT_PRECISE = 1, 3, 4


def show(comparison: Comparison, report: Path, *, as_json: bool, quiet: bool) -> None:
    """Print what the user asked for."""
    from sim.summary import summary_text

    show_result(report, "results.json", summary_text(comparison), as_json=as_json, quiet=quiet)


def show_result(report: Path, json: str, text: str, *, as_json: bool, quiet: bool) -> None:
    """Print the file `json` that lies beside the report, or `text` and where the report is, or that alone."""
    if as_json:
        emit((report.parent / json).read_bytes())
        return
    if not quiet:
        emit(text)
    emit(str(report))


def tell_failures(typed: str, failures: Sequence[Failure], where: str = "") -> int:
    """Say on stderr which arms failed: the first failure of each, and how many others; return the exit code.

    `where`: what stands behind the command that repeats one, to lead to the same folder.
    """
    for arm in dict.fromkeys(failure.arm for failure in failures):
        first, *others = (failure for failure in failures if failure.arm == arm)
        cell = f"{'redraw' if first.redrawn else 'replication'} {first.replication}"
        note(f"{typed}: arm '{arm}' failed in {cell}: {first.message}")
        if others:
            note(f"{typed}: arm '{arm}' failed in {_more(others)}, {_alike(first, others)}")
        if first.command:
            note(f"{typed}: to repeat the first: {first.command}{where}")
        if os.environ.get("SIMRUN_DEBUG"):
            note(first.trace)
    return FAILED if failures else 0


def _more(others: Sequence[Failure]) -> str:
    """How many other failures: `2 more replications and 40 redraws`."""
    redrawn = sum(failure.redrawn for failure in others)
    counts = {"replication": len(others) - redrawn, "redraw": redrawn}
    return " and ".join(counted(n, f"more {kind}") for kind, n in counts.items() if n)


def _alike(first: Failure, others: Sequence[Failure]) -> str:
    """Whether they failed with the same message."""
    same = sum(failure.message == first.message for failure in others)
    if same == len(others):
        return "with the same message"
    if len(others) == 1:
        return "with another message"
    return f"{same or 'none'} of them with the same message"


def tell_precision(typed: str, experiment: Experiment) -> None:
    """Say on stderr which differences are less precise than the scenario asks for."""
    from sim.measures import MEASURES
    from sim.stopping import imprecise

    for found in imprecise(experiment):
        measure, currency = MEASURES[found.metric], experiment.scenario.currency
        reached = "is unknown"
        if found.half_width is not None:
            half_width = measure.amount(found.half_width, found.half_width)
            reached = f"is known to ± {half_width}{measure.suffix(currency, difference=True)}"
        note(
            f"{typed}: precision not reached: {measure.label} of '{found.arm}' {reached}, "
            f"not ± {measure.margin(found.wanted, currency)}"
        )


def tell_guardrail(typed: str, comparison: Comparison) -> None:
    """Say on stderr which arms break the guardrail, by how much, and what is allowed."""
    from sim.measures import MEASURES

    currency = comparison.experiment.scenario.currency
    for d, interval, where in _breaking(comparison):
        measure, way = MEASURES[d.metric], "rise" if d.improves < 0 else "fall"
        shown = interval.oriented(-d.improves)
        width = (shown.high - shown.low) / 2.0
        mean, low, high = (measure.amount(x, width) for x in (shown.mean, shown.low, shown.high))
        note(
            f"{typed}: guardrail broken: {measure.label} of '{d.arm}' {way}s by "
            f"{mean}{measure.suffix(currency, difference=True)} (95 % interval {low} to {high}{where}), "
            f"where a {way} of {measure.margin(d.margin or 0.0, currency)} is allowed"
        )


def exit_code(comparison: Comparison, fail_on: Sequence[str]) -> int:
    """How the run ended, as the shell is told: the first that applies."""
    from sim.stopping import imprecise

    if comparison.experiment.failures:
        return FAILED
    if "guardrail" in fail_on and _breaking(comparison):
        return GUARDRAIL_BROKEN
    if "precision" in fail_on and imprecise(comparison.experiment):
        return NOT_PRECISE
    return 0


def _breaking(comparison: Comparison) -> list[tuple[Difference, Interval, str]]:
    """Arms that break the guardrail and by how much: by luck alone, or over the range of assumptions, which is said."""
    found = []
    for d in (d for d in comparison.differences if d.role == "guardrail"):
        world = comparison.assumptions.of(d.arm, d.role) if comparison.assumptions else None
        if d.verdict == "broken":
            found.append((d, d.by_luck, ""))
        elif world and world.interval and world.verdict == "broken":
            found.append((d, world.interval, " over the range of assumptions"))
    return found
