"""Progress on a terminal and elsewhere, in processes of their own: it depends on what stderr is."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sim.commands.console import duration

ROOT = Path(__file__).parent.parent
SHOW = """
import sys
from types import SimpleNamespace as Progress
from sim.commands import console
console.LINE_SECONDS = float(sys.argv[2])
with console.progress("tiny", sys.argv[1] == "quiet") as show:
    show(Progress(finished=1, total=4, share=0.25))
    show(Progress(finished=4, total=4, share=1.0))
"""


def on_terminal(**environment: str) -> str:
    """What appears on a terminal of 100 columns."""
    reader, writer = pty.openpty()
    variables = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    subprocess.run([sys.executable, "-c", SHOW, "loud", "0"], cwd=ROOT, env=variables, stderr=writer, check=True)
    os.close(writer)
    shown = b""
    with contextlib.suppress(OSError):  # Linux tells the end of a terminal by an error
        while part := os.read(reader, 65536):
            shown += part
    os.close(reader)
    return shown.decode()


def elsewhere(quiet: str, seconds: float) -> str:
    """What appears in a file."""
    command = [sys.executable, "-c", SHOW, quiet, str(seconds)]
    return subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=True).stderr


def test_a_terminal_shows_a_bar_in_colour() -> None:
    shown = on_terminal()
    assert "4/4 replications" in shown
    assert "100%" in shown
    assert "\x1b[3" in shown or "\x1b[38" in shown


def test_no_color_is_honoured() -> None:
    shown = on_terminal(NO_COLOR="1")
    assert "4/4 replications" in shown
    assert "\x1b[3" not in shown


def test_a_dumb_terminal_gets_plain_lines() -> None:
    shown = on_terminal(TERM="dumb")
    assert shown.split("\r\n")[:2] == ["tiny: 1 of 4 replications, 25%", "tiny: 4 of 4 replications, 100%"]


def test_a_file_gets_a_line_now_and_then() -> None:
    assert elsewhere("loud", 0.0).splitlines()[-1] == "tiny: 4 of 4 replications, 100%"
    assert elsewhere("loud", 60.0) == ""


def test_quiet_shows_nothing() -> None:
    assert elsewhere("quiet", 0.0) == ""


@pytest.mark.parametrize(
    ("seconds", "says"), [(0, "1 s"), (42.4, "42 s"), (100, "2 min"), (3600, "60 min"), (9000, "2.5 h")]
)
def test_durations_as_people_say_them(seconds: float, says: str) -> None:
    assert duration(seconds) == says
