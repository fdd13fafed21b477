"""Muting and leaving, each exit with its cause (phase 8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.fans import PRESENT, IntArray
from sim.kernels import leaving, pressure
from sim.mechanisms.contact import mute
from sim.results import CAUSES
from sim.state import CHUNK, State, spend

Array = NDArray[np.floating]


class Leaving:
    """Charges the day's hazards to the budgets and lets go those whose budget is used up."""

    def __init__(self, state: State) -> None:
        self._state = state

    def step(self) -> None:
        """Overload and lumps on the fans they concern, the baseline on everyone, then mute and let go."""
        state, table = self._state, self._state.fans
        annoyed, overload = self._overloaded()
        state.count("annoyed", len(annoyed))
        leave = state.scenario.behaviour.leaving
        table.leave_budget[annoyed] -= leave.overload_hazard * overload
        table.mute_budget[annoyed] -= state.scenario.behaviour.muting.overload_hazard * overload
        mute(state, annoyed[table.mute_budget[annoyed] <= 0])
        for lump in state.lumps:
            table.leave_budget[lump.fans] -= lump.hazard
        leavers = spend(table.leave_budget, table.leave_rate)
        if len(leavers):
            self._let_go(leavers, self._causes(leavers, annoyed, overload))
        state.lumps.clear()

    def _overloaded(self) -> tuple[IntArray, Array]:
        """Fans whose pressure exceeds their tolerance today (ascending), and their overload."""
        table = self._state.fans
        found, over = [np.empty(0, np.intp)], np.empty(CHUNK, bool)
        for start in range(0, table.size, CHUNK):
            part = table.pressure[start : start + CHUNK]
            np.greater(part, table.tolerance[start : start + CHUNK], out=over[: len(part)])
            rows = np.flatnonzero(over[: len(part)])
            rows += start
            found.append(rows)
        fans = np.concatenate(found)
        return fans, pressure.overload(table.pressure[fans], table.tolerance[fans])

    def _causes(self, leavers: IntArray, annoyed: IntArray, overload: Array) -> NDArray[np.intp]:
        """The cause of each exit, drawn in proportion to the parts of today's hazard."""
        state, table = self._state, self._state.fans
        behaviour = state.scenario.behaviour
        parts = np.zeros((len(CAUSES), len(leavers)))
        f_trust = leaving.trust_factor(
            table.trust[leavers].astype(np.float64),
            behaviour.leaving.trust_sensitivity,
            behaviour.trust.reference,
        )
        dropout, rate = table.dropout_rate[leavers], table.leave_rate[leavers]
        parts[0], parts[1], parts[2] = leaving.baseline_parts(
            dropout.astype(np.float64), rate.astype(np.float64), f_trust
        )
        overload_hazard = behaviour.leaving.overload_hazard * overload
        parts[CAUSES.index("overload")] = _at(leavers, annoyed, overload_hazard)
        for lump in state.lumps:
            hazard = np.full(len(lump.fans), lump.hazard)
            parts[CAUSES.index(lump.cause)] += _at(leavers, lump.fans, hazard)
        return leaving.draw_cause(parts, state.luck.uniform("cause", table.key[leavers]))

    def _let_go(self, leavers: IntArray, causes: NDArray[np.intp]) -> None:
        """Mark the fans as gone: budgets at infinity, rates and trust at zero, so that no pass needs a mask."""
        state, table = self._state, self._state.fans
        for place, cause in enumerate(CAUSES):
            gone = leavers[causes == place]
            state.exits[cause] = state.exits.get(cause, 0) + len(gone)
            state.note("exit", gone, cause)
        table.left[leavers] = state.day
        table.cause[leavers] = causes
        table.flags[leavers] &= ~np.uint8(PRESENT)
        for column in (table.trust, table.leave_rate, table.order_rate, table.pressure, table.purchase_rate):
            column[leavers] = 0
        table.dropout_rate[leavers] = 0
        for budget in (table.leave_budget, table.order_budget, table.mute_budget):
            budget[leavers] = np.inf
        state.count("exits", len(leavers))


def _at(leavers: IntArray, fans: IntArray, amount: Array) -> NDArray[np.float64]:
    """The amount of each leaver, 0 for those not in the ascending `fans`."""
    found = np.zeros(len(leavers))
    if len(fans):
        place = np.minimum(np.searchsorted(fans, leavers), len(fans) - 1)
        hit = fans[place] == leavers
        found[hit] = amount[place[hit]]
    return found
