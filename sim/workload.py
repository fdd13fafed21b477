"""How much work a scenario is, roughly: enough to choose a number of processes and to warn of a long run."""

from __future__ import annotations

from collections.abc import Iterator

from sim.cells import Cell
from sim.scenario.model import Scenario
from sim.workers import available_cpus

FAN_SECONDS = 0.5e-6
"""Making one fan of the starting pool."""

FAN_DAY_SECONDS = 22e-9
"""Living one fan through one day, on average over arms: about 10 ns without a touch, 75 ns with one every day."""

DAY_SECONDS = 0.3e-3
"""What a day costs however few fans there are."""

PROCESS_SECONDS = 1.0
"""Starting the worker processes: each loads the numerical libraries."""

BATCH_SECONDS = 1.0
"""Work that a batch of short cells should be."""

MOST_TOGETHER = 10
"""Cells in a batch at most, so that many workers get some."""

REPORT_SECONDS = 3.0
"""Loading the libraries, and drawing the report, which grows little with the experiment."""


def planned_cells(scenario: Scenario) -> Iterator[Cell]:
    """All cells that the scenario may run: the most replications of each arm, and those under redrawn assumptions."""
    for redrawn, last in ((False, scenario.most), (True, scenario.redrawn)):
        yield from (Cell(arm, number, redrawn) for number in range(last) for arm in scenario.arms)


def cell_count(scenario: Scenario, replications: int) -> int:
    """Cells of so many replications of each arm, with those under redrawn assumptions."""
    return (replications + scenario.redrawn) * len(scenario.arms)


def cpu_seconds(scenario: Scenario, cells: int | None = None) -> float:
    """CPU time of so many cells in seconds, to within a factor of two or three; without a number of the most."""
    fans = scenario.population.size
    cell = fans * FAN_SECONDS + scenario.days * (DAY_SECONDS + fans * FAN_DAY_SECONDS)
    return cell * (cell_count(scenario, scenario.most) if cells is None else cells)


def choose_workers(scenario: Scenario, asked: int | None, known: int = 0) -> int:
    """How many processes: those asked for, else one for each CPU if that saves more time than it takes.

    Never more than there are replications to run: `known` of them need not be.
    """
    cells = max(1, cell_count(scenario, scenario.most) - known)
    workers = min(asked or available_cpus(), cells)
    saved = cpu_seconds(scenario, cells) * (1 - 1 / workers)
    return workers if asked or saved > PROCESS_SECONDS else 1


def batch_size(scenario: Scenario) -> int:
    """How many cells travel together to a cluster, so that the way there is short against the work."""
    return min(MOST_TOGETHER, max(1, int(BATCH_SECONDS / cpu_seconds(scenario, 1))))


def wall_seconds(scenario: Scenario, workers: int, cells: int | None = None) -> float:
    """Time until the report is there after so many cells, on idle CPUs; without a number the most."""
    start = PROCESS_SECONDS if workers > 1 and cells != 0 else 0.0
    return start + cpu_seconds(scenario, cells) / workers + REPORT_SECONDS
