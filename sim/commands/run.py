"""`simrun run`: an experiment from scenario to report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.announce import announce, plan
from sim.commands.console import emit, note
from sim.commands.ending import exit_code, show, tell_failures, tell_guardrail, tell_precision
from sim.commands.options import Options, fresh_option, run_options
from sim.commands.outputs import check_writable, publish
from sim.commands.resuming import Naming, known_cells, resumable
from sim.commands.sources import note_warnings, read_scenario, registry
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.compare import Comparison
    from sim.event_files import Kind
    from sim.registry import Registry
    from sim.results import Experiment
    from sim.scenario.model import Scenario
    from sim.store import Ledger


@dataclass(frozen=True)
class RunOptions(Options):
    """What the options of `run` say."""

    dry_run: bool
    fail_on: tuple[str, ...]
    events: Kind | None


@click.command(cls=Naming)
@click.argument("scenario")
@run_options(
    seed="Seed of all luck, instead of the scenario's.",
    replications="Run each arm exactly N times.",
    out="Default: results/<scenario name>.",
    json="Print results.json to stdout, and nothing else.",
)
@click.option("--dry-run", is_flag=True, help="Say what would run, and about how long. Runs and writes nothing.")
@fresh_option
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["guardrail", "precision"]),
    help="Exit with 3 if an arm breaks the guardrail, with 4 if the precision asked for is not reached; repeatable.",
)
@click.option(
    "--events",
    type=click.Choice(["csv", "parquet"]),
    help="Also write DIR/events/<arm>.csv or .parquet: everything that happened to every fan in replication 0.",
)
def run(scenario: str, **given: Any) -> int:
    """Run a scenario and write its report.

    SCENARIO is a YAML file or the name of a scenario that comes with simrun (see `simrun scenarios`). What was run
    before is answered from the ledger in DIR.
    """
    options = RunOptions(**given)
    if options.dry_run and options.as_json:
        raise UsageError(f"{scenario}: --json prints results, and a --dry-run has none; leave one of them out")
    loaded = _read(scenario, options)
    _check_conditions(loaded, scenario, options.fail_on)
    _check_events(options.events)
    directory = options.out or Path("results") / loaded.name
    if not options.quiet:
        note_warnings(loaded, scenario)
    if options.dry_run:
        emit(plan(loaded, directory, options.workers, _known(loaded, directory, options)))
        return 0
    check_writable(directory)
    comparison = _carry_out(loaded, scenario, directory, options)
    return exit_code(comparison, options.fail_on)


def _read(typed: str, options: RunOptions) -> Scenario:
    """The scenario with what the options change."""
    from sim.stopping import exactly

    seed = [] if options.seed is None else [f"seed={options.seed}"]
    loaded = read_scenario(typed, [*options.settings, *seed])
    return loaded if options.replications is None else exactly(loaded, options.replications)


def _check_conditions(scenario: Scenario, typed: str, fail_on: Sequence[str]) -> None:
    """Refuse to judge what the scenario does not ask for. Errors: UsageError."""
    if "guardrail" in fail_on and not (scenario.compare and scenario.compare.guardrail):
        raise UsageError(f"{typed}: --fail-on guardrail needs a guardrail, and compare has none")
    if "precision" in fail_on and not scenario.half_widths:
        raise UsageError(
            f"{typed}: --fail-on precision needs `replications: {{min, max, precision}}`, it asks for none"
        )


def _check_events(kind: Kind | None) -> None:
    """Refuse a kind of event log that cannot be written here. Errors: UsageError."""
    if kind:
        from sim.event_files import check_kind

        check_kind(kind)


def _write_events(
    experiment: Experiment, strategies: Registry, typed: str, directory: Path, options: RunOptions
) -> None:
    """Write the event logs that are asked for; arms that failed in replication 0 have none, and are named."""
    if options.events is None:
        return
    from sim.event_files import write_events

    failed = {failure.arm: None for failure in experiment.failures if failure.replication == 0 and not failure.redrawn}
    for path in write_events(experiment.scenario, strategies, directory, options.events, failed):
        if not options.quiet:
            note(f"events: {path}")
    for arm in failed:
        note(f"{typed}: no events of arm '{arm}', which failed in replication 0")


def _known(scenario: Scenario, directory: Path, options: RunOptions) -> int:
    """How many replications the ledger knows, if there is one."""
    from sim.store import LEDGER, Ledger

    if options.fresh or not (directory / LEDGER).exists():
        return 0
    with Ledger(directory, writing=False) as ledger:
        return sum(known_cells([scenario], ledger, options))


def _carry_out(scenario: Scenario, typed: str, directory: Path, options: RunOptions) -> Comparison:
    """Run what the ledger does not know, write all files, and print what the user asked for."""
    from sim.compare import compare
    from sim.experiment import strategies_of
    from sim.store import Ledger

    strategies = registry().fixed(strategies_of(scenario))
    with Ledger(directory, where=options.where) as ledger:
        experiment = _run(scenario, strategies, typed, ledger, options)
        tell_failures(typed, experiment.failures, options.where)
        comparison = compare(experiment)
        report = publish(comparison, directory, ledger)
    _write_events(experiment, strategies, typed, directory, options)
    show(comparison, report, as_json=options.as_json, quiet=options.quiet)
    if "guardrail" in options.fail_on:
        tell_guardrail(typed, comparison)
    if not options.quiet or "precision" in options.fail_on:
        tell_precision(typed, experiment)
    return comparison


def _run(scenario: Scenario, strategies: Registry, typed: str, ledger: Ledger, options: RunOptions) -> Experiment:
    """The experiment. Errors: as `resumable`."""
    from sim.experiment import run_experiment

    def on_start(known: int) -> None:
        """Say what is about to run."""
        if not options.quiet:
            announce(scenario, options.workers, known)

    with resumable(scenario.name, typed, [scenario], ledger, options) as on_progress:
        return run_experiment(
            scenario,
            strategies,
            workers=options.workers,
            on_start=on_start,
            on_progress=on_progress,
            command=options.command_line(typed),
            ledger=ledger,
            fresh=options.fresh,
        )
