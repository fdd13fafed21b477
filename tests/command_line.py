"""The command line for tests: a tiny scenario with plugins, and the command as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sim.cli import main

ROOT = Path(__file__).parent.parent
TEXT_FILES = ("report.html", "results.json", "replications.csv", "daily.csv", "summary.md")

TINY = """\
name: tiny
question: Does a message a week pay?
days: 10
replications: 2
seed: 7
population: {size: 50}
arms:
  quiet: []
  weekly: [{use: contact_cadence, touches_per_30_days: 4}]
compare:
  baseline: quiet
  goal: {metric: value_per_fan, margin: 1}
  guardrail: {metric: churn, margin: 0.05}
"""

PLUGINS = '''\
import time
from dataclasses import dataclass
from pathlib import Path

from sim.strategy import Strategy


@dataclass(frozen=True)
class Raises(Strategy):
    """Raises on day 3, and prints before."""

    def decide(self, day, audience):
        print("a plugin that prints")
        if day == 3:
            raise RuntimeError("the shop is closed")
        return []


@dataclass(frozen=True)
class Sleeps(Strategy):
    """Does not end within the time of a test, and says that it has begun."""

    sign: str

    def decide(self, day, audience):
        if day == 1:
            Path(self.sign).touch()
            time.sleep(60)
        return []
'''


def start(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """Start the command in a process group of its own, with Ctrl-C as a terminal sets it."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def simrun(*arguments: str | Path, cwd: Path, **environment: str) -> tuple[int, str, str]:
    """Run the command to its end: exit code, stdout, stderr."""
    process = start(*arguments, cwd=cwd, **environment)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a tiny scenario and some plugins, which is the current one."""
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (tmp_path / "plugins.py").write_text(PLUGINS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> set[str]:
    """All files below a folder, as paths from there."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "__pycache__" not in path.parts}


def text_files(out: Path) -> dict[str, bytes]:
    """What the text files of a run hold."""
    return {name: (out / name).read_bytes() for name in TEXT_FILES}


def refused(arguments: Sequence[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What a user is told whose mistake ends the command before it does anything."""
    before = files(folder)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert files(folder) == before
    return err
