"""Rewards, easy or hard to get: does a hard-to-get reward save money, or does it cost fans?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sim.actions import Action, IntArray, Offer
from sim.audience import Audience
from sim.expressions import AudienceExpression
from sim.strategy import Strategy

Steps = Annotated[int, Field(ge=1, le=255, description="steps to the reward")]
Effort = Annotated[float, Field(ge=0, description="effort of one step; 1 is an ordinary step, 0 is none")]


@dataclass(frozen=True)
class Reward(Strategy):
    """Offer each fan of an audience a reward again and again, each on a day of its own."""

    value: Annotated[float, Field(gt=0, description="what the reward costs and is worth, in money")] = 10.0
    steps: Steps = 1
    effort: Effort = 1.0
    audience: Annotated[
        AudienceExpression, Field(description="whom, e.g. `tenure_days > 30 and orders >= 2`; empty: everyone")
    ] = ""
    every_days: Annotated[float, Field(ge=1, description="days from one offer to the next of the same fan")] = 60.0
    start_day: Annotated[int, Field(ge=0, description="first day with offers, counted from 0")] = 0
    offers_per_fan: Annotated[int | None, Field(ge=1, description="most offers to one fan; none: no limit")] = None

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """One offer to the fans whose turn it is."""
        if day < self.start_day:
            return
        fans = self._within_limit(day, audience, audience.due("reward", self.every_days))
        if self.audience:
            fans = audience.where(self.audience, fans)
        yield Offer(fans, self.value, self.steps, self.effort)

    def _within_limit(self, day: int, audience: Audience, fans: IntArray) -> IntArray:
        """Those who have not had all their turns. Turns count from the start or from joining, whichever is later."""
        if self.offers_per_fan is None:
            return fans
        span = self.offers_per_fan * self.every_days
        return fans if day - self.start_day < span else audience.where(f"tenure_days < {span}", fans)


@dataclass(frozen=True)
class LowFrictionReward(Reward):
    """A reward for one easy step, such as a click."""

    steps: Steps = 1
    effort: Effort = 0.5


@dataclass(frozen=True)
class HighFrictionReward(Reward):
    """A reward for twenty daily check-ins, as a snack brand asked for before it gave the discount."""

    steps: Steps = 20
    effort: Effort = 1.0
