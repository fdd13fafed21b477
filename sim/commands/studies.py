"""What `simrun sweep` and `simrun compare` have in common: their options, and from experiments to files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.commands.announce import answered_text
from sim.commands.console import counted, duration, note
from sim.commands.ending import show_result
from sim.commands.options import Command, Options, fresh_option, run_options
from sim.commands.outputs import check_writable, put_in_place
from sim.commands.resuming import known_cells, resumable
from sim.commands.sources import registry

if TYPE_CHECKING:
    from sim.results import Experiment
    from sim.scenario.model import Scenario
    from sim.store import Ledger


def study_options(command: Command) -> Command:
    """Give a command the options of a study, which it gets as one `Options`."""

    @wraps(command)
    def gathered(**given: Any) -> int:
        """Call it with its options in one piece."""
        names = Options.__dataclass_fields__
        options = Options(**{name: given.pop(name) for name in names})
        return command(options=options, **given)

    options = run_options(
        seed="Seed of all luck.",
        replications="Run each arm N times.",
        out="Where the files go.",
        json="Print the JSON file to stdout, and nothing else.",
    )
    return options(fresh_option(gathered))


@dataclass(frozen=True)
class Files:
    """What a study leaves behind: `name`.json, `name`.csv, and the page that `write_report` makes in a folder.

    `text` is for the terminal, `headline` is the sentence that it begins with.
    """

    name: str
    headline: str
    json: str
    csv: str
    text: str
    write_report: Callable[[Path], Path]

    def write(self, directory: Path) -> Path:
        """Write all files; return the page among them."""
        from sim.text_files import write_whole

        write_whole(directory / f"{self.name}.json", self.json)
        write_whole(directory / f"{self.name}.csv", self.csv)
        return self.write_report(directory)


def run_scenarios(
    title: str,
    typed: str,
    scenarios: Sequence[Scenario],
    directory: Path,
    options: Options,
    command: str,
    *,
    metrics_alone: bool = False,
) -> tuple[Experiment, ...]:
    """Run what the ledger in `directory` does not know; `metrics_alone` as in `run_all`. Errors: as `resumable`.

    `title`: what progress is told of. `typed`: what the user calls the scenarios.
    """
    from sim.store import Ledger
    from sim.studies.running import run_all

    with Ledger(directory, where=options.where) as ledger:
        if not options.quiet:
            _announce(title, scenarios, options, ledger)
        with resumable(title, typed, scenarios, ledger, options) as on_progress:
            return run_all(
                scenarios,
                registry(),
                workers=options.workers,
                on_progress=on_progress,
                command=command,
                ledger=ledger,
                fresh=options.fresh,
                metrics_alone=metrics_alone,
            )


def _announce(title: str, scenarios: Sequence[Scenario], options: Options, ledger: Ledger) -> None:
    """Say on stderr what is about to run, how much of it is known already, and about how long it takes."""
    from sim.workload import cell_count

    known = known_cells(scenarios, ledger, options)
    cells = [cell_count(scenario, scenario.most) for scenario in scenarios]
    if isinstance(options.workers, int | None):
        where = f"about {duration(_seconds(scenarios, known, options.workers))}"
    else:
        where = f"on {options.workers.url}"
    arms = counted(sum(len(scenario.arms) for scenario in scenarios), "arm")
    note(f"{title}: {counted(sum(cells), 'replication')} of {arms}, {where}")
    if any(known):
        note(f"{title}: {answered_text(scenarios, sum(known))}")


def _seconds(scenarios: Sequence[Scenario], known: Sequence[int], workers: int | None) -> float:
    """About how long it takes to run what is not known, and to draw the report."""
    from sim.workload import REPORT_SECONDS, cell_count, choose_workers, wall_seconds

    seconds = REPORT_SECONDS
    for scenario, have in zip(scenarios, known, strict=True):
        cells = cell_count(scenario, scenario.most) - have
        seconds += wall_seconds(scenario, choose_workers(scenario, workers, have), cells) - REPORT_SECONDS
    return seconds


def finish(files: Files, directory: Path, options: Options, command: str) -> None:
    """Record the study and put its files into place, and print what the user asked for."""
    from sim.store import Ledger

    with Ledger(directory, where=options.where) as ledger:
        report = put_in_place(directory, files.write, _recorded(ledger, command, files.headline))
    show_result(report, f"{files.name}.json", files.text, as_json=options.as_json, quiet=options.quiet)


@contextmanager
def _recorded(ledger: Ledger, command: str, headline: str) -> Iterator[None]:
    """Let nobody else write; the study is recorded if its files are in place."""
    with ledger.transaction():
        ledger.record_study(command, headline)
        yield


def directory_for(options: Options, name: str) -> Path:
    """Where the files go, made sure of before a long run. Errors: UsageError."""
    directory = options.out or Path("results") / name
    check_writable(directory)
    return directory
