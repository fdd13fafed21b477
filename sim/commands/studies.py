"""What `simrun sweep` and `simrun compare` have in common: their options, and from experiments to files."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.console import duration, emit, note, progress
from sim.commands.outputs import check_writable, put_in_place
from sim.commands.sources import registry
from sim.commands.workers import workers_option

if TYPE_CHECKING:
    from sim.cluster import Cluster
    from sim.experiment import Progress
    from sim.results import Experiment
    from sim.scenario.model import Scenario
    from sim.store import Ledger


@dataclass(frozen=True)
class Options:
    """What the options of a study say."""

    seed: int | None
    replications: int | None
    workers: int | Cluster | None
    out: Path | None
    settings: tuple[str, ...]
    as_json: bool
    quiet: bool
    fresh: bool

    @property
    def overrides(self) -> list[str]:
        """The settings that they change, `--seed` and `--replications` last."""
        own = {"seed": self.seed, "replications": self.replications}
        return [*self.settings, *(f"{key}={value}" for key, value in own.items() if value is not None)]

    def command_line(self, *words: str) -> str:
        """The line that repeats a study: what determines the result, and nothing else."""
        own = {"--seed": self.seed, "--replications": self.replications}
        told = [word for key, value in own.items() if value is not None for word in (key, str(value))]
        told += [word for change in self.settings for word in ("--set", change)]
        return shlex.join(["simrun", *words, *told])


OPTIONS = (
    click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Seed of all luck."),
    click.option("--replications", type=click.IntRange(1, 10_000), metavar="N", help="Run each arm N times."),
    workers_option,
    click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where the files go."),
    click.option("--set", "settings", multiple=True, metavar="KEY.PATH=VALUE", help="Change a setting; repeatable."),
    click.option("--json", "as_json", is_flag=True, help="Print the JSON file to stdout, and nothing else."),
    click.option("--quiet", is_flag=True, help="No progress and no messages; print only where the report is."),
    click.option("--fresh", is_flag=True, help="Run everything again, also what the ledger in DIR knows already."),
)


def study_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of a study, which it gets as one `Options`."""

    @wraps(command)
    def gathered(**given: Any) -> int:
        names = Options.__dataclass_fields__
        options = Options(**{name: given.pop(name) for name in names})
        return command(options=options, **given)

    for option in reversed(OPTIONS):
        gathered = option(gathered)
    return gathered


@dataclass(frozen=True)
class Files:
    """What a study leaves behind: `write` makes all files in an empty folder and returns the report among them.

    `text` is for the terminal, `json` the name of the file that --json prints.
    """

    write: Callable[[Path], Path]
    text: str
    json: str


def run_scenarios(
    title: str,
    scenarios: Sequence[Scenario],
    directory: Path,
    options: Options,
    command: str,
    *,
    metrics_alone: bool = False,
) -> tuple[Experiment, ...]:
    """Run what the ledger in `directory` does not know; `metrics_alone` as in `run_all`.

    If the user stops it, KeyboardInterrupt says how far it came.
    """
    from sim.store import Ledger
    from sim.studies.running import run_all

    finished = total = 0
    with Ledger(directory) as ledger:
        if not options.quiet:
            _announce(title, scenarios, options, ledger)
        try:
            with progress(title, options.quiet) as show:

                def on_progress(now: Progress) -> None:
                    nonlocal finished, total
                    finished, total = now.finished, now.total
                    show(now)

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
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"{title}: interrupted after {finished} of {total} replications, which are kept in {ledger.path}; "
                "the same command goes on from there"
            ) from None


def _announce(title: str, scenarios: Sequence[Scenario], options: Options, ledger: Ledger) -> None:
    """Say on stderr what is about to run, how much of it is known already, and about how long it takes."""
    from sim.experiment import answered
    from sim.workload import cell_count

    known = [0 if options.fresh else answered(scenario, registry(), ledger) for scenario in scenarios]
    cells = [cell_count(scenario, scenario.most) for scenario in scenarios]
    if isinstance(options.workers, int | None):
        where = f"about {duration(_seconds(scenarios, known, options.workers))}"
    else:
        where = f"on {options.workers.url}"
    note(f"{title}: {sum(cells)} replications of {sum(len(s.arms) for s in scenarios)} arms, {where}")
    if any(known):
        note(f"{title}: answered from the ledger: {sum(known)} of {sum(cells)} replications")


def _seconds(scenarios: Sequence[Scenario], known: Sequence[int], workers: int | None) -> float:
    """About how long it takes to run what is not known, and to draw the report."""
    from sim.workload import REPORT_SECONDS, cell_count, choose_workers, wall_seconds

    seconds = REPORT_SECONDS
    for scenario, have in zip(scenarios, known, strict=True):
        cells = cell_count(scenario, scenario.most) - have
        seconds += wall_seconds(scenario, choose_workers(scenario, workers, have), cells) - REPORT_SECONDS
    return seconds


def finish(files: Files, directory: Path, options: Options) -> None:
    """Put the files into place, and print what the user asked for."""
    report = put_in_place(directory, files.write)
    if options.as_json:
        emit((directory / files.json).read_bytes())
        return
    if not options.quiet:
        emit(files.text)
    emit(str(report))


def directory_for(options: Options, name: str) -> Path:
    """Where the files go, made sure of before a long run. Errors: UsageError."""
    directory = options.out or Path("results") / name
    check_writable(directory)
    return directory
