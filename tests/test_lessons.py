"""The lessons: the document, the drawing, and that each answer really turns around."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.lessons import DOCS, LESSONS, Curve, Lesson, draw, plan, renew, sweep, table
from sim.studies.curves import summarise
from sim.studies.sweep import Sweep
from tests.studies import TOLERANCE, hill, lived
from tests.synthetic import PROVENANCE

NUMBER = r"([-+]?[\d,]+(?:\.\d+)?)"
NAMES = [lesson.name for lesson in LESSONS]
MADE_UP = Lesson(
    name="made_up",
    title="More or less?",
    scenario="classroom",
    parameter=TOLERANCE,
    values=(2.0, 4.0, 6.0, 8.0),
    curves=(Curve("more", "frequent"), Curve("nothing", "do_nothing", ("days=90",))),
    settings=("replications=4", "uncertainty=none"),
)


@pytest.fixture(scope="module")
def made_up() -> list[Sweep]:
    """Value falls with the square of the distance between touches and tolerance: 8 and 2 touches are equal at 5."""
    found = []
    for curve in MADE_UP.curves:
        planned = plan(MADE_UP, curve.overrides)
        experiments = [lived(world.scenario, hill, own=0.01) for world in planned.worlds]
        found.append(summarise(planned, experiments, PROVENANCE, ()))
    return found


def test_only_the_arms_that_are_drawn_are_run() -> None:
    one, other = (plan(MADE_UP, curve.overrides) for curve in MADE_UP.curves)
    assert set(one.arms) == {"restrained", "frequent"}
    assert set(other.arms) == {"restrained", "do_nothing"}
    assert other.scenario.days == 90


def test_the_table_has_every_value_and_the_crossing_points(made_up: list[Sweep]) -> None:
    """At tolerance 2 the values are 100 - 36 against 100, at 8 they are 100 against 64; 0 touches have 96, and 36."""
    rows = table(MADE_UP, made_up).splitlines()
    assert rows[0] == f"| `{TOLERANCE}` | more | nothing |"
    assert [row.split("|")[1].strip() for row in rows[2:6]] == ["2", "4", "6", "8"]
    assert re.fullmatch(r"\| 2 \| -3[56]\.\d* ± 0\.0\d+, worse \| -[34]\.\d* ± 0\.0\d+, .*", rows[2])
    assert re.fullmatch(r"\| 8 \| \+3[56]\.\d* ± 0\.0\d+, better \| -2[78]\.\d* ± 0\.0\d+, worse \|", rows[5])
    assert rows[7].startswith("- more: crosses at **5**, between 4 and 6 (95 % interval 5 to 5")
    assert rows[8] == "- nothing: no crossing in this range"


def test_the_drawing_names_both_curves_and_the_crossing(made_up: list[Sweep]) -> None:
    drawing = draw(MADE_UP, made_up)
    for words in ("More or less?", ">more<", ">nothing<", "difference from restrained", ">5<"):
        assert words in drawing


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
    for curve in lesson.curves:
        planned = plan(lesson, curve.overrides)
        assert curve.arm in set(planned.arms) - {planned.compare.baseline}
        assert planned.axes[0].about


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
def test_the_answer_turns_around_where_the_document_says(lesson: Lesson) -> None:
    """Its first curve again at both ends and about its crossing; figures may be 5 % off on another machine."""
    curve = lesson.curves[0]
    [(crossing, *between)] = shown(
        lesson, rf"- {re.escape(curve.label)}: crosses at \*\*{NUMBER}\*\*, between {NUMBER} and {NUMBER}"
    )
    near = [value for value in lesson.values if between[0] <= value <= between[1]]
    values = tuple(sorted({lesson.values[0], *near, lesson.values[-1]}))
    (swept,) = sweep(replace(lesson, values=values, curves=(curve,)))
    found = [swept.results[curve.arm, place].goal.difference for place in swept.places]
    first, last = ((d.ci_low, d.ci_high) for d in (found[0], found[-1]) if d)
    assert first[1] < 0 < last[0] or last[1] < 0 < first[0]
    [met] = swept.crossings[curve.arm]
    assert met.at == pytest.approx(crossing, rel=0.05)
    assert met.between == tuple(between)
    for value, d in zip(values, found, strict=True):
        [(mean, half_width)] = shown(lesson, rf"\| {value:g} \| {NUMBER} ± {NUMBER}, ")
        assert d.difference == pytest.approx(mean, rel=0.05, abs=0.1 * half_width)
        assert (d.ci_high - d.ci_low) / 2 == pytest.approx(half_width, rel=0.1)


def shown(lesson: Lesson, pattern: str) -> list[tuple[float, ...]]:
    """The numbers of every line of the document's part on a lesson that begins like the pattern."""
    text = (DOCS / "lessons.md").read_text(encoding="utf-8")
    part = text.partition(f"<!-- {lesson.name} -->")[2].partition(f"<!-- /{lesson.name} -->")[0]
    found = re.findall(f"^{pattern}", part, re.MULTILINE)
    return [tuple(float(number.replace(",", "")) for number in numbers) for numbers in found]
