"""The drawings: everything is drawn, to scale, the same every time, and safe to put into a page."""

from __future__ import annotations

import dataclasses
import functools
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import draw
from reports.charts.intervals import band
from reports.figures import amounts
from reports.series import SERIES
from reports.svg import Chart, inline, standalone
from reports.theme import CAUSES, light
from sim.compare import Comparison, Difference, compare
from sim.stats import Interval, guardrail_verdict
from tests.synthetic import ARMS, experiment, with_outcomes, with_redraws

SVG = "{http://www.w3.org/2000/svg}"
FINITE = st.floats(-1e12, 1e12, allow_subnormal=False)
ROLES = ("goal", "guardrail")
KINDS = ("money", "share", "count", "number")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(with_redraws(with_outcomes(experiment(3, 90)), {"frequent": 3.0}))


@pytest.fixture(scope="module")
def charts(comparison: Comparison) -> dict[str, Chart]:
    return draw(comparison)


def test_all_charts_are_drawn(charts):
    over_time = {f"{s.name}-{kind}" for s in SERIES for kind in ("over-time", "difference")}
    intervals = {f"{role}-{number}" for role in ROLES for number in (2, 3, 4)}
    more = {f"{role}-{kind}-{n}" for role in ROLES for kind in ("pairs", "convergence") for n in (2, 3, 4)}
    worlds = {f"{role}-{kind}" for role in ROLES for kind in ("worlds", "drivers")}
    fans = {"the-same-fan", *(f"segments-{number}" for number in (2, 3, 4))}
    others = {"value-against-churn", "why-fans-left", "where-the-money-went", "touches-sent"}
    assert set(charts) == over_time | intervals | more | worlds | fans | others


def test_inlined_charts_share_no_id_and_have_only_colours_of_the_page(charts):
    roots = {name: ET.fromstring(inline(chart)) for name, chart in charts.items()}
    ids = [e.get("id") for root in roots.values() for e in root.iter() if e.get("id")]
    assert max(Counter(ids).values()) == 1
    for name, root in roots.items():
        tags = "".join(" ".join(e.attrib.values()) for e in root.iter())
        referred = set(re.findall(r"url\(#([^)]*)\)", tags)) | {
            e.attrib["href"][1:] for e in root.iter() if "href" in e.attrib
        }
        assert referred <= set(ids)
        assert all(target.startswith(f"{name}-") for target in referred)
        assert re.findall(r"(?:fill|stroke): #\w+", tags) == []


def test_charts_as_files_are_plain_svg_with_a_title(charts):
    for chart in charts.values():
        root = ET.fromstring(standalone(chart))
        title = root.find(f"{SVG}title")
        assert title is not None
        assert title.text == chart.alt
        assert not list(root.iter(f"{SVG}script"))
        assert "var(--" not in standalone(chart)


def test_words_between_tags_are_left_alone():
    drawing = '<svg viewBox="0 0 1 1"><text style="fill: #1b2430">#1b2430 id="a" url(#b)</text></svg>'
    shown = inline(Chart("c", drawing, "<alt>"))
    assert '<text style="fill: var(--ink)">#1b2430 id="a" url(#b)</text>' in shown
    assert "&lt;alt&gt;" in shown


def test_a_users_own_style_changes_nothing(comparison, charts):
    with matplotlib.rc_context({"font.size": 31, "axes.facecolor": "pink", "svg.fonttype": "path"}):
        assert {name: chart.svg for name, chart in draw(comparison).items()} == {
            name: chart.svg for name, chart in charts.items()
        }


def test_pyplot_is_never_imported():
    code = "import sys, reports.html; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _drawn(chart: Chart, tag: str, colour: str, how: str) -> list[ET.Element]:
    """Elements of this tag with this fill or stroke."""
    return [e for e in ET.fromstring(chart.svg).iter(SVG + tag) if f"{how}: {light(colour)}" in e.get("style", "")]


def _width(path: ET.Element) -> float:
    """Horizontal extent of a path."""
    xs = [float(x) for x in re.findall(r"[ML] (-?[\d.]+) ", path.get("d", ""))]
    return max(xs) - min(xs)


def test_every_replication_is_a_point_and_has_a_line_to_the_baseline(charts):
    chart = charts["value-against-churn"]
    for colour in ("arm0", "arm1", "arm2", "arm3"):
        assert len(_drawn(chart, "use", colour, "fill")) == 3 + len(("mean", "legend"))
    lines = [p for p in _drawn(chart, "path", "soft", "stroke") if p.get("d", "").count("M") > 1]
    assert [line.get("d", "").count("M") for line in lines] == [3, 3, 3]


def test_bars_are_as_long_as_the_exits_of_their_cause(comparison, charts):
    per_fan = []
    for cause in ("natural", "lost_trust", "onboarding"):
        bars = _drawn(charts["why-fans-left"], "path", CAUSES[cause][1], "fill")
        per_fan += [_width(bar) / arm.exits[cause] for bar, arm in zip(bars, comparison.arms, strict=True)]
    assert per_fan == pytest.approx([per_fan[0]] * 3 * len(ARMS), rel=1e-3)


def test_costs_and_profit_fill_the_bar_up_to_revenue(comparison):
    for arm in comparison.arms:
        money = amounts(arm)
        assert sum(money[part] for part in ("goods", "rewards", "touches", "staff", "acquisition", "profit")) == (
            pytest.approx(money["revenue"])
        )
        assert money["value"] == pytest.approx(arm.metrics["value"].mean)


@functools.cache
def _guardrail() -> Difference:
    """Any difference in a guardrail."""
    made = compare(experiment(2, 2)).of("blast", "guardrail")
    assert made is not None
    return made


@given(st.floats(-1, 1), st.floats(0.001, 1), st.floats(0.001, 0.5), st.sampled_from([-1, 1]))
def test_a_guardrail_is_held_where_its_interval_is_on_the_good_side_of_the_drawn_limit(low, length, margin, improves):
    high = low + length
    difference = dataclasses.replace(_guardrail(), ci_low=low, ci_high=high, margin=margin, improves=improves)
    covered = band(difference)
    assert covered is not None
    limit = covered[0] if improves > 0 else covered[1]
    good = low >= limit if improves > 0 else high <= limit
    verdict = guardrail_verdict(Interval((low + high) / 2, low, high).oriented(improves), margin)
    assert good == (verdict == "held")
