"""What to say beside a verdict: which check failed, of which arms something failed, and whether the verdict stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sim.comparison import Check
from sim.health import FINISHED
from sim.results import Experiment
from sim.shortfall import listed, lost, partly_failed, shortfall, shortfalls


def reservations(
    experiment: Experiment, about: Collection[str], checks: Sequence[Check], untested: Sequence[str] = ()
) -> Iterator[str]:
    """Why not to rely on a verdict that is `about` these arms, or on what is said of others; which are left out.

    `untested`: arms without an interval over the redraws that were asked for.
    """
    failed = [check.name for check in checks if check.status == "failed" and check.name != FINISHED]
    if failed:
        yield f"Do not rely on it, a check failed: {'; '.join(failed)}."
    partly = partly_failed(experiment)
    shaken = any(arm in about for arm in partly)
    causes = _causes(experiment, untested)
    others = [arm for arm in partly if arm not in causes]
    if any(arm in about for arm in others):
        yield f"Do not rely on it: {shortfalls(experiment, others)} failed."
    else:
        yield from _doubtful(experiment, others)
    if untested:
        them = "it" if len(untested) == 1 else "them"
        why = f"{shortfalls(experiment, causes)} failed" if causes else "fewer than 2 redraws give a difference"
        yield (f"{listed(untested)} cannot be chosen, nothing is known of {them} over the range of assumptions: {why}.")
    yield from _silent(experiment, lost(experiment))
    if experiment.failures and not failed and not shaken:
        yield "The verdict on the other arms stands."


def failings(experiment: Experiment) -> Iterator[str]:
    """What failed of which arms, where there is no verdict to be shaken."""
    yield from _doubtful(experiment, partly_failed(experiment))
    yield from _silent(experiment, lost(experiment))


def _doubtful(experiment: Experiment, arms: Sequence[str]) -> Iterator[str]:
    """That these arms failed in part, if there are any."""
    if arms:
        yield f"Do not rely on what is said of {listed(arms)}: {_failed(experiment, arms)}."


def _silent(experiment: Experiment, arms: Sequence[str]) -> Iterator[str]:
    """That these arms failed altogether, if there are any."""
    if arms:
        yield f"Nothing is said of {listed(arms)}: {_failed(experiment, arms)}."


def _causes(experiment: Experiment, untested: Sequence[str]) -> list[str]:
    """The arms whose failures left others `untested`: themselves, or the baseline if that took all with it."""
    partly, settings = partly_failed(experiment), experiment.scenario.compare
    judged = {*experiment.scenario.arms} - {*lost(experiment)} - {settings.baseline if settings else ""}
    blamed = {*untested} | ({settings.baseline} if settings and judged == {*untested} else set())
    return [arm for arm in partly if arm in blamed and any(failure.redrawn for failure in experiment.failed(arm))]


def _failed(experiment: Experiment, arms: Sequence[str]) -> str:
    """How much of arms failed that are named before."""
    if len(arms) > 1:
        return f"{shortfalls(experiment, arms)} failed"
    return f"{shortfall(experiment, arms[0]).replace('the only', 'its only')} failed"
