"""Default values against the figures that they are said to come from: the size of an effect, not its existence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.actions import Action, Touch
from sim.audience import Audience
from sim.fans import FanTable
from sim.scenario.population import GammaGammaBasket, LognormalBasket
from sim.strategy import Strategy
from sim.world import World
from tests.pareto_nbd import CDNOW
from tests.worlds import pool, scenario

SENT, SIZE = 30, 20_000


@dataclass(frozen=True)
class OnePromotion(Strategy):
    """One promotion to everybody through a channel."""

    channel: str

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return [Touch(audience.reachable, self.channel, "promotion")] if day == SENT else []


def orders_in_two_weeks(*team: Strategy) -> tuple[NDArray[np.int64], FanTable]:
    """Orders of each fan in the two weeks from the promotion on, and the fans."""
    setting = scenario(SIZE, SENT + 14, channels={"email": {"reach": 0.227}})
    world = World(setting, team, 0, pool(setting))
    before = np.zeros(SIZE, np.int64)

    def look(day: int) -> None:
        if day == SENT - 1:
            before[:] = world.fans.orders

    world.run("only", look)
    return world.fans.orders - before, world.fans


def test_an_email_lifts_the_buyers_of_two_weeks_as_in_the_hillstrom_experiment() -> None:
    """+.31 and +.68 points in its two arms; the same fans with and without, so that the error is that of the lift."""
    alone, fans = orders_in_two_weeks()
    told, _ = orders_in_two_weeks(OnePromotion("email"))
    there = (fans.left < 0) | (fans.left >= SENT)
    change = (told > 0).astype(float)[there] - (alone > 0)[there]
    error = change.std() / math.sqrt(len(change))
    assert error < 0.0006
    assert 0.0031 - 2 * error < change.mean() < 0.0068 + 2 * error


def test_the_hazard_of_newcomers_falls_from_the_first_month_to_the_next_as_in_the_telecom_sample() -> None:
    """Hazards of 9.8 % in month 1 and 3.4 % in months 2-3: a ratio of 2.9. Later unequal fans take over."""
    leave = scenario(1, 1).behaviour.leaving

    def hazard(first: int, last: int) -> float:
        """A month's hazard of those still there, of fans at reference trust."""
        ages = np.array([first, last])
        used = ages + leave.onboarding_excess * leave.onboarding_days * -np.expm1(-ages / leave.onboarding_days)
        stay = CDNOW.retention(used)
        return float(np.log(stay[0] / stay[1]) / (last - first) * 30)

    assert hazard(0, 30) / hazard(30, 90) == pytest.approx(9.8 / 3.4, rel=0.05)
    assert 5 < hazard(0, 30) / hazard(180, 360) < 8


def test_lognormal_order_values_spread_as_the_gamma_gamma_fit_of_cdnow() -> None:
    fit = GammaGammaBasket(distribution="gamma_gamma")
    spread = math.sqrt(math.expm1(LognormalBasket().sigma ** 2))
    assert spread == pytest.approx(1 / math.sqrt(fit.q - 2), rel=0.02)
