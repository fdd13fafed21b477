"""Rewards: chains of steps that fans go on with, give up or finish (phase 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.actions import Offer
from sim.fans import CLAIMED, IN_REWARD, PRESENT, REACHABLE_MASK, IntArray
from sim.kernels import rewards, trust
from sim.state import Lump, State


class Rewards:
    """All reward chains in progress, as parallel arrays ordered by fan."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._fans: IntArray = np.empty(0, np.intp)
        self._value: NDArray[np.float64] = np.empty(0)
        self._steps: NDArray[np.float64] = np.empty(0)
        self._effort: NDArray[np.float64] = np.empty(0)
        self._done: NDArray[np.float64] = np.empty(0)
        self._next: NDArray[np.float64] = np.empty(0)
        self._started: NDArray[np.int64] = np.empty(0, np.int64)

    def offer(self, offer: Offer) -> None:
        """Start a chain for each reachable fan without one; its first step falls on the same day."""
        flags = self._state.fans.flags
        fresh = offer.fans[flags[offer.fans] & (REACHABLE_MASK | IN_REWARD) == PRESENT]
        flags[fresh] |= IN_REWARD
        self._state.count("offers", len(fresh))
        self._state.note("offer", fresh, f"{offer.steps} steps", offer.value)
        fans = np.concatenate([self._fans, fresh])
        order = np.argsort(fans)

        def insert(column: NDArray[np.float64], value: float) -> NDArray[np.float64]:
            return np.concatenate([column, np.full(len(fresh), value)])[order]

        day = self._state.day
        self._fans = fans[order]
        self._value = insert(self._value, offer.value)
        self._steps = insert(self._steps, offer.steps)
        self._effort = insert(self._effort, offer.effort)
        self._done = insert(self._done, 0)
        self._next = insert(self._next, day)
        self._started = insert(self._started.astype(np.float64), day).astype(np.int64)

    def step(self) -> None:
        """Each chain whose next step is due today goes on, ends in a claim, or is given up."""
        if not len(self._fans):
            return
        self._keep(self._state.fans.flags[self._fans] & PRESENT != 0)
        due = self._next <= self._state.day
        goes_on = np.zeros(len(due), bool)
        goes_on[due] = self._goes_on(due)
        self._give_up(self._fans[due & ~goes_on], (self._done / self._steps)[due & ~goes_on])
        self._done[goes_on] += 1
        self._next[goes_on] += self._state.scenario.behaviour.rewards.days_per_step
        finished = goes_on & (self._done >= self._steps)
        self._claim(self._fans[finished], self._value[finished])
        over = finished | (due & ~goes_on)
        self._state.fans.flags[self._fans[over]] &= ~np.uint8(IN_REWARD)
        self._keep(~over)

    def _goes_on(self, due: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether each fan with a step due completes it."""
        state, response = self._state, self._state.scenario.behaviour.rewards
        fans, table = self._fans[due], state.fans
        chance = rewards.going_on(
            self._value[due] / (response.typical_value_share * table.basket[fans]),
            self._effort[due],
            table.trust[fans] - state.scenario.behaviour.trust.reference,
            self._done[due] / self._steps[due],
            a=response.a,
            b=response.b,
            c=response.c,
            d=response.d,
            e=response.e,
        )
        # The occasion of a step: the day its chain started and its ordinal in the chain.
        occasion = self._started[due] * 256 + self._done[due].astype(np.int64)
        u = state.luck.uniform_at("reward_step", table.key[fans], occasion)
        verdict: NDArray[np.bool_] = u < chance
        return verdict

    def _give_up(self, fans: IntArray, progress: NDArray[np.float64]) -> None:
        """Effort in vain costs trust and adds hazard; a fan who never began has lost nothing."""
        response = self._state.scenario.behaviour.rewards
        begun = fans[progress > 0]
        self._state.count("abandoned", len(fans))
        before = self._state.fans.trust[begun]
        self._state.refresh(begun, trust.loss(before, np.full_like(before, response.abandon_loss)))
        self._state.note("give_up", fans)
        if response.abandon_hazard > 0:
            self._state.lumps.append(Lump(begun, response.abandon_hazard, "reward_abandoned"))

    def _claim(self, fans: IntArray, value: NDArray[np.float64]) -> None:
        """A claim costs its value, raises trust and the next promotion's conversion."""
        state = self._state
        state.count("claims", len(fans))
        state.pay("rewards", value.sum())
        state.refresh(fans, trust.gain(state.fans.trust[fans], state.scenario.behaviour.rewards.claim_gain))
        state.fans.flags[fans] |= CLAIMED
        state.note("claim", fans, "", value)

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        """Drop the chains that are over."""
        if kept.all():
            return
        self._fans, self._value, self._steps = self._fans[kept], self._value[kept], self._steps[kept]
        self._effort, self._done, self._next = self._effort[kept], self._done[kept], self._next[kept]
        self._started = self._started[kept]
