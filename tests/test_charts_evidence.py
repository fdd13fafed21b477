"""The drawings behind the verdict: pairs, convergence, the same fan, assumptions; and what points say."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from reports import svg
from reports.charts import draw
from reports.charts.convergence import running
from reports.charts.pairs import density
from reports.charts.scatter import undominated
from reports.figures import redrawn_differences
from reports.svg import Chart, inline, standalone
from reports.theme import FATES, light
from sim.compare import Comparison, Difference, Role, compare
from tests.synthetic import experiment, with_outcomes, with_redraws, with_values

SVG = "{http://www.w3.org/2000/svg}"
ROLES: tuple[Role, ...] = ("goal", "guardrail")
FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(with_redraws(with_outcomes(experiment(9, 60)), {"frequent": 3.0}))


@pytest.fixture(scope="module")
def charts(comparison: Comparison) -> dict[str, Chart]:
    return draw(comparison)


def goal_of(comparison: Comparison, arm: str) -> Difference:
    found = comparison.of(arm, "goal")
    assert found is not None
    return found


def told(chart: Chart, kind: str = "tips") -> list[tuple[ET.Element, str]]:
    """Signs of a chart that say something, with what they say."""
    root = ET.fromstring(standalone(chart))
    groups = [g for g in root.iter(f"{SVG}g") if g.get("class") == kind]
    return [(e, t.text or "") for g in groups for e in g.iter() for t in e.findall(f"{SVG}title")]


# What points say


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), min_size=1, max_size=5))
def test_words_come_through_to_their_sign_whatever_they_are(words: list[str]) -> None:
    signs = "".join(f'<use x="{number}"/>' for number in range(len(words)))
    drawing = (
        f'<svg viewBox="0 0 1 1"><g id="{svg.tips(words)}"><defs><path id="m"/></defs>{signs}</g><use x="9"/></svg>'
    )
    for text in (inline(Chart("c", drawing, "alt")), standalone(Chart("c", drawing, "alt"))):
        root = ET.fromstring(text.partition("?>")[2] or text)
        said = [
            (e.get("x"), e.findtext("{*}title") or e.findtext("title")) for e in root.iter() if e.tag.endswith("use")
        ]
        assert said == [*((str(n), each or None) for n, each in enumerate(words)), ("9", None)]


def test_every_sign_that_should_speak_does(comparison: Comparison, charts: dict[str, Chart]) -> None:
    replications = 9
    for number, arm in enumerate(comparison.arms, 1):
        for role in ROLES if arm.name != "restrained" else ():
            spoken = [words for _, words in told(charts[f"{role}-pairs-{number}"])]
            assert len(spoken) == 3 * replications
            assert spoken[:replications] == spoken[replications : 2 * replications] == spoken[2 * replications :]
            assert [words.split("\n")[0] for words in spoken[:replications]] == [f"Replication {n}" for n in range(9)]
            assert len(told(charts[f"{role}-convergence-{number}"], "columns")) == replications - 1
    assert len(told(charts["value-against-churn"])) == 4 * replications
    assert len(told(charts["revenue-over-time"], "columns")) == 60 // 7
    assert len(told(charts["goal-worlds"])) == 3 * 12
    assert sum(len(one.segments) for one in comparison.same_fan) * 2 == sum(
        len(told(charts[f"segments-{number}"])) for number in (2, 3, 4)
    )


def test_a_day_tells_every_arm_as_the_curve_has_it(comparison: Comparison, charts: dict[str, Chart]) -> None:
    words = told(charts["active_fans-over-time"], "columns")[-1][1].split("\n")
    assert words[0] == "Day 60, 1 Mar 2026"
    shown = dict(line.split(": ") for line in words[1:])
    for arm in comparison.arms:
        known = np.mean([r.daily["active_fans"][59] for r in comparison.experiment.of(arm.name)])
        assert float(shown[arm.name].replace(",", "")) == pytest.approx(known, rel=1e-3)


# Pairs


def test_a_pair_is_drawn_where_its_values_are(comparison: Comparison, charts: dict[str, Chart]) -> None:
    d = goal_of(comparison, "frequent")
    signs = [sign for sign, _ in told(charts["goal-pairs-2"])]
    heights = np.array([float(sign.get("y", "nan")) for sign in signs]).reshape(3, 9)
    mine, base = d.paired.T
    for drawn, values in ((heights[0], base), (heights[1], mine), (heights[2], mine - base)):
        slope, _ = np.polyfit(values, drawn, 1)
        assert slope < 0, "up is more"
        assert np.corrcoef(values, drawn)[0, 1] == pytest.approx(-1.0, abs=1e-6)
    same = np.polyfit(np.concatenate([base, mine]), heights[:2].ravel(), 1)
    assert np.polyval(same, base) == pytest.approx(heights[0], abs=0.01), "both on one axis"


def test_density_is_that_of_gaussian_kernels() -> None:
    values = np.random.default_rng(3).normal(5.0, 2.0, 40)
    at, height = density(values)
    width = 0.9 * min(values.std(ddof=1), scipy.stats.iqr(values) / 1.34) * 40**-0.2
    known = scipy.stats.gaussian_kde(values, width / values.std(ddof=1))(at)
    assert height == pytest.approx(known / known.max())


@given(st.lists(FINITE, min_size=8, max_size=30).filter(lambda values: np.ptp(values) > 1e-3))
def test_density_covers_all_values(values: list[float]) -> None:
    at, height = density(np.array(values))
    assert np.isfinite(height).all()
    assert at[0] < min(values) <= max(values) < at[-1]
    assert height.max() == 1.0


# Convergence


def test_the_running_mean_has_the_interval_of_its_replications(comparison: Comparison) -> None:
    d = goal_of(comparison, "blast")
    n, mean, width = running(d)
    assert n.tolist() == list(range(2, 10))
    for count, middle, half in zip(n.astype(int), mean, width, strict=True):
        known = scipy.stats.ttest_rel(d.paired[:count, 0], d.paired[:count, 1]).confidence_interval(0.95)
        assert (middle - half, middle + half) == pytest.approx((known.low, known.high))
    assert (mean[-1] - width[-1], mean[-1] + width[-1]) == pytest.approx((d.ci_low, d.ci_high))


def test_many_replications_are_thinned_out_to_the_last() -> None:
    made = experiment(300, 1)
    n, mean, _ = running(goal_of(compare(made), "blast"))
    assert len(n) == len(mean) <= 100
    assert (n[0], n[-1]) == (2, 300)
    assert (np.diff(n) > 0).all()


def test_undefined_replications_are_left_out_of_convergence() -> None:
    values: dict[str, list[float | None]] = {"frequent": [1.0, None, 3.0, 4.0]}
    n, mean, _ = running(goal_of(compare(with_values(experiment(4, 5), "value_per_fan", values)), "frequent"))
    assert n.tolist() == [2, 3]
    assert np.isfinite(mean).all()


# The same fan


def test_fates_fill_the_bar_and_are_as_wide_as_their_share(comparison: Comparison, charts: dict[str, Chart]) -> None:
    signs = told(charts["the-same-fan"])
    for one in comparison.same_fan:
        wide = {}
        for sign, words in signs:
            if words.startswith(f"{one.arm}: "):
                xs = [float(x) for x in re.findall(r"[ML] (-?[\d.]+) ", sign.get("d", ""))]
                fate = next(f for f, (label, _) in FATES.items() if label.lower() in words)
                wide[fate] = max(xs) - min(xs)
        whole = sum(wide.values())
        for fate in FATES:
            share = getattr(one.everyone, fate) / one.everyone.fans
            assert wide.get(fate, 0.0) / whole == pytest.approx(share, abs=1e-3)


# Assumptions


def test_every_redrawn_world_is_a_point_at_its_difference(comparison: Comparison, charts: dict[str, Chart]) -> None:
    signs = told(charts["goal-worlds"])
    places, known = [], []
    for number, arm in enumerate(("frequent", "blast", "do_nothing")):
        apart = redrawn_differences(comparison, goal_of(comparison, arm))
        assert sorted(apart) == list(range(12))
        known += [apart[n] for n in sorted(apart)]
        places += [float(sign.get("x", "nan")) for sign, _ in signs[12 * number : 12 * number + 12]]
        effect = comparison.assumptions.of(arm, "goal") if comparison.assumptions else None
        assert effect is not None
        assert effect.interval is not None
        assert np.mean(list(apart.values())) == pytest.approx(effect.interval.mean)
    assert np.corrcoef(known, places)[0, 1] == pytest.approx(1.0, abs=1e-6)


def test_drivers_are_as_long_as_their_correlation_and_pale_within_chance(
    comparison: Comparison, charts: dict[str, Chart]
) -> None:
    assert comparison.assumptions is not None
    drivers = [d for e in comparison.assumptions.effects if e.role == "goal" for d in e.drivers]
    signs = [sign for sign, _ in told(charts["goal-drivers"])]
    lengths = []
    for sign, driver in zip(signs, drivers, strict=True):
        xs = [float(x) for x in re.findall(r"[ML] (-?[\d.]+) ", sign.get("d", ""))]
        lengths.append((max(xs) - min(xs)) / abs(driver.correlation))
        pale = re.search(r"opacity: 0\.35", sign.get("style", "")) is not None
        assert pale is not driver.clear
    assert {d.clear for d in drivers} == {True, False}
    assert lengths == pytest.approx([lengths[0]] * len(lengths), rel=1e-2)


# The frontier


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=8), st.sampled_from([-1, 1]))
def test_points_of_the_frontier_are_beaten_by_none_and_the_others_by_one(
    points: list[tuple[float, float]], improves: int
) -> None:
    best = undominated(points, improves)

    def beaten(p: tuple[float, float]) -> bool:
        mine = (p[0] * improves, p[1])
        others = [(q[0] * improves, q[1]) for q in points]
        return any(q != mine and q[0] >= mine[0] and q[1] >= mine[1] for q in others)

    assert set(best) == {p for p in points if not beaten(p)}


def test_an_interval_of_assumptions_is_drawn_below_that_of_luck(charts: dict[str, Chart]) -> None:
    plain = draw(compare(experiment(9, 60)))
    arm = light("arm1")
    drawn = [
        chart.svg.count(f"stroke: {arm}") + chart.svg.count(f"fill: {arm}")
        for chart in (plain["goal-2"], charts["goal-2"])
    ]
    assert drawn[0] < drawn[1]
    assert "over the assumptions" in charts["goal-2"].alt
    assert "over the assumptions" not in plain["goal-2"].alt
