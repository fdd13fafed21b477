"""A comparison as one HTML page that opens offline, and its charts as files beside it."""

from __future__ import annotations

from pathlib import Path

from reports import tables, view
from reports.charts import draw
from reports.page import environment, write_page
from reports.series import SERIES, block_days
from reports.svg import Chart
from sim.compare import Comparison


def write_report(comparison: Comparison, directory: Path) -> Path:
    """Write `report.html` and `figures/*.svg` into `directory` (made if need be); returns the path of the page.

    The same comparison gives the same bytes. Raises OSError if the files cannot be written.
    """
    charts = draw(comparison)
    return write_page(directory, render(comparison, charts), charts)


def render(comparison: Comparison, charts: dict[str, Chart]) -> str:
    """The page as text; `charts` by name, those that are missing are left out with a word of why."""
    arms = view.arms(comparison, charts)
    grades = view.grades(comparison)
    return (
        environment(charts)
        .get_template("report.html")
        .render(
            comparison=comparison,
            scenario=comparison.experiment.scenario,
            provenance=comparison.experiment.provenance,
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
    )
