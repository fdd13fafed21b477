"""`simrun sweep`: a key over a range of values."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from sim.commands.ending import tell_failures
from sim.commands.options import Options
from sim.commands.resuming import Naming
from sim.commands.sources import note_warnings, read_scenario, registry
from sim.commands.studies import Files, directory_for, finish, run_scenarios, study_options

if TYPE_CHECKING:
    from sim.studies.sweep import Sweep


@click.command(cls=Naming)
@click.argument("scenario")
@click.option(
    "--over",
    "specs",
    multiple=True,
    required=True,
    metavar="KEY=START:STOP:STEP",
    help="The key and its values, also as a list a,b,c; give it twice for a grid of two keys.",
)
@study_options
def sweep(scenario: str, specs: tuple[str, ...], options: Options) -> int:
    """Run a scenario over a range of values of one key or two, and show where it is best.

    A key of an arm, such as arms.frequent.0.touches_per_30_days, gives the curve of that arm; a key of the world, such
    as population.tolerance.median, a curve for each arm. Files go to results/SCENARIO-sweep.
    """
    from sim.provenance import provenance
    from sim.scenario.load import range_warnings
    from sim.studies.axes import read_axes
    from sim.studies.curves import summarise
    from sim.studies.describe import described
    from sim.studies.plan import plan_sweep

    axes = read_axes(specs, scenario)
    plan = plan_sweep(partial(read_scenario, scenario), axes, scenario, options.overrides)
    plan = replace(plan, axes=described(plan.axes, plan.scenario, registry()))
    directory = directory_for(options, f"{plan.scenario.name}-sweep")
    if not options.quiet:
        note_warnings(plan.scenario, scenario)
    over = [word for spec in specs for word in ("--over", spec)]
    command = options.command_line("sweep", scenario, *over)
    title, worlds = f"{plan.scenario.name}-sweep", [world.scenario for world in plan.worlds]
    experiments = run_scenarios(title, scenario, worlds, directory, options, command, metrics_alone=True)
    made = provenance(plan.scenario, command)
    swept = summarise(plan, experiments, made, range_warnings(plan.scenario))
    code = tell_failures(scenario, swept.failures, options.where)
    finish(_files(swept), directory, options, command)
    return code


def _files(swept: Sweep) -> Files:
    """The files of a sweep."""
    from reports.sweep import write_sweep_report
    from sim.studies.sweep_files import sweep_csv, sweep_json
    from sim.studies.sweep_text import sweep_text
    from sim.studies.words import headline

    tables = sweep_json(swept), sweep_csv(swept), sweep_text(swept)
    return Files("sweep", headline(swept), *tables, partial(write_sweep_report, swept))
