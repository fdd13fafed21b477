"""What a user waits for: the report, and the shipped scenario from the command line."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.row import Row, best_wait
from reports.html import write_report
from sim.compare import compare
from sim.store import Ledger
from tests.synthetic import experiment

_IMPORT = "import reports.html"
SIMRUN = [sys.executable, "-m", "sim.cli"]
TWENTY = ["--set", "days=60", "--set", "uncertainty=none", "--replications", "20"]


def report() -> list[Row]:
    """Importing and writing the report of 4 arms x 10 replications x 365 days."""
    comparison = compare(experiment(replications=10, days=365))
    with tempfile.TemporaryDirectory() as folder:
        writing = best_wait(lambda: write_report(comparison, Path(folder)), 2)
    return [
        Row("import of the report", best_wait(lambda: _run([sys.executable, "-c", _IMPORT]), 3), "s"),
        Row("writing the report", writing, "s", target=2.5),
        Row("simrun --help", best_wait(lambda: _run([*SIMRUN, "--help"]), 3), "s", target=0.3),
    ]


def womenswear() -> list[Row]:
    """The shipped scenario as a user runs it, once more from its ledger, and what the book-keeping of it costs."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*SIMRUN, "womenswear", "--quiet", "--out", folder]
        first = best_wait(lambda: _run(command), 1)
        again = best_wait(lambda: _run(command), 1)
        keeping = _keeping(Path(folder))
    return [
        Row("simrun womenswear", first, "s", target=120),
        Row("the same from its ledger", again, "s", target=10),
        Row("ledger and statistics, share of womenswear", 100 * keeping / first, "%", target=5),
    ]


def _keeping(folder: Path) -> float:
    """Seconds to write all replications of the newest run into another ledger, record it and compare its arms."""
    with Ledger(folder, writing=False) as ledger, tempfile.TemporaryDirectory() as other:
        number = ledger.run().id
        recorded = ledger.experiment(number)
        recipes = [ledger.recipe(place.key)[0] for place in ledger.places(number)]
        replications = [*recorded.replications, *recorded.redrawn]

        def keep() -> None:
            with Ledger(Path(other)) as copy:
                for recipe, replication in zip(recipes, replications, strict=True):
                    copy.keep(recipe, replication)
                copy.record(recorded, compare(recorded).headline)

        return best_wait(keep, 1)


def workers() -> list[Row]:
    """What the second worker brings, on 20 replications of all 200,000 fans over 60 days.

    Sixty days keep it short, and make the start and the report, which are not divided, weigh more than in a year. The
    CPU time of the same work tells how much of the rest is the machine's: two busy CPUs share caches and memory, and
    virtual ones more than that.
    """
    times, loads = [], []
    for count in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            command = [*SIMRUN, "womenswear", *TWENTY, "--workers", str(count), "--quiet", "--out", folder]
            before = _cpu_seconds_of_children()
            times.append(best_wait(partial(_run, command), 1))
            loads.append(_cpu_seconds_of_children() - before)
    return [
        Row("2 workers against 1, 20 replications", times[0] / times[1], "times", 1.8, more_is_better=True),
        Row("CPU time of the 2 against that of the 1", loads[1] / loads[0], "times"),
    ]


def _cpu_seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
