"""What must hold whatever the parameters: independent fans, monotone hazards, repeatability, A/A."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from scipy import stats as distributions

from sim import stats
from sim.actions import Action, Offer, Touch
from sim.audience import Audience
from sim.errors import ScenarioError
from sim.fans import OTHER_COLUMNS, REAL_COLUMNS, FanTable
from sim.scenario.model import Scenario
from sim.strategy import Strategy
from sim.world import simulate
from strategies.contact_cadence import ContactCadence
from tests.worlds import BUSY, Jumble, fingerprint, live, scenario

COLUMNS = (*REAL_COLUMNS, *OTHER_COLUMNS)


@dataclass(frozen=True)
class Personal(Strategy):
    """Looks at each fan alone: offers on days of the fan's own, promotions to the trusting. No ranks, no waves."""

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """Today's actions."""
        yield Offer(audience.due("offers", 25), value=12.0, steps=3)
        yield Touch(audience.where("trust > 0.4 and days_since_order > 20"), "group", "promotion", 0.1)


# 2. Fans do not notice each other


def rows_of(fans: FanTable, keys: NDArray[np.uint64]) -> dict[str, NDArray[Any]]:
    """All columns of the fans with these keys, in their order."""
    place = {int(key): row for row, key in enumerate(fans.key)}
    rows = [place[int(key)] for key in keys]
    return {name: getattr(fans, name)[rows] for name in COLUMNS}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("change", ["one fan less", "every other fan", "backwards"])
def test_other_fans_change_nobodys_history(change: str, dtype: type) -> None:
    size = 800
    sources = {"poster": {"organic_per_day": 2.0}}
    market = {"sources": sources, "playbook": {"maturity": 0.5, "fidelity": 0.9}}
    rules = {"per_day": 2, "per_30_days": 12, "do_not_contact": "annoyed and trust < 0.1"}
    setting = scenario(size, 100, market=market, rules=rules, behaviour=BUSY["behaviour"])
    team = (ContactCadence(touches_per_30_days=6, audience="tenure_days > 10 or orders > 1"), Personal())
    ordinals = {
        "one fan less": np.delete(np.arange(size), 700),
        "every other fan": np.arange(0, size, 2),
        "backwards": np.arange(size)[::-1],
    }[change]
    everyone, record = live(setting, *team, dtype=dtype)
    others, _ = live(setting, *team, ordinals=ordinals, dtype=dtype)
    assert min(record.metrics["orders"], record.metrics["touches"], record.fans["left"]) > 100
    assert others.size == len(ordinals) + record.fans["joined"] > len(ordinals) + 150
    before = rows_of(everyone, others.key)
    for name in COLUMNS:
        np.testing.assert_array_equal(before[name], getattr(others, name), err_msg=name)


# 3. Monotone

hazards = some.floats(0.0, 0.5)
less = some.floats(0.0, 1.0)


@settings(max_examples=12, deadline=None)
@given(
    hazard=some.lists(hazards, min_size=4, max_size=4),
    onboarding=some.floats(0, 20),
    beta=some.floats(20, 400),
    factor=some.lists(less, min_size=6, max_size=6),
    seed=some.integers(0, 2**32),
)
def test_less_hazard_never_makes_a_fan_leave_earlier(
    hazard: list[float], onboarding: float, beta: float, factor: list[float], seed: int
) -> None:
    def last_days(scale: list[float]) -> NDArray[np.float64]:
        overload, early, bad, abandoned = (h * f for h, f in zip(hazard, scale, strict=False))
        setting = scenario(
            200,
            40,
            seed=seed,
            population={"tenure_mean_days": 30, "dropout": {"beta": beta / max(scale[5], 0.01)}},
            behaviour={
                "leaving": {
                    "overload_hazard": overload / 10,
                    "early_promotion_hazard": early,
                    "onboarding_excess": onboarding * scale[4],
                },
                "product": {"hazard": bad},
                "rewards": {"abandon_hazard": abandoned},
            },
        )
        fans, _ = live(setting, Jumble(offered=0.05))
        return np.where(fans.left < 0, np.inf, fans.left)

    assert np.all(last_days(factor) >= last_days([1.0] * 6))


# 4. Repeatable


def test_same_seed_same_bytes_here_and_in_another_process() -> None:
    setting = scenario(200, 60, **BUSY)
    first = [fingerprint(setting, replication) for replication in (0, 1)]
    again = [fingerprint(setting, replication) for replication in (1, 0)]
    assert first == again[::-1]
    assert first[0] != first[1]
    assert first[0] != fingerprint(setting.model_copy(update={"seed": 2}), 0)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        assert process.submit(fingerprint, setting, 1).result() == first[1]


def test_rates_of_orders_that_no_day_can_hold_are_an_error_and_do_not_hang() -> None:
    boundless = {"trust": {"reference": 0.01}, "orders": {"trust_elasticity": 10}}
    with pytest.raises(ScenarioError, match="more than 1,000 times a day: check population"):
        live(scenario(20, 5, behaviour=boundless))


# 8. A/A


def lived(setting: Scenario, arm: str, metrics: Sequence[str], replications: int) -> NDArray[np.float64]:
    """Metrics of an arm with a steady cadence, shape (metrics, replications)."""
    team = (ContactCadence(touches_per_30_days=6),)
    records = [simulate(setting, arm, team, number) for number in range(replications)]
    return np.array([[record.metrics[metric] for record in records] for metric in metrics], float)


def test_the_same_arm_under_two_names_differs_by_exactly_zero() -> None:
    setting, metrics = scenario(200, 40), ("value_per_fan", "churn", "orders", "mean_trust")
    first, second = lived(setting, "a", metrics, 3), lived(setting, "another name", metrics, 3)
    assert np.all(np.ptp(first, axis=1) > 0)
    for arm, baseline in zip(first, second, strict=True):
        interval = stats.paired_interval(arm, baseline)
        assert (interval.mean, interval.low, interval.high) == (0.0, 0.0, 0.0)
        assert stats.goal_verdict(interval, 0.0) == "practically equal"


@pytest.mark.slow
def test_with_independent_seeds_the_false_positive_rate_is_nominal() -> None:
    """300 A/A comparisons of 6 replications each, arms with luck of their own: 5 % of the intervals miss zero."""
    comparisons, metrics = 300, ("churn", "revenue_per_fan")
    false = np.zeros(len(metrics), int)
    for number in range(comparisons):
        first, second = (lived(scenario(200, 15, seed=2 * number + arm), "a", metrics, 6) for arm in (0, 1))
        intervals = [stats.paired_interval(*pair) for pair in zip(first, second, strict=True)]
        false += [not interval.low <= 0 <= interval.high for interval in intervals]
    low, high = distributions.binom.ppf([0.0005, 0.9995], comparisons, 0.05)
    assert np.all((false >= low) & (false <= high)), dict(zip(metrics, false, strict=True))
