"""Jobs for worker processes. A file of its own, so that a spawned worker imports little."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(number: int) -> int:
    return number * number


def square_or_die(number: int) -> int:
    """The worker is killed by job 3, as the system does when memory runs out."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_first(flag: Path) -> str:
    """Kill the worker the first time, succeed the second time."""
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def surroundings(_: int) -> tuple[str | None, bool]:
    """What a worker finds: the thread limit, and whether Ctrl-C is ignored."""
    return os.environ.get("OMP_NUM_THREADS"), signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def tell_and_sleep(note: Path) -> None:
    """Write down who is working, then work for a long time."""
    note.write_text(str(os.getpid()))
    time.sleep(60)


def sleep_after_first(note: Path | None) -> None:
    """End at once without a note, else tell and sleep."""
    if note is not None:
        tell_and_sleep(note)
