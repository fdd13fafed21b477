"""Not only luck: prediction intervals by coverage, rank correlations against scipy, and words for verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats as oracle

from sim.errors import ResultError
from sim.stats import half_width
from sim.stats.uncertainty import drivers, holds_only_for_luck, noise, prediction_interval

TIED = arrays(np.float64, st.just(9), elements=st.integers(0, 4).map(float))


WORLDS = {
    "normal": lambda rng, shape: rng.normal(3.0, 2.0, shape),
    "exponential": lambda rng, shape: rng.exponential(size=shape),
}
"""How differences are spread over worlds; Student's interval misses .060 of the exponential ones above, none below."""

MISSED = {
    ("normal", 3): (0.025, 0.025),
    ("normal", 10): (0.031, 0.031),
    ("normal", 20): (0.028, 0.028),
    ("normal", 39): (0.025, 0.025),
    ("normal", 100): (0.020, 0.020),
    ("exponential", 10): (0.007, 0.045),
    ("exponential", 20): (0.003, 0.037),
    ("exponential", 39): (0.025, 0.025),
    ("exponential", 100): (0.020, 0.020),
}
"""Share of further worlds below and above the interval of so many redraws; from 39 on floor(.025 (R + 1)) / (R + 1)."""


@pytest.mark.parametrize(("name", "redraws"), MISSED)
def test_how_often_one_more_world_lies_outside(name: str, redraws: int) -> None:
    """20,000 repetitions; .005 is at least 3.2 standard errors of .001 to .0016."""
    worlds = WORLDS[name](np.random.default_rng(redraws), (20_000, redraws + 1))
    found = [prediction_interval(row[:-1]) for row in worlds]
    below = np.mean([row[-1] < i.low for i, row in zip(found, worlds, strict=True)])
    above = np.mean([row[-1] > i.high for i, row in zip(found, worlds, strict=True)])
    assert (below, above) == pytest.approx(MISSED[name, redraws], abs=0.005)


@given(arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e6, 1e6)), st.sampled_from((0.9, 0.95, 0.99)))
def test_the_interval_holds_the_mean_and_turns_with_the_sign(differences: np.ndarray, level: float) -> None:
    found, mirrored = prediction_interval(differences, level), prediction_interval(-differences, level)
    assert found.low <= found.mean <= found.high
    scale = np.abs(differences).max() * 1e-9
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), abs=scale, rel=1e-6)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("redraws", [3, 10, 20, 39, 60])
def test_an_interval_of_all_arms_is_never_narrower_than_that_of_one(name: str, redraws: int) -> None:
    for worlds in WORLDS[name](np.random.default_rng(redraws), (200, redraws)):
        one, together = prediction_interval(worlds), prediction_interval(worlds, 0.95 + 0.05 * 2 / 3)
        assert together.low <= one.low <= one.high <= together.high


def test_worlds_that_are_all_alike_have_no_width() -> None:
    found = prediction_interval(np.full(20, 3.0))
    assert (found.low, found.high) == (3.0, 3.0)


def test_the_interval_does_not_shrink_with_more_redraws() -> None:
    worlds = np.random.default_rng(1).normal(size=2_000)
    few, many = prediction_interval(worlds[:50]), prediction_interval(worlds)
    assert many.high - many.low == pytest.approx(2.0 * 1.96, rel=0.1)
    assert many.high - many.low > 0.7 * (few.high - few.low)
    assert float(half_width(worlds)) < 0.1


def test_one_redraw_predicts_nothing() -> None:
    with pytest.raises(ResultError, match="not 1"):
        prediction_interval(np.ones(1))


@given(TIED, TIED)
def test_rank_correlation_agrees_with_scipy(values: np.ndarray, differences: np.ndarray) -> None:
    found = drivers({"a": values}, differences)
    if np.ptp(values) == 0.0 or np.ptp(differences) == 0.0:
        assert found == ()
    else:
        assert found[0].correlation == pytest.approx(oracle.spearmanr(values, differences).statistic)


def test_the_strongest_are_named_first_and_noise_is_told_apart() -> None:
    rng = np.random.default_rng(2)
    redrawn = {f"idle {i}": rng.random(40) for i in range(20)}
    redrawn |= {"strong": rng.random(40), "inverse": rng.random(40)}
    apart = np.exp(3.0 * redrawn["strong"]) - 15.0 * redrawn["inverse"]
    found = drivers(redrawn, apart, strongest=4)
    assert [driver.key for driver in found[:2]] == ["strong", "inverse"]
    assert found[1].correlation < 0.0
    assert [driver.clear for driver in found] == [True, True, False, False]


@pytest.mark.parametrize(("parameters", "redraws"), [(1, 30), (27, 10), (40, 16), (30, 100)])
def test_parameters_without_effect_rarely_pass_for_drivers(parameters: int, redraws: int) -> None:
    """4 standard errors of 500 analyses, in which chance alone says it 25 times."""
    rng = np.random.default_rng(parameters + redraws)
    wrong = 0
    for _ in range(500):
        values = rng.random((parameters, redraws))
        redrawn = {str(i): row for i, row in enumerate(values)}
        wrong += drivers(redrawn, rng.normal(size=redraws), strongest=1)[0].clear
    assert wrong / 500 == pytest.approx(0.05, abs=4.0 * (0.05 * 0.95 / 500) ** 0.5)


def test_noise_is_that_of_spearman_and_grows_with_the_number_of_parameters() -> None:
    """Critical values of 5 % and .2 %, two-sided, from tables of Spearman's r (Ramsey 1989)."""
    assert noise(1, 26) == pytest.approx(0.390, abs=0.01)
    assert noise(1, 10) == pytest.approx(0.648, abs=0.015)
    assert noise(40, 26) > noise(1, 26) > noise(1, 101)
    assert noise(40, 5) == 1.0
    assert noise(1, 1) == noise(0, 9) == float("inf")


@pytest.mark.parametrize(
    ("luck", "assumptions", "expected"),
    [
        ("better", "better", False),
        ("better", "inconclusive", True),
        ("better", "worse", True),
        ("practically equal", "inconclusive", True),
        ("held", "unproven", True),
        ("held", "held", False),
        ("unproven", "broken", False),
        ("inconclusive", "better", False),
        (None, "better", False),
        ("better", None, False),
    ],
)
def test_a_decided_verdict_that_changes_holds_only_for_luck(luck, assumptions, expected: bool) -> None:  # type: ignore[no-untyped-def]
    assert holds_only_for_luck(luck, assumptions) is expected
