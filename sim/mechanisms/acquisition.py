"""Acquisition: fans who join by themselves or are bought, from finite markets at rising cost (phase 1)."""

from __future__ import annotations

from math import floor

import numpy as np

from sim import draws
from sim.actions import Recruit
from sim.kernels import acquisition
from sim.population import draw_fans
from sim.scenario.market import Source
from sim.state import State


class Acquisition:
    """Fans won so far in each source. The nth fan won there is the same person in every arm."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._sources = state.scenario.market.sources
        self._won = dict.fromkeys(self._sources, 0.0)
        self._joined = dict.fromkeys(self._sources, 0)
        self._bought_today = dict.fromkeys(self._sources, 0.0)

    def arrive(self) -> None:
        """Let those join who were won up to yesterday, and those who come by themselves today."""
        for place, (name, source) in enumerate(self._sources.items(), start=1):
            self._won[name] = min(self._won[name] + source.organic_per_day, float(source.market_size))
            self._join(name, place, source, floor(self._won[name] + 1e-9))
            self._bought_today[name] = 0.0

    def recruit(self, recruit: Recruit) -> None:
        """Spend today's budget as far as the day's volume and the market allow; they join tomorrow."""
        name, source = recruit.source, self._sources[recruit.source]
        if source.market_size <= 0:
            return
        market, won = float(source.market_size), self._won[name]
        wanted = acquisition.won_after(recruit.budget, won, market, source.cost, source.cost_growth)
        reached = min(wanted, won + max(source.per_day - self._bought_today[name], 0.0))
        self._won[name] = reached
        self._bought_today[name] += reached - won
        paid = acquisition.cost_between(won, reached, market, source.cost, source.cost_growth)
        self._state.pay("acquisition", paid)

    def _join(self, name: str, place: int, source: Source, total: int) -> None:
        """Append the fans of one source up to its `total`-th."""
        state, first = self._state, self._joined[name]
        if total <= first:
            return
        keys = draws.fan_keys(name, np.arange(first, total))
        fresh = np.zeros(len(keys))
        rows = state.fans.append(
            draw_fans(state.scenario, state.luck, keys, source.trust, fresh, day=state.day, source=place)
        )
        state.note("join", np.arange(rows.start, rows.stop), name)
        self._joined[name] = total
        state.count("joined", total - first)
