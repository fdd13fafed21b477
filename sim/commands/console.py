"""Talking to the user: results on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sim.errors import ResultError

if TYPE_CHECKING:
    from sim.experiment import Progress

    OnProgress = Callable[[Progress], None]

LINE_SECONDS = 10.0
"""Where stderr is no terminal, the first line of progress comes after this time."""


def emit(result: str | bytes) -> None:
    """Write a result to stdout: text as a line, bytes as they are. A reader who stops reading is no error.

    Errors: ResultError if stdout cannot be written.
    """
    if sys.stdout is None:  # closed by the caller, who wants no results
        return
    if isinstance(result, str):
        result = f"{result}\n".encode(sys.stdout.encoding, "backslashreplace")
    try:
        sys.stdout.buffer.write(result)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise ResultError(f"stdout: cannot be written: {error.strerror}") from error


def counted(number: int, noun: str) -> str:
    """`1 arm`, `3 arms`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def note(text: str) -> None:
    """Write one message to stderr."""
    print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """A length of time as people say it: `40 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def progress(title: str, quiet: bool) -> contextlib.AbstractContextManager[OnProgress]:
    """Show progress while the block runs: on a terminal a bar with the time left, else a line now and then."""
    if quiet:
        return contextlib.nullcontext(lambda _: None)
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return _bar(title)
    return contextlib.nullcontext(_lines(title))


@contextlib.contextmanager
def _bar(title: str) -> Iterator[OnProgress]:
    """A bar that is gone when the block is left. Colours follow NO_COLOR."""
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.TaskProgressColumn(),
        rich.TextColumn("{task.fields[finished]}"),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task(title, total=1.0, finished="")

        def show(now: Progress) -> None:
            """Move the bar."""
            display.update(task, completed=now.share, finished=f"{now.finished}/{now.total} replications")

        yield show


def _lines(title: str) -> OnProgress:
    """A line after `LINE_SECONDS`, and then each time twice as much time has passed as before."""
    began = time.monotonic()
    due = LINE_SECONDS

    def show(now: Progress) -> None:
        """Write a line if one is due."""
        nonlocal due
        passed = time.monotonic() - began
        if passed >= due:
            due = 2 * passed
            note(f"{title}: {now.finished} of {now.total} replications, {now.share:.0%}")

    return show
