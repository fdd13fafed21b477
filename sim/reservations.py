"""What to say beside a verdict: which check failed, of which arms something failed, and whether the verdict stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sim.comparison import Check
from sim.health import FINISHED
from sim.results import Experiment
from sim.shortfall import listed, lost, partly_failed, shortfall, shortfalls


def reservations(experiment: Experiment, about: Collection[str], checks: Sequence[Check]) -> Iterator[str]:
    """Why not to rely on a verdict that is `about` these arms, or on what is said of others; which are left out."""
    failed = [check.name for check in checks if check.status == "failed" and check.name != FINISHED]
    if failed:
        yield f"Do not rely on it, a check failed: {'; '.join(failed)}."
    partly, left_out = partly_failed(experiment), lost(experiment)
    shaken = any(arm in about for arm in partly)
    if shaken:
        yield f"Do not rely on it: {shortfalls(experiment, partly)} failed."
    elif partly:
        yield f"Do not rely on what is said of {listed(partly)}: {_failed(experiment, partly)}."
    if left_out:
        yield f"Nothing is said of {listed(left_out)}: {_failed(experiment, left_out)}."
    if experiment.failures and not failed and not shaken:
        yield "The verdict on the other arms stands."


def _failed(experiment: Experiment, arms: Sequence[str]) -> str:
    """How much of arms failed that are named before."""
    return f"{shortfall(experiment, arms[0]) if len(arms) == 1 else shortfalls(experiment, arms)} failed"
