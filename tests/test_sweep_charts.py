"""The charts of a sweep: curves through numbers, points for words, maps that colour only what is sure."""

from __future__ import annotations

import re

import pytest

from reports.charts.sweep import draw_sweep
from reports.svg import standalone
from reports.text import width
from reports.theme import light
from sim.scenario.model import Scenario
from sim.studies.sweep import Sweep
from tests.studies import CADENCE, TOLERANCE, hill, swept, touches

CHANNELS = "arms.frequent.0.channel"
FREQUENT = light("arm1")


def drawn(sweep: Sweep) -> dict[str, str]:
    """The charts as files, by name."""
    return {name: standalone(chart) for name, chart in draw_sweep(sweep).items()}


def strokes(drawing: str, colour: str) -> list[str]:
    """The looks of the lines of this colour in the axes."""
    return re.findall(rf"clip-path=\"[^\"]*\" style=\"([^\"]*stroke: {colour}[^\"]*)\"", drawing)


def cells(drawing: str) -> dict[str, tuple[str, str]]:
    """Point of a map -> its colour, and what is told of it."""
    found = re.findall(r"style=\"fill: (#\w+)[^\"]*\"/?><title>([^\n]*)\n(.*?)</title>", drawing, re.DOTALL)
    return {point: (colour, told) for colour, point, told in found}


def test_numbers_are_joined_by_a_line_and_words_are_not() -> None:
    numbers, words = drawn(swept([f"{CADENCE}=1,2,3"])), drawn(swept([f"{CHANNELS}=chat,feed,sms"]))
    for name in ("goal", "goal-difference", "guardrail", "guardrail-difference"):
        assert any("stroke-width: 1.8" in look for look in strokes(numbers[name], FREQUENT))
        assert [look for look in strokes(words[name], FREQUENT) if "stroke-width: 2" not in look] == []
        assert len(strokes(words[name], FREQUENT)) == 3
        assert "opacity: 0.18" in numbers[name]
        assert "opacity: 0.18" not in words[name]
    assert "95 % bands" in numbers["goal"]
    assert "95 % intervals" in words["goal"]


def test_redrawn_assumptions_are_wide_bars_where_words_are_swept() -> None:
    words = drawn(swept([f"{CHANNELS}=chat,feed"], ["uncertainty=assumptions", "redraws=20"]))["goal-difference"]
    assert sum("stroke-width: 8" in look for look in strokes(words, FREQUENT)) == 2
    assert "wide bar: assumptions redrawn" in words


def test_arms_stand_beside_each_other_over_words() -> None:
    worlds = drawn(swept(["population.basket.distribution=lognormal,gamma_gamma"]))["goal"]
    places = {re.findall(r"<use [^>]*x=\"([\d.]+)\"", part)[0] for part in worlds.split('<g class="tips">')[1:]}
    assert len(places) == 4


@pytest.mark.parametrize("best", [1, 2, 3])
def test_no_line_runs_through_the_words_of_a_mark(best: int) -> None:
    made = swept([f"{CADENCE}=1,2,3"], figures=lambda w, a: (100.0 - (touches(w, a) - best) ** 2, 0.2))
    goal = drawn(made)["goal"]
    (line,) = re.findall(r"<path d=\"M ([\d.]+) [^>]*stroke-dasharray", goal)
    (start,) = re.findall(rf"x=\"([\d.]+)\"[^>]*>best {best}<", goal)
    words = f"best {best}"
    assert float(line) < float(start) or float(start) + width(words, 11) < float(line)


def test_words_have_strips_for_marks_and_no_lines_that_hide_the_intervals() -> None:
    def figures(world: Scenario, arm: str) -> tuple[float, float]:
        return 100.0 + 9.0 * ("feed" in str(world.arms[arm])), 0.2

    goal = drawn(swept([f"{CHANNELS}=chat,feed"], figures=figures))["goal"]
    assert ">best feed<" in goal
    assert "stroke-dasharray" not in goal


def test_an_arm_that_failed_is_in_no_legend_and_a_point_that_failed_in_no_curve() -> None:
    everywhere = drawn(swept([f"{TOLERANCE}=2,4,6"], failed=["blast"]))
    assert all(">blast<" not in drawing and ">frequent<" in drawing for drawing in everywhere.values())
    one = draw_sweep(swept([f"{CADENCE}=1,2,3"], failed=["frequent (touches_per_30_days 2)"]))
    for chart in one.values():
        assert "at 1, " in chart.alt
        assert "nan" not in chart.alt
    assert "at 2" not in one["goal-difference"].alt
    alone = draw_sweep(swept([f"{CADENCE}=1,2"], failed=[f"frequent (touches_per_30_days {n})" for n in (1, 2)]))
    assert list(alone) == ["goal", "guardrail"]


def test_a_map_colours_what_is_sure_and_writes_small_differences() -> None:
    """Churn rises by .005 a touch over 2 touches, and by 5 at 40; luck of a difference is .0014."""
    settings = ["compare.goal.margin=1"]

    def figures(world: Scenario, arm: str) -> tuple[float, float]:
        return hill(world, arm)[0], 0.2 + {1.0: 0.0002, 3.0: -0.004, 40.0: 0.5}.get(touches(world, arm), 0.0)

    made = drawn(swept([f"{CADENCE}=1,2,3,40", f"{TOLERANCE}=2,6"], settings, figures))
    churn, value = cells(made["guardrail-map"]), cells(made["goal-map"])
    at = {often: f"touches_per_30_days {often}, tolerance.median 2" for often in (1, 2, 3, 40)}
    neither, good, bad = light("band"), light("arm1"), light("arm2")
    assert [churn[at[often]][0] for often in (1, 2, 3, 40)] == [neither, neither, good, bad]
    assert value[at[2]][0] == neither
    assert value[at[40]][0] == bad
    assert ">no sure difference<" in made["guardrail-map"]
    assert ">practically equal or unsure<" in made["goal-map"]
    texts = re.findall(r">([+−]?[\d.]+)</text>", made["guardrail-map"])
    assert any(re.fullmatch(r"−0\.4\d?", text) for text in texts)
    assert "0" in texts
    assert not any(re.fullmatch(r"[+−]0\.?0*", text) for text in texts)
