"""Comparisons of made-up experiments: pairing, verdicts, what is undefined, and health."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from sim.compare import MEASURES, METRICS, Comparison, compare
from sim.output import results_json
from sim.results import Experiment, Replication
from tests.synthetic import ARMS, experiment, replication, with_values

OTHERS = ("frequent", "blast", "do_nothing")
BASE = [10.0, 11.0, 12.0, 9.0, 10.5, 11.5]


def declared(goal: float = 0.1, guardrail: float | None = 0.03, baseline: str = "restrained") -> dict[str, Any]:
    """A comparison of value per fan, guarded by churn unless the margin is None."""
    guard = None if guardrail is None else {"metric": "churn", "margin": guardrail}
    return {
        "baseline": baseline,
        "goal": {"metric": "value_per_fan", "margin": goal},
        "guardrail": guard,
    }


def verdicts(comparison: Comparison) -> dict[str, str | None]:
    return {arm.name: arm.verdict for arm in comparison.arms}


def status(comparison: Comparison) -> dict[str, str]:
    return {check.name: check.status for check in comparison.health}


def shifted(values: list[float], by: float, spread: float = 0.01) -> list[float | None]:
    """Values moved by about `by`, a little differently in each replication."""
    return [value + by + spread * (-1) ** i for i, value in enumerate(values)]


def two_metrics(goal: float, churn: float, **kwargs: Any) -> Comparison:
    """`frequent` against `restrained` with known differences in goal and churn, each known to about +-0.01."""
    made = experiment(arms={a: ARMS[a] for a in ("restrained", "frequent")}, **kwargs)
    share = [0.2 + value / 100.0 for value in BASE]
    made = with_values(made, "value_per_fan", {"restrained": list(BASE), "frequent": shifted(BASE, goal)})
    return compare(with_values(made, "churn", {"restrained": list(share), "frequent": shifted(share, churn)}))


@pytest.fixture(scope="module")
def usual() -> Comparison:
    return compare(experiment())


def test_every_metric_has_a_name_a_unit_and_a_direction() -> None:
    assert set(MEASURES) == set(METRICS)
    bad = {metric for metric, measure in MEASURES.items() if measure.improves == -1}
    assert bad == {"churn", "exit_rate", "churn_30d", "touches", "withheld", "annoyed_share", "muted_share"}


def test_differences_agree_with_scipy(usual: Comparison) -> None:
    made = usual.experiment
    for d in usual.differences:
        arm, base = ([r.metrics[d.metric] for r in made.of(name)] for name in (d.arm, "restrained"))
        assert d.difference == pytest.approx(np.mean(arm) - np.mean(base))
        assert d.paired.tolist() == [list(pair) for pair in zip(arm, base, strict=True)]
        if np.ptp(np.subtract(arm, base)) > 1e-9:  # the oracle warns of differences that do not vary
            expected = oracle.ttest_rel(arm, base).confidence_interval(0.95)
            assert (d.ci_low, d.ci_high) == pytest.approx((expected.low, expected.high))


def test_every_other_arm_is_compared_in_every_metric(usual: Comparison) -> None:
    assert [arm.name for arm in usual.arms] == list(ARMS)
    for name in OTHERS:
        mine = [d for d in usual.differences if d.arm == name]
        assert [(d.role, d.metric, d.margin) for d in mine[:2]] == [
            ("goal", "value_per_fan", 0.5),
            ("guardrail", "churn", 0.03),
        ]
        assert {d.role for d in mine[2:]} == {"secondary"}
        assert sorted(d.metric for d in mine) == sorted(METRICS)
        assert all(d.verdict is None for d in mine[2:])


def test_estimates_of_an_arm_agree_with_scipy(usual: Comparison) -> None:
    sample = [float(r.metrics["churn"] or 0) for r in usual.experiment.of("blast")]
    estimate = usual.arm("blast").metrics["churn"]
    assert estimate.n == 6
    assert estimate.mean == pytest.approx(np.mean(sample))
    assert estimate.half_width == pytest.approx(oracle.sem(sample) * oracle.t.ppf(0.975, 5))


def test_day_bands_agree_with_scipy_on_a_day(usual: Comparison) -> None:
    arm, base = ([r.daily["revenue"][40] for r in usual.experiment.of(name)] for name in ("blast", "restrained"))
    expected = oracle.ttest_rel(arm, base).confidence_interval(0.95)
    mean, low, high = (band[40] for band in usual.daily_difference["blast"]["revenue"])
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert mean == pytest.approx(np.mean(arm) - np.mean(base))
    assert usual.arm("blast").daily_sd["revenue"][40] == pytest.approx(np.std(arm, ddof=1))


def test_exits_money_and_touches_are_means_over_replications(usual: Comparison) -> None:
    runs, arm = usual.experiment.of("blast"), usual.arm("blast")
    assert sum(arm.exits.values()) == pytest.approx(np.mean([r.fans["left"] for r in runs]))
    assert arm.money["revenue"] == pytest.approx(arm.metrics["revenue"].mean)
    assert arm.touches["chat"] == pytest.approx(arm.metrics["touches"].mean)
    assert arm.withheld["chat"] == arm.withheld_by_rule["per_30_days"] == pytest.approx(arm.metrics["withheld"].mean)


@pytest.mark.parametrize(
    ("goal", "churn", "expected"),
    [
        (1.0, 0.0, ("better", "held", "better")),
        (1.0, -0.1, ("better", "held", "better")),  # less churn is good
        (1.0, 0.1, ("better", "broken", "worse")),
        (1.0, 0.03, ("better", "unproven", "inconclusive")),
        (-1.0, 0.0, ("worse", "held", "worse")),
        (-1.0, 0.1, ("worse", "broken", "worse")),
        (0.05, 0.0, ("practically equal", "held", "equal")),
        (0.05, 0.1, ("practically equal", "broken", "worse")),
        (0.05, 0.03, ("practically equal", "unproven", "inconclusive")),
    ],
)
def test_verdicts_on_known_effects(goal: float, churn: float, expected: tuple[str, str, str]) -> None:
    found = two_metrics(goal, churn, compare=declared(goal=0.1, guardrail=0.03))
    roles = [found.of("frequent", "goal"), found.of("frequent", "guardrail")]
    assert (*(d.verdict for d in roles if d), found.arm("frequent").verdict) == expected


def test_a_goal_of_which_less_is_better_is_turned() -> None:
    settings = {"baseline": "restrained", "goal": {"metric": "churn", "margin": 0.001}}
    found = compare(experiment(compare=settings))
    assert verdicts(found) == {
        "restrained": None,
        "frequent": "worse",
        "blast": "worse",
        "do_nothing": "better",
    }
    goal = found.of("blast", "goal")
    assert goal is not None
    assert goal.ci_low is not None
    assert goal.ci_low > 0.0, "the interval keeps the metric's own sign"


def test_without_a_guardrail_the_goal_decides() -> None:
    found = two_metrics(1.0, 0.5, compare=declared(guardrail=None))
    assert found.arm("frequent").verdict == "better"
    assert found.of("frequent", "guardrail") is None


def test_the_same_metric_may_be_goal_and_guardrail() -> None:
    churn = {"metric": "churn", "margin": 0.01}
    found = compare(experiment(compare={"baseline": "restrained", "goal": churn, "guardrail": churn}))
    roles = [d.role for d in found.differences if d.arm == "blast" and d.metric == "churn"]
    assert roles == ["goal", "guardrail"]


def test_the_same_arm_twice_differs_by_exactly_zero() -> None:
    made = experiment(arms={a: ARMS[a] for a in ("restrained", "frequent")})
    twins = tuple(replace(r, arm="frequent") for r in made.of("restrained"))
    settings = declared(goal=0.0, guardrail=0.0)
    scenario = made.scenario.model_validate({**made.scenario.model_dump(), "compare": settings})
    found = compare(replace(made, scenario=scenario, replications=made.of("restrained") + twins))
    assert all((d.difference, d.ci_low, d.ci_high) == (0.0, 0.0, 0.0) for d in found.differences)
    assert [d.verdict for d in found.differences[:2]] == ["practically equal", "held"]
    assert found.arm("frequent").verdict == "equal"
    assert all(not band.any() for bands in found.daily_difference["frequent"].values() for band in bands)
    assert "as churn is the same in every replication (a rise of 0 points is allowed)" in found.headline


def test_swapping_arm_and_baseline_flips_every_difference() -> None:
    there = compare(experiment(compare=declared(baseline="restrained")))
    back = compare(experiment(compare=declared(baseline="blast")))
    turned = {d.metric: d for d in back.differences if d.arm == "restrained"}
    for d in (d for d in there.differences if d.arm == "blast"):
        other = turned[d.metric]
        assert (d.difference, d.ci_low, d.ci_high) == (-other.difference, -other.ci_high, -other.ci_low)


def test_the_order_in_which_replications_arrive_does_not_matter(usual: Comparison) -> None:
    made = usual.experiment
    shuffled = np.random.default_rng(0).permutation(len(made.replications))
    other = replace(made, replications=tuple(made.replications[i] for i in shuffled))
    assert results_json(compare(other)) == results_json(usual)


def test_without_declaration_the_first_arm_is_the_baseline() -> None:
    found = compare(experiment(compare=None))
    assert found.baseline == "restrained"
    assert {d.role for d in found.differences} == {"secondary"}
    assert set(verdicts(found).values()) == {None}
    assert "no goal is declared" in found.headline


def test_a_single_arm_has_nothing_to_be_compared_with() -> None:
    found = compare(experiment(arms={"alone": ARMS["blast"]}, compare=None))
    assert found.differences == ()
    assert "only arm" in found.headline
    assert found.lead is None
    assert set(status(found)) & {"Pairing is intact", "Arms share their luck"} == set()


def test_one_replication_gives_differences_but_no_interval_and_no_verdict() -> None:
    found = compare(experiment(1))
    assert all(d.difference is not None and d.ci_low is None and d.ci_high is None for d in found.differences)
    assert {d.verdict for d in found.differences} | set(verdicts(found).values()) == {None}
    assert all(np.isnan(found.daily_difference["blast"]["revenue"][1]))
    assert found.headline.startswith("No verdict: 1 replication")
    assert status(found)["Enough replications"] == "failed"


def test_one_replication_gives_no_verdict_even_if_nothing_differs() -> None:
    made = experiment(1, arms={a: ARMS[a] for a in ("restrained", "frequent")})
    twin = tuple(replace(r, arm="frequent") for r in made.of("restrained"))
    assert compare(replace(made, replications=made.of("restrained") + twin)).arm("frequent").verdict is None


def test_pairs_are_the_replications_that_both_arms_finished() -> None:
    found = compare(experiment(failed=[("blast", 2), ("restrained", 4)]))
    goal = found.of("blast", "goal")
    assert goal is not None
    assert goal.replications == (0, 1, 3, 5)
    expected = [
        [replication(arm, number).metrics["value_per_fan"] for arm in ("blast", "restrained")]
        for number in (0, 1, 3, 5)
    ]
    assert goal.paired.tolist() == expected
    assert found.arm("blast").replications == (0, 1, 3, 4, 5)
    assert [failure.replication for failure in found.arm("blast").failures] == [2]
    assert status(found)["Every replication finished"] == "failed"
    assert status(found)["Pairing is intact"] == "warning"
    assert "Do not rely on it" in found.headline


def test_an_arm_that_never_finished_leaves_the_others_alone(usual: Comparison) -> None:
    found = compare(experiment(failed=[("blast", number) for number in range(6)]))
    blast = found.arm("blast")
    assert {(e.mean, e.half_width, e.n) for e in blast.metrics.values()} == {(None, None, 0)}
    assert blast.verdict is None
    assert found.daily_difference["blast"] == {}
    rest = [d for d in found.differences if d.arm == "frequent"]
    assert [d.ci_low for d in rest] == [d.ci_low for d in usual.differences if d.arm == "frequent"]


def test_a_baseline_that_never_finished_leaves_no_verdict() -> None:
    found = compare(experiment(failed=[("restrained", number) for number in range(6)]))
    assert all(d.difference is None for d in found.differences)
    assert found.headline == "No verdict: the baseline restrained did not finish."


def test_an_undefined_metric_has_no_estimate_and_no_verdict() -> None:
    found = compare(experiment(undefined=["churn", "churn_30d"]))
    for arm in found.arms:
        assert (arm.metrics["churn"].mean, arm.metrics["churn"].n) == (None, 0)
    guardrail = found.of("frequent", "guardrail")
    assert guardrail is not None
    assert (guardrail.difference, guardrail.verdict, guardrail.relative) == (None, None, None)
    assert found.arm("frequent").verdict == "inconclusive"
    assert status(found)["Goal and guardrail are defined"] == "failed"


def test_a_metric_undefined_in_one_replication_is_compared_in_the_others() -> None:
    values = {"restrained": list(BASE), "blast": [None, *shifted(BASE[1:], 1.0)]}
    found = compare(with_values(experiment(), "churn_30d", values))
    d = next(d for d in found.differences if d.arm == "blast" and d.metric == "churn_30d")
    expected = oracle.ttest_rel(values["blast"][1:], BASE[1:]).confidence_interval(0.95)
    assert d.n == 5
    assert len(d.paired) == 6
    assert np.isnan(d.paired[0, 0])
    assert (d.ci_low, d.ci_high) == pytest.approx((expected.low, expected.high))
    assert found.arm("blast").metrics["churn_30d"].n == 5


def test_the_relative_difference_keeps_the_sign_of_the_difference() -> None:
    losses = [-value for value in BASE]
    made = with_values(experiment(), "profit", {"restrained": losses, "blast": shifted(losses, 1.0, 0.0)})
    d = next(d for d in compare(made).differences if d.arm == "blast" and d.metric == "profit")
    assert d.relative == pytest.approx(1.0 / np.mean(BASE))


@settings(max_examples=25, deadline=None)
@given(st.floats(-2.0, 2.0), st.floats(-0.2, 0.2), st.floats(0.0, 1.0), st.floats(0.0, 0.1))
def test_an_arm_is_better_only_if_goal_and_guardrail_say_so(
    goal: float, churn: float, margin: float, allowed: float
) -> None:
    found = two_metrics(goal, churn, compare=declared(margin, allowed), days=2)
    verdict = found.arm("frequent").verdict
    if verdict == "better":
        assert goal > 0.0
        assert churn <= allowed
    if churn > allowed + 0.02 or goal < -margin - 0.02:
        assert verdict == "worse"


@pytest.mark.parametrize(
    ("goal", "churn", "opening", "parts"),
    [
        (1.0, 0.0, "Choose frequent over restrained: value per fan rises by 1.000 CNY", ["guardrail holds"]),
        (1.0, 0.1, "Stay with restrained", ["breaks the guardrail", "churn rises by 10.0 points"]),
        (1.0, 0.03, "Inconclusive, so restrained stands", ["guardrail is unproven", "a rise of 3 points"]),
        (-1.0, 0.0, "Stay with restrained", ["value per fan falls by 1.000 CNY", "0.989 to 1.011"]),
        (0.05, 0.0, "Stay with restrained", ["too little to matter"]),
        (0.0, 0.0, "Stay with restrained", ["changes by 0.000 CNY (95 % interval -0.011 to +0.011)"]),
    ],
)
def test_headline_names_arm_effect_interval_and_guardrail(
    goal: float, churn: float, opening: str, parts: list[str]
) -> None:
    found = two_metrics(goal, churn, compare=declared())
    assert found.headline.startswith(opening)
    assert [part for part in parts if part not in found.headline] == []
    assert found.headline.count(". ") == 0, "one sentence"
    assert found.lead is not None
    assert f"{found.lead} over" in found.headline or f"with {found.lead}," in found.headline


def test_headline_picks_the_arm_that_gains_most() -> None:
    values = {name: shifted(BASE, gain) for name, gain in zip(OTHERS, (1.0, 3.0, 2.0), strict=True)}
    made = with_values(
        experiment(compare=declared(guardrail=None)), "value_per_fan", {**values, "restrained": list(BASE)}
    )
    assert compare(made).headline.startswith("Choose blast over restrained")


@pytest.mark.parametrize(("spread", "less_sure"), [(0.01, False), (0.5, True)])
def test_headline_says_what_is_left_once_it_counts_that_the_best_was_picked(spread: float, less_sure: bool) -> None:
    """6 replications, half-width of .57 by itself and of .84 among three arms."""
    values = {name: shifted(BASE, 0.7 * (name == "blast"), spread) for name in OTHERS}
    made = with_values(
        experiment(compare=declared(guardrail=None)), "value_per_fan", {**values, "restrained": list(BASE)}
    )
    text = compare(made).headline
    assert text.startswith("Choose blast over restrained")
    assert ("; picked from 3 arms it is less sure: allowing for that, value per fan changes by -" in text) is less_sure


@pytest.mark.parametrize(
    ("moved", "status"),
    [
        ([0.0] * 6, "warning"),
        ([2.0] * 6, "warning"),
        ([2.0 + 1e-14 * n for n in range(6)], "warning"),
        ([2.0] * 5 + [2.1], "passed"),
    ],
)
def test_differences_that_do_not_vary_are_a_warning(moved: list[float], status: str) -> None:
    made = experiment(arms={a: ARMS[a] for a in ("restrained", "frequent")}, compare=declared())
    frequent = [value + more for value, more in zip(BASE, moved, strict=True)]
    made = with_values(made, "value_per_fan", {"restrained": list(BASE), "frequent": frequent})
    [check] = [c for c in compare(made).health if c.name == "Differences vary"]
    assert check.status == status
    if status == "warning":
        assert check.detail == "the same in every replication: value_per_fan of frequent (6 replications)"
        assert "fewer than 39%" in check.advice
        d = compare(made).differences[0]
        assert d.ci_low == d.difference == d.ci_high
        assert (d.skewed, d.common_luck) == (False, None), "rounding neither leans nor is what luck costs"


def test_the_same_arm_twice_need_not_vary() -> None:
    made = experiment(arms={"restrained": ARMS["restrained"], "again": ARMS["restrained"]}, compare=declared())
    mine = tuple(replace(r, arm="again") for r in made.of("restrained"))
    checks = {c.name: c.status for c in compare(replace(made, replications=(*made.of("restrained"), *mine))).health}
    assert checks["Differences vary"] == "passed"


def test_a_sound_experiment_passes_every_check(usual: Comparison) -> None:
    assert set(status(usual).values()) == {"passed"}
    assert len(usual.health) == 11


def changed(made: Experiment, change: Callable[[Replication], Replication]) -> Experiment:
    """The experiment with one replication of `blast` changed."""
    return replace(
        made,
        replications=tuple(change(r) if (r.arm, r.replication) == ("blast", 3) else r for r in made.replications),
    )


def plus(record: Mapping[str, Any], key: str, amount: float) -> dict[str, Any]:
    return {**record, key: record[key] + amount}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Fans are conserved", lambda r: replace(r, fans=plus(r.fans, "joined", 1))),
        ("Fans are conserved", lambda r: replace(r, exits=plus(r.exits, "overload", 1))),
        ("Fans are conserved", lambda r: replace(r, daily={**r.daily, "exits": r.daily["exits"] * 2})),
        ("Money adds up", lambda r: replace(r, daily={**r.daily, "profit": r.daily["profit"] + 0.01})),
        ("Money adds up", lambda r: replace(r, money=plus(r.money, "goods", 1.0))),
        (
            "Money adds up",
            lambda r: replace(r, metrics=plus(plus(r.metrics, "profit", 0.01), "value", 0.01)),
        ),
        ("Money adds up", lambda r: replace(r, metrics={**r.metrics, "revenue": None})),
        ("Value is profit plus residual value", lambda r: replace(r, metrics=plus(r.metrics, "value", 1.0))),
        ("Figures are finite", lambda r: replace(r, metrics=plus(r.metrics, "mean_trust", float("inf")))),
        ("Pairing is intact", lambda r: replace(r, fans=plus(plus(r.fans, "started", 1), "present", 1))),
        ("Pairing is intact", lambda r: replace(r, replication=9)),
        ("Goal and guardrail are defined", lambda r: replace(r, metrics={**r.metrics, "churn": None})),
    ],
)
def test_a_broken_identity_fails_its_check_and_no_other(
    name: str, change: Callable[[Replication], Replication]
) -> None:
    found = compare(changed(experiment(days=5), change))
    failed = [check for check in found.health if check.status == "failed"]
    assert [check.name for check in failed] == [name]
    assert "blast" in failed[0].detail
    assert found.health[0] is failed[0]


@pytest.mark.parametrize(("n", "expected"), [(1, "failed"), (2, "warning"), (4, "warning"), (5, "passed")])
def test_few_replications_are_reported(n: int, expected: str) -> None:
    assert status(compare(experiment(n, days=5)))["Enough replications"] == expected


def test_arms_that_do_not_share_their_luck_are_a_warning() -> None:
    values = {"restrained": list(BASE), "blast": list(reversed(BASE))}
    found = compare(with_values(experiment(), "value_per_fan", values))
    check = next(check for check in found.health if check.name == "Arms share their luck")
    assert check.status == "warning"
    assert "blast -" in check.detail


def test_failed_checks_come_first_then_warnings() -> None:
    found = compare(experiment(3, failed=[("blast", 1)]))
    order = [check.status for check in found.health]
    assert order == sorted(order, key=["failed", "warning", "passed"].index)
    assert set(order) == {"failed", "warning", "passed"}


def test_nothing_finished_passes_no_check() -> None:
    everything = [(arm, number) for arm in ARMS for number in range(2)]
    found = compare(experiment(2, failed=everything))
    assert {check.status for check in found.health} == {"failed"}


def test_comparing_does_not_load_what_is_slow_to_load() -> None:
    code = "import sys, sim.compare, sim.output, sim.summary; print({'scipy.stats', 'matplotlib'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


@pytest.mark.parametrize(("churn", "opening"), [(0.1, "and it breaks"), (0.03, "and the guardrail is unproven")])
def test_bad_news_of_goal_and_guardrail_are_joined_by_and(churn: float, opening: str) -> None:
    assert f"1.011), {opening}" in two_metrics(-1.0, churn, compare=declared()).headline
