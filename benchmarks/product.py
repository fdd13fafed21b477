"""What a user waits for: the report, and the shipped scenario from the command line."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.row import Row, best_wait

_IMPORT = "import reports.html"
_HELP = [sys.executable, "-m", "sim.cli", "--help"]


def report() -> list[Row]:
    """Importing and writing the report of 4 arms x 10 replications x 365 days."""
    from reports.html import write_report
    from sim.compare import compare
    from tests.synthetic import experiment

    comparison = compare(experiment(replications=10, days=365))
    with tempfile.TemporaryDirectory() as folder:
        writing = best_wait(lambda: write_report(comparison, Path(folder)), 2)
    return [
        Row("import of the report", best_wait(lambda: _run([sys.executable, "-c", _IMPORT]), 3), "s"),
        Row("writing the report", writing, "s", target=2.5),
        Row("simrun --help", best_wait(lambda: _run(_HELP), 3), "s", target=0.3),
    ]


def womenswear() -> list[Row]:
    """The shipped scenario as a user runs it: 4 arms x 10 replications of 200,000 fans, with report."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim.cli", "womenswear", "--quiet", "--out", folder]
        return [Row("simrun womenswear", best_wait(lambda: _run(command), 1), "s", target=120)]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
