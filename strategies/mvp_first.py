"""Scale at once, or prove the playbook on a small pool first?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.actions import Action, Recruit, Review, Touch
from sim.audience import Audience
from strategies.contact_cadence import ContactCadence

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ScaleFirst(ContactCadence):
    """Touch everyone and buy fans from the first day; review the playbook on the way."""

    review_every_days: Annotated[int, Field(ge=1, description="days from one review of the playbook to the next")] = 30
    source: Annotated[str, Field(description="acquisition source to buy fans from; empty: none")] = ""
    budget_per_day: Annotated[float, Field(ge=0, description="money spent a day on new fans")] = 0.0

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """A review when a cycle ends, the touches of the day, and new fans."""
        yield from self._review(day)
        yield from super().decide(day, audience)
        if self.source and self.budget_per_day > 0:
            yield Recruit(self.source, self.budget_per_day)

    def _review(self, day: int) -> Iterable[Action]:
        """A review at the end of each cycle."""
        if day > 0 and day % self.review_every_days == 0:
            yield Review()


@dataclass(frozen=True)
class MvpFirst(ScaleFirst):
    """Touch a pilot group and review the playbook until the gate opens; then do as `scale_first` does.

    The gate looks at each review cycle by itself, since the playbook changes with every review. It opens when
    the figure of one cycle reaches the level with the wanted confidence, and stays open.
    """

    pilot_fans: Annotated[int, Field(ge=1, description="fans in the pilot, drawn from the starting pool")] = 1000
    gate: Annotated[
        Literal["conversion", "exit_rate"],
        Field(
            description="figure to prove: caused orders per delivered promotion, at least the level; "
            "or exits per 1,000 fan-days of the pool, at most the level"
        ),
    ] = "conversion"
    level: Annotated[float, Field(ge=0, description="value of that figure at which the gate opens")] = 0.005
    confidence: Annotated[float, Field(ge=0.5, lt=1, description="one-sided confidence that it is reached")] = 0.9

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """The pilot's touches before the gate opens, everything after it."""
        if self.is_open(day, audience):
            yield from super().decide(day, audience)
            return
        yield from self._review(day)
        share = self.pilot_fans / max(audience.pool_size, 1)
        for action in ContactCadence.decide(self, day, audience):
            if isinstance(action, Touch):
                yield replace(action, fans=action.fans[audience.draw("pilot", action.fans) < share])

    def is_open(self, day: int, audience: Audience) -> bool:
        """Whether a review cycle that is over by `day` has proved the playbook."""
        if self.gate == "conversion":
            caused, promotions = self._by_cycle(day, audience, "caused_orders", "promotions")
            return bool((wilson_bound(caused, promotions, -self._z()) >= self.level).any())
        exits, fan_days = self._by_cycle(day, audience, "exits", "active_fans")
        return bool((1000 * wilson_bound(exits, fan_days, self._z()) <= self.level).any())

    def _z(self) -> float:
        """The quantile of the normal distribution that belongs to the confidence."""
        return NormalDist().inv_cdf(self.confidence)

    def _by_cycle(self, day: int, audience: Audience, *series: str) -> Iterable[FloatArray]:
        """Sums of day series over each review cycle that is over; shape (cycles,)."""
        days = day - day % self.review_every_days
        for name in series:
            yield audience.history(name)[:days].reshape(-1, self.review_every_days).sum(axis=1)


def wilson_bound(hits: FloatArray, trials: FloatArray, z: float) -> FloatArray:
    """Confidence bound of a proportion: lower for a negative z, upper for a positive one (Wilson 1927).

    (p + z^2 / 2n + z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), computed times n / n; without trials
    nothing is known and the bound is 0 or 1. Arrays of one shape; `z` is a normal quantile.
    """
    hits = np.minimum(hits, trials)
    root = np.sqrt(hits * (1 - hits / np.maximum(trials, 1)) + z * z / 4)
    bound = (hits + z * z / 2 + z * root) / np.maximum(trials + z * z, 1)
    return np.where(trials > 0, bound, 0.0 if z <= 0 else 1.0)
