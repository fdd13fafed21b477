"""The verdict in one sentence for a manager: which arm, by how much, how surely, and at what risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.comparison import Assumptions, Check, Difference, WorldEffect
from sim.differences import Claim, arm_verdict_of
from sim.measures import MEASURES
from sim.reservations import failings, reservations
from sim.results import Experiment
from sim.shortfall import listed, lost, shortfalls
from sim.stats import ArmVerdict, Interval, Verdict, arm_verdict


@dataclass(frozen=True)
class _Finding:
    """A difference, and what becomes of it when assumptions are redrawn, if they were. That decides."""

    luck: Difference
    world: WorldEffect | None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that the sentence follows."""
        return self.world.verdict if self.world else self.luck.verdict

    @property
    def interval(self) -> Interval:
        """The interval that the verdict rests on, in the metric's own sign; that of luck if there is no other."""
        return (self.world.interval if self.world else None) or self.by_luck

    @property
    def verdict_of_one_of_several(self) -> Verdict | None:
        """The verdict if the intervals of all arms shall hold together."""
        claim = Claim(self.luck.metric, self.luck.role, self.luck.margin)
        return claim.verdict(self.together)

    @property
    def together(self) -> Interval | None:
        """The deciding interval, wide enough to hold together with those of all arms; None if it is unknown."""
        return self.world.simultaneous if self.world else self.luck.simultaneous

    @property
    def by_luck(self) -> Interval:
        """The interval of luck alone."""
        return self.luck.by_luck

    @property
    def unchanged(self) -> bool:
        """Whether arm and baseline are the same in every replication and redraw."""
        return self.interval.low == self.interval.high == self.by_luck.low == self.by_luck.high == 0.0


@dataclass(frozen=True)
class _Candidate:
    """An arm that has a verdict: its goal and, if declared, its guardrail against the baseline."""

    verdict: ArmVerdict
    goal: _Finding
    guardrail: _Finding | None

    @property
    def arm(self) -> str:
        """Name of the arm."""
        return self.goal.luck.arm

    @property
    def gain(self) -> float:
        """The goal's mean difference, turned so that plus is good."""
        return self.goal.interval.mean * self.goal.luck.improves


def headline(
    experiment: Experiment,
    baseline: str,
    differences: Sequence[Difference],
    checks: Sequence[Check],
    assumptions: Assumptions | None = None,
) -> str:
    """The verdict on the arm that does best in the goal, of those without failures if there are any, or why none.

    If assumptions were redrawn, it rests on the interval over the redraws and tells that of luck alone beside it; a
    further sentence names verdicts that hold only for luck. Intervals are those of the arm by itself; if one that is
    widened for having picked the best of several does not support the choice, the sentence says so. If a health check
    or an arm failed, other sentences name them, and say whether the verdict stands.
    """
    obstacle = _obstacle(experiment, baseline, differences)
    if obstacle is not None:
        plain = experiment.scenario.compare is None or not differences
        return " ".join([f"No verdict: {obstacle}.", *(failings(experiment) if plain else ())])
    candidates = _candidates(differences, assumptions)
    sound = _sound(experiment, candidates)
    others = "no other arm that finished" if lost(experiment) or len(sound) < len(candidates) else "no other arm"
    best = _best(sound)
    sentences = [_verdict(baseline, others, best, len(candidates), experiment.scenario.currency)]
    untested = assumptions.untested if assumptions else ()
    sentences += reservations(experiment, {baseline, best.arm}, checks, untested)
    if assumptions and assumptions.only_luck:
        sentences.append(_only_luck(assumptions.only_luck, differences))
    return " ".join(sentences)


def leading_arm(
    experiment: Experiment, baseline: str, differences: Sequence[Difference], assumptions: Assumptions | None = None
) -> str | None:
    """The arm that the headline is about; None if there is no verdict."""
    if _obstacle(experiment, baseline, differences) is not None:
        return None
    return _best(_sound(experiment, _candidates(differences, assumptions))).arm


def _obstacle(experiment: Experiment, baseline: str, differences: Sequence[Difference]) -> str | None:
    """Why there is no verdict at all, or None if there is one."""
    if not differences:
        return f"{baseline} is the only arm, there is nothing to compare it with"
    if experiment.scenario.compare is None:
        return f"no goal is declared, the other arms are only set against {baseline}"
    if not experiment.of(baseline):
        return f"the baseline {baseline} did not finish"
    pairs = max(len(d.replications) for d in differences)
    if pairs < 2 and experiment.scenario.most > 1 and any(not failure.redrawn for failure in experiment.failures):
        arms = [arm for arm in experiment.scenario.arms if experiment.failed(arm)]
        return f"{pairs or 'no'} replication in common gives no interval, {shortfalls(experiment, arms)} failed"
    if pairs < 2:
        return f"{pairs or 'no'} replication in common gives no interval, run at least 2, better 10"
    return None if _candidates(differences, None) else f"{experiment.scenario.compare.goal.metric} is undefined here"


def _candidates(differences: Sequence[Difference], assumptions: Assumptions | None) -> list[_Candidate]:
    """All arms that have a verdict, in their order."""
    guardrails = {d.arm: _finding(d, assumptions) for d in differences if d.role == "guardrail"}
    found = []
    for goal in (_finding(d, assumptions) for d in differences if d.role == "goal" and d.verdict is not None):
        guardrail = guardrails.get(goal.luck.arm)
        held = guardrail.verdict if guardrail else None
        verdict = arm_verdict(goal.verdict, held, guarded=guardrail is not None)
        found += [_Candidate(verdict, goal, guardrail)] if verdict else []
    return found


def _finding(d: Difference, assumptions: Assumptions | None) -> _Finding:
    """A difference with its redraws."""
    return _Finding(d, assumptions.of(d.arm, d.role) if assumptions else None)


def _sound(experiment: Experiment, candidates: Sequence[_Candidate]) -> Sequence[_Candidate]:
    """Those of which nothing failed, if there are any; else all."""
    return [c for c in candidates if not experiment.failed(c.arm)] or candidates


def _verdict(baseline: str, others: str, best: _Candidate, arms: int, currency: str) -> str:
    """One sentence: choose the best of so many `arms`, or stay with the baseline, or it is open.

    `others`: what else there is.
    """
    effect = _effect(best, currency)
    if best.verdict == "better":
        return f"Choose {best.arm} over {baseline}: {effect}{_picked(best, arms, currency)}."
    if best.verdict == "inconclusive":
        return f"Inconclusive, so {baseline} stands for now: with {best.arm}, {effect}."
    return f"Stay with {baseline}, {others} is better: with {best.arm}, {effect}."


def _best(candidates: Sequence[_Candidate]) -> _Candidate:
    """The candidate with the largest gain: of those that are better, else of those that are open, else of all."""
    kinds = {c.verdict for c in candidates}
    lead = next((kind for kind in ("better", "inconclusive") if kind in kinds), None)
    return max((c for c in candidates if lead in (None, c.verdict)), key=lambda c: c.gain)


def _effect(candidate: _Candidate, currency: str) -> str:
    """What the arm does to the goal and to the guardrail, against the baseline."""
    goal, guardrail = candidate.goal, candidate.guardrail
    text = _change(goal, currency, "95 % interval ")
    if goal.verdict == "practically equal" and goal.interval.mean:
        text += ", too little to matter"
    if guardrail is None:
        return text
    if guardrail.verdict is None:
        return f"{text}, but {MEASURES[guardrail.luck.metric].label}, the guardrail, is undefined"
    but = "and" if goal.verdict == "worse" else "but"
    opening = {
        "held": "and the guardrail holds",
        "broken": f"{but} it breaks the guardrail",
        "unproven": f"{but} the guardrail is unproven",
    }[guardrail.verdict]
    allowed = _allowed(guardrail.luck, currency)
    limit = f"({allowed})" if guardrail.unchanged else f"where {allowed}"
    return f"{text}, {opening}, as {_change(guardrail, currency)} {limit}"


def _picked(best: _Candidate, arms: int, currency: str) -> str:
    """What is left of the choice once it counts that the best of several was picked; empty if all of it."""
    for finding in (best.goal, best.guardrail):
        if finding and finding.together and finding.verdict_of_one_of_several != finding.verdict:
            measure = MEASURES[finding.luck.metric]
            ends = _figures(finding.luck.metric, finding.together, "changes")[1]
            unit = measure.suffix(currency, difference=True)
            return (
                f"; picked from {arms} arms it is less sure: allowing for that, {measure.label} changes by {ends}{unit}"
            )
    return ""


def _change(finding: _Finding, currency: str, name: str = "") -> str:
    """A difference in words with its 95 % interval, in the metric's own direction; `name` introduces the interval."""
    measure, deciding = MEASURES[finding.luck.metric], finding.interval
    if finding.unchanged:
        return f"{measure.label} is the same in every replication"
    verb = "rises" if deciding.low > 0.0 else "falls" if deciding.high < 0.0 else "changes"
    middle, ends = _figures(finding.luck.metric, deciding, verb)
    if finding.world and not finding.world.interval:
        ends += " for luck alone"
    elif finding.world:
        alone, alone_ends = _figures(finding.luck.metric, finding.by_luck, verb)
        ends += f" over the range of assumptions; for luck alone by {alone}, from {alone_ends}"
    return f"{measure.label} {verb} by {middle}{measure.suffix(currency, difference=True)} ({name}{ends})"


def _figures(metric: str, interval: Interval, verb: str) -> tuple[str, str]:
    """Mean and ends of an interval; after a verb that has a direction, plus is that direction."""
    shown = interval.oriented(-1 if verb == "falls" else 1)
    width, signed = (shown.high - shown.low) / 2.0, verb == "changes"
    middle, low, high = (MEASURES[metric].amount(x, width, sign=signed) for x in (shown.mean, shown.low, shown.high))
    return middle, f"{low} to {high}"


def _allowed(d: Difference, currency: str) -> str:
    """How far the guardrail may move the wrong way."""
    way = "fall" if d.improves > 0 else "rise"
    return f"a {way} of {MEASURES[d.metric].margin(d.margin or 0.0, currency)} is allowed"


def _only_luck(arms: Sequence[str], differences: Sequence[Difference]) -> str:
    """Which arms have a verdict that other assumptions do not confirm."""
    named = [f"{arm} would be {arm_verdict_of(arm, differences)}" for arm in arms]
    holds = "these verdicts hold" if len(named) > 1 else "that verdict holds"
    return f"If all assumptions were exact, {listed(named)}: {holds} only for luck."
