"""How much of an experiment failed: which arms are lost by that, which are not complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sim.results import Experiment

FEWEST = 2
"""Finished replications that an interval takes."""


def shortfall(experiment: Experiment, arm: str) -> str:
    """How much of an arm failed: `2 of 9 replications`, `the only replication and 4 of 4 redraws`; empty if nothing."""
    counts = {kind: _count(experiment, arm, redrawn=kind == "redraw") for kind in ("replication", "redraw")}
    told = [f"the only {kind}" if m == 1 else f"{n} of {m} {kind}s" for kind, (n, m) in counts.items() if n]
    return " and ".join(told)


def shortfalls(experiment: Experiment, arms: Iterable[str]) -> str:
    """The same of several arms: `2 of 9 replications of weekly and 1 of 9 replications of daily`."""
    return listed([f"{shortfall(experiment, arm)} of {arm}" for arm in arms])


def lost(experiment: Experiment) -> tuple[str, ...]:
    """Arms of which so many replications failed that too few finished for an interval, in the order of the scenario."""
    failed = {failure.arm for failure in experiment.failures if not failure.redrawn}
    return tuple(arm for arm in experiment.scenario.arms if arm in failed and len(experiment.of(arm)) < FEWEST)


def partly_failed(experiment: Experiment) -> tuple[str, ...]:
    """The other arms of which something failed, in the order of the scenario."""
    known = {failure.arm for failure in experiment.failures} - {*lost(experiment)}
    return tuple(arm for arm in experiment.scenario.arms if arm in known)


def unlucky(experiment: Experiment) -> tuple[str, ...]:
    """Those of the partly failed arms of which replications failed: what is left of them may have had easy luck."""
    return tuple(arm for arm in partly_failed(experiment) if _count(experiment, arm, redrawn=False)[0])


def missing_worlds(experiment: Experiment) -> Iterator[str]:
    """What failed redraws of the partly failed arms do to intervals over the assumptions, as clauses."""
    counts = {arm: _count(experiment, arm, redrawn=True) for arm in partly_failed(experiment)}
    gaps = [f"{arm} ({n} of {m})" for arm, (n, m) in counts.items() if n and m - n >= FEWEST]
    few = [arm for arm, (n, m) in counts.items() if n and m - n < FEWEST]
    if gaps:
        yield f"intervals over the assumptions leave out just the worlds in which {listed(gaps)} failed"
    if few:
        yield f"too few redraws of {listed(few)} finished for an interval over the assumptions"


def _count(experiment: Experiment, arm: str, *, redrawn: bool) -> tuple[int, int]:
    """How many replications, or redraws, of an arm failed, and of how many."""
    finished = experiment.redrawn_of(arm) if redrawn else experiment.of(arm)
    failed = sum(failure.redrawn == redrawn for failure in experiment.failed(arm))
    return failed, failed + len(finished)


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
