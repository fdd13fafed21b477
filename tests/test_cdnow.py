"""The simulator against a public transaction log: the CDNOW cohort of early 1997 (Fader & Hardie's 1/10 sample).

Only the data of the package `lifetimes` are used. The published Pareto/NBD fit is given, nothing is fitted here: the
question is whether simulated customers with these parameters buy as the model family is known to say, misses included.
"""

from __future__ import annotations

import datetime
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sim.kernels.quantiles import gamma_quantile
from sim.world import World
from tests.pareto_nbd import CDNOW
from tests.worlds import UNCOUPLED, pool, scenario

WEEKS = (13, 26, 39, 52, 65, 78)
ACTUAL = (828, 1746, 2457, 3183, 3844, 4339)
COHORTS = 60
"""Simulated copies of the cohort, for the spread of a total."""


@dataclass(frozen=True)
class Log:
    """Transactions, those of a day merged: customer numbers and days; `joined` is each customer's first day."""

    customer: np.ndarray
    day: np.ndarray
    joined: np.ndarray

    def repeats(self, until: int) -> int:
        """Transactions after the first one of each customer, up to the end of day `until`."""
        return int(np.sum((self.day <= until) & (self.day > self.joined[self.customer])))


@pytest.fixture(scope="module")
def log() -> Log:
    """The sample, in days since 1 January 1997."""
    package = importlib.util.find_spec("lifetimes")
    if package is None or package.origin is None:
        pytest.skip("the CDNOW data come with the package lifetimes, which is not installed: pip install '.[test]'")
    text = (Path(package.origin).parent / "datasets" / "CDNOW_sample.txt").read_text()
    start = datetime.date(1997, 1, 1)
    rows = [line.split() for line in text.splitlines()]
    events = sorted({(row[1], (datetime.date.fromisoformat(row[2]) - start).days) for row in rows})
    _, first, customer = np.unique([name for name, _ in events], return_index=True, return_inverse=True)
    day = np.array([day for _, day in events])
    return Log(customer, day, day[first])


@pytest.fixture(scope="module")
def simulated(log: Log) -> np.ndarray:
    """Cumulative repeats at the ends of `WEEKS`, shape (COHORTS, weeks), of customers who join on the real days."""
    customers = len(log.joined)
    setting = scenario(
        COHORTS * customers, 7 * WEEKS[-1], population={"tenure_mean_days": 0}, behaviour=UNCOUPLED, seed=1997
    )
    world = World(setting, [], 0, pool(setting))
    # Without couplings a life does not depend on the calendar: all start on day 0, each is read at its own age.
    ages = np.array([ends(week) for week in WEEKS])[:, None] - np.tile(log.joined, COHORTS)
    repeats = np.zeros((COHORTS, len(WEEKS)))

    def look(day: int) -> None:
        for column, age in enumerate(ages):
            fans = np.flatnonzero(age == day + 1)
            np.add.at(repeats[:, column], fans // customers, world.fans.orders[fans] - 1.0)

    world.run("only", look)
    return repeats


def ends(week: int) -> int:
    """Last day of a week, counted from 0."""
    return 7 * week - 1


def standard_error(simulated: np.ndarray) -> np.ndarray:
    """Of the mean over cohorts."""
    return np.asarray(simulated.std(axis=0, ddof=1) / np.sqrt(COHORTS))


def expected(log: Log) -> np.ndarray:
    """Closed form of the cohort's cumulative repeats at `WEEKS`, on the grid of days."""
    curve = CDNOW.repeats_on_grid(ends(WEEKS[-1]))
    return np.array([curve[np.maximum(ends(week) - log.joined, 0)].sum() for week in WEEKS])


def test_the_log_is_the_published_one(log: Log) -> None:
    assert len(log.joined) == 2357
    assert tuple(log.repeats(ends(week)) for week in WEEKS) == ACTUAL


def test_the_published_parameters_give_the_published_total(log: Log) -> None:
    """4,270 cumulative repeats at week 78, 1.6 % below the actual 4,339."""
    continuous = CDNOW.repeats((ends(78) - log.joined).astype(float)).sum()
    assert continuous == pytest.approx(4270, abs=2)
    assert expected(log)[-1] == pytest.approx(continuous, rel=0.002)


def test_simulated_cohorts_repeat_as_the_closed_form_says(log: Log, simulated: np.ndarray) -> None:
    error = standard_error(simulated)
    assert np.all(error / simulated.mean(axis=0) < 0.007)
    assert np.all(np.abs(simulated.mean(axis=0) - expected(log)) < 4 * error)


def test_simulated_cohorts_stay_in_the_known_band_of_the_model_family(
    log: Log, simulated: np.ndarray, record_property: Callable[[str, object], None]
) -> None:
    """Near the actual cumulative repeats from week 26 on, too few in the first weeks.

    Simulating forward knows nothing of the customers but their joining: the miss in weeks 40-78 is then 7 %.
    """
    miss = simulated.mean(axis=0) / ACTUAL - 1
    later = (simulated[:, -1] - simulated[:, 2]).mean() / (ACTUAL[-1] - ACTUAL[2]) - 1
    by_week = {week: round(float(value), 4) for week, value in zip(WEEKS, miss, strict=True)}
    record_property("miss of cumulative repeats by week", by_week)
    record_property("miss of repeats in weeks 40-78", round(float(later), 4))
    assert miss[-1] == pytest.approx(-0.016, abs=4 * standard_error(simulated)[-1] / ACTUAL[-1])
    assert np.all(np.abs(miss[1:]) < 0.04)
    assert -0.18 < miss[0] < -0.13
    assert -0.09 < later < -0.05


def test_one_cohort_spreads_as_published(simulated: np.ndarray) -> None:
    """A published agent simulation of this cohort spreads by 103 in weeks 1-39 and by 105 in weeks 40-78."""
    for totals in (simulated[:, 2], simulated[:, -1] - simulated[:, 2]):
        assert 75 < totals.std(ddof=1) < 135  # the standard deviation of 60 draws is known to 9 %


def test_given_each_customers_record_the_holdout_is_missed_by_11_percent(log: Log) -> None:
    """The published 1,666 for weeks 40-78 (actual 1,882, -11.5 %) is conditional on weeks 1-39: a bias of the family.

    Each customer's expectation is integrated over the simulator's own quantiles of the two traits.
    """
    end, holdout = ends(39), ends(78) - ends(39)
    inside = log.day <= end
    last = np.zeros_like(log.joined)
    np.maximum.at(last, log.customer[inside], log.day[inside])
    repeats = np.bincount(log.customer[inside], minlength=len(log.joined)) - 1
    records, customers = np.unique(np.stack([repeats, last - log.joined, end - log.joined]), axis=1, return_counts=True)
    predicted = sum(
        count * future_orders(int(x), float(t_x), float(age), holdout)
        for (x, t_x, age), count in zip(records.T, customers, strict=True)
    )
    actual = log.repeats(ends(78)) - log.repeats(end)
    assert actual == 1882
    assert predicted == pytest.approx(1666, abs=8)
    assert predicted / actual - 1 == pytest.approx(-0.115, abs=0.005)


GRID = (np.arange(64) + 0.5) / 64


def future_orders(x: int, t_x: float, age: float, horizon: int) -> float:
    """Expected orders in the next `horizon` days of a customer of this age with x repeats, the last at age t_x."""
    rate = gamma_quantile(GRID, CDNOW.r + x, CDNOW.alpha + t_x)[:, None]  # posterior of the rate up to t_x
    hazard = gamma_quantile(GRID, CDNOW.s, CDNOW.beta)[None, :]
    both = rate + hazard
    alive = np.exp(-both * age + rate * t_x)
    gone = hazard / both * (np.exp(-both * t_x + rate * t_x) - alive)
    ahead = rate / hazard * -np.expm1(-hazard * horizon)
    return float(np.sum(alive * ahead) / np.sum(alive + gone))
