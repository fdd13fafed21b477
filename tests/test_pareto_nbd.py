"""Invariant 1: with every coupling at zero and nobody touched, the simulator is the Pareto/NBD model.

Traits are drawn from tabulated quantiles (relative error below 1e-4, far below the Monte Carlo error here). Means are
compared within 4 standard errors under fixed seeds: a false alarm in 16,000 comparisons.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.draws import Luck, fan_keys
from sim.fans import FanTable
from sim.population import draw_fans
from sim.scenario.model import Scenario
from sim.world import World
from tests.pareto_nbd import CDNOW
from tests.worlds import UNCOUPLED, Jumble, live, pool, scenario

SIZE = 100_000
CHECKED = (1, 30, 91, 182, 365, 546)
MODEL = CDNOW


def newcomers(size: int = SIZE, days: int = CHECKED[-1], tenure: float = 0.0, **sections: object) -> Scenario:
    """A pool without couplings; with tenure 0 everyone joins on the first day."""
    population = {"tenure_mean_days": tenure}
    return scenario(size, days, population=population, behaviour=UNCOUPLED, **sections)


@pytest.fixture(scope="module")
def cohort() -> tuple[FanTable, dict[int, np.ndarray]]:
    """A cohort of newcomers at the end, and the repeat orders of each after the checked numbers of days."""
    setting = newcomers()
    world = World(setting, [], 0, pool(setting))
    repeats: dict[int, np.ndarray] = {}

    def look(day: int) -> None:
        if day + 1 in CHECKED:
            repeats[day + 1] = world.fans.orders.astype(int) - 1  # joining is the first order

    world.run("only", look)
    return world.fans, repeats


@pytest.mark.parametrize("days", CHECKED)
def test_mean_repeat_orders(cohort: tuple[FanTable, dict[int, np.ndarray]], days: int) -> None:
    counts = cohort[1][days]
    error = counts.std() / np.sqrt(SIZE)
    assert counts.mean() == pytest.approx(MODEL.repeats_on_grid(days)[-1], abs=4 * error)


def test_the_grid_of_days_adds_half_a_day_of_the_departed_at_most() -> None:
    """The bias of whole days against the continuous closed form: known, positive, below 0.3 % after a quarter year."""
    grid, exact = MODEL.repeats_on_grid(CHECKED[-1]), MODEL.repeats(np.arange(CHECKED[-1] + 1.0))
    assert np.all(grid[1:] > exact[1:])
    assert np.all(grid - exact < 0.5 * MODEL.r / MODEL.alpha)
    assert np.all(grid[91:] / exact[91:] < 1.003)


@pytest.mark.parametrize("days", CHECKED)
def test_retention(cohort: tuple[FanTable, dict[int, np.ndarray]], days: int) -> None:
    left = cohort[0].left
    expected = float(MODEL.retention(days))
    stayed = np.mean((left < 0) | (left >= days))
    assert stayed == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / SIZE))


@pytest.mark.parametrize("days", CHECKED[1:])
def test_distribution_of_counts(cohort: tuple[FanTable, dict[int, np.ndarray]], days: int) -> None:
    counts, probabilities = cohort[1][days], MODEL.counts_on_grid(200, days)
    classes = int(np.argmax(SIZE * (1 - np.cumsum(probabilities)) < 20))
    expected = SIZE * np.append(probabilities[:classes], 1 - probabilities[:classes].sum())
    seen = np.bincount(np.minimum(counts, classes), minlength=classes + 1)
    assert stats.chisquare(seen, expected).pvalue > 1e-4


def test_counts_of_those_who_stay_and_of_those_who_leave(
    cohort: tuple[FanTable, dict[int, np.ndarray]],
) -> None:
    """Ordering and leaving are independent: given the last day, orders in n days are NBD with mean n r / alpha."""
    left, counts = cohort[0].left, cohort[1][546]
    for first, last in ((0, 30), (31, 180), (181, 545)):
        chosen = (left >= first) & (left <= last)
        expected = MODEL.r / MODEL.alpha * (left[chosen] + 1)
        surplus = counts[chosen] - expected
        assert abs(surplus.mean()) < 4 * surplus.std() / np.sqrt(chosen.sum())
    stayed = counts[left < 0]
    nbd = stats.nbinom(MODEL.r, MODEL.alpha / (MODEL.alpha + 546))
    assert stayed.mean() == pytest.approx(nbd.mean(), abs=4 * nbd.std() / np.sqrt(len(stayed)))
    zero = nbd.pmf(0)
    assert np.mean(stayed == 0) == pytest.approx(zero, abs=4 * np.sqrt(zero * (1 - zero) / len(stayed)))


@pytest.mark.parametrize("tenure", [0, 100, 1000])
def test_survivors_of_a_tenure_have_gamma_hazards(tenure: int) -> None:
    """dropout | alive at tenure ~ gamma(s, beta + tenure), and retention from there on is S(tenure + t) / S(tenure)."""
    setting, size, days = newcomers(), 20_000, 200
    keys, past = fan_keys("pool", np.arange(size)), np.full(size, float(tenure))
    columns = draw_fans(setting, Luck(7, 0), keys, setting.population.trust, past, day=0, source=0)
    gamma = stats.gamma(MODEL.s, scale=1 / (MODEL.beta + tenure))
    assert stats.kstest(columns["dropout_rate"], gamma.cdf).pvalue > 1e-4
    fans = FanTable(np.float32)
    fans.append(columns)
    World(setting.model_copy(update={"days": days}), [], 0, fans).run("only")
    expected = float(MODEL.retention(tenure + days) / MODEL.retention(tenure))
    assert np.mean(fans.left < 0) == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / size))


def test_a_starting_pool_of_mixed_tenure_leaves_as_its_tenures_say() -> None:
    setting = newcomers(50_000, 365, tenure=400.0)
    fans, _ = live(setting)
    tenure = -fans.joined.astype(float)
    assert stats.kstest(tenure + 0.5, stats.expon(scale=400).cdf).statistic < 0.01
    stay = MODEL.retention(tenure + 365) / MODEL.retention(tenure)
    seen, error = np.sum(fans.left < 0), np.sqrt(np.sum(stay * (1 - stay)))
    assert seen == pytest.approx(stay.sum(), abs=4 * error)


@pytest.mark.parametrize(("excess", "days"), [(2.0, 20.0), (4.0, 7.0)])
def test_the_hazard_of_being_new_is_the_same_whether_touched_or_not(excess: float, days: float) -> None:
    """Newcomers with nothing but an onboarding factor leave as its closed form says, contacted daily or never."""
    behaviour = {**UNCOUPLED, "leaving": {**UNCOUPLED["leaving"], "onboarding_excess": excess, "onboarding_days": days}}
    setting = scenario(20_000, 60, population={"tenure_mean_days": 0}, behaviour=behaviour)
    alone, _ = live(setting)
    touched, record = live(setting, Jumble(purposes=("content", "invitation"), rounds=1, touched=0.5))
    assert record.metrics["touches"] > 300_000
    np.testing.assert_array_equal(alone.left, touched.left)
    for age in (28, 60):
        hazard = age + excess * np.sum(np.exp(-np.arange(age) / days))
        expected = float(MODEL.retention(hazard))
        stayed = np.mean((alone.left < 0) | (alone.left >= age))
        assert stayed == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 20_000))


def test_without_couplings_touches_change_nothing_but_promotions_sell() -> None:
    setting = newcomers(3_000, 200)
    alone, _ = live(setting)
    touched, record = live(setting, Jumble(purposes=("content", "care", "invitation"), offered=0.05))
    assert record.metrics["touches"] > 100_000
    for name in ("left", "orders", "last_order", "trust", "cause"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(touched, name), err_msg=name)
    sold, record = live(setting, Jumble(purposes=("promotion",)))
    np.testing.assert_array_equal(alone.left, sold.left)
    extra = sold.orders.astype(int) - alone.orders
    assert extra.min() >= 0
    assert extra.sum() == record.daily["caused_orders"].sum() > 100


def test_a_caused_order_takes_its_share_of_the_organic_orders_that_follow() -> None:
    """Exactly `pull_forward` of a fan who stays and orders often; at most that of any fan."""
    behaviour = {**UNCOUPLED, "promotion": {**UNCOUPLED["promotion"], "pull_forward": 0.5}}
    for purchase, low, high in (({"r": 50, "alpha": 1000}, 0.5, 0.5), ({}, 0.1, 0.45)):
        population = {"tenure_mean_days": 60, "dropout": {"beta": 1e9}, "purchase": purchase}
        setting = scenario(4_000, 150, population=population, behaviour=behaviour)
        alone, _ = live(setting)
        sold, record = live(setting, Jumble(purposes=("promotion",), rounds=2, touched=0.5))
        caused = record.daily["caused_orders"].sum()
        taken = (alone.orders.astype(int) - sold.orders).sum() / caused + 1
        error = 4 * np.sqrt(0.5 / caused)
        assert error < 0.08
        assert low - error < taken < high + error
