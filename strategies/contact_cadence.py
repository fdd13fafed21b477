"""How often to contact whom: the operator's first question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from sim.actions import Action, IntArray, Purpose, Touch
from sim.audience import Audience
from sim.expressions import AudienceExpression
from sim.scenario.parameter import PERIOD_DAYS
from sim.strategy import Strategy

_GOLDEN_RATIO = 0.6180339887498949
"""Steps of this size through a mix visit every purpose in proportion (Weyl sequence)."""


def _weighs_something(mix: Mapping[Purpose, float]) -> Mapping[Purpose, float]:
    """Weights of which some are above 0. Errors: ValueError."""
    if not any(mix.values()):
        raise ValueError("weights that are all 0, at least one must be above 0")
    return mix


@dataclass(frozen=True)
class ContactCadence(Strategy):
    """Touch each fan of an audience at a steady cadence, spread evenly over the days or in waves.

    A fan's days and purposes are drawn by channel: cadences in two channels do not always meet on the same day.
    """

    touches_per_30_days: Annotated[float, Field(ge=0, le=900, description="touches of each fan in 30 days")] = 2.0
    audience: Annotated[
        AudienceExpression,
        Field(description="whom, e.g. `spend_rank <= 0.2 and tenure_days > 30`; empty: everyone"),
    ] = ""
    channel: Annotated[str, Field(description="channel of the touches")] = "chat"
    mix: Annotated[
        Mapping[Purpose, Annotated[float, Field(ge=0)]],
        AfterValidator(_weighs_something),
        Field(min_length=1, description="weights of the purposes of a fan's successive touches"),
    ] = field(default_factory=lambda: {"content": 0.5, "promotion": 0.5})
    discount: Annotated[float, Field(ge=0, lt=1, description="share off the price in promotions")] = 0.0
    spread: Annotated[
        Literal["even", "waves"],
        Field(description="each fan on a day of its own, or everyone on the same day"),
    ] = "even"

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """Touches that fall on today, one action for each purpose."""
        for nth, fans in enumerate(self._due(day, audience)):
            if self.audience:
                fans = audience.where(self.audience, fans)
            yield from self._touches(day, nth, fans, audience)

    def _due(self, day: int, audience: Audience) -> Iterable[IntArray]:
        """Groups of fans to touch once today; more than one group when a fan gets several touches a day."""
        a_day = self.touches_per_30_days / PERIOD_DAYS
        if self.spread == "waves":
            for _ in range(floor((day + 1) * a_day + 1e-9) - floor(day * a_day + 1e-9)):
                yield audience.reachable
            return
        for _ in range(floor(a_day)):
            yield audience.reachable
        rest = a_day - floor(a_day)
        if rest > 1e-9:
            yield audience.due(f"contact_cadence:{self.channel}", 1 / rest)

    def _touches(self, day: int, nth: int, fans: IntArray, audience: Audience) -> Iterable[Action]:
        """Split the fans by the purpose whose turn it is for them."""
        purposes = [purpose for purpose, weight in self.mix.items() if weight > 0]
        bounds = np.cumsum([0.0, *(self.mix[purpose] for purpose in purposes)])
        bounds /= bounds[-1]
        round_ = floor(day * self.touches_per_30_days / PERIOD_DAYS) + nth
        turn = audience.draw(f"purpose:{self.channel}", fans) + round_ * _GOLDEN_RATIO % 1.0
        turn -= turn >= 1.0
        for purpose, low, high in zip(purposes, bounds[:-1], bounds[1:], strict=True):
            discount = self.discount if purpose == "promotion" else 0.0
            yield Touch(fans[(turn >= low) & (turn < high)], self.channel, purpose, discount)
