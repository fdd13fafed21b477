"""A comparison as one HTML page that opens offline, and its charts as files beside it."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports import tables, view
from reports.charts import draw
from reports.series import SERIES, block_days
from reports.svg import Chart, inline, standalone
from reports.theme import COLOURS
from sim.compare import Comparison

REPORT = "report.html"
FIGURES = "figures"
_JOINT = re.compile(r"(?<=\w)[._](?=[A-Za-z])")


def write_report(comparison: Comparison, directory: Path) -> Path:
    """Write `report.html` and `figures/*.svg` into `directory` (made if need be); returns the path of the page.

    The same comparison gives the same bytes. Raises OSError if the files cannot be written.
    """
    charts = draw(comparison)
    figures = directory / FIGURES
    figures.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        (figures / f"{name}.svg").write_text(standalone(chart), encoding="utf-8", newline="\n")
    page = directory / REPORT
    page.write_text(render(comparison, charts), encoding="utf-8", newline="\n")
    return page


def render(comparison: Comparison, charts: dict[str, Chart]) -> str:
    """The page as text; `charts` by name, those that are missing are left out with a word of why."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    environment.filters["plain"] = lambda number: f"{number:,.10g}"
    environment.tests["drawn"] = lambda name: name in charts
    environment.globals["chart"] = lambda name: Markup(inline(charts[name]))
    arms = view.arms(comparison, charts)
    grades = view.grades(comparison)
    return environment.get_template("report.html").render(
        comparison=comparison,
        scenario=comparison.experiment.scenario,
        provenance=comparison.experiment.provenance,
        colours=COLOURS,
        arms=arms,
        failed=[arm for arm in arms if arm.failures],
        runs=max(arm.finished + len(arm.failures) for arm in arms),
        criteria=view.criteria(comparison),
        tradeoff=tables.tradeoff_table(comparison),
        compared=any(d.difference is not None for d in comparison.differences),
        metrics=tables.metrics_table(comparison),
        differences=tables.differences_table(comparison),
        exits=tables.exits_table(comparison),
        money=tables.money_table(comparison),
        series=SERIES,
        block_days=block_days(comparison.experiment.scenario.days),
        verdict=view.verdict,
        grades=grades,
        outside=[p for grade in grades for p in grade.parameters if p.outside],
    )


def _breakable(name: str) -> Markup:
    """A name that may go over to the next line after a dot or an underscore between its words."""
    return Markup(_JOINT.sub(r"\g<0><wbr>", str(escape(name))))
