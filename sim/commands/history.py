"""Commands on what was run before: list it, draw its report again, run it again, compare it."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.console import emit, progress
from sim.commands.ending import show
from sim.commands.folders import folder_and_run, folders_with_ledgers, has_ledger, reading, run_of
from sim.commands.outputs import check_writable, publish
from sim.commands.resuming import Naming
from sim.commands.sources import registry
from sim.commands.types import Folder, Whole
from sim.commands.workers import workers_option

if TYPE_CHECKING:
    from sim.changes import Change
    from sim.cluster import Cluster
    from sim.reproduction import Reproduction
    from sim.run_difference import Moved, RunDifference
    from sim.store import Ledger, Run, Study

RUN = click.option("--run", "number", type=Whole(min=1), metavar="ID", help="Which run; default: the newest.")
PAST = click.argument("directory", metavar="DIR[@ID]", type=Folder())


@click.command()
@click.argument("directory", metavar="DIR", type=Folder())
def runs(directory: Path) -> None:
    """List the experiments, sweeps and comparisons of scenarios that are recorded in a folder of results.

    `simrun report DIR --run ID` draws a run again; the command of a sweep or comparison draws that, from the ledger.
    """
    inside = folders_with_ledgers(directory)
    if inside and not has_ledger(directory):
        emit("\n".join(_listed(f"{directory}: has no ledger itself; these folders have one:", inside)))
        return
    with reading(directory) as ledger:
        listed = [*map(_line, ledger.runs()), *map(_study_line, ledger.studies())]
        emit("\n".join(listed) or f"{ledger.path}: no finished run yet")


@click.command(cls=Naming)
@PAST
@RUN
def report(directory: Path, number: int | None) -> None:
    """Write the files of a recorded experiment again, without running anything.

    DIR@ID is the same as DIR --run ID.
    """
    from sim.compare import compare
    from sim.store import Ledger

    directory, number = folder_and_run(str(directory), number)
    check_writable(directory)
    with reading(directory) as ledger:
        comparison = compare(ledger.experiment(run_of(ledger, number).id))
    with Ledger(directory) as ledger:
        written = publish(comparison, directory, ledger, record=False)
    show(comparison, written, as_json=False, quiet=False)


@click.command(cls=Naming)
@PAST
@RUN
@workers_option
def reproduce(directory: Path, number: int | None, workers: int | Cluster | None) -> int:
    """Run a recorded experiment again and tell whether the same comes out, or what differs. Writes nothing.

    DIR@ID is the same as DIR --run ID.
    """
    from sim.reproduction import reproduce as run_again

    directory, number = folder_and_run(str(directory), number)
    with reading(directory) as ledger:
        run = run_of(ledger, number)
        with progress(f"{directory}: run {run.id}", quiet=False) as tell:
            found = run_again(ledger, run.id, registry(), workers=workers, on_progress=tell)
    emit("\n".join([f"{directory}: run {run.id}: {_verdict(found)}", *_listed("what went in differs:", found.inputs)]))
    return 1 if found.apart else 0


def _verdict(found: Reproduction) -> str:
    """Whether the same came out again, in a line, and a line for each failure that came again."""
    finished = found.cells - len(found.failed)
    if found.apart:
        head = f"{len(found.apart)} of {found.cells} replications differ; the first: {found.apart[0]}"
    elif finished == 1:
        head = "its 1 replication is the same to the last bit"
    elif finished:
        head = f"all {finished} replications are the same to the last bit"
    else:
        head = "no replication was finished then"
    return "\n".join([head, *_listed("what failed fails again in the same way:", found.why)])


@click.command()
@click.argument("before", metavar="DIR[@ID]")
@click.argument("after", metavar="DIR[@ID]")
def diff(before: str, after: str) -> None:
    """Tell what changed between two recorded experiments: in settings and code, and in the results.

    DIR@ID is run ID of a folder of results, DIR its newest run.
    """
    from sim.run_difference import difference_of_runs

    with contextlib.ExitStack() as open_ledgers:
        sides = [_side(open_ledgers, typed) for typed in (before, after)]
        found = difference_of_runs(*sides[0], *sides[1])
    emit(difference_text(found, (before, after)))


def difference_text(found: RunDifference, names: tuple[str, str]) -> str:
    """The difference of two runs as text for a terminal."""
    sides = zip(names, (found.before, found.after), strict=True)
    heads = [_wrapped(f"{name}: run {run.id}: {run.headline}") for name, run in sides]
    inputs = _listed("what went in:", found.inputs) or ["what went in is the same"]
    if found.identical:
        results = ["what came out is the same to the last bit"]
    else:
        moved = _listed("what came out, means over the replications that both have:", list(map(_moved, found.results)))
        failed = [_wrapped(f"  {entry}") for entry in found.failures]
        failed = ["what failed in one of them, or in each for another reason:", *failed] if failed else []
        results = [*failed, *(moved or [_nothing_moved(found)])]
    return "\n".join([*heads, *inputs, *results])


def _side(open_ledgers: contextlib.ExitStack, typed: str) -> tuple[Ledger, Run]:
    """The ledger and the run that `DIR` or `DIR@ID` names."""
    folder, number = folder_and_run(typed)
    ledger = open_ledgers.enter_context(reading(folder))
    return ledger, run_of(ledger, number)


def _line(run: Run) -> str:
    """A run in a few lines: what it was, the line that repeats it, the verdict."""
    redrawn = f" and {run.redrawn} under redrawn assumptions" if run.redrawn else ""
    head = f"{run.id}  {run.finished}  {run.name}: {', '.join(run.arms)}; {run.replications} replications{redrawn}"
    return "\n".join([head, f"   {run.command}", _wrapped(f"   {run.headline}")])


def _study_line(study: Study) -> str:
    """A sweep or a comparison of scenarios in a few lines: when, the line that repeats it, what it found."""
    return "\n".join([f"-  {study.finished}  {study.command}", _wrapped(f"   {study.headline}")])


def _wrapped(text: str) -> str:
    """A sentence in lines that fit a terminal."""
    return textwrap.fill(text, 100, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False)


def _listed(title: str, entries: Sequence[Change | str]) -> list[str]:
    """A title and its entries, nothing if there are none."""
    from sim.scenario.plain import shorten

    return [title, *(f"  {shorten(str(entry), 200)}" for entry in entries)] if entries else []


def _nothing_moved(found: RunDifference) -> str:
    """What to say of two runs in which no mean of a metric is another one."""
    if not found.common:
        return "the two have no replication of an arm in common, so what came out cannot be compared"
    if found.apart:
        return f"{found.apart} of the {found.common} replications that both have differ, but no mean of a metric"
    return "what came out is the same in the replications that both have"


def _moved(moved: Moved) -> str:
    """A metric of an arm, before and after."""
    from sim.measures import MEASURES

    measure, unit = MEASURES[moved.metric], MEASURES[moved.metric].suffix("").strip()
    width = None if moved.before is None or moved.after is None else abs(moved.after - moved.before)
    texts = ["undefined" if value is None else measure.amount(value, width) for value in (moved.before, moved.after)]
    return f"{moved.arm}: {measure.label} {texts[0]} -> {texts[1]} {unit}".rstrip()
