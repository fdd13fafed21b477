"""What two experiments left behind, for tests of looking at earlier runs."""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
from pathlib import Path

import pytest

from sim.cli import main
from sim.store import LEDGER
from tests.command_line import TINY

OUT = Path("results", "tiny")
SECOND = ["--replications", "3", "--set", "arms.weekly.0.touches_per_30_days=9"]
MINE = """\
from dataclasses import dataclass
from sim.actions import Touch
from sim.strategy import Strategy

@dataclass(frozen=True)
class Mine(Strategy):
    channel: str = "chat"

    def decide(self, day, audience):
        return [Touch(audience.due("mine", 7), channel=self.channel, purpose="care")]
"""
CLOSED = MINE.replace("        return", "        if day == 3: raise RuntimeError('the shop is closed')\n        return")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two experiments left behind."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        assert main(["tiny.yaml", "--quiet"]) == 0
        assert main(["tiny.yaml", "--quiet", *SECOND]) == 0
    return folder / OUT


@pytest.fixture
def two_runs(folder: Path, results: Path) -> Path:
    """The results of two experiments, in the current folder."""
    shutil.copytree(results, OUT)
    return OUT


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints."""
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return out


def edit(out: Path, *statements: str) -> None:
    """Change the ledger behind simrun's back."""
    connection = sqlite3.connect(out / LEDGER)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def run_with(text: str) -> int:
    """Run the tiny scenario once with a plugin that has this text; the exit code."""
    Path("mine.py").write_text(text)
    arms = "arms={quiet: [], mine: [{use: mine.py:Mine}]}"
    return main(["tiny.yaml", "--quiet", "--replications", "1", "--set", arms])
