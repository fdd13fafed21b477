"""Statistics: pure functions of numbers, each with the source of its formula.

Intervals and verdicts are offered here; what belongs to one question more has a module of its own.
"""

from sim.stats.intervals import (
    LEVEL,
    FloatArray,
    Interval,
    apart,
    correlation,
    half_width,
    mean_interval,
    paired_interval,
)
from sim.stats.verdicts import (
    ArmVerdict,
    GoalVerdict,
    GuardrailVerdict,
    Verdict,
    arm_verdict,
    goal_verdict,
    guardrail_verdict,
)

__all__ = [
    "LEVEL",
    "ArmVerdict",
    "FloatArray",
    "GoalVerdict",
    "GuardrailVerdict",
    "Interval",
    "Verdict",
    "apart",
    "arm_verdict",
    "correlation",
    "goal_verdict",
    "guardrail_verdict",
    "half_width",
    "mean_interval",
    "paired_interval",
]
