"""A comparison as one HTML page that opens offline, and its charts as files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports import decision, evidence, fan_tables, tables, view
from reports.charts import draw
from reports.page import fill, write_page
from reports.series import SERIES, block_days
from reports.svg import Chart
from sim.compare import Comparison, movers


def write_report(comparison: Comparison, directory: Path) -> Path:
    """Write `report.html` and `figures/*.svg` into `directory` (made if need be); returns the path of the page.

    The same comparison gives the same bytes. Raises OSError if the files cannot be written.
    """
    charts = draw(comparison)
    return write_page(directory, render(comparison, charts), charts)


def render(comparison: Comparison, charts: dict[str, Chart], *, beside: bool = True) -> str:
    """The page as text; `charts` by name, those that are missing are left out with a word of why.

    `beside`: whether the files that it offers for download lie beside it.
    """
    arms = view.arms(comparison, charts)
    shown: dict[str, Any] = {
        "comparison": comparison,
        "scenario": comparison.experiment.scenario,
        "provenance": comparison.experiment.provenance,
        "sections": view.sections(comparison),
        "arms": arms,
        "beside": beside,
        "failed": [arm for arm in arms if arm.failures],
        "failed_words": decision.failed_words(comparison),
        "runs": decision.runs(comparison),
        "compared": any(d.difference is not None for d in comparison.differences),
        "verdict": view.verdict,
        "series": SERIES,
        "block_days": block_days(comparison.experiment.scenario.days),
    }
    shown |= _decision(comparison) | _tables(comparison) | _assumptions(comparison)
    return fill("report.html", charts, **shown)


def _decision(comparison: Comparison) -> dict[str, Any]:
    """What was declared, and what it takes."""
    criteria = view.criteria(comparison)
    return {
        "criteria": criteria,
        "rule": decision.rule(comparison, criteria),
        "changes": decision.changes(comparison),
        "movers": movers(comparison),
        "precise": decision.precise_words(comparison),
    }


def _tables(comparison: Comparison) -> dict[str, Any]:
    """All tables."""
    return {
        "metrics": tables.metrics_table(comparison),
        "differences": tables.differences_table(comparison),
        "intervals": evidence.intervals_table(comparison),
        "precision": evidence.precision_table(comparison),
        "tradeoff": tables.tradeoff_table(comparison),
        "exits": tables.exits_table(comparison),
        "money": tables.money_table(comparison),
        "touches": tables.touches_table(comparison),
        "fates": fan_tables.fates_table(comparison),
        "pairs": fan_tables.pairs_table(comparison),
        "segments": fan_tables.segments(comparison),
        "declared_luck": evidence.luck_table(comparison, ("goal", "guardrail")),
        "other_luck": evidence.luck_table(comparison, ("secondary",)),
    }


def _assumptions(comparison: Comparison) -> dict[str, Any]:
    """Parameters by grade of evidence."""
    grades = view.grades(comparison)
    return {"grades": grades, "outside": [p for grade in grades for p in grade.parameters if p.outside]}
