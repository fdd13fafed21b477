"""How a run ends: what is printed, what went wrong, and the exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.commands.console import emit, note

if TYPE_CHECKING:
    from sim.compare import Comparison
    from sim.results import Experiment, Failure

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


def tell_failures(typed: str, failures: Sequence[Failure]) -> int:
    """Say on stderr which arms failed: the first failure of each, and how many others; return the exit code."""
    for arm in dict.fromkeys(failure.arm for failure in failures):
        first, *others = (failure for failure in failures if failure.arm == arm)
        where = f"{'redraw' if first.redrawn else 'replication'} {first.replication}"
        note(f"{typed}: arm '{arm}' failed in {where}: {first.message}")
        if others:
            note(f"{typed}: arm '{arm}' failed in {_more(others)}, {_alike(first, others)}")
        if first.command:
            note(f"{typed}: to repeat the first: {first.command}")
        if os.environ.get("SIMRUN_DEBUG"):
            note(first.trace)
    return FAILED if failures else 0


def _more(others: Sequence[Failure]) -> str:
    """How many other failures: `2 more replications and 40 redraws`."""
    redrawn = sum(failure.redrawn for failure in others)
    counts = {"replication": len(others) - redrawn, "redraw": redrawn}
    told = [f"{n} more {kind}{'' if n == 1 else 's'}" for kind, n in counts.items() if n]
    return " and ".join(told)


def _alike(first: Failure, others: Sequence[Failure]) -> str:
    """Whether they failed with the same message."""
    same = sum(failure.message == first.message for failure in others)
    if same == len(others):
        return "with the same message"
    return f"{same or 'none'} of them with the same message"


def tell_precision(typed: str, experiment: Experiment) -> None:
    """Say on stderr which differences are less precise than the scenario asks for."""
    from sim.stopping import imprecise

    for found in imprecise(experiment):
        reached = "unknown" if found.half_width is None else f"known to ± {found.half_width:.3g}"
        note(f"{typed}: precision not reached: {found.metric} of '{found.arm}' is {reached}, not ± {found.wanted:.3g}")


def exit_code(comparison: Comparison, fail_on: Sequence[str]) -> int:
    """How the run ended, as the shell is told: the first that applies."""
    from sim.stopping import imprecise

    if comparison.experiment.failures:
        return FAILED
    if "guardrail" in fail_on and breaks_guardrail(comparison):
        return GUARDRAIL_BROKEN
    if "precision" in fail_on and imprecise(comparison.experiment):
        return NOT_PRECISE
    return 0


def breaks_guardrail(comparison: Comparison) -> bool:
    """Whether an arm breaks the guardrail, by luck alone or over the range of assumptions."""
    worlds = comparison.assumptions.effects if comparison.assumptions else ()
    verdicts = [(d.role, d.verdict) for d in comparison.differences] + [(e.role, e.verdict) for e in worlds]
    return ("guardrail", "broken") in verdicts
