"""The lessons: for each the parameter that turns it around, swept over its range, and the crossing point.

`python -m benchmarks.lessons` runs them (a few minutes), draws docs/figures/lesson_<name>.svg and renews the tables of
docs/lessons.md. `python -m benchmarks.lessons cadence` runs one alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib

from reports.charts.curves import curves
from reports.charts.sheet import SETTINGS
from reports.charts.sweep import crossing_marks, gap_frame, gap_line, ruler
from reports.svg import Chart, standalone
from reports.theme import arm_styles
from scenarios import shipped
from sim.measures import MEASURES
from sim.provenance import provenance
from sim.registry import Registry
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario
from sim.studies.axes import read_axis
from sim.studies.curves import summarise
from sim.studies.describe import described
from sim.studies.plan import Plan, plan_sweep
from sim.studies.running import run_all
from sim.studies.sweep import Reading, Sweep
from sim.studies.words import around
from sim.summary import spread
from strategies import BUILTINS

DOCS = Path(__file__).parents[1] / "docs"
REGISTRY = Registry(BUILTINS)


@dataclass(frozen=True)
class Curve:
    """One arm against the baseline, in the scenario changed by `overrides`."""

    label: str
    arm: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A question, the parameter whose sweep turns the answer around, and the curves to draw.

    `settings` make the shipped scenario smaller or larger, without changing anything per fan.
    """

    name: str
    title: str
    scenario: str
    parameter: str
    values: tuple[float, ...]
    curves: tuple[Curve, ...]
    settings: tuple[str, ...] = ()


CADENCE = Lesson(
    name="cadence",
    title="Is less contact worth more?",
    scenario="womenswear",
    parameter="population.tolerance.median",
    values=(1.2, 1.6, 2.0, 2.2, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0),
    curves=(Curve("frequent (4 in 30 days)", "frequent"), Curve("do nothing", "do_nothing")),
    settings=(
        "population.size=20000",
        "market.sources.shop.organic_per_day=4",
        "money.staff_per_day=500",
        "replications=6",
    ),
)
FRICTION = Lesson(
    name="friction",
    title="Is the reward that is hard to get cheaper?",
    scenario="snack_rewards",
    parameter="money.goods_share",
    values=(0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    curves=(Curve("hard (20 check-ins)", "hard"), Curve("no reward", "no_reward")),
    settings=("population.size=10000", "replications=6"),
)
MVP_FIRST = Lesson(
    name="mvp_first",
    title="Prove the playbook first?",
    scenario="mvp_first",
    parameter="market.playbook.maturity",
    values=(0.2, 0.35, 0.5, 0.65, 0.8, 1.0),
    curves=(
        Curve("pilot first, a year", "mvp_first"),
        Curve("pilot first, 90 days", "mvp_first", ("days=90",)),
    ),
    settings=("replications=6",),
)
LESSONS = (CADENCE, FRICTION, MVP_FIRST)


def main() -> None:
    """Run the lessons, draw them, renew the document."""
    started = time.perf_counter()
    for lesson in [lesson for lesson in LESSONS if not sys.argv[1:] or lesson.name in sys.argv[1:]]:
        swept = sweep(lesson)
        path = DOCS / "figures" / f"lesson_{lesson.name}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(draw(lesson, swept), encoding="utf-8")
        renew(DOCS / "lessons.md", lesson.name, table(lesson, swept))
        print(f"{lesson.name}: {time.perf_counter() - started:.0f} s\n\n{table(lesson, swept)}\n")


def plan(lesson: Lesson, overrides: tuple[str, ...] = ()) -> Plan:
    """The sweep of the arms that the lesson draws with these overrides, and of the baseline."""
    drawn = {curve.arm for curve in lesson.curves if curve.overrides == overrides}

    def load(settings: Sequence[str]) -> Scenario:
        whole = load_scenario(shipped()[lesson.scenario], REGISTRY, settings)
        kept = drawn | ({whole.compare.baseline} if whole.compare else set())
        return whole.model_copy(update={"arms": {arm: uses for arm, uses in whole.arms.items() if arm in kept}})

    axis = read_axis(f"{lesson.parameter}={','.join(f'{value:g}' for value in lesson.values)}", lesson.scenario)
    made = plan_sweep(load, [axis], lesson.scenario, (*lesson.settings, *overrides))
    return replace(made, axes=described(made.axes, made.scenario, REGISTRY))


def sweep(lesson: Lesson) -> list[Sweep]:
    """The sweep of each curve; curves with the same overrides share one. RuntimeError if an arm fails."""
    done: dict[tuple[str, ...], Sweep] = {}
    for overrides in dict.fromkeys(curve.overrides for curve in lesson.curves):
        planned = plan(lesson, overrides)
        experiments = run_all([world.scenario for world in planned.worlds], REGISTRY, metrics_alone=True)
        done[overrides] = summarise(planned, experiments, provenance(planned.scenario, ""), ())
        if done[overrides].failures:
            raise RuntimeError(done[overrides].failures[0].message)
    return [done[curve.overrides] for curve in lesson.curves]


def draw(lesson: Lesson, swept: Sequence[Sweep]) -> str:
    """Differences from the baseline with 95 % bands; the grey band is what the scenario calls no difference."""
    first = swept[0]
    styles = arm_styles([first.baseline, *(curve.label for curve in lesson.curves)], first.baseline)
    lines, marks = [], []
    for curve, one in zip(lesson.curves, swept, strict=True):
        style = styles[curve.label]
        lines.append(replace(gap_line(one, one.goal, curve.arm, style), label=curve.label))
        own = replace(one, crossings={curve.arm: one.crossings[curve.arm]})
        marks += crossing_marks(own, {curve.arm: style})
    frame = gap_frame(first, first.goal)
    frame = replace(frame, title=lesson.title, words=f"{frame.title[:1].lower()}{frame.title[1:]}; {frame.words}")
    with matplotlib.rc_context(SETTINGS):
        drawing = curves(ruler(first.axes[0]), frame, lines, marks)
    return standalone(Chart(lesson.name, drawing, f"{lesson.title} {frame.words}"))


def table(lesson: Lesson, swept: Sequence[Sweep]) -> str:
    """Differences and verdicts as a Markdown table, and the crossing points below it."""
    drawn = list(zip(lesson.curves, swept, strict=True))
    lines = [
        f"| `{lesson.parameter}` | {' | '.join(curve.label for curve in lesson.curves)} |",
        f"|{'---|' * (len(swept) + 1)}",
    ]
    for place, value in zip(swept[0].places, swept[0].axes[0].texts, strict=True):
        cells = [_cell(one.results[curve.arm, place].goal) for curve, one in drawn]
        lines.append(f"| {value} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(_crossings(curve, one) for curve, one in drawn)])


def _cell(reading: Reading) -> str:
    """One difference with its half-width, and the verdict."""
    d = reading.difference
    assert d is not None
    assert d.difference is not None
    assert d.ci_low is not None
    assert d.ci_high is not None
    width = (d.ci_high - d.ci_low) / 2
    return f"{MEASURES[d.metric].amount(d.difference, width, sign=True)}{spread(d.metric, width)}, {d.verdict}"


def _crossings(curve: Curve, one: Sweep) -> str:
    """Where one curve crosses zero."""
    found = [around(crossing, ".3g") for crossing in one.crossings[curve.arm]]
    bold = [f"**{at}**, {rest}" for at, _, rest in (words.partition(", ") for words in found)]
    return f"- {curve.label}: {'crosses at ' + ', '.join(bold) if bold else 'no crossing in this range'}"


def renew(document: Path, name: str, words: str) -> None:
    """Put the words between the marks `<!-- name -->` and `<!-- /name -->`. ValueError if the marks are missing."""
    text = document.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    before, marked, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not (marked and closed):
        raise ValueError(f"{document}: the marks {start.strip()} and {end.strip()} are missing")
    document.write_text(f"{before}{start}{words}{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
