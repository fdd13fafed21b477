"""How much work a scenario is, roughly: enough to choose a number of processes and to warn of a long run."""

from __future__ import annotations

from sim.scenario.model import Scenario
from sim.workers import available_cpus

FAN_SECONDS = 0.5e-6
"""Making one fan of the starting pool."""

FAN_DAY_SECONDS = 35e-9
"""Living one fan through one day, on average over arms: about 10 ns without a touch, 75 ns with one every day."""

DAY_SECONDS = 0.3e-3
"""What a day costs however few fans there are."""

PROCESS_SECONDS = 1.0
"""Starting the worker processes: each loads the numerical libraries."""

REPORT_SECONDS = 3.0
"""Loading the libraries, and drawing the report, which grows little with the experiment."""


def cpu_seconds(scenario: Scenario) -> float:
    """CPU time of all cells together, in seconds, to within a factor of two or three."""
    fans = scenario.population.size
    cell = fans * FAN_SECONDS + scenario.days * (DAY_SECONDS + fans * FAN_DAY_SECONDS)
    return cell * len(scenario.arms) * scenario.replications


def choose_workers(scenario: Scenario, asked: int | None) -> int:
    """How many processes: those asked for, else one for each CPU if that saves more time than it takes.

    Never more than there are replications to run.
    """
    cells = len(scenario.arms) * scenario.replications
    workers = min(asked or available_cpus(), cells)
    saved = cpu_seconds(scenario) * (1 - 1 / workers)
    return workers if asked or saved > PROCESS_SECONDS else 1


def wall_seconds(scenario: Scenario, workers: int) -> float:
    """Time until the report is there, on idle CPUs."""
    start = PROCESS_SECONDS if workers > 1 else 0.0
    return start + cpu_seconds(scenario) / workers + REPORT_SECONDS
