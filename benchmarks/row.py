"""One measured figure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure with its unit; `target` is an upper bound, or a lower one where `more_is_better`."""

    name: str
    value: float
    unit: str
    target: float | None = None
    more_is_better: bool = False

    @property
    def reached(self) -> bool:
        """Whether the target is met; true without one."""
        if self.target is None:
            return True
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    @property
    def aim(self) -> str:
        """The target in words."""
        if self.target is None:
            return ""
        bound = "at least" if self.more_is_better else "at most"
        return f"{bound} {self.target:g}: {'reached' if self.reached else 'MISSED'}"


def best_time(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds of the fastest of `repeats` runs in this process: what other programs do hardly shows."""
    return min(_seconds(work, time.process_time) for _ in range(repeats))


def best_wait(work: Callable[[], object], repeats: int) -> float:
    """Seconds on the clock of the fastest of `repeats` runs: what a user waits for."""
    return min(_seconds(work, time.perf_counter) for _ in range(repeats))


def _seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start
