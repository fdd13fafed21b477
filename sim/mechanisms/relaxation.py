"""What time does by itself: pressure decays daily, trust drifts to its floor, a week's drift at a time (phase 9)."""

from __future__ import annotations

import numpy as np

from sim.fans import PRESENT, IntArray
from sim.kernels import pressure, trust
from sim.state import CHUNK, State, chunks

DRIFT_DAYS = 7
"""One seventh of the fans a day, chosen by key, takes a week's drift; cached rates are refreshed with it."""

_NEGLIGIBLE, DENORMAL_DAYS = 1e-6, 90
"""Every 90 days a pressure below 1e-6 is set to 0: numbers that decay for years become denormal and slow."""


class Relaxation:
    """Decay of pressure and drift of trust."""

    def __init__(self, state: State) -> None:
        self._state = state
        behaviour = state.scenario.behaviour
        self._decay = pressure.daily_decay(behaviour.pressure.half_life_days)
        self._keep = float(0.5 ** (DRIFT_DAYS / behaviour.trust.half_life_days))
        self._groups = [np.empty(0, np.intp) for _ in range(DRIFT_DAYS)]
        self._grouped = [0] * DRIFT_DAYS

    def step(self) -> None:
        """One evening."""
        pressed = self._state.fans.pressure
        for start in range(0, len(pressed), CHUNK):
            pressed[start : start + CHUNK] *= self._decay
        if self._state.day % DENORMAL_DAYS == 0:
            pressed[pressed < _NEGLIGIBLE] = 0
        for rows in chunks(self._todays_group()):
            self._drift(rows)

    def _drift(self, rows: IntArray) -> None:
        table, floor = self._state.fans, self._state.scenario.behaviour.trust.floor
        self._state.refresh(rows, trust.drift(table.trust[rows], floor, self._keep))

    def _todays_group(self) -> IntArray:
        """The seventh of the present fans whose key falls on today; who joined since its last turn is added first."""
        group, table = self._state.day % DRIFT_DAYS, self._state.fans
        seen = self._grouped[group]
        if seen < table.size:
            fresh = np.flatnonzero(table.key[seen:] % np.uint64(DRIFT_DAYS) == group) + seen
            self._groups[group] = np.concatenate([self._groups[group], fresh])
            self._grouped[group] = table.size
        rows = self._groups[group]
        self._groups[group] = rows[table.flags[rows] & PRESENT != 0]
        return self._groups[group]
