"""Arms x replications: every cell of the experiment, in this process or in several, with the same result.

A cell is one arm lived through once. Cells share nothing but the scenario, and each depends only on its arm
and replication, so the order and the place in which they run do not matter. A cell that fails is told as such, and all
others go on, also those of its arm. With a ledger, each cell is written down as it ends, by this process alone; what
finished is not run again.
"""

from __future__ import annotations

import contextlib
import re
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from sim.cells import DTYPE, Cell
from sim.cluster import Cluster, run_on_cluster
from sim.errors import SimrunError
from sim.provenance import provenance
from sim.redraw import redraw
from sim.registry import Registry
from sim.remembering import Memory, memory
from sim.results import Experiment, Failure, Replication
from sim.scenario.load import range_warnings
from sim.scenario.model import Scenario
from sim.store import Ledger
from sim.tally import OnProgress, Outcome, Progress, Tally
from sim.workers import WorkerDied, run_jobs
from sim.workload import batch_size, choose_workers, planned_cells
from sim.world import simulate

__all__ = ["OnProgress", "Progress", "answered", "live_through", "run_cell", "run_experiment"]


def run_experiment(
    scenario: Scenario,
    registry: Registry,
    *,
    workers: int | Cluster | None = None,
    on_start: Callable[[int], None] | None = None,
    on_progress: OnProgress | None = None,
    command: str = "",
    ledger: Ledger | None = None,
    fresh: bool = False,
) -> Experiment:
    """Run every arm of the scenario in every replication, and under redrawn assumptions if it asks for that.

    `workers`: processes, or a cluster; None uses all CPUs, or this process alone if the job is not worth more.
    `on_start` is called once, with the number of cells that the ledger knows. `on_progress` is called after each
    replication, and after each simulated day if there is one process. `command`: the line that repeats the run. A
    plugin's file counts as it is at the beginning. Cells that the `ledger` knows are not run, unless `fresh`.

    Failures do not raise: they are in the result. Errors: PluginError if a strategy cannot be found; ResultError if the
    ledger cannot be written: what it holds stays. Ctrl-C raises KeyboardInterrupt when the workers are gone. Workers
    import the program's main module, so a script that calls this needs the usual `if __name__ == "__main__":`.
    """
    registry = registry.fixed(strategies_of(scenario))
    known = memory(ledger, scenario, registry, fresh=fresh)
    count = known.known(planned_cells(scenario)) if known else 0
    if on_start is not None:
        on_start(count)
    where = workers if isinstance(workers, Cluster) else choose_workers(scenario, workers, count)
    tally = Tally(scenario, on_progress)
    cells = _unknown(tally, known)
    with contextlib.closing(live_through(scenario, registry, cells, where, tally.on_day)) as outcomes:
        for cell, outcome in outcomes:
            told = outcome if isinstance(outcome, Replication) else _repeatable(outcome, command, scenario)
            tally.add(cell, known.keep(cell, told) if known else told)
    tally.close()
    return _experiment(scenario, tally, known, command)


def strategies_of(scenario: Scenario) -> Iterator[str]:
    """What the arms of a scenario use, as it names them."""
    return (use.use for uses in scenario.arms.values() for use in uses)


def answered(scenario: Scenario, registry: Registry, ledger: Ledger) -> int:
    """How many of the scenario's cells the ledger knows."""
    known = memory(ledger, scenario, registry)
    return known.known(planned_cells(scenario)) if known else 0


def _unknown(tally: Tally, known: Memory | None) -> Iterator[Cell]:
    """The cells that have to be run; what the ledger knows goes to the tally at once."""
    for cell in tally.open_cells():
        outcome = known.recall(cell) if known else None
        if outcome is None:
            yield cell
        else:
            tally.add(cell, outcome, answered=True)


def live_through(
    scenario: Scenario,
    registry: Registry,
    cells: Iterator[Cell],
    workers: int | Cluster,
    on_day: Callable[[int], None] | None = None,
) -> Generator[tuple[Cell, Outcome], None, None]:
    """Each cell with its outcome, as it ends. Close the iterator to stop."""
    if workers == 1:
        for cell in cells:
            yield cell, run_cell(scenario, registry, cell, on_day)
        return
    call = partial(run_cell, scenario, registry)
    if isinstance(workers, Cluster):
        modules = installed_modules(scenario, registry)
        found = run_on_cluster(workers, call, cells, modules=modules, batch=batch_size(scenario))
    else:
        found = run_jobs(call, cells, workers)
    with contextlib.closing(found) as outcomes:
        for cell, outcome in outcomes:
            yield cell, _failure(cell, str(outcome)) if isinstance(outcome, WorkerDied) else outcome


def installed_modules(scenario: Scenario, registry: Registry) -> tuple[str, ...]:
    """Modules of the strategies that are not in a file of the user's, which travels with the registry."""
    places = {registry.place(use) for use in strategies_of(scenario) if registry.source(use) is None}
    return tuple(sorted(place.partition(":")[0] for place in places))


def run_cell(
    scenario: Scenario, registry: Registry, cell: Cell, on_day: Callable[[int], None] | None = None
) -> Outcome:
    """Live through one cell. The strategies are built here, in the process that uses them.

    Whatever a strategy prints goes to stderr: stdout belongs to the results. Any error becomes a `Failure`.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            strategies = [registry.build(use) for use in scenario.arms[cell.arm]]
            world = redraw(scenario, cell.replication)[0] if cell.redrawn else scenario
            dtype = np.dtype(DTYPE).type
            found = simulate(world, cell.arm, strategies, cell.replication, dtype=dtype, on_day=on_day)
            return replace(found, outcomes=None) if cell.redrawn else found
    except SimrunError as error:
        return _failure(cell, str(error), traceback.format_exc())
    except (Exception, SystemExit) as error:
        return _failure(cell, f"{_place(error)}: {type(error).__name__}: {error}", traceback.format_exc())


def _failure(cell: Cell, message: str, trace: str = "") -> Failure:
    """The failure of a cell."""
    return Failure(cell.arm, cell.replication, message, trace, cell.redrawn)


def _repeatable(failure: Failure, command: str, scenario: Scenario) -> Failure:
    """The same failure with the line that repeats it: the `command` with no more replications and redraws than needed.

    Those of them that finished are answered by the ledger.
    """
    if not command:
        return failure
    settled = r" --replications \d+| --set redraws=\d+"
    if failure.redrawn:
        few = ["--replications 1", f"--set redraws={max(2, failure.replication + 1)}"]
    else:
        few = [f"--replications {failure.replication + 1}"]
        if scenario.redrawn:
            settled += r"| --set uncertainty=\w+"
            few.append("--set uncertainty=none")
    command = re.sub(settled, "", command)
    return replace(failure, command=" ".join([command, *few]))


def _place(error: BaseException) -> str:
    """File and line in which an error was raised; SimPy raises that of a process again, with the first as its cause."""
    last = traceback.extract_tb((error.__cause__ or error).__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def _experiment(scenario: Scenario, tally: Tally, known: Memory | None, command: str) -> Experiment:
    """All that counts, in the order of the arms."""
    plain, redrawn = tally.kept(redrawn=False), tally.kept(redrawn=True)
    return Experiment(
        scenario=scenario,
        replications=tuple(map(tally.replication, plain)),
        provenance=provenance(scenario, command),
        failures=tally.failures(),
        warnings=range_warnings(scenario),
        redrawn=tuple(map(tally.replication, redrawn)),
        redraws=tuple(redraw(scenario, number)[1] for number in range(scenario.redrawn)),
        cells=tuple(map(known.key, (*plain, *redrawn))) if known else (),
    )
