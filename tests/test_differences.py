"""What a difference tells beside its interval, against scipy and the definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats as oracle

from sim.compare import Comparison, Difference, compare
from sim.scenario.model import Scenario
from tests.synthetic import ARMS, experiment, with_values

BASE = [10.0, 11.0, 12.0, 9.0, 10.5, 11.5]


@pytest.fixture(scope="module")
def usual() -> Comparison:
    return compare(experiment())


def of(comparison: Comparison, arm: str, metric: str) -> Difference:
    return next(d for d in comparison.differences if (d.arm, d.metric) == (arm, metric))


def with_goal(arm: list[float | None], baseline: list[float]) -> Comparison:
    made = experiment(arms={a: ARMS[a] for a in ("restrained", "frequent")}, days=5)
    return compare(with_values(made, "value_per_fan", {"restrained": list(baseline), "frequent": arm}))


def test_simultaneous_intervals_are_those_of_bonferroni_and_wider(usual: Comparison) -> None:
    for d in usual.differences:
        apart = d.paired[:, 0] - d.paired[:, 1]
        width = oracle.t.ppf(1.0 - 0.05 / 3 / 2, 5) * oracle.sem(apart)
        assert d.simultaneous is not None
        assert d.simultaneous.high - d.simultaneous.mean == pytest.approx(width)
        assert d.simultaneous.low <= (d.ci_low or 0.0) <= (d.ci_high or 0.0) <= d.simultaneous.high


def test_with_two_arms_simultaneous_is_the_interval_itself() -> None:
    d = of(with_goal([x + 1.0 + i / 10.0 for i, x in enumerate(BASE)], BASE), "frequent", "value_per_fan")
    assert d.simultaneous is not None
    assert (d.simultaneous.low, d.simultaneous.high) == pytest.approx((d.ci_low, d.ci_high))


def test_lift_is_the_interval_of_the_relative_difference(usual: Comparison) -> None:
    for d in usual.differences:
        if d.lift is not None:
            assert d.lift.mean == pytest.approx(d.relative)
            assert d.lift.low <= d.lift.mean <= d.lift.high
    assert of(usual, "do_nothing", "value_per_fan").lift is not None


def test_a_baseline_that_may_be_zero_has_a_relative_difference_but_no_lift() -> None:
    d = of(with_goal([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [-1.0, 1.0, 2.0, -2.0, 3.0, 0.5]), "frequent", "value_per_fan")
    assert d.relative is not None
    assert d.lift is None


def test_precision_is_measured_against_what_the_scenario_asks_for() -> None:
    made = experiment(4, 5)
    asked = {"min": 2, "max": 9, "precision": {"value_per_fan": 0.003, "revenue": 7.0}}
    scenario = Scenario.model_validate({**made.scenario.model_dump(), "replications": asked})
    found = compare(replace(made, scenario=scenario))
    wanted = {d.metric: d.precision.wanted for d in found.differences if d.precision}
    assert {m: width for m, width in wanted.items() if width} == {"value_per_fan": 0.003, "churn": 0.03, "revenue": 7.0}


def test_precision_is_measured_against_the_margin(usual: Comparison) -> None:
    goal, other = of(usual, "blast", "value_per_fan"), of(usual, "blast", "revenue")
    assert goal.precision is not None
    assert other.precision is not None
    assert goal.precision.half_width == pytest.approx(((goal.ci_high or 0.0) - (goal.ci_low or 0.0)) / 2.0)
    assert (goal.precision.wanted, goal.precision.still_needed) == (0.5, 0)
    assert (other.precision.wanted, other.precision.still_needed) == (None, None)
    assert goal.precision.smallest_detectable > goal.precision.half_width


def test_what_is_not_precise_needs_more_replications() -> None:
    d = of(with_goal([x + 3.0 * (-1) ** i for i, x in enumerate(BASE)], BASE), "frequent", "value_per_fan")
    assert d.precision is not None
    assert d.precision.half_width > 0.5
    n = 6 + (d.precision.still_needed or 0)
    widths = [oracle.t.ppf(0.975, m - 1) * np.sqrt(10.8 / m) for m in (n - 1, n)]  # variance of +-3 is 10.8
    assert widths[1] <= 0.5 < widths[0]


def test_common_luck_and_correlation_tell_the_same_story(usual: Comparison) -> None:
    d = of(usual, "frequent", "value_per_fan")
    assert d.common_luck is not None
    first, second = d.paired.T
    assert d.common_luck.variance_ratio == pytest.approx((first.var() + second.var()) / (first - second).var())
    assert d.correlation is not None
    assert d.correlation > 0.5
    assert d.common_luck.saved > 6


def test_only_secondary_metrics_are_discoveries(usual: Comparison) -> None:
    assert {d.discovery for d in usual.differences if d.role != "secondary"} == {None}
    assert of(usual, "blast", "orders").discovery is True


def test_discoveries_are_those_of_all_arms_together() -> None:
    """15 secondary metrics of 3 arms are one family. Four metrics are mere noise; some others never vary."""
    made = experiment(8, 5)
    noise = np.random.default_rng(5)
    metrics = ("revenue", "profit", "orders", "touches")
    for metric in metrics:
        values: dict[str, list[float | None]] = {arm: list(noise.normal(100.0, 1.0, 8)) for arm in ARMS}
        made = with_values(made, metric, values)
    found = compare(made)
    tested = [d for d in found.differences if d.role == "secondary"]
    apart = [d.paired[:, 0] - d.paired[:, 1] for d in tested]
    p = [oracle.ttest_1samp(x, 0.0).pvalue if np.ptp(x) > 1e-12 else float(abs(x.mean()) < 1e-12) for x in apart]
    expected = oracle.false_discovery_control(p) <= 0.05
    assert [d.discovery for d in tested] == expected.tolist()
    assert set(expected.tolist()) == {True, False}


def test_below_two_pairs_nothing_more_is_told() -> None:
    for d in compare(experiment(1, 5)).differences:
        told = (d.bootstrap, d.simultaneous, d.lift, d.discovery, d.precision, d.common_luck)
        assert (*told, d.skewed) == (None,) * 6 + (False,)


def test_a_skewed_difference_is_a_warning_that_names_it() -> None:
    tail = [0.0, 0.1, 0.0, 0.2, 0.1, 9.0]
    found = with_goal([x + t for x, t in zip(BASE, tail, strict=True)], BASE)
    d = of(found, "frequent", "value_per_fan")
    assert d.skewed
    check = next(check for check in found.health if check.name == "Intervals fit the data")
    assert check.status == "warning"
    assert "value_per_fan of frequent (6 replications)" in check.detail
    assert "more replications" in check.advice
