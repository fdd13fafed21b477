"""The verdict in one sentence for a manager: which arm, by how much, how surely, and at what risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.comparison import Check, Difference
from sim.measures import MEASURES
from sim.results import Experiment
from sim.stats import ArmVerdict, arm_verdict


@dataclass(frozen=True)
class _Candidate:
    """An arm that has a verdict: its goal and, if declared, its guardrail against the baseline."""

    verdict: ArmVerdict
    goal: Difference
    guardrail: Difference | None

    @property
    def gain(self) -> float:
        """The goal's mean difference, turned so that plus is good."""
        return (self.goal.difference or 0.0) * self.goal.improves


def headline(
    experiment: Experiment, baseline: str, differences: Sequence[Difference], checks: Sequence[Check]
) -> str:
    """The verdict on the arm that does best in the goal, or why there is none.

    Intervals are those of the arm by itself: they are not widened for picking the best of several. If a
    health check failed, a second sentence names it.
    """
    obstacle = _obstacle(experiment, baseline, differences)
    if obstacle is not None:
        return f"No verdict: {obstacle}."
    sentence = _verdict(baseline, _candidates(differences), experiment.scenario.currency)
    failed = [check.name for check in checks if check.status == "failed"]
    return f"{sentence} Do not rely on it, a check failed: {'; '.join(failed)}." if failed else sentence


def _obstacle(experiment: Experiment, baseline: str, differences: Sequence[Difference]) -> str | None:
    """Why there is no verdict at all, or None if there is one."""
    if not differences:
        return f"{baseline} is the only arm, there is nothing to compare it with"
    if experiment.scenario.compare is None:
        return f"no goal is declared, the other arms are only set against {baseline}"
    if not experiment.of(baseline):
        return f"the baseline {baseline} did not finish"
    pairs = max(len(d.replications) for d in differences)
    if pairs < 2:
        return f"{pairs or 'no'} replication in common gives no interval, run at least 2, better 10"
    return (
        None if _candidates(differences) else f"{experiment.scenario.compare.goal.metric} is undefined here"
    )


def _candidates(differences: Sequence[Difference]) -> list[_Candidate]:
    """All arms that have a verdict, in their order."""
    guardrails = {d.arm: d for d in differences if d.role == "guardrail"}
    found = []
    for goal in (d for d in differences if d.role == "goal" and d.verdict is not None):
        guardrail = guardrails.get(goal.arm)
        held = guardrail.verdict if guardrail else None
        verdict = arm_verdict(goal.verdict, held, guarded=guardrail is not None)
        found += [_Candidate(verdict, goal, guardrail)] if verdict else []
    return found


def _verdict(baseline: str, candidates: Sequence[_Candidate], currency: str) -> str:
    """One sentence: choose the best arm, or stay with the baseline, or it is open."""
    kinds = {c.verdict for c in candidates}
    lead = next((kind for kind in ("better", "inconclusive") if kind in kinds), None)
    best = max((c for c in candidates if lead in (None, c.verdict)), key=lambda c: c.gain)
    effect = _effect(best, currency)
    if lead == "better":
        return f"Choose {best.goal.arm} over {baseline}: {effect}."
    if lead == "inconclusive":
        return f"Inconclusive, so {baseline} stands for now: with {best.goal.arm}, {effect}."
    return f"Stay with {baseline}, no other arm is better: with {best.goal.arm}, {effect}."


def _effect(candidate: _Candidate, currency: str) -> str:
    """What the arm does to the goal and to the guardrail, against the baseline."""
    goal, guardrail = candidate.goal, candidate.guardrail
    text = _change(goal, currency, "95 % interval ")
    if goal.verdict == "practically equal" and goal.difference:
        text += ", too little to matter"
    if guardrail is None:
        return text
    if guardrail.verdict is None:
        return f"{text}, but {MEASURES[guardrail.metric].label}, the guardrail, is undefined"
    opening = {
        "held": "and the guardrail holds",
        "broken": "but it breaks the guardrail",
        "unproven": "but the guardrail is unproven",
    }[guardrail.verdict]
    return f"{text}, {opening}, as {_change(guardrail, currency)} {_allowed(guardrail, currency)}"


def _change(d: Difference, currency: str, interval: str = "") -> str:
    """A difference in words with its 95 % interval, in the metric's own direction."""
    measure, mean = MEASURES[d.metric], d.difference or 0.0
    low, high = d.ci_low or 0.0, d.ci_high or 0.0
    if low == high == 0.0:
        return f"{measure.label} is the same in every replication"
    verb = "rises" if low > 0.0 else "falls" if high < 0.0 else "changes"
    if verb == "falls":
        mean, low, high = -mean, -high, -low
    width, signed = (high - low) / 2.0, verb == "changes"
    middle, first, last = (measure.amount(x, width, sign=signed) for x in (mean, low, high))
    suffix = measure.suffix(currency, difference=True)
    return f"{measure.label} {verb} by {middle}{suffix} ({interval}{first} to {last})"


def _allowed(d: Difference, currency: str) -> str:
    """How far the guardrail may move the wrong way."""
    way = "fall" if d.improves > 0 else "rise"
    return f"where a {way} of {MEASURES[d.metric].margin(d.margin or 0.0, currency)} is allowed"
