"""Running the experiments of a study one after the other, as one job with one bar of progress and one ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.cluster import Cluster
from sim.experiment import OnProgress, Progress, run_experiment
from sim.registry import Registry
from sim.results import Experiment
from sim.scenario.model import Scenario
from sim.store import Ledger
from sim.workload import cell_count, cpu_seconds


def run_all(
    scenarios: Sequence[Scenario],
    registry: Registry,
    *,
    workers: int | Cluster | None = None,
    on_progress: OnProgress | None = None,
    command: str = "",
    ledger: Ledger | None = None,
    fresh: bool = False,
    metrics_alone: bool = False,
) -> tuple[Experiment, ...]:
    """The experiment of each scenario. Arguments and errors as `run_experiment`; `on_progress` counts all of them.

    With `metrics_alone` day series and fans are forgotten as soon as an experiment is over: a sweep over a world is
    many experiments, which would not fit into memory.
    """
    before = _Before(scenarios, on_progress)
    done: list[Experiment] = []
    for scenario in scenarios:
        found = run_experiment(
            scenario,
            registry,
            workers=workers,
            on_progress=before.tell,
            command=command,
            ledger=ledger,
            fresh=fresh,
        )
        before.close()
        done.append(_bare(found) if metrics_alone else found)
    return tuple(done)


def _bare(experiment: Experiment) -> Experiment:
    """The same experiment with nothing but the metrics of its replications."""
    kept, redrawn = (
        tuple(replace(r, daily={}, outcomes=None) for r in replications)
        for replications in (experiment.replications, experiment.redrawn)
    )
    return replace(experiment, replications=kept, redrawn=redrawn)


class _Before:
    """Progress of the scenarios before the one under way, and of those to come."""

    def __init__(self, scenarios: Sequence[Scenario], on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._totals = [cell_count(scenario, scenario.most) for scenario in scenarios]
        work = [cpu_seconds(scenario) for scenario in scenarios]
        self._shares = [seconds / sum(work) for seconds in work]
        self._over = 0
        self._done = self._now = Progress(0, 0, 0.0)

    def tell(self, now: Progress) -> None:
        """Pass on how far the scenario under way is."""
        self._now = Progress(
            self._done.finished + now.finished,
            self._done.total + now.total,
            self._done.share + now.share * self._shares[self._over],
            self._done.answered + now.answered,
        )
        if self._on_progress is not None:
            to_come = sum(self._totals[self._over + 1 :])
            seen = self._now
            self._on_progress(Progress(seen.finished, seen.total + to_come, min(1.0, seen.share), seen.answered))

    def close(self) -> None:
        """The scenario under way is over."""
        self._done = self._now
        self._over += 1
