"""The best point of a curve: against a plain bootstrap written out, and on curves whose best point is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.stats import FloatArray, guardrail_verdict, paired_interval
from sim.stats.optimum import RESAMPLES, Guard, often_best, optimum, percentiles

curves = st.tuples(st.integers(2, 12), st.integers(1, 6), st.integers(0, 2**32 - 1)).map(
    lambda made: np.random.default_rng(made[2]).normal(size=made[:2])
)


def hill(replications: int, noise: float, points: int = 7, top: float = 3.2, common: float = 5.0) -> FloatArray:
    """A parabola whose luck is mostly common to all its points."""
    rng = np.random.default_rng(8)
    shape = -((np.arange(points) - top) ** 2)
    return shape + rng.normal(0, common, (replications, 1)) + rng.normal(0, noise, (replications, points))


def test_luck_that_all_points_share_does_not_blur_the_best() -> None:
    found = optimum(hill(6, noise=0.01))
    assert found is not None
    assert found.place == 3
    assert found.often[3] == 1.0
    assert percentiles(range(7), found.often) == (3, 3)


def test_own_luck_of_the_points_does() -> None:
    found = optimum(hill(6, noise=1.5))
    assert found is not None
    low, high = percentiles(range(7), found.often)
    assert low < found.place or found.place < high


def test_points_within_the_margin_are_as_good() -> None:
    found = optimum(hill(6, noise=0.01, top=3.0), margin=1.1)
    assert found is not None
    assert found.as_good == (2, 3, 4)


@given(goals=curves)
def test_the_best_is_the_highest_mean_and_shares_add_up(goals: FloatArray) -> None:
    found = optimum(goals)
    assert found is not None
    assert found.place == goals.mean(axis=0).argmax()
    assert found.often.sum() == pytest.approx(1.0)
    assert found.none == 0.0
    assert found.place in found.as_good


@given(goals=curves, margin=st.floats(-2.0, 3.0))
def test_only_points_that_hold_the_guardrail_are_allowed(goals: FloatArray, margin: float) -> None:
    guards = goals[:, ::-1] + 0.3
    intervals = [paired_interval(column, np.zeros(len(column))) for column in guards.T]
    held = [guardrail_verdict(interval, margin) == "held" for interval in intervals]
    found = optimum(goals, Guard(guards, margin))
    if found is None:
        assert not any(held)
    else:
        assert held[found.place]
        assert found.place == np.where(held, goals.mean(axis=0), -np.inf).argmax()
        assert found.often.sum() + found.none == pytest.approx(1.0)
        assert all(held[i] for i in found.as_good)


def test_shares_are_those_of_a_bootstrap_written_out() -> None:
    """Oracle: resampling in plain loops with its own random numbers, 5 standard errors (binomial, at most .0112).

    What a mean is off by is stretched by t(7, .975) / 1.96 sqrt(8 / 7) = 2.364624 / 1.959964 * 1.069045.
    """
    stretch = 2.364624 / 1.959964 * 1.069045
    goals = hill(8, noise=1.0)
    guards = np.random.default_rng(4).normal(0.0, 1.0, goals.shape) + np.linspace(1.5, -0.6, 7)
    rng = np.random.default_rng(99)
    counts = np.zeros(7)
    for _ in range(RESAMPLES):
        rows = rng.integers(0, 8, 8)
        shift = (stretch - 1) * (guards[rows].mean(axis=0) - guards.mean(axis=0))
        apart = guards[rows] + shift
        allowed = [guardrail_verdict(paired_interval(apart[:, i], np.zeros(8)), 0.9) == "held" for i in range(7)]
        means = goals.mean(axis=0) + stretch * (goals[rows].mean(axis=0) - goals.mean(axis=0))
        if any(allowed):
            counts[np.where(allowed, means, -np.inf).argmax()] += 1
    found = optimum(goals, Guard(guards, 0.9))
    assert found is not None
    assert np.abs(found.often - counts / RESAMPLES).max() < 5 * np.sqrt(2) * 0.0112
    assert found.none > 0 or counts.sum() == RESAMPLES


def test_a_point_that_some_replication_does_not_define_is_out() -> None:
    goals = hill(6, noise=0.01)
    goals[2, 3] = np.nan
    found = optimum(goals)
    assert found is not None
    assert found.place == 4
    goals[:] = np.nan
    assert optimum(goals) is None


def test_one_replication_has_no_best_point() -> None:
    assert optimum(hill(1, noise=0.0)) is None


@pytest.mark.parametrize(
    ("often", "ends"),
    [
        ([0.02, 0.96, 0.02], (2, 2)),
        ([0.03, 0.94, 0.03], (1, 3)),
        ([0.0, 0.5, 0.5], (2, 3)),
        ([0.0, 0.2, 0.0], (2, 2)),
        ([0.025, 0.95, 0.025], (1, 3)),
    ],
)
def test_percentiles_are_values_that_were_tried(often: list[float], ends: tuple[float, float]) -> None:
    assert percentiles((1, 2, 3), np.array(often)) == ends


def test_each_world_has_its_own_best_point_of_those_that_it_allows() -> None:
    goals = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [1.0, np.nan, 0.0], [9.0, 9.0, 9.0]])
    assert often_best(goals).tolist() == [0.75, 0.0, 0.25]
    losses = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-1.0, -1.0, -1.0]])
    assert often_best(goals, Guard(losses, 0.5)).tolist() == [0.25, 0.5, 0.0]


@pytest.mark.parametrize(("replications", "covered"), [(2, 0.85), (3, 0.95), (5, 0.95), (10, 0.95)])
def test_the_interval_covers_the_best_point_with_few_replications(replications: int, covered: float) -> None:
    """600 experiments on a hill whose top lies between two points: at least the stated share, less 3 standard errors.

    These are binomial, .0146 for .85 and .0089 for .95. Two replications are too few for what is stated elsewhere.
    """
    rng = np.random.default_rng(12)
    truth = -0.05 * (np.arange(1, 9) - 4.45) ** 2
    hits = 0
    for _ in range(600):
        found = optimum(truth + rng.normal(0, 3.0, (replications, 1)) + rng.normal(0, 0.5, (replications, 8)))
        assert found is not None
        low, high = percentiles(range(8), found.often)
        hits += low <= 3 <= high
    error = np.sqrt(covered * (1 - covered) / 600)
    assert hits / 600 >= covered - 3 * error


@pytest.mark.slow
def test_the_interval_covers_the_best_point() -> None:
    """1,000 experiments of 20 replications on a hill: at least 93 % hold the true best point (percentile bootstrap)."""
    rng = np.random.default_rng(11)
    truth = -0.6 * (np.arange(7) - 3.0) ** 2
    hits = 0
    for _ in range(1000):
        goals = truth + rng.normal(0, 3.0, (20, 1)) + rng.normal(0, 1.0, (20, 7))
        found = optimum(goals)
        assert found is not None
        low, high = percentiles(range(7), found.often)
        hits += low <= 3 <= high
    assert hits >= 930
