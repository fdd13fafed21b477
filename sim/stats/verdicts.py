"""Verdicts by pre-declared rules. They read *oriented* intervals, in which plus is good, and never a p-value."""

from __future__ import annotations

from typing import Literal

from sim.stats.intervals import Interval

GoalVerdict = Literal["better", "worse", "practically equal", "inconclusive"]
GuardrailVerdict = Literal["held", "broken", "unproven"]
ArmVerdict = Literal["better", "equal", "worse", "inconclusive"]
Verdict = GoalVerdict | GuardrailVerdict


def goal_verdict(oriented: Interval | None, margin: float | None) -> GoalVerdict | None:
    """Judge the goal by its oriented interval and the smallest difference that matters.

    Practically equal if the whole interval lies within [-margin, margin] (interval inclusion, Schuirmann
    1987; 95 % instead of his 90 % errs on the safe side), which with a zero margin means a difference of
    exactly zero in every replication; else better if it lies above 0, worse if it lies below 0; else
    inconclusive. No interval (fewer than two pairs) or no margin gives no verdict.
    """
    if oriented is None or margin is None:
        return None
    if -margin <= oriented.low and oriented.high <= margin:
        return "practically equal"
    if oriented.low > 0.0:
        return "better"
    return "worse" if oriented.high < 0.0 else "inconclusive"


def guardrail_verdict(oriented: Interval | None, margin: float | None) -> GuardrailVerdict | None:
    """Judge the guardrail: held if it is surely no worse than the margin allows, broken if it surely is.

    Held if the oriented interval lies at or above -margin (non-inferiority, Piaggio et al. 2012), broken if
    it lies below; else unproven. No interval or no margin gives no verdict.
    """
    if oriented is None or margin is None:
        return None
    if oriented.low >= -margin:
        return "held"
    return "broken" if oriented.high < -margin else "unproven"


def arm_verdict(goal: Verdict | None, guardrail: Verdict | None, *, guarded: bool) -> ArmVerdict | None:
    """Judge an arm by its goal and guardrail; `guarded` tells whether a guardrail was declared at all.

    Worse if the goal is worse or the guardrail broken; better (equal) only if the goal is better (practically
    equal) and the guardrail held; else inconclusive. Neither verdict known: none.
    """
    if goal is None and guardrail is None:
        return None
    if goal == "worse" or guardrail == "broken":
        return "worse"
    if guarded and guardrail != "held":
        return "inconclusive"
    if goal == "better":
        return "better"
    return "equal" if goal == "practically equal" else "inconclusive"
