"""Ctrl-C where it can do no harm: held back while something is half done, and kept away from workers.

Python raises KeyboardInterrupt between any two instructions, also in the middle of other people's code, some of which
then ends with an error of its own: a zip archive that was being written cannot be closed. What has to be whole runs
under `held_back`, which lets the interrupt through at its end.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block. Only the main thread hears of it, so elsewhere nothing is done."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    came: list[FrameType | None] = []
    signal.signal(signal.SIGINT, lambda _, frame: came.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            before(signal.SIGINT, came[0])


@contextlib.contextmanager
def kept_from_children() -> Iterator[None]:
    """Hold Ctrl-C back, and block it for good in processes spawned meanwhile, where the system can."""
    with held_back():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def interrupted(error: BaseException) -> bool:
    """Whether an error came of Ctrl-C: one that other code raised because it was interrupted."""
    link: BaseException | None = error
    while link is not None and not isinstance(link, KeyboardInterrupt):
        link = link.__cause__ or link.__context__
    return link is not None
