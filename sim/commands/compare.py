"""`simrun compare`: the same arms in several scenarios."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from sim.commands.ending import tell_failures
from sim.commands.options import Options
from sim.commands.resuming import Naming
from sim.commands.sources import note_warnings, read_scenario, registry
from sim.commands.studies import Files, directory_for, finish, run_scenarios, study_options

if TYPE_CHECKING:
    from sim.studies.across import Across


@click.command(cls=Naming)
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO SCENARIO ...")
@study_options
def compare(scenarios: tuple[str, ...], options: Options) -> int:
    """Run the same arms in several scenarios: which verdicts hold everywhere, and what a wrong choice costs.

    The scenarios must have the same arms, baseline and metrics; all else may differ. Files go to
    results/SCENARIO-compare, after the first of them.
    """
    from sim.compare import compare as judge
    from sim.studies.across import across
    from sim.studies.same_arms import check_same, labels_of

    loaded = [read_scenario(typed, options.overrides) for typed in scenarios]
    check_same(scenarios, loaded, registry())
    directory = directory_for(options, f"{loaded[0].name}-compare")
    if not options.quiet:
        for scenario, typed in zip(loaded, scenarios, strict=True):
            note_warnings(scenario, typed)
    command = options.command_line("compare", *scenarios)
    experiments = run_scenarios(f"{loaded[0].name}-compare", ", ".join(scenarios), loaded, directory, options, command)
    told = zip(scenarios, experiments, strict=True)
    code = max(tell_failures(typed, experiment.failures, options.where) for typed, experiment in told)
    found = across(labels_of(scenarios, loaded), [judge(experiment) for experiment in experiments], command)
    finish(_files(found), directory, options, command)
    return code


def _files(found: Across) -> Files:
    """The files of a comparison of scenarios."""
    from reports.across import write_across_report
    from sim.studies.across_files import across_csv, across_json
    from sim.studies.across_text import across_text
    from sim.studies.across_words import headline

    tables = across_json(found), across_csv(found), across_text(found)
    return Files("compare", headline(found), *tables, partial(write_across_report, found))
