"""What a run is going to do, how much of it is known already, and about how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.commands.console import counted, duration, note

if TYPE_CHECKING:
    from sim.cluster import Cluster
    from sim.scenario.model import Scenario, StrategyUse


def announce(scenario: Scenario, workers: int | Cluster | None, known: int) -> None:
    """Say on stderr what is about to run; `known` replications are in the ledger already."""
    where = f"about {_time(scenario, workers, known)}" if isinstance(workers, int | None) else f"on {workers.url}"
    note(f"{scenario.name}: {counted(len(scenario.arms), 'arm')} x {how_often(scenario)}, {where}")
    if known:
        note(f"{scenario.name}: {answered_text([scenario], known)}")


def answered_text(scenarios: Sequence[Scenario], known: int) -> str:
    """How much is answered from the ledger."""
    return f"answered from the ledger: {of_all(known, scenarios)}"


def of_all(count: int, scenarios: Sequence[Scenario]) -> str:
    """So many of all replications: `6 of 10 replications`, `6 of at most 400 replications`."""
    from sim.workload import cell_count

    most = "at most " if any(scenario.fewest < scenario.most for scenario in scenarios) else ""
    return f"{count} of {most}{sum(cell_count(scenario, scenario.most) for scenario in scenarios)} replications"


def how_often(scenario: Scenario) -> str:
    """How often each arm is run: `10 replications`, `10 to 200 replications and 20 redraws`."""
    few, most = scenario.fewest, scenario.most
    times = counted(most, "replication") if few == most else f"{few} to {most} replications"
    return times + (f" and {counted(scenario.redrawn, 'redraw')}" if scenario.redrawn else "")


def plan(scenario: Scenario, directory: Path, workers: int | Cluster | None, known: int) -> str:
    """What would run, and about how long it would take."""
    arms = [f"  {name}: {', '.join(map(_use, uses)) or 'no strategy'}" for name, uses in scenario.arms.items()]
    return "\n".join(
        [
            f"{scenario.name}: {scenario.question}",
            f"{counted(len(arms), 'arm')} x {how_often(scenario)} of {counted(scenario.days, 'day')}, "
            f"{scenario.population.size:,} fans at the start, seed {scenario.seed}",
            *arms,
            *([answered_text([scenario], known)] if known else []),
            _time_with_reasons(scenario, workers, known),
            "would write report.html, summary.md, results.json, replications.csv, daily.csv and figures "
            f"to {directory}",
        ]
    )


def _time_with_reasons(scenario: Scenario, workers: int | Cluster | None, known: int) -> str:
    """About how long it takes, and why it may take longer."""
    from sim.workers import available_cpus
    from sim.workload import choose_workers

    if not isinstance(workers, int | None):
        return f"on {workers.url}"
    return (
        f"about {_time(scenario, workers, known)} with {choose_workers(scenario, workers, known)} of "
        f"{available_cpus()} CPUs; longer if fans are touched daily, or if other programs keep the machine busy"
    )


def _time(scenario: Scenario, workers: int | None, known: int) -> str:
    """About how long it takes: `40 s`, or from the fewest replications to the most `40 s to 3 min`."""
    from sim.workload import cell_count, choose_workers, wall_seconds

    chosen = choose_workers(scenario, workers, known)
    cells = (max(0, cell_count(scenario, often) - known) for often in (scenario.fewest, scenario.most))
    return " to ".join(dict.fromkeys(duration(wall_seconds(scenario, chosen, count)) for count in cells))


def _use(use: StrategyUse) -> str:
    """A strategy with the parameters that the scenario gives it."""
    given = ", ".join(f"{name}={value}" for name, value in use.parameters.items())
    return f"{use.use} ({given})" if given else use.use
