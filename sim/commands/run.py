"""`simrun run`: an experiment from scenario to report."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.console import duration, emit, note, progress
from sim.commands.outputs import check_writable, publish
from sim.commands.sources import note_warnings, read_scenario, registry
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.experiment import Progress
    from sim.results import Experiment
    from sim.scenario.model import Scenario, StrategyUse


@click.command()
@click.argument("scenario")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Seed of all luck, instead of the scenario's.")
@click.option("--replications", type=click.IntRange(min=1), metavar="N", help="Run each arm exactly N times.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes to use; default: as it pays.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Default: results/<scenario name>.")
@click.option("--set", "settings", multiple=True, metavar="KEY.PATH=VALUE", help="Change a setting; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print results.json to stdout, and nothing else.")
@click.option("--quiet", is_flag=True, help="No progress and no messages; print only where the report is.")
@click.option("--dry-run", is_flag=True, help="Say what would run, and about how long. Runs and writes nothing.")
def run(
    scenario: str,
    seed: int | None,
    replications: int | None,
    workers: int | None,
    out: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    dry_run: bool,
) -> int:
    """Run a scenario and write its report.

    SCENARIO is a YAML file or the name of a scenario that comes with simrun (see `simrun scenarios`).
    """
    if dry_run and as_json:
        raise UsageError(f"{scenario}: --json prints results, and a --dry-run has none; leave one of them out")
    changes = {"seed": seed, "replications": replications}
    own = {key: value for key, value in changes.items() if value is not None}
    loaded = read_scenario(scenario, [*settings, *(f"{key}={value}" for key, value in own.items())])
    directory = out or Path("results") / loaded.name
    if not quiet:
        note_warnings(loaded, scenario)
    if dry_run:
        emit(plan(loaded, directory, workers))
        return 0
    check_writable(directory)
    if not quiet:
        _announce(loaded, workers)
    command = command_line(scenario, own, settings)
    experiment = _run(loaded, scenario, workers, command, quiet)
    for failure in experiment.failures:
        note(f"{scenario}: arm '{failure.arm}' failed in replication {failure.replication}: {failure.message}")
        if os.environ.get("SIMRUN_DEBUG"):
            note(failure.trace)
    _write(experiment, directory, as_json, quiet)
    return 1 if experiment.failures else 0


def _announce(scenario: Scenario, workers: int | None) -> None:
    """Say on stderr what is about to run, and about how long."""
    from sim.workload import choose_workers, wall_seconds

    about = duration(wall_seconds(scenario, choose_workers(scenario, workers)))
    note(f"{scenario.name}: {len(scenario.arms)} arms x {scenario.replications} replications, about {about}")


def command_line(typed: str, own: Mapping[str, int], settings: Sequence[str]) -> str:
    """The line that repeats a run: what determines the result, and nothing else."""
    words = [word for key, value in own.items() for word in (f"--{key}", str(value))]
    words += [word for change in settings for word in ("--set", change)]
    return shlex.join(["simrun", typed, *words])


def plan(scenario: Scenario, directory: Path, workers: int | None) -> str:
    """What would run, and about how long it would take."""
    from sim.workers import available_cpus
    from sim.workload import choose_workers, wall_seconds

    workers = choose_workers(scenario, workers)
    arms = [f"  {name}: {', '.join(map(_use, uses)) or 'no strategy'}" for name, uses in scenario.arms.items()]
    return "\n".join(
        [
            f"{scenario.name}: {scenario.question}",
            f"{len(arms)} arms x {scenario.replications} replications of {scenario.days} days, "
            f"{scenario.population.size:,} fans at the start, seed {scenario.seed}",
            *arms,
            f"about {duration(wall_seconds(scenario, workers))} with {workers} of {available_cpus()} CPUs; "
            "longer if fans are touched daily, or if other programs keep the machine busy",
            f"would write report.html, results.json, replications.csv, daily.csv and figures to {directory}",
        ]
    )


def _use(use: StrategyUse) -> str:
    """A strategy with the parameters that the scenario gives it."""
    given = ", ".join(f"{name}={value}" for name, value in use.parameters.items())
    return f"{use.use} ({given})" if given else use.use


def _run(scenario: Scenario, typed: str, workers: int | None, command: str, quiet: bool) -> Experiment:
    """The experiment. If the user stops it, KeyboardInterrupt says how far it came."""
    from sim.experiment import run_experiment

    finished = 0
    try:
        with progress(scenario.name, quiet) as show:

            def on_progress(now: Progress) -> None:
                nonlocal finished
                finished = now.finished
                show(now)

            return run_experiment(scenario, registry(), workers=workers, on_progress=on_progress, command=command)
    except KeyboardInterrupt:
        total = len(scenario.arms) * scenario.replications
        raise KeyboardInterrupt(
            f"{typed}: interrupted after {finished} of {total} replications; nothing was written"
        ) from None


def _write(experiment: Experiment, directory: Path, as_json: bool, quiet: bool) -> None:
    """Write the files, and print what the user asked for."""
    from sim.compare import compare
    from sim.summary import summary_text

    comparison = compare(experiment)
    report = publish(comparison, directory)
    if as_json:
        emit((directory / "results.json").read_bytes())
        return
    if not quiet:
        emit(summary_text(comparison))
    emit(str(report))
