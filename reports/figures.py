"""What charts and tables both show."""

from __future__ import annotations

from collections.abc import Iterable

from reports.theme import ANY_CHANNEL
from sim.compare import ArmSummary, Comparison, Difference
from sim.results import MONEY_PARTS

COSTS = MONEY_PARTS[1:]
"""What is taken off revenue."""


def amounts(arm: ArmSummary) -> dict[str, float]:
    """Means over the replications, in money: revenue, costs, `profit`, `residual_value` (0 if unknown), `value`."""
    parts = {part: arm.money.get(part, 0.0) for part in MONEY_PARTS}
    profit = parts["revenue"] - sum(parts[cost] for cost in COSTS)
    residual = arm.metrics["residual_value"].mean if "residual_value" in arm.metrics else None
    return {**parts, "profit": profit, "residual_value": residual or 0.0, "value": profit + (residual or 0.0)}


def withheld(arm: ArmSummary) -> dict[str, float]:
    """Touches that a contact rule held back, by channel; under `ANY_CHANNEL` if only their sum is known. Means."""
    return dict(arm.withheld) or {ANY_CHANNEL: arm.metrics["withheld"].mean or 0.0}


def channels(arms: Iterable[ArmSummary]) -> list[str]:
    """Channels through which any of these arms delivered or would have delivered a touch, each once."""
    used = (name for arm in arms for table in (arm.touches, withheld(arm)) for name, n in table.items() if n > 0)
    return list(dict.fromkeys(used))


def loss_metric(comparison: Comparison) -> str:
    """What value is set against: churn, or the exit rate if no arm defines churn (the pool started empty)."""
    return "churn" if any(arm.metrics["churn"].n for arm in comparison.arms) else "exit_rate"


def redrawn_differences(comparison: Comparison, d: Difference) -> dict[int, float]:
    """Number of the redraw -> arm less baseline in that world, where both arms finished and define the metric."""
    base = {r.replication: r.metrics[d.metric] for r in comparison.experiment.redrawn_of(d.baseline)}
    mine = {r.replication: r.metrics[d.metric] for r in comparison.experiment.redrawn_of(d.arm)}
    both = ((number, mine[number], base.get(number)) for number in mine)
    return {number: a - b for number, a, b in both if a is not None and b is not None}
