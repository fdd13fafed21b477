"""Orders: those that opened promotions cause, then organic ones, and what each does to the relationship (phase 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError
from sim.fans import CLAIMED, IntArray
from sim.kernels import orders, quantiles, trust
from sim.state import Lump, Opened, State, spend

MOST_A_DAY = 1000
TOO_MANY = (
    f"a fan orders more than {MOST_A_DAY:,} times a day: check population.purchase, "
    "behaviour.orders.trust_elasticity and behaviour.trust.reference"
)
"""Such rates would keep a day from ending; in single precision the budget of orders never gets above 0."""


class Ordering:
    """Resolves the day's orders."""

    def __init__(self, state: State) -> None:
        self._state = state

    def step(self) -> None:
        """Caused orders in the order of the touches, then organic orders."""
        for opened in self._state.opened:
            self._caused(opened)
        self._state.opened.clear()
        table = self._state.fans
        fans = spend(table.order_budget, table.order_rate, float(self._state.season[self._state.day]))
        for _ in range(MOST_A_DAY):
            if not len(fans):
                return
            self._renew(fans)
            self._placed(fans, 0.0, "organic")
            fans = fans[table.order_budget[fans] <= 0]
        if len(fans):
            raise ScenarioError([TOO_MANY])

    def _caused(self, opened: Opened) -> None:
        """Orders that an opened promotion causes; each takes its pulled-forward share from later organic orders."""
        state, table, fans = self._state, self._state.fans, opened.fans
        if not len(fans):
            return
        promotion = state.scenario.behaviour.promotion
        strength = state.scenario.channels[opened.channel].conversion * state.maturity
        strength *= orders.price_effect(opened.discount, promotion.price_elasticity)
        since = (state.day - table.last_order[fans]).astype(table.dtype)
        chance = orders.conversion(
            orders.need(since, promotion.replenish_days),
            table.trust[fans],
            promotion.trust_elasticity,
            strength * self._claim_lift(fans),
        )
        u = state.luck.uniform(f"convert:{opened.channel}", table.key[fans], opened.occasion)
        buyers = fans[u < chance]
        table.order_budget[buyers] += promotion.pull_forward
        table.owed[buyers] = state.owed(buyers) + promotion.pull_forward
        table.owed_day[buyers] = state.day
        state.count("caused_orders", len(buyers))
        self._placed(buyers, opened.discount, "caused")

    def _claim_lift(self, fans: IntArray) -> NDArray[np.floating]:
        """1 + lift for fans whose last claim is not used up yet; using it up here."""
        flags = self._state.fans.flags
        claimed = (flags[fans] & CLAIMED).astype(bool)
        flags[fans] &= ~np.uint8(CLAIMED)
        lift = self._state.scenario.behaviour.rewards.claim_lift
        return (1 + lift * claimed).astype(self._state.fans.dtype)

    def _renew(self, fans: IntArray) -> None:
        """Add the next unit exponential to the remainder, so that organic orders are a Poisson process."""
        table = self._state.fans
        table.renewals[fans] += 1
        u = self._state.luck.uniform_at("order", table.key[fans], table.renewals[fans])
        table.order_budget[fans] += quantiles.exponential_quantile(u).astype(table.dtype)

    def _placed(self, fans: IntArray, discount: float, kind: str) -> None:
        """One order of each fan at this discount: money, history, and a good or a bad experience."""
        state, table = self._state, self._state.fans
        if not len(fans):
            return
        product = state.scenario.behaviour.product
        listed = table.basket[fans]
        paid = listed * (1 - discount)
        table.orders[fans] += 1
        table.last_order[fans] = state.day
        table.spend[fans] += paid
        is_bad = state.luck.uniform_at("product", table.key[fans], table.orders[fans]) < product.bad_share
        before = table.trust[fans]
        bad_trust = trust.loss(before, np.full_like(before, product.trust_loss))
        state.refresh(fans, np.where(is_bad, bad_trust, trust.gain(before, product.trust_gain)))
        disappointed = fans[is_bad]
        if product.hazard > 0:
            state.lumps.append(Lump(disappointed, product.hazard, "bad_product"))
        state.count("orders", len(fans))
        state.note("order", fans, kind, paid)
        state.note("disappointment", disappointed)
        self._book(listed.sum(dtype=np.float64), paid.sum(dtype=np.float64), paid[is_bad].sum(dtype=np.float64))

    def _book(self, listed: float, paid: float, disappointed: float) -> None:
        """Revenue net of discounts and refunds; goods cost the same whatever was paid for them."""
        refunds = disappointed * self._state.scenario.behaviour.product.refund_share
        self._state.pay("revenue", paid - refunds)
        self._state.pay("discounts", listed - paid)
        self._state.pay("refunds", refunds)
        self._state.pay("goods", listed * self._state.scenario.money.goods_share)
