"""What time does by itself: pressure decays daily, trust drifts to its floor, a week's drift at a time (phase 9)."""

from __future__ import annotations

import numpy as np

from sim.fans import DRIFT_DAYS, PRESENT, IntArray, drift_group
from sim.kernels import leaving, pressure, trust
from sim.state import CHUNK, State, chunks

Rows = IntArray | slice

_NEGLIGIBLE, DENORMAL_DAYS = 1e-6, 90
"""Every 90 days a pressure below 1e-6 is set to 0: numbers that decay for years become denormal and slow."""

MIDWEEK = 4
"""Days from the evening of the drift to the middle of the week ahead, which is its fourth day."""


class Relaxation:
    """Decay of pressure and drift of trust."""

    def __init__(self, state: State) -> None:
        self._state = state
        behaviour = state.scenario.behaviour
        self._decay = pressure.daily_decay(behaviour.pressure.half_life_days)
        self._keep = float(0.5 ** (DRIFT_DAYS / behaviour.trust.half_life_days))
        self._groups: list[list[Rows]] = [[] for _ in range(DRIFT_DAYS)]
        self._tails = [np.empty(0, np.intp) for _ in range(DRIFT_DAYS)]
        self._grouped = [0] * DRIFT_DAYS

    def step(self) -> None:
        """One evening."""
        pressed = self._state.fans.pressure
        for start in range(0, len(pressed), CHUNK):
            pressed[start : start + CHUNK] *= self._decay
        if self._state.day % DENORMAL_DAYS == 0:
            pressed[pressed < _NEGLIGIBLE] = 0
        for rows in self._todays_group():
            self._drift(rows)

    def _drift(self, rows: Rows) -> None:
        """A week's drift, and the onboarding factor of the week ahead; the departed stay at 0."""
        table, behaviour = self._state.fans, self._state.scenario.behaviour
        tenure = (self._state.day + MIDWEEK - table.joined[rows]).astype(table.dtype)
        leave = behaviour.leaving
        table.onboarding[rows] = leaving.onboarding_factor(tenure, leave.onboarding_excess, leave.onboarding_days)
        drifted = trust.drift(table.trust[rows], behaviour.trust.floor, self._keep) * (table.flags[rows] & PRESENT)
        self._state.refresh(rows, drifted)

    def _todays_group(self) -> list[Rows]:
        """The seventh of the fans whose key falls on today; who joined since its last turn is added first."""
        group, keys = self._state.day % DRIFT_DAYS, self._state.fans.key
        seen = self._grouped[group]
        if seen < len(keys):
            fresh = np.flatnonzero(drift_group(keys[seen:]) == group) + seen
            if seen == 0:
                self._groups[group] = _pieces(fresh)
            else:
                self._tails[group] = np.concatenate([self._tails[group], fresh])
            self._grouped[group] = len(keys)
        return self._groups[group] + list(chunks(self._tails[group]))


def _pieces(rows: IntArray) -> list[Rows]:
    """Cut ascending rows to fit the cache; consecutive rows become slices, which need no gathering."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        first, last = int(rows[0]), int(rows[-1]) + 1
        return [slice(start, min(start + CHUNK, last)) for start in range(first, last, CHUNK)]
    return list(chunks(rows))
