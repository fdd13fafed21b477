"""Book-keeping: the day series, and at the end the metrics of one replication (phase 10)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.fans import MUTED, PRESENT, FanTable, IntArray
from sim.kernels import value
from sim.results import CAUSES, MONEY_PARTS, RULES, FanOutcomes, Replication, canonical
from sim.scenario.model import Scenario
from sim.state import State, chunks

COUNTED = (
    "joined",
    "exits",
    "orders",
    "caused_orders",
    "touches",
    "opened",
    "promotions",
    "withheld",
    "offers",
    "claims",
    "abandoned",
)
"""Series that are a count of the day."""

SERIES = (
    "active_fans",
    *COUNTED,
    "churn",
    "muted",
    "mean_trust",
    "annoyed_share",
    "revenue",
    "profit",
    "maturity",
)
"""All day series: state at the end of the day, counts and money of the day. `churn` is cumulative."""

NEWCOMER_DAYS = 30


class Records:
    """Collects one value a day for each series, and sums of money in float64."""

    def __init__(self, state: State, days: int) -> None:
        self._state = state
        self._started = state.fans.size
        self._present = float(state.fans.size)
        self._left_of_pool = 0
        self._fan_days = 0.0
        self._money = dict.fromkeys((*MONEY_PARTS, "discounts", "refunds"), 0.0)
        self.daily: dict[str, NDArray[np.float64]] = {name: np.zeros(days) for name in SERIES}

    def close_day(self) -> None:
        """Write today's values and start a clean slate."""
        state, day, daily = self._state, self._state.day, self.daily
        for name in COUNTED:
            daily[name][day] = state.counts.get(name, 0)
        exposed = self._present + state.counts.get("joined", 0)
        self._fan_days += exposed
        self._present = exposed - state.counts.get("exits", 0)
        daily["active_fans"][day] = self._present
        daily["churn"][day] = self._pool_churn()
        daily["muted"][day] = np.count_nonzero(state.fans.flags & (PRESENT | MUTED) == PRESENT | MUTED)
        daily["mean_trust"][day] = _share(state.fans.trust.sum(dtype=np.float64), self._present)
        daily["annoyed_share"][day] = _share(state.counts.get("annoyed", 0), exposed)
        daily["maturity"][day] = state.maturity
        self._close_books(day)
        state.counts.clear()
        state.money.clear()

    def _close_books(self, day: int) -> None:
        """Add today's money to the sums, the team's fixed cost included."""
        state = self._state
        state.pay("staff", state.scenario.money.staff_per_day)
        for part in self._money:
            self._money[part] += state.money.get(part, 0.0)
        self.daily["revenue"][day] = state.money.get("revenue", 0.0)
        self.daily["profit"][day] = _profit(state.money)

    def _pool_churn(self) -> float:
        """Share of the starting pool that has left so far; NaN if it started empty."""
        if self._state.counts.get("exits", 0):
            self._left_of_pool = int(np.count_nonzero(self._state.fans.left[: self._started] >= 0))
        return _share(self._left_of_pool, self._started)

    def finish(self, arm: str, replication: int) -> Replication:
        """The record of the whole replication."""
        state, table = self._state, self._state.fans
        joined = table.size - self._started
        present = np.flatnonzero(table.flags & PRESENT)
        muted = int(np.count_nonzero(table.flags[present] & MUTED))
        money = {**self._money, "profit": _profit(self._money)}
        found = Replication(
            arm=arm,
            replication=replication,
            metrics=self._metrics(money, present, muted),
            daily=self.daily,
            exits={cause: state.exits.get(cause, 0) for cause in CAUSES},
            money=money,
            fans={
                "started": self._started,
                "joined": joined,
                "left": int(np.count_nonzero(table.left >= 0)),
                "present": len(present),
                "muted": muted,
            },
            touches={name: state.touches.get(name, 0) for name in state.scenario.channels},
            withheld={name: state.withheld.get(name, 0) for name in state.scenario.channels},
            withheld_by_rule={rule: state.withheld_by_rule.get(rule, 0) for rule in RULES},
        )
        return canonical(found)

    def _metrics(self, money: dict[str, float], present: IntArray, muted: int) -> dict[str, float | None]:
        """Every metric by name; None where it is undefined."""
        table, daily = self._state.fans, self.daily
        residual = residual_value(self._state, present)
        worth = money["profit"] + residual
        everyone = table.size
        values = {
            "revenue": money["revenue"],
            "profit": money["profit"],
            "residual_value": residual,
            "value": worth,
            "value_per_fan": _share(worth, everyone),
            "profit_per_fan": _share(money["profit"], everyone),
            "revenue_per_fan": _share(money["revenue"], everyone),
            "churn": daily["churn"][-1],
            "exit_rate": 1000 * _share(daily["exits"].sum(), self._fan_days),
            "churn_30d": newcomer_churn(table, self._started, len(daily["exits"])),
            "orders": daily["orders"].sum(),
            "touches": daily["touches"].sum(),
            "withheld": daily["withheld"].sum(),
            "active_fans": len(present),
            "mean_trust": daily["mean_trust"][-1],
            "annoyed_share": _mean(daily["annoyed_share"]),
            "muted_share": _share(muted, len(present)),
        }
        return {name: None if np.isnan(number) else float(number) for name, number in values.items()}


def outcomes(before: FanTable, after: FanTable) -> FanOutcomes:
    """What became of the fans of a starting pool."""
    rows = slice(0, before.size)
    return FanOutcomes(
        trust=before.trust.astype(np.float32),
        tolerance=before.tolerance.astype(np.float32),
        tenure=-before.joined,
        left=after.left[rows].copy(),
        cause=after.cause[rows].copy(),
        spend=(after.spend[rows] - before.spend).astype(np.float32),
    )


def residual_value(state: State, present: IntArray) -> float:
    """Expected discounted margin of the present fans' organic orders after the horizon, in money."""
    scenario, table = state.scenario, state.fans
    money, behaviour = scenario.money, scenario.behaviour
    if money.residual_days <= 0:
        return 0.0
    kept = 1 - behaviour.product.bad_share * behaviour.product.refund_share - money.goods_share
    outlook, total = _outlook(scenario), 0.0
    for rows in chunks(present):
        annoyance = value.remaining_overload(
            table.pressure[rows], table.tolerance[rows], behaviour.pressure.half_life_days
        )
        worth = value.residual_value(
            table.basket[rows] * kept,
            table.purchase_rate[rows],
            table.dropout_rate[rows],
            table.trust[rows],
            (state.day + 1 - table.joined[rows]).astype(table.dtype),
            behaviour.leaving.overload_hazard * annoyance,
            state.owed(rows),
            outlook,
        )
        total += float(worth.sum(dtype=np.float64))
    return total


def _outlook(scenario: Scenario) -> value.Outlook:
    """What the scenario says about fans left alone."""
    money, behaviour, product = scenario.money, scenario.behaviour, scenario.behaviour.product
    return value.Outlook(
        days=money.residual_days,
        discount_per_day=float(np.log1p(money.discount_rate)) / 365,
        floor=behaviour.trust.floor,
        half_life=behaviour.trust.half_life_days,
        reference=behaviour.trust.reference,
        elasticity=behaviour.orders.trust_elasticity,
        sensitivity=behaviour.leaving.trust_sensitivity,
        onboarding_excess=behaviour.leaving.onboarding_excess,
        onboarding_days=behaviour.leaving.onboarding_days,
        order_gain=(1 - product.bad_share) * product.trust_gain,
        order_loss=product.bad_share * -np.expm1(-product.trust_loss),
        order_hazard=product.bad_share * -np.expm1(-product.hazard),
    )


def newcomer_churn(table: FanTable, started: int, days: int) -> float:
    """Share of newcomers who leave within 30 days of joining, by the product-limit estimate (Kaplan & Meier 1958).

    Newcomers who joined less than 30 days before the end are censored. NaN if none could be watched for 30 days.
    """
    joined, left = table.joined[started:], table.left[started:]
    gone = left >= 0
    stayed = np.where(gone, left - joined, days - joined)
    survival = 1.0
    for age in range(NEWCOMER_DAYS):
        at_risk = np.count_nonzero(stayed >= age) - np.count_nonzero(~gone & (stayed == age))
        if not at_risk:
            return float("nan") if survival > 0 else 1.0
        survival *= 1 - np.count_nonzero(gone & (stayed == age)) / at_risk
    return 1 - survival


def _profit(money: dict[str, float]) -> float:
    """Contribution profit of these money parts."""
    costs = sum(money.get(part, 0.0) for part in MONEY_PARTS if part != "revenue")
    return money.get("revenue", 0.0) - costs


def _share(part: float, whole: float) -> float:
    """part / whole, NaN where there is no whole."""
    return float(part) / whole if whole > 0 else float("nan")


def _mean(series: NDArray[np.float64]) -> float:
    """Mean over the days on which the series is defined; NaN if there is none."""
    defined = series[~np.isnan(series)]
    return float(defined.mean()) if len(defined) else float("nan")
