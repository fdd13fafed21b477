"""Crossing points: roots of known lines, intervals against the test that they invert, and their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.stats import FloatArray, paired_interval
from sim.stats.crossings import Crossing, crossings

VALUES = (0.0, 1.0, 1.5, 4.0)


def lines(roots: FloatArray, slope: float, values: tuple[float, ...] = VALUES) -> FloatArray:
    """A straight line through each root, one a replication."""
    return slope * (np.array(values) - np.asarray(roots)[:, None])


@given(root=st.floats(0.01, 3.99) | st.sampled_from([1.0, 1.5]), slope=st.floats(0.1, 10) | st.floats(-10, -0.1))
def test_the_crossing_of_a_straight_line_is_its_root(root: float, slope: float) -> None:
    (found,) = crossings(VALUES, lines(np.full(3, root), slope))
    assert (found.at, found.low, found.high) == pytest.approx((root, root, root), abs=1e-6)
    assert found.rises == (slope > 0)
    assert found.between[0] <= found.at <= found.between[1]


@pytest.mark.parametrize(
    "means", [[3, 1, 2, 1], [0, 0, 0, 0], [0, 1, 2, 3], [1, 2, 1, 0], [1, 0, 1, 2], [-1, 0, 0, -2]]
)
def test_touching_zero_is_not_crossing_it(means: list[float]) -> None:
    assert crossings(VALUES, np.array([means, means], float)) == ()


def test_where_a_curve_lies_on_zero_for_a_while_its_middle_counts_and_its_ends_are_the_interval() -> None:
    means = [-1.0, 0.0, 0.0, 2.0]
    assert crossings(VALUES, np.array([means, means])) == (Crossing(1.25, 1.0, 1.5, True, (0.0, 4.0)),)


def test_one_replication_is_sure_of_nothing() -> None:
    assert crossings((0, 1, 2), np.array([[-1.0, 1.0, -3.0]])) == ()


NOISE = np.array([[1.0], [-1.0], [2.0], [-2.0]])
"""Differences of four replications; the half-width of their mean is 2.91."""


def test_a_crossing_is_told_only_where_both_sides_are_sure() -> None:
    assert crossings((0, 1, 2), np.array([-9.0, 2.8, 2.9]) + NOISE) == ()
    assert crossings((0, 1, 2), np.array([-2.9, 0.0, 9.0]) + NOISE) == ()
    (found,) = crossings((0, 1, 2), np.array([-9.0, 2.8, 3.0]) + NOISE)
    assert found.between == (0, 2)
    assert found.at == pytest.approx(9.0 / 11.8)
    assert 0 < found.low < found.at < 1 < found.high < 2


def test_the_baseline_among_the_values_is_no_side() -> None:
    """At 2 the arm is the baseline itself: nothing differs in any replication."""
    itself = np.where(np.arange(4) == 1, 0.0, 1.0)
    assert crossings((1, 2, 3, 4), itself * (np.array([-9.0, 0.0, 0.8, -9.0]) + NOISE)) == ()
    (found,) = crossings((1, 2, 3, 4), itself * (np.array([-9.0, 0.0, 9.0, 9.0]) + NOISE))
    assert (found.at, found.low, found.high, found.between) == (2.0, 2.0, 2.0, (1.0, 3.0))


def test_a_point_that_some_replication_does_not_define_is_left_out() -> None:
    rows = lines(np.array([2.0, 2.5]), 1.0)
    rows[0, 1] = np.nan
    assert crossings(VALUES, rows) == crossings((0.0, 1.5, 4.0), rows[:, [0, 2, 3]])
    assert crossings(VALUES, np.full((2, 4), np.nan)) == ()


def test_wiggles_within_the_noise_are_one_crossing_or_none() -> None:
    once = np.array([-9.0, -0.1, 0.1, -0.1, 9.0]) + NOISE
    (found,) = crossings((0, 1, 2, 3, 4), once)
    assert found.rises
    assert found.between == (0, 4)
    assert found.low < 1 < 3 < found.high
    assert crossings((0, 1, 2, 3, 4), np.array([9.0, -0.1, 0.1, 0.1, 9.0]) + NOISE) == ()


curves = st.integers(0, 2**32 - 1).map(np.random.default_rng).map(lambda rng: rng.normal(size=(4, 6)))


@given(rows=curves, drift=st.floats(0.2, 2.0))
def test_an_interval_ends_where_the_interval_of_the_difference_reaches_zero(rows: FloatArray, drift: float) -> None:
    """Oracle: the paired-t interval of the interpolated replications, from the sure points to the ends."""
    xs = np.array([0.0, 1.0, 2.5, 3.0, 5.0, 6.0])
    rows = rows + drift * (xs - 2.7)

    def gap(x: float) -> float:
        """How far 0 lies outside the interval at x; negative inside."""
        there = np.array([np.interp(x, xs, row) for row in rows])
        interval = paired_interval(there, np.zeros(len(there)))
        return max(interval.low, -interval.high)

    for found in crossings(xs.tolist(), rows):
        first, last = found.between
        assert gap(first) > 0
        assert gap(found.at) <= 0
        assert gap(last) > 0
        assert not any(gap(x) > 0 for x in xs[(xs > first) & (xs < last)])
        assert all(gap(x) >= -1e-6 for end in ((first, found.low), (found.high, last)) for x in np.linspace(*end, 50))
        assert gap(found.low) == pytest.approx(0.0, abs=1e-6)
        assert gap(found.high) == pytest.approx(0.0, abs=1e-6)


@given(rows=curves)
def test_mirroring_the_axis_mirrors_the_crossings(rows: FloatArray) -> None:
    xs = np.arange(6.0)
    there = [(c.at, c.low, c.high) for c in crossings(xs.tolist(), rows)]
    back = [(-c.at, c.high, c.low) for c in reversed(crossings((-xs[::-1]).tolist(), rows[:, ::-1]))]
    mirrored = [(at, -low, -high) for at, low, high in back]
    for one, other in zip(there, mirrored, strict=True):
        assert one == pytest.approx(other)


@pytest.mark.slow
def test_the_interval_covers_the_true_crossing_in_95_of_100_experiments() -> None:
    """2,000 experiments of 8 replications: 95 % within 4 standard errors (binomial, .0049) of what is stated."""
    rng = np.random.default_rng(3)
    values = (0.0, 1.0, 2.0, 3.0, 4.0)
    hits = 0
    for _ in range(2000):
        common, own = rng.normal(0, 1.0, (8, 1)), rng.normal(0, 0.3, (8, 5))
        found = crossings(values, 2.0 * (np.array(values) - 1.8) + common + own)
        hits += any(c.low <= 1.8 <= c.high for c in found)
    assert abs(hits / 2000 - 0.95) < 4 * 0.0049
