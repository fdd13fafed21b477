"""What each metric is called, in which unit it is shown, and which way is good."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sim.scenario.model import Metric

METRICS: tuple[str, ...] = get_args(Metric)
"""All metrics, in the order in which every table lists them."""

Unit = Literal["money", "share", "count", "number"]


@dataclass(frozen=True)
class Measure:
    """One metric: its name in a sentence, its unit, and whether plus is good (1) or bad (-1)."""

    label: str
    unit: Unit
    improves: int

    def amount(self, value: float, width: float | None, *, sign: bool = False) -> str:
        """A value of this metric with as many digits as its half-width supports, shares in percent."""
        scale = 100.0 if self.unit == "share" else 1.0
        digits = decimals(value * scale, None if width is None else width * scale)
        if self.unit == "count" and not width:
            digits = 0  # a whole number of fans or orders
        rounded = round(value * scale, digits) + 0.0  # -0.0 + 0.0 is 0.0: no "-0" in a sentence
        return f"{rounded:{'+' if sign and rounded else ''},.{digits}f}"

    def margin(self, value: float, currency: str) -> str:
        """A declared difference with its unit, all digits as the user wrote them."""
        if self.unit != "share":
            return f"{value:,.10g}{self.suffix(currency)}"
        return "1 point" if value == 0.01 else f"{value * 100.0:,.10g} points"

    def suffix(self, currency: str, *, difference: bool = False) -> str:
        """What follows an amount: the currency, percent, or percentage points for a difference of shares."""
        share = " points" if difference else " %"
        return {"money": f" {currency}", "share": share, "count": "", "number": ""}[self.unit]


MEASURES: Mapping[str, Measure] = {
    "revenue": Measure("revenue", "money", 1),
    "profit": Measure("profit", "money", 1),
    "residual_value": Measure("residual value", "money", 1),
    "value": Measure("value", "money", 1),
    "value_per_fan": Measure("value per fan", "money", 1),
    "profit_per_fan": Measure("profit per fan", "money", 1),
    "revenue_per_fan": Measure("revenue per fan", "money", 1),
    "churn": Measure("churn", "share", -1),
    "exit_rate": Measure("exits per 1,000 fan-days", "number", -1),
    "churn_30d": Measure("30-day churn of newcomers", "share", -1),
    "orders": Measure("orders", "count", 1),
    "touches": Measure("touches", "count", -1),
    "withheld": Measure("withheld touches", "count", -1),
    "active_fans": Measure("active fans", "count", 1),
    "mean_trust": Measure("mean trust", "number", 1),
    "annoyed_share": Measure("annoyed share", "share", -1),
    "muted_share": Measure("muted share", "share", -1),
}
"""Every metric. Minus is good where fans are lost or bothered. It is also taken as good for `touches`, which
cost money and patience whatever they bring, and for `withheld`, plans that the contact rules stopped; both
matter only to a scenario that declares one of them as its goal or guardrail."""


def decimals(value: float, width: float | None) -> int:
    """Decimals that show two significant digits of `width`, or three of `value` if it is mere rounding."""
    if width and width > 1e-9 * abs(value):
        return _places(width, 2)
    return _places(value, 3) if value else 0


def _places(value: float, significant: int) -> int:
    """Decimals for this many significant digits, between 0 and 8."""
    return min(8, max(0, significant - 1 - math.floor(math.log10(abs(value)))))
