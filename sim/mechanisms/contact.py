"""Contact: the rules at the desk, then delivery, opening, and what a touch does to trust (phases 3 and 4)."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from sim.actions import Touch
from sim.audience import Audience
from sim.errors import PluginError
from sim.fans import MUTED, PRESENT, REACHABLE_MASK, SAMPLED, IntArray
from sim.kernels import pressure, trust
from sim.scenario.market import WEEKDAYS
from sim.state import Lump, Opened, State, chunks

WINDOW_DAYS = 30
"""The longer cap counts the touches of today and of the 29 days before."""

_TOUCHES_A_DAY = 256
"""Room for the nth touch that is planned for a fan in a channel on one day: occasion = day * 256 + n."""


class Contact:
    """Enforces the contact rules and delivers what they let through."""

    def __init__(self, state: State, audience: Audience) -> None:
        self._state = state
        self._audience = audience
        self._planned: dict[str, NDArray[np.uint8]] = {}
        self._planned_today: list[tuple[str, IntArray]] = []
        self._delivered = np.zeros(state.fans.size, np.uint8)
        self._delivered_today: list[IntArray] = []
        self._window: deque[list[IntArray]] = deque()

    def begin_day(self) -> None:
        """Forget yesterday's touches, make room for newcomers, and let old touches drop out of the longer cap."""
        for channel, fans in self._planned_today:
            self._planned[channel][fans] = 0
            self._delivered[fans] = 0
        newcomers = self._state.fans.size - len(self._delivered)
        if newcomers:
            self._delivered = np.pad(self._delivered, (0, newcomers))
            self._planned = {channel: np.pad(counts, (0, newcomers)) for channel, counts in self._planned.items()}
        if self._state.scenario.rules.per_30_days is not None:
            self._window.append(self._delivered_today)
            if len(self._window) >= WINDOW_DAYS:
                for fans in self._window.popleft():
                    self._state.fans.touches_30d[fans] -= 1
        self._planned_today, self._delivered_today = [], []

    def touch(self, touch: Touch) -> tuple[list[IntArray], list[IntArray]]:
        """Carry out one touch action: batches of fans who got it, and of those the fans who opened it."""
        delivered: list[IntArray] = []
        opened: list[IntArray] = []
        for fans in chunks(touch.fans):
            for nth, batch in self._by_nth(touch.channel, self._reachable(fans)):
                occasion = self._state.day * _TOUCHES_A_DAY + nth
                allowed = self._allowed(self._executed(batch, touch.channel, occasion), touch.channel)
                delivered.append(allowed)
                opened.append(self._deliver(allowed, touch, occasion))
        return delivered, opened

    # Phase 3: contact rules

    def _reachable(self, fans: IntArray) -> IntArray:
        return _those(fans, self._state.fans.flags[fans] & REACHABLE_MASK == PRESENT)

    def _by_nth(self, channel: str, fans: IntArray) -> list[tuple[int, IntArray]]:
        """Split fans by how many touches of this channel were planned for them today before this one.

        Planned and not delivered: a touch that does not happen must not lend its luck to the next one.
        """
        planned = self._planned_for(channel)
        counts = planned[fans]
        planned[fans] += 1
        self._planned_today.append((channel, fans))
        if not counts.any():
            return [(0, fans)]
        if counts.max() == _TOUCHES_A_DAY - 1:
            raise PluginError(f"a fan may be touched at most {_TOUCHES_A_DAY - 1} times a day through {channel}")
        return [(int(nth), fans[counts == nth]) for nth in np.unique(counts)]

    def _planned_for(self, channel: str) -> NDArray[np.uint8]:
        """Touches of a channel that were planned for today, one count a fan."""
        if channel not in self._planned:
            self._planned[channel] = np.zeros(self._state.fans.size, np.uint8)
        return self._planned[channel]

    def _executed(self, fans: IntArray, channel: str, occasion: int) -> IntArray:
        """Those whose planned touch the team really carries out."""
        fidelity = self._state.scenario.market.playbook.fidelity
        if fidelity >= 1:
            return fans
        keys = self._state.fans.key[fans]
        return fans[self._state.luck.uniform(f"execute:{channel}", keys, occasion) < fidelity]

    def _allowed(self, fans: IntArray, channel: str) -> IntArray:
        """Those whom no rule protects today; the others are counted as withheld, by the first rule that does.

        They are asked in the order of `sim.results.RULES`.
        """
        rules = self._state.scenario.rules
        if rules.quiet_weekdays and WEEKDAYS[self._audience.date.weekday()] in rules.quiet_weekdays:
            fans = self._withhold(fans, fans[:0], channel, "quiet_weekdays")
        if rules.do_not_contact and len(fans):
            protected = self._audience.where(rules.do_not_contact, fans)
            allowed = np.setdiff1d(fans, protected, assume_unique=True)
            fans = self._withhold(fans, allowed, channel, "do_not_contact")
        if rules.per_30_days is not None:
            allowed = _those(fans, self._state.fans.touches_30d[fans] < rules.per_30_days)
            fans = self._withhold(fans, allowed, channel, "per_30_days")
        if rules.per_day is not None:
            allowed = _those(fans, self._delivered[fans] < rules.per_day)
            fans = self._withhold(fans, allowed, channel, "per_day")
        return fans

    def _withhold(self, fans: IntArray, allowed: IntArray, channel: str, rule: str) -> IntArray:
        """Count those of the fans whom a rule does not allow; returns the allowed."""
        state, held = self._state, len(fans) - len(allowed)
        state.count("withheld", held)
        state.withheld[channel] = state.withheld.get(channel, 0) + held
        state.withheld_by_rule[rule] = state.withheld_by_rule.get(rule, 0) + held
        return allowed

    def _note(self, fans: IntArray, channel: str) -> None:
        """Count these delivered touches for the caps, the records and the playbook's sample."""
        state = self._state
        rules = state.scenario.rules
        if rules.per_day is not None:
            self._delivered[fans] += 1
        if rules.per_30_days is not None:
            state.fans.touches_30d[fans] += 1
        self._delivered_today.append(fans)
        if state.maturity < 1:
            state.fans.flags[fans] |= SAMPLED
        state.count("touches", len(fans))
        state.touches[channel] = state.touches.get(channel, 0) + len(fans)
        state.pay("touches", len(fans) * state.scenario.channels[channel].cost)

    # Phase 4: delivery, opening, trust

    def _deliver(self, fans: IntArray, touch: Touch, occasion: int) -> IntArray:
        """Let these fans have the touch; returns those who opened it."""
        if not len(fans):
            return fans
        self._note(fans, touch.channel)
        state, table = self._state, self._state.fans
        behaviour = state.scenario.behaviour
        channel = state.scenario.channels[touch.channel]
        added = pressure.increment(channel.intrusiveness, behaviour.pressure.half_life_days)
        before = table.pressure[fans]
        overload = pressure.overload(before + added / 2, table.tolerance[fans])
        table.pressure[fans] = before + added
        chance = channel.reach * np.exp(-behaviour.attention.overload_damping * overload)
        is_open = state.luck.uniform(f"open:{touch.channel}", table.key[fans], occasion) < chance
        state.refresh(fans, self._trust_after(touch, table.trust[fans], overload, is_open))
        opened: IntArray = fans[is_open]
        state.note("touch", fans, f"{touch.channel} {touch.purpose}")
        state.note("open", opened, f"{touch.channel} {touch.purpose}")
        state.count("opened", len(opened))
        self._mute(fans)
        if touch.purpose == "promotion":
            self._promote(len(fans), opened, touch, occasion)
        return opened

    def _trust_after(
        self,
        touch: Touch,
        before: NDArray[np.floating],
        overload: NDArray[np.floating],
        is_open: NDArray[np.bool_],
    ) -> NDArray[np.floating]:
        """Trust after a touch: gained by care within tolerance, spent by promotion, lost beyond tolerance."""
        moves = self._state.scenario.behaviour.trust
        after = before
        if touch.purpose in ("content", "care"):
            share = moves.gain * moves.quality * moves.persona
            after = trust.gain(before, min(share, 1.0) * (is_open & (overload == 0)).astype(before.dtype))
        elif touch.purpose == "promotion":
            after = trust.loss(before, moves.promotion_loss * is_open.astype(before.dtype))
        immature = self._state.scenario.market.playbook.trust_loss * (1 - self._state.maturity)
        return trust.loss(after, moves.overload_loss * overload + immature)

    def _mute(self, fans: IntArray) -> None:
        """Charge the muting hazard of one touch."""
        table = self._state.fans
        budget = table.mute_budget[fans] - self._state.scenario.behaviour.muting.touch_hazard
        table.mute_budget[fans] = budget
        mute(self._state, fans[budget <= 0])

    def _promote(self, delivered: int, opened: IntArray, touch: Touch, occasion: int) -> None:
        """Hand opened promotions to the order phase; those to newcomers add hazard."""
        state, leave = self._state, self._state.scenario.behaviour.leaving
        state.count("promotions", delivered)
        state.opened.append(Opened(opened, touch.channel, touch.discount, occasion))
        if leave.early_promotion_hazard > 0:
            early = opened[state.day - state.fans.joined[opened] < leave.early_days]
            state.lumps.append(Lump(early, leave.early_promotion_hazard, "early_promotion"))


def _those(fans: IntArray, kept: NDArray[np.bool_]) -> IntArray:
    """Fans for whom it holds; the usual case that it holds for all costs no copy."""
    return fans if kept.all() else fans[kept]


def mute(state: State, fans: IntArray) -> None:
    """Make these fans unreachable; they may still buy, and leave."""
    state.fans.flags[fans] |= MUTED
    state.fans.mute_budget[fans] = np.inf
    state.note("mute", fans)
