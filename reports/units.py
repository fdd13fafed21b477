"""Numbers as a reader wants them: units, prefixes and as many digits as the interval supports."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.compare import MEASURES, Unit

NOTHING = "–"
"""Shown where a figure is undefined; a true zero is shown as 0."""

MINUS = "−"
_HARD_SPACE = "\u00a0"
_PREFIXES = ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
_COUNT_PREFIX_FROM = 1e7


ABOUT: Mapping[str, str] = {
    "revenue": "net of discounts and refunds",
    "profit": "revenue less goods, rewards, touches, staff and acquisition",
    "residual_value": "expected discounted margin of the fans present at the end",
    "value": "profit and residual value",
    "value_per_fan": "per fan of the starting pool or joined",
    "profit_per_fan": "per fan of the starting pool or joined",
    "revenue_per_fan": "per fan of the starting pool or joined",
    "churn": "share of the starting pool that left",
    "exit_rate": "all fans",
    "churn_30d": "share of newcomers who leave within 30 days",
    "orders": "organic and caused by a touch",
    "touches": "delivered",
    "withheld": "held back by a contact rule",
    "active_fans": "present at the end",
    "mean_trust": "at the end, between 0 and 1",
    "annoyed_share": "over their tolerance, mean of the days",
    "muted_share": "of the fans present at the end",
}
"""What each metric means, in a few words."""


def label(metric: str) -> str:
    """The name of a metric at the start of a line."""
    name = MEASURES[metric].label
    return name[:1].upper() + name[1:]


@dataclass(frozen=True)
class Scale:
    """How a family of numbers is shown: divided by `factor`, with `decimals`, in `unit`."""

    factor: float
    decimals: int
    unit: str

    def text(self, value: float | None, *, sign: bool = False, unit: bool = False) -> str:
        """One number: `1,234.5`, with a sign if asked for and with its unit if asked for."""
        if value is None or not math.isfinite(value):
            return NOTHING
        shown = f"{abs(value) / self.factor:,.{self.decimals}f}"
        is_zero = not shown.strip("0.,")
        mark = "" if is_zero else MINUS if value < 0 else "+" if sign else ""
        return f"{mark}{shown}{self.suffix if unit else ''}"

    def span(self, low: float | None, high: float | None, *, unit: bool = False) -> str:
        """The ends of an interval of differences: `−1.2 to +3.4`."""
        return f"{self.text(low, sign=True)} to {self.text(high, sign=True, unit=unit)}"

    def width(self, half_width: float | None) -> str:
        """`± 0.12`; one too small for the decimals is not shown as 0. Empty if there is none."""
        if half_width is None:
            return ""
        least: float = self.factor * 10.0**-self.decimals
        return f"± <{self.text(least)}" if 0.0 < half_width < least / 2 else f"± {self.text(half_width)}"

    @property
    def suffix(self) -> str:
        """The unit after an unbreakable space; nothing if there is none."""
        return f"{_HARD_SPACE}{self.unit}" if self.unit else ""


def scale(
    kind: Unit,
    currency: str,
    values: Iterable[float | None],
    errors: Iterable[float | None] = (),
    *,
    digits: int = 3,
    difference: bool = False,
) -> Scale:
    """One scale for `values` whose half-widths are `errors`.

    The largest half-width keeps two digits, but no value gets more than four; without half-widths the largest
    value gets `digits`. A difference of shares is in percentage points.
    """
    largest = _largest(values)
    factor, prefix = _factor(kind, largest)
    decimals = _decimals(largest / factor, digits)
    error = _largest(errors) / factor
    if error > 0:
        decimals = min(_decimals(error, 2), _decimals(max(largest / factor, error), 4))
    return Scale(factor, decimals, _unit(kind, currency, prefix, difference))


def _largest(values: Iterable[float | None]) -> float:
    """Largest finite absolute value; 0 if there is none."""
    return max((abs(v) for v in values if v is not None and math.isfinite(v)), default=0.0)


def _factor(kind: Unit, largest: float) -> tuple[float, str]:
    """What to divide by, and the prefix that says so."""
    if kind == "share":
        return 0.01, ""
    if kind == "number" or (kind == "count" and largest < _COUNT_PREFIX_FROM):
        return 1.0, ""
    return next(((factor, prefix) for start, factor, prefix in _PREFIXES if largest >= start), (1.0, ""))


def _decimals(size: float, digits: int) -> int:
    """Decimals that give `digits` significant digits to a number of this size, 0 to 5."""
    if size <= 0:
        return 0
    return min(5, max(0, digits - 1 - math.floor(math.log10(size))))


def _unit(kind: Unit, currency: str, prefix: str, difference: bool) -> str:
    """The unit with its prefix."""
    if kind == "share":
        return "points" if difference else "%"
    return f"{prefix} {currency}".strip() if kind == "money" else prefix
