"""The playbook: its maturity rises only by reviews of a large enough sample (part of phase 2)."""

from __future__ import annotations

import numpy as np

from sim.fans import SAMPLED
from sim.state import State


class Playbook:
    """Maturity of one arm, in `state.maturity`."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.maturity = state.scenario.market.playbook.maturity

    def review(self) -> None:
        """Measure and improve. A sample too small teaches nothing yet and goes on growing until the next review."""
        playbook, flags = self._state.scenario.market.playbook, self._state.fans.flags
        if np.count_nonzero(flags & SAMPLED) < playbook.sample:
            return
        self._state.maturity += playbook.learning * (1 - self._state.maturity)
        flags &= ~np.uint8(SAMPLED)
