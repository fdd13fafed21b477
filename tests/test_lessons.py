"""The lessons: sweeping and crossing points, the document, and that each answer really turns around."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.lessons import DOCS, LESSONS, renew, table
from benchmarks.sweep import Lesson, Swept, compared, crossing, scenario, sweep

NAMES = [lesson.name for lesson in LESSONS]


@given(root=st.floats(0.01, 3.99) | st.sampled_from([1.0, 1.5]), slope=st.floats(0.1, 10) | st.floats(-10, -0.1))
def test_the_crossing_of_a_straight_line_is_its_root(root: float, slope: float) -> None:
    values = (0.0, 1.0, 1.5, 4.0)
    assert crossing(values, slope * (np.array(values) - root)) == pytest.approx(root)


def test_without_a_change_of_sign_there_is_no_crossing() -> None:
    assert crossing((1, 2, 3), np.array([3.0, 1.0, 2.0])) is None
    assert crossing((1, 2, 3), np.zeros(3)) is None


def test_the_crossing_has_an_interval_only_if_every_replication_has_one() -> None:
    lesson = replace(LESSONS[0], values=(0.0, 1.0))
    both = Swept(lesson, lesson.curves[0], np.array([[-1.0, -1.0, -3.0], [1.0, 3.0, 1.0]]))
    assert both.crossing is not None
    assert both.crossing.mean == pytest.approx(0.5)
    one = Swept(lesson, lesson.curves[0], np.array([[-1.0, -1.0], [1.0, -0.5]]))
    assert one.crossing is None
    assert "no crossing in this range" in table(lesson, [one])


def test_a_document_is_renewed_between_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("before\n<!-- one -->\nold\nwords\n<!-- /one -->\nafter\n", encoding="utf-8")
    renew(document, "one", "new")
    renew(document, "one", "new")
    assert document.read_text(encoding="utf-8") == "before\n<!-- one -->\nnew\n<!-- /one -->\nafter\n"
    with pytest.raises(ValueError, match="two"):
        renew(document, "two", "new")


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
def test_the_document_shows_every_lesson(lesson: Lesson) -> None:
    text = (DOCS / "lessons.md").read_text(encoding="utf-8")
    assert f"figures/lesson_{lesson.name}.svg" in text
    assert (DOCS / "figures" / f"lesson_{lesson.name}.svg").exists()
    shown = text.partition(f"<!-- {lesson.name} -->")[2].partition(f"<!-- /{lesson.name} -->")[0]
    assert f"`{lesson.parameter}`" in shown
    for value in lesson.values:
        assert f"\n| {value:g} | " in shown


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
def test_a_lesson_names_arms_and_a_parameter_of_its_scenario(lesson: Lesson) -> None:
    setting = scenario(lesson.scenario, (*lesson.settings, f"{lesson.parameter}={lesson.values[0]}"))
    assert {curve.arm for curve in lesson.curves} <= set(setting.arms) - {compared(setting).baseline}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
def test_the_answer_turns_around_between_the_ends(lesson: Lesson) -> None:
    """Opposite signs at the two ends of the range, each with an interval that leaves out 0."""
    ends = (lesson.values[0], lesson.values[-1])
    (swept,) = sweep(replace(lesson, values=ends, curves=lesson.curves[:1]))
    first, last = swept.intervals
    assert first.high < 0 < last.low or last.high < 0 < first.low
