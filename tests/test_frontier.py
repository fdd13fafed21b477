"""The frontier of two goals, against a plain definition, and how surely an arm is on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.stats.frontier import frontier_probabilities, on_frontier

POINTS = arrays(np.float64, st.tuples(st.integers(1, 6), st.just(2)), elements=st.integers(0, 4).map(float))


def beats(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(one[0] >= other[0] and one[1] >= other[1] and (one[0] > other[0] or one[1] > other[1]))


@given(POINTS)
def test_an_arm_is_on_the_frontier_unless_another_beats_it(points: np.ndarray) -> None:
    expected = [not any(beats(other, mine) for other in points) for mine in points]
    assert on_frontier(points).tolist() == expected
    assert on_frontier(np.stack([points, points]))[1].tolist() == expected
    assert any(expected)


def test_clear_arms_are_certain_and_twins_share_the_frontier() -> None:
    luck = np.random.default_rng(1).normal(0.0, 0.01, (8, 1, 2))
    points = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0], [1.0, 0.0]])
    assert frontier_probabilities(points + luck).tolist() == [1.0, 1.0, 0.0, 1.0]


def test_an_even_contest_in_one_goal_is_even() -> None:
    """Two arms equal in one goal, without an effect in the other: each is ahead in about half of all experiments."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(200):
        first = np.stack([rng.normal(size=(6, 2)), np.zeros((6, 2))], axis=2)
        found.append(frontier_probabilities(first))
    shares = np.array(found)
    assert shares.sum(axis=1) == pytest.approx(np.ones(200), abs=1e-3)
    assert shares[:, 0].mean() == pytest.approx(0.5, abs=4.0 * 0.29 / 200**0.5)
