"""What the mechanisms of one replication share: the fans, the luck, the day, and today's book-keeping."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import Luck
from sim.events import EventLog
from sim.fans import FanTable, IntArray
from sim.kernels import leaving, orders
from sim.scenario.model import Scenario

CHUNK = 1 << 15
"""Fans worked on at a time, so that temporaries stay in the processor's cache."""


@dataclass
class Lump:
    """Hazard that an event adds today: the same `hazard` for each of `fans` (ascending), counted under `cause`."""

    fans: IntArray
    hazard: float
    cause: str


@dataclass
class Opened:
    """Promotions opened today: ascending `fans` and what was promised, waiting for the order phase."""

    fans: IntArray
    channel: str
    discount: float
    occasion: int


@dataclass
class State:
    """One replication in progress. `counts` and `money` are today's, in the names of the day series."""

    scenario: Scenario
    luck: Luck
    fans: FanTable
    season: NDArray[np.floating]
    day: int = 0
    maturity: float = 1.0
    counts: dict[str, float] = field(default_factory=dict)
    money: dict[str, float] = field(default_factory=dict)
    touches: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=dict)
    withheld_by_rule: dict[str, int] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)
    lumps: list[Lump] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)
    log: EventLog | None = None

    def note(self, kind: str, fans: IntArray, detail: str = "", amount: NDArray[Any] | float = float("nan")) -> None:
        """Keep an event of these fans, if somebody wants a log; see `sim.events.Event`."""
        if self.log is not None:
            self.log.note(self.day, kind, self.fans, fans, detail, amount)

    def count(self, series: str, amount: float) -> None:
        """Add to one of today's counts."""
        self.counts[series] = self.counts.get(series, 0) + amount

    def pay(self, part: str, amount: float) -> None:
        """Add to one of today's money parts."""
        self.money[part] = self.money.get(part, 0.0) + float(amount)

    def refresh(self, rows: IntArray | slice, trust: NDArray[Any]) -> None:
        """Store these fans' new trust and recompute the two cached rates that depend on it."""
        fans, behaviour = self.fans, self.scenario.behaviour
        leave, reference = behaviour.leaving, behaviour.trust.reference
        rate = fans.dropout_rate[rows] * leaving.trust_factor(trust, leave.trust_sensitivity, reference)
        rate *= fans.onboarding[rows]
        fans.trust[rows] = trust
        fans.leave_rate[rows] = rate
        fans.order_rate[rows] = orders.intensity(
            fans.purchase_rate[rows], trust, behaviour.orders.trust_elasticity, reference
        )

    def owed(self, rows: IntArray) -> NDArray[Any]:
        """Organic orders that these fans will still leave out, because caused orders came in their place.

        What was owed is worked off at the rate of organic orders; today's rate stands for that of the days since.
        """
        fans = self.fans
        days = (self.day - fans.owed_day[rows]).astype(fans.dtype)
        remaining: NDArray[Any] = np.maximum(fans.owed[rows] - days * fans.order_rate[rows], 0)
        return remaining


def spend(budget: NDArray[Any], rate: NDArray[Any], factor: float = 1.0) -> IntArray:
    """Subtract a day's `rate * factor` from every budget, in place; rows whose budget is used up, ascending."""
    scratch, over = np.empty(CHUNK, budget.dtype), np.empty(CHUNK, bool)
    found = [np.empty(0, np.intp)]
    for start in range(0, len(budget), CHUNK):
        part = budget[start : start + CHUNK]
        np.multiply(rate[start : start + CHUNK], factor, out=scratch[: len(part)])
        np.subtract(part, scratch[: len(part)], out=part)
        np.less_equal(part, 0, out=over[: len(part)])
        rows = np.flatnonzero(over[: len(part)])
        rows += start
        found.append(rows)
    return np.concatenate(found)


def chunks(rows: IntArray) -> list[IntArray]:
    """Cut a list of fans into pieces that fit the cache."""
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
