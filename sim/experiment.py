"""Arms x replications: every cell of the experiment, in this process or in several, with the same result.

A cell is one arm lived through once. Cells share nothing but the scenario, and each depends only on its arm
and replication, so the order and the place in which they run do not matter. An arm ends at its first failed
replication: those before it are kept, those after it are not run, or dropped if they were under way.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial

from sim.errors import SimrunError
from sim.provenance import provenance
from sim.registry import Registry
from sim.results import Experiment, Failure, Replication
from sim.scenario.load import range_warnings
from sim.scenario.model import Scenario
from sim.workers import WorkerDied, run_jobs
from sim.workload import choose_workers
from sim.world import simulate

Outcome = Replication | Failure


@dataclass(frozen=True)
class Cell:
    """One arm in one replication."""

    arm: str
    replication: int


@dataclass(frozen=True)
class Progress:
    """How far a run has come: replications finished, of all arms together, and the share of the work done."""

    finished: int
    total: int
    share: float


OnProgress = Callable[[Progress], None]


def run_experiment(
    scenario: Scenario,
    registry: Registry,
    *,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
    command: str = "",
) -> Experiment:
    """Run every arm of the scenario in every replication.

    `workers`: processes; None uses all CPUs, or this process alone if the job is too small to be worth more.
    `on_progress` is called after each replication, and after each simulated day if there is one process.
    `command`: the line that repeats the run. Failures do not raise: they are in the result. Ctrl-C raises
    KeyboardInterrupt when the workers are gone. Workers import the program's main module, so a script that calls
    this needs the usual `if __name__ == "__main__":`.
    """
    workers = choose_workers(scenario, workers)
    tally = _Tally(scenario, on_progress)
    cells = tally.open_cells()
    with contextlib.closing(_run(scenario, registry, cells, workers, tally.on_day)) as outcomes:
        for cell, outcome in outcomes:
            tally.add(_died(cell, outcome) if isinstance(outcome, WorkerDied) else outcome)
    return Experiment(
        scenario=scenario,
        replications=tally.kept(),
        provenance=provenance(scenario, command),
        failures=tally.failures(),
        warnings=range_warnings(scenario),
    )


def _run(
    scenario: Scenario, registry: Registry, cells: Iterator[Cell], workers: int, on_day: Callable[[int], None]
) -> Generator[tuple[Cell, Outcome | WorkerDied], None, None]:
    """Each cell with its outcome, as it ends."""
    if workers > 1:
        yield from run_jobs(partial(run_cell, scenario, registry), cells, workers)
        return
    for cell in cells:
        yield cell, run_cell(scenario, registry, cell, on_day)


def run_cell(
    scenario: Scenario, registry: Registry, cell: Cell, on_day: Callable[[int], None] | None = None
) -> Outcome:
    """Live through one cell. The strategies are built here, in the process that uses them.

    Whatever a strategy prints goes to stderr: stdout belongs to the results. Any error becomes a `Failure`.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            strategies = [registry.build(use) for use in scenario.arms[cell.arm]]
            return simulate(scenario, cell.arm, strategies, cell.replication, on_day=on_day)
    except SimrunError as error:
        return Failure(cell.arm, cell.replication, str(error), traceback.format_exc())
    except (Exception, SystemExit) as error:
        message = f"{_place(error)}: {type(error).__name__}: {error}"
        return Failure(cell.arm, cell.replication, message, traceback.format_exc())


def _place(error: BaseException) -> str:
    """File and line in which an error was raised; SimPy raises that of a process again, with the first as its cause."""
    last = traceback.extract_tb((error.__cause__ or error).__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def _died(cell: Cell, error: WorkerDied) -> Failure:
    """The failure of a cell that took its process with it."""
    return Failure(cell.arm, cell.replication, str(error))


class _Tally:
    """What has come in so far, and which cells are still worth running."""

    def __init__(self, scenario: Scenario, on_progress: OnProgress | None) -> None:
        self._replications = scenario.replications
        self._days = scenario.days
        self._on_progress = on_progress
        self._finished: dict[str, list[Replication]] = {arm: [] for arm in scenario.arms}
        self._failed: dict[str, Failure] = {}

    def open_cells(self) -> Iterator[Cell]:
        """Cells to run, replication by replication, without those of arms that have failed meanwhile."""
        for replication in range(self._replications):
            for arm in self._finished:
                if arm not in self._failed:
                    yield Cell(arm, replication)

    def add(self, outcome: Outcome) -> None:
        """Take in the outcome of one cell. Of an arm's failures the one of the lowest replication counts."""
        if isinstance(outcome, Replication):
            self._finished[outcome.arm].append(outcome)
        else:
            known = self._failed.get(outcome.arm, outcome)
            self._failed[outcome.arm] = min(known, outcome, key=lambda failure: failure.replication)
        self._report(0.0)

    def on_day(self, day: int) -> None:
        """Note that one more day of the cell under way has passed."""
        self._report((day + 1) / self._days)

    def _report(self, part: float) -> None:
        """Tell how far the run has come: `part` of a cell beyond those that are over."""
        if self._on_progress is None:
            return
        done = {arm: len(mine) for arm, mine in self._finished.items()}
        over = sum(self._replications if arm in self._failed else done[arm] for arm in done)
        total = len(done) * self._replications
        self._on_progress(Progress(sum(done.values()), total, min(1.0, (over + part) / total)))

    def kept(self) -> tuple[Replication, ...]:
        """Replications that count, arm by arm: all of an arm, or those before its first failure."""
        return tuple(
            replication
            for arm, mine in self._finished.items()
            for replication in sorted(mine, key=lambda r: r.replication)
            if arm not in self._failed or replication.replication < self._failed[arm].replication
        )

    def failures(self) -> tuple[Failure, ...]:
        """The first failure of each arm that failed, told with what was left out because of it."""
        return tuple(self._told(self._failed[arm]) for arm in self._finished if arm in self._failed)

    def _told(self, failure: Failure) -> Failure:
        """The same failure, saying that it was not the last replication."""
        if failure.replication == self._replications - 1:
            return failure
        return replace(failure, message=f"{failure.message} (later replications of this arm were not run)")
