"""How much of an experiment failed: which arms are lost by that, which are not complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sim.results import Experiment

FEWEST = 2
"""Finished replications that an interval takes."""


def shortfall(experiment: Experiment, arm: str) -> str:
    """How much of an arm failed: `2 of 9 replications`, `9 of 9 replications and 4 of 4 redraws`; empty if nothing."""
    finished = {False: len(experiment.of(arm)), True: len(experiment.redrawn_of(arm))}
    names = {False: "replications", True: "redraws"}
    failed = {kind: sum(f.redrawn == kind for f in experiment.failed(arm)) for kind in names}
    told = [f"{n} of {n + finished[kind]} {names[kind]}" for kind, n in failed.items() if n]
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


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
