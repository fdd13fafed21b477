"""The playbook: what a review learns, from whom, and what maturity does to conversion and trust."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.actions import Action, Review, Touch
from sim.audience import Audience
from sim.kernels import orders
from sim.results import Replication
from sim.strategy import Strategy
from tests.worlds import UNCOUPLED, live, pool, scenario

SAMPLE = 50


@dataclass(frozen=True)
class Script(Strategy):
    """Day -> actions."""

    plan: Callable[[int], list[Action]]

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        return self.plan(day)


def fans(first: int, end: int) -> Touch:
    return Touch(np.arange(first, end), purpose="invitation")


def maturity(plan: dict[int, list[Action]], days: int = 10, **playbook: Any) -> list[float]:
    """Maturity at the end of each day."""
    settings_ = {"maturity": 0.4, "learning": 0.5, "sample": SAMPLE, **playbook}
    world = scenario(200, days, market={"playbook": settings_}, behaviour=UNCOUPLED)
    _, record = live(world, Script(lambda day: plan.get(day, [])))
    return [float(value) for value in record.daily["maturity"]]


@given(start=st.floats(0, 1), learning=st.floats(0, 1), reviews=st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_each_review_closes_a_share_of_the_gap(start: float, learning: float, reviews: int) -> None:
    plan: dict[int, list[Action]] = {day: [fans(0, 200), Review()] for day in range(1, reviews + 1)}
    reached = maturity(plan, maturity=start, learning=learning)
    assert reached[0] == start
    assert reached[-1] == pytest.approx(1 - (1 - start) * (1 - learning) ** reviews)


@pytest.mark.parametrize(
    ("plan", "rises"),
    [
        ({0: [fans(0, SAMPLE)], 1: [Review()]}, [1]),
        ({0: [fans(0, SAMPLE - 1)], 1: [Review()]}, []),
        ({0: [fans(0, 10)], 1: [fans(0, 10)], 2: [fans(0, 10), fans(0, 40)], 3: [Review()]}, []),
        ({0: [fans(0, 30)], 1: [Review()], 2: [fans(30, 60)], 3: [Review()]}, [3]),
        ({0: [fans(0, 60)], 1: [Review()], 2: [Review()]}, [1]),
        ({0: [fans(0, 60)], 1: [Review(), fans(0, 60)], 2: [Review()]}, [1, 2]),
        ({0: [fans(0, 60)], 5: []}, []),
    ],
    ids=[
        "enough fans",
        "too few fans",
        "the same fans often are still few",
        "a sample that was too small goes on growing",
        "a review uses its sample up",
        "and a new sample teaches again",
        "without a review nothing is learnt",
    ],
)
def test_a_review_learns_from_a_large_enough_sample_alone(plan: dict[int, list[Action]], rises: list[int]) -> None:
    reached = maturity(plan)
    assert [day for day in range(1, 10) if reached[day] > reached[day - 1]] == rises


def test_touches_that_nobody_carried_out_teach_nothing() -> None:
    plan: dict[int, list[Action]] = {day: [fans(0, 200), Review()] for day in range(10)}
    assert maturity(plan, fidelity=0) == [0.4] * 10


def one_touch(purpose: str, mature: float, size: int, **playbook: Any) -> tuple[Any, Replication, Any]:
    """Fans before and after everyone has had one touch, which all open; nothing but the playbook acts on trust."""
    setting = scenario(
        size,
        1,
        population={"dropout": {"s": 0.01, "beta": 1e9}},
        channels={"chat": {"reach": 1, "conversion": 0.1}},
        market={"playbook": {"maturity": mature, **playbook}},
        behaviour={**UNCOUPLED, "trust": {**UNCOUPLED["trust"], "half_life_days": 1e15}},
    )
    before = pool(setting)
    after, record = live(setting, Script(lambda day: [Touch(np.arange(size), purpose=purpose)]))  # type: ignore[arg-type]
    return before, record, after


@pytest.mark.parametrize("mature", [0.0, 0.5, 1.0])
def test_conversion_is_multiplied_by_maturity(mature: float) -> None:
    before, record, _ = one_touch("promotion", mature, 20_000)
    since = (-before.last_order).astype(np.float64)
    need = orders.need(since, 60.0)
    chance = 1 - np.exp(-0.1 * mature * need)
    caused = record.daily["caused_orders"][0]
    assert abs(caused - chance.sum()) <= 4 * np.sqrt((chance * (1 - chance)).sum())


@pytest.mark.parametrize("mature", [0.0, 0.5, 1.0])
def test_a_touch_of_an_immature_playbook_costs_trust(mature: float) -> None:
    before, _, after = one_touch("invitation", mature, 100, trust_loss=0.2)
    np.testing.assert_allclose(after.trust, before.trust * np.exp(-0.2 * (1 - mature)), rtol=1e-5)
