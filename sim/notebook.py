"""simrun from Python: run a scenario, look at the report inline, take the figures as tables.

Like the command line this puts the parts together and is imported by nobody. Everything heavy is loaded when it is
needed. A script that calls `run` or `compare` may start worker processes, which import the script again: it needs the
usual `if __name__ == "__main__":`. A notebook does not.
"""

from __future__ import annotations

import contextlib
import html
import json
import multiprocessing
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import UsageError
from sim.frames import daily_rows, difference_rows, frame, metric_rows, verdict_rows

if TYPE_CHECKING:
    from sim.cluster import Cluster
    from sim.comparison import Comparison
    from sim.scenario.model import Scenario
    from sim.store import Ledger
    from sim.studies.across import Across

HEIGHT = 800
"""Pixels that a report takes in a notebook."""


@dataclass(frozen=True)
class Report:
    """A page that shows itself in a notebook. `draw` makes its HTML, when it is first looked at."""

    draw: Callable[[], str]

    @cached_property
    def html(self) -> str:
        """The whole page."""
        return self.draw()

    def save(self, path: str | Path) -> Path:
        """Write the page to a file of its own. Raises OSError if it cannot be written."""
        target = Path(path)
        target.write_text(self.html, encoding="utf-8", newline="\n")
        return target

    def _repr_html_(self) -> str:
        """The page in a frame, where its style and its script are its own."""
        style = f"width: 100%; height: {HEIGHT}px; border: 0"
        return f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(self.html)}" style="{style}"></iframe>'


@dataclass(frozen=True)
class Result:
    """A finished run: everything in `comparison`, the page in `report`, figures as tables.

    Tables are pandas frames if pandas is installed, else lists with a dict for each row. What is undefined is None.
    """

    comparison: Comparison

    @property
    def report(self) -> Report:
        """The report, which a notebook shows inline."""

        def draw() -> str:
            """The page as text."""
            from reports.charts import draw
            from reports.html import render

            return render(self.comparison, draw(self.comparison), beside=False)

        return Report(draw)

    def metrics(self) -> Any:
        """One row for each arm and replication, with all metrics."""
        return frame(metric_rows(self.comparison))

    def daily(self) -> Any:
        """One row for each arm and day: mean and standard deviation over the replications of each day series."""
        return frame(daily_rows(self.comparison))

    def differences(self) -> Any:
        """One row for each arm and metric: difference from the baseline, its intervals, and what they say."""
        return frame(difference_rows(self.comparison))

    def __str__(self) -> str:
        """What `simrun` prints on a terminal."""
        from sim.summary import summary_text

        return summary_text(self.comparison)

    def _repr_markdown_(self) -> str:
        """Verdict and tables, for a notebook."""
        from sim.markdown import summary_markdown

        return summary_markdown(self.comparison)


@dataclass(frozen=True)
class Study:
    """The same arms in several scenarios: everything in `across`, the page in `report`, verdicts as a table."""

    across: Across

    @property
    def report(self) -> Report:
        """The report, which a notebook shows inline."""

        def draw() -> str:
            """The page as text."""
            from reports.across import render
            from reports.charts.across import draw_across

            return render(self.across, draw_across(self.across))

        return Report(draw)

    def verdicts(self) -> Any:
        """One row for each scenario and arm: the verdict, the difference in the goal and the interval it rests on."""
        return frame(verdict_rows(self.across))

    def __str__(self) -> str:
        """What `simrun compare` prints on a terminal."""
        from sim.studies.across_text import across_text

        return across_text(self.across)


def run(
    scenario: str | Path, *, workers: int | str | None = None, directory: str | Path | None = None, **settings: Any
) -> Result:
    """Run a scenario: a YAML file, or the name of one that comes with simrun.

    `settings` change the scenario, as `--set` does: `days=30`, with two underscores for a dot in a key
    (`population__size=500`). `directory`: where report and tables go, and a ledger that answers what was run before;
    without it nothing is written. `workers`: processes, or the address of a Dask cluster as in `--workers`; None takes
    as many processes as pay.

    Failed replications do not raise: they are in `comparison.experiment.failures`. Errors: UsageError, ScenarioError,
    PluginError; ResultError if results cannot be written.
    """
    from sim.commands.outputs import publish
    from sim.commands.sources import registry
    from sim.compare import compare as judge
    from sim.experiment import run_experiment

    _refuse_in_a_worker()
    changes = _overrides(settings)
    loaded = _load(scenario, changes)
    command = shlex.join(["simrun", str(scenario), *(word for change in changes for word in ("--set", change))])
    with _ledger(directory) as ledger:
        made = judge(run_experiment(loaded, registry(), workers=_where(workers), ledger=ledger, command=command))
        if ledger is not None:
            publish(made, ledger.path.parent, ledger)
    return Result(made)


def compare(
    *scenarios: str | Path, workers: int | str | None = None, directory: str | Path | None = None, **settings: Any
) -> Study:
    """Run the same arms in several scenarios, and tell which verdicts hold everywhere.

    Arguments and errors as `run`; `settings` change all scenarios. In `directory` there is only the ledger: the page is
    written by `Report.save`.
    """
    from sim.commands.sources import registry
    from sim.compare import compare as judge
    from sim.studies.across import across
    from sim.studies.running import run_all
    from sim.studies.same_arms import check_same, labels_of

    _refuse_in_a_worker()
    typed, changes = [str(each) for each in scenarios], _overrides(settings)
    loaded = [_load(each, changes) for each in typed]
    check_same(typed, loaded, registry())
    with _ledger(directory) as ledger:
        done = run_all(loaded, registry(), workers=_where(workers), ledger=ledger)
    return Study(across(labels_of(typed, loaded), [judge(experiment) for experiment in done]))


def _refuse_in_a_worker() -> None:
    """Say what is wrong with a script that its own worker processes run again. Errors: UsageError."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise UsageError(
            'a worker process imports your script, which calls simrun; put that under `if __name__ == "__main__":`'
        )


def _where(workers: int | str | None) -> int | Cluster | None:
    """A number of processes, or the cluster of this address. Errors: UsageError."""
    if not isinstance(workers, str):
        return workers
    from sim.cluster import Cluster

    return Cluster.at(workers)


def _overrides(settings: Mapping[str, Any]) -> list[str]:
    """Keyword arguments as `--set` has them; JSON is YAML."""
    return [f"{key.replace('__', '.')}={json.dumps(value)}" for key, value in settings.items()]


def _load(scenario: str | Path, changes: Sequence[str]) -> Scenario:
    """The checked scenario."""
    from sim.commands.sources import read_scenario

    return read_scenario(str(scenario), changes)


@contextlib.contextmanager
def _ledger(directory: str | Path | None) -> Iterator[Ledger | None]:
    """The ledger of a folder, if there is one to be kept."""
    from sim.store import Ledger

    if directory is None:
        yield None
    else:
        with Ledger(Path(directory)) as ledger:
            yield ledger
