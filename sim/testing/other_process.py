"""A strategy asked in another process, as a worker is: at another time, and where Python hashes texts differently."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial

from sim.scenario.model import Scenario
from sim.strategy import Strategy
from sim.testbed import past_audience
from sim.testing.rehearsal import Words, in_words

_LATER = 1e6
"""Seconds by which the other process' clocks are ahead: eleven and a half days."""

_PLEASE = "from sim.testing.other_process import answer; answer()"


def ask(strategy: Strategy, scenario: Scenario, days: Iterable[int]) -> list[Words]:
    """What a strategy wants of `past_audience` on each of these days, in the words of `sim.rehearsal.in_words`.

    Raises what pickle does if it cannot travel, and RuntimeError with the other process' last words if that fails.
    """
    hashes = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    done = subprocess.run(
        [sys.executable, "-c", _PLEASE],
        input=pickle.dumps((strategy, scenario, list(days))),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path), "PYTHONHASHSEED": hashes},
    )
    if done.returncode:
        raise RuntimeError((done.stderr.decode(errors="replace").strip() or "it was killed").splitlines()[-1])
    words: list[Words] = pickle.loads(done.stdout)
    return words


def answer() -> None:
    """Answer one `ask` from stdin on stdout; what the strategy itself prints goes to stderr."""
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    for clock in ("time", "monotonic", "perf_counter"):
        setattr(time, clock, partial(_later, getattr(time, clock)))
    strategy, scenario, days = pickle.load(sys.stdin.buffer)
    audiences = [past_audience(scenario, day) for day in days]
    out.write(pickle.dumps([in_words(list(strategy.decide(a.day, a)), a) for a in audiences]))


def _later(clock: Callable[[], float]) -> float:
    """What a clock says that is ahead."""
    return clock() + _LATER
