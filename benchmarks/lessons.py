"""The lessons: for each the parameter that turns it around, swept over its range, and the crossing point.

`python -m benchmarks.lessons` runs them (a few minutes), draws docs/figures/lesson_<name>.svg and renews the tables of
docs/lessons.md. `python -m benchmarks.lessons cadence` runs one alone; `--png` draws PNG files as well.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import matplotlib

from benchmarks.sweep import Curve, Lesson, Swept, compared, scenario, sweep
from reports.charts.sheet import SETTINGS, Entry, Sheet, number_axis, rules
from reports.theme import arm_styles, light
from sim.measures import MEASURES
from sim.stats import goal_verdict

DOCS = Path(__file__).parents[1] / "docs"
WIDTH, HEIGHT = 720, 360

CADENCE = Lesson(
    name="cadence",
    title="Is less contact worth more?",
    scenario="womenswear",
    parameter="population.tolerance.median",
    meaning="median tolerance of the fans, touches in 30 days",
    values=(1.2, 1.6, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0),
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
    meaning="cost of goods as a share of the price",
    values=(0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    curves=(Curve("hard (20 check-ins)", "hard"), Curve("no reward", "no_reward")),
    settings=("population.size=10000", "replications=6"),
)
MVP_FIRST = Lesson(
    name="mvp_first",
    title="Prove the playbook first?",
    scenario="mvp_first",
    parameter="market.playbook.maturity",
    meaning="maturity of the playbook at the start",
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
    wanted = [name for name in sys.argv[1:] if name != "--png"]
    for lesson in [lesson for lesson in LESSONS if not wanted or lesson.name in wanted]:
        swept = sweep(lesson)
        sheet = draw(lesson, swept)
        path = DOCS / "figures" / f"lesson_{lesson.name}"
        path.parent.mkdir(exist_ok=True)
        with matplotlib.rc_context(SETTINGS):
            path.with_suffix(".svg").write_text(sheet.svg(), encoding="utf-8")
            if "--png" in sys.argv:
                sheet.figure.savefig(path.with_suffix(".png"))
        renew(DOCS / "lessons.md", lesson.name, table(lesson, swept))
        print(f"{lesson.name}: {time.perf_counter() - started:.0f} s\n\n{table(lesson, swept)}\n")


def draw(lesson: Lesson, swept: list[Swept]) -> Sheet:
    """Differences from the baseline with 95 % bands; the grey band is what the scenario calls no difference."""
    setting = scenario(lesson.scenario, lesson.settings)
    compare = compared(setting)
    labels = [one.curve.label for one in swept]
    styles = arm_styles([compare.baseline, *labels], compare.baseline)
    sheet = Sheet(
        WIDTH, HEIGHT, [Entry(label, styles[label].light, styles[label].marker, styles[label].dash) for label in labels]
    )
    axes = sheet.axes(left=64, right=20, bottom=52)
    axes.axhspan(-compare.goal.margin, compare.goal.margin, color=light("band"), linewidth=0)
    axes.axhline(0, color=light("arm0"), linewidth=1.5)
    for one in swept:
        style, intervals = styles[one.curve.label], one.intervals
        low, mean, high = zip(*((i.low, i.mean, i.high) for i in intervals), strict=True)
        axes.fill_between(lesson.values, low, high, color=style.light, alpha=0.2, linewidth=0)
        axes.plot(lesson.values, mean, color=style.light, ls=style.dash, marker=style.marker, linewidth=1.8, ms=5.5)
        if one.crossing is not None:
            axes.axvline(one.crossing.mean, color=style.light, ls=":", linewidth=1.2)
            axes.annotate(
                f"{one.crossing.mean:.2f}", (one.crossing.mean, 1), (4, -12), xycoords=("data", "axes fraction"),
                textcoords="offset points", color=style.light, fontsize=11,
            )  # fmt: skip
    axes.set_xticks(lesson.values, [f"{value:g}" for value in lesson.values])
    rules(axes)
    unit = number_axis(axes, "money", setting.currency, difference=True)
    measure = MEASURES[compare.goal.metric].label
    sheet.title(lesson.title, f"{measure}, difference from {compare.baseline}, {unit}; above 0 is better")
    sheet.write(64, sheet.height - 10, f"{lesson.meaning} ({lesson.parameter})", size=11, colour="soft")
    return sheet


def table(lesson: Lesson, swept: list[Swept]) -> str:
    """Differences and verdicts as a Markdown table, and the crossing points below it."""
    setting = scenario(lesson.scenario, lesson.settings)
    margin = compared(setting).goal.margin
    lines = [
        f"| `{lesson.parameter}` | {' | '.join(one.curve.label for one in swept)} |",
        f"|{'---|' * (len(swept) + 1)}",
    ]
    for place, value in enumerate(lesson.values):
        cells = []
        for one in swept:
            interval = one.intervals[place]
            half = (interval.high - interval.low) / 2
            cells.append(f"{interval.mean:+,.0f} ± {half:,.0f}, {goal_verdict(interval, margin)}")
        lines.append(f"| {value:g} | {' | '.join(cells)} |")
    lines += ["", *(_crossing_words(one) for one in swept)]
    return "\n".join(lines)


def _crossing_words(one: Swept) -> str:
    """Where one curve crosses zero."""
    point = one.crossing
    if point is None:
        return f"- {one.curve.label}: no crossing in this range"
    half = (point.high - point.low) / 2
    return f"- {one.curve.label}: crosses at **{point.mean:.2f}** ± {half:.2f}"


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
