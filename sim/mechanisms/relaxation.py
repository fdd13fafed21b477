"""What time does by itself: pressure decays daily, trust drifts to its floor, a week's drift at a time (phase 9)."""

from __future__ import annotations

import numpy as np

from sim.fans import PRESENT, IntArray
from sim.kernels import pressure, trust
from sim.state import CHUNK, State, chunks

DRIFT_DAYS = 7
"""One seventh of the fans a day, chosen by key, takes a week's drift; cached rates are refreshed with it."""

_NEGLIGIBLE = 1e-6
"""Pressure below this is set to 0: numbers that decay for years would become denormal and slow."""


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
        table = self._state.fans
        for start in range(0, table.size, CHUNK):
            table.pressure[start : start + CHUNK] *= self._decay
        for rows in chunks(self._todays_group()):
            self._drift(rows)

    def _drift(self, rows: IntArray) -> None:
        table, floor = self._state.fans, self._state.scenario.behaviour.trust.floor
        rows = rows[table.flags[rows] & PRESENT != 0]
        self._state.refresh(rows, trust.drift(table.trust[rows], floor, self._keep))
        pressed = table.pressure[rows]
        pressed[pressed < _NEGLIGIBLE] = 0
        table.pressure[rows] = pressed

    def _todays_group(self) -> IntArray:
        """The seventh of the fans whose key falls on today; those who joined since its last turn are added first."""
        group, table = self._state.day % DRIFT_DAYS, self._state.fans
        seen = self._grouped[group]
        if seen < table.size:
            fresh = np.flatnonzero(table.key[seen:] % np.uint64(DRIFT_DAYS) == group) + seen
            self._groups[group] = np.concatenate([self._groups[group], fresh])
            self._grouped[group] = table.size
        return self._groups[group]
