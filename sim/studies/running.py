"""Running the experiments of a study one after the other, as one job with one bar of progress."""

from __future__ import annotations

from collections.abc import Sequence

from sim.experiment import OnProgress, Progress, run_experiment
from sim.registry import Registry
from sim.results import Experiment
from sim.scenario.model import Scenario
from sim.workload import cpu_seconds


def run_all(
    scenarios: Sequence[Scenario],
    registry: Registry,
    *,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
    command: str = "",
) -> tuple[Experiment, ...]:
    """The experiment of each scenario. Arguments and errors as `run_experiment`; `on_progress` counts all of them."""
    shares = _shares(scenarios)
    total = sum(map(_cells, scenarios))
    done: list[Experiment] = []

    def tell(now: Progress) -> None:
        if on_progress is not None:
            before = sum(map(_cells, scenarios[: len(done)]))
            share = sum(shares[: len(done)]) + shares[len(done)] * now.share
            on_progress(Progress(before + now.finished, total, min(1.0, share)))

    for scenario in scenarios:
        done.append(run_experiment(scenario, registry, workers=workers, on_progress=tell, command=command))
    return tuple(done)


def _cells(scenario: Scenario) -> int:
    """Replications of all arms."""
    return len(scenario.arms) * scenario.replications


def _shares(scenarios: Sequence[Scenario]) -> list[float]:
    """How much of the work each of them is."""
    weights = [cpu_seconds(scenario) for scenario in scenarios]
    return [weight / sum(weights) for weight in weights]
