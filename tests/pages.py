"""Running the code on a page of the documentation, block by block, as a reader would.

Blocks of one page share a folder and a namespace. A block whose first line is `# file: NAME` is written to that file.
`python` is executed, `pycon` compared with what Python prints. The commands of `console` are run in processes of their
own and compared with what is shown; `...` there stands for anything. `$ echo $?` shows the exit code of the command
before it, which is 0 otherwise. Blocks of other languages are for reading.
"""

from __future__ import annotations

import doctest
import math
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.cli import simrun

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# file: (\S+)\n")
NUMBER = re.compile(r"[-+]?\d+(?:,\d\d\d)*(?:\.\d+)?")
PIECE = re.compile(rf"(\s*\.\.\.\s*|---+|\s+|{NUMBER.pattern})")
SPECIAL = {"...": ".*?", "---": "-+"}
"""What stands for anything, and lines under a table, which are as long as its numbers make them."""
PROGRESS = re.compile(
    r"^\S+: (?:\d+ (?:arms? x|of|replications? of) |answered from the ledger: )\d+ .*\n", re.MULTILINE
)
COMMANDS = set(simrun.commands) - {"run", "sweep", "compare"}
TINY = ["--set", "population.size=100", "--set", "days=20", "--replications", "2"]


@dataclass(frozen=True)
class Block:
    """One piece of code on a page: its language, its text, and the line where it begins."""

    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that the text belongs in."""
        found = FILE.match(self.text)
        return found[1] if found else None


@dataclass(frozen=True)
class Command:
    """One line after `$`, what is shown below it, and the exit code that it should have."""

    words: list[str]
    shown: str
    code: int

    @property
    def is_run(self) -> bool:
        """Whether it runs an experiment."""
        own = self.words[0] == "simrun" and self.words[1] not in COMMANDS
        return own and not {"--dry-run", "--help", "--version"} & set(self.words)


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[2], textwrap.dedent(found[3]), text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def commands(text: str) -> Iterator[Command]:
    """The commands of a console block."""
    parts = re.split(r"^\$ (.*)\n?", text, flags=re.MULTILINE)
    pairs = list(zip(parts[1::2], parts[2::2], strict=True))
    for (line, shown), following in zip(pairs, [*pairs[1:], ("", "")], strict=True):
        if line != "echo $?":
            code = int(following[1]) if following[0] == "echo $?" else 0
            yield Command(shlex.split(line), shown, code)


def run_page(page: Path, folder: Path, *, full: bool) -> None:
    """Run everything on a page in `folder`, which is the current one and can be imported from.

    Experiments are made tiny; those of which all figures are shown are left out. With `full` all run as they are, and
    their numbers have to agree within 5 %.
    """
    namespace: dict[str, Any] = {"__name__": page.stem}
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.file is not None:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            exec(compile("\n" * block.line + block.text, str(page), "exec"), namespace)
        elif block.language == "pycon":
            _check_session(block.text, namespace, where)
        elif block.language == "console":
            for command in commands(block.text):
                if full or not command.is_run or "..." in command.shown:
                    _check_command(command, folder, where, full)


def _check_session(text: str, namespace: dict[str, Any], where: str) -> None:
    """Run a Python session and compare."""
    session = doctest.DocTestParser().get_doctest(text, namespace, where, where, 0)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(session, out=report.append, clear_globs=False)
    namespace.update(session.globs)
    assert not runner.failures, "".join(report)


def _check_command(command: Command, folder: Path, where: str, full: bool) -> None:
    """Run a command, compare exit code and output."""
    programs = {"simrun": [sys.executable, "-m", "sim.cli"], "pytest": [sys.executable, "-m", "pytest"]}
    words = [*programs[command.words[0]], *command.words[1:]]
    done = subprocess.run(
        [*words, *TINY] if command.is_run and not full else words,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )
    told = f"{where}: {shlex.join(command.words)}\n{done.stderr}{done.stdout}"
    assert done.returncode == command.code, told
    tolerance = 0.05 if command.is_run else 0.0
    printed = PROGRESS.sub("", done.stderr) + done.stdout
    assert agrees(command.shown, printed, tolerance), f"{told}\n\nis shown as\n\n{command.shown}"


def agrees(shown: str, printed: str, tolerance: float = 0.0) -> bool:
    """Whether a page shows what is printed, but for white space, `...`, and numbers that are nearly the same."""
    pattern, numbers = "", []
    for piece in PIECE.split(shown.strip()):
        if NUMBER.fullmatch(piece):
            numbers.append(_number(piece))
            pattern += f"({NUMBER.pattern})"
        elif piece.isspace():
            pattern += r"\s+"
        else:
            pattern += SPECIAL.get(piece.strip()[:3], re.escape(piece))
    found = re.fullmatch(pattern, printed.strip(), re.DOTALL)
    return found is not None and all(
        math.isclose(number, _number(other), rel_tol=tolerance)
        for number, other in zip(numbers, found.groups(), strict=True)
    )


def _number(text: str) -> float:
    return float(text.replace(",", ""))
