"""Several scenarios as one HTML page that opens offline, and its charts as files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.charts.across import draw_across
from reports.page import fill, write_page
from reports.svg import Chart
from reports.theme import SIGNS, arm_styles
from reports.units import NOTHING, label
from reports.view import Verdict, verdict
from reports.wording import metric_scale
from sim.shortfall import shortfall
from sim.studies.across import Across, Claim
from sim.studies.across_words import LUCK, RULES, failed_words, headline

MOST_DIFFERING = 60
"""More settings than this in which scenarios differ are counted, not listed."""


@dataclass(frozen=True)
class Spot:
    """One arm in one scenario: `figures` are goal and guardrail, each an amount and what qualifies it."""

    figures: tuple[tuple[str, str], ...]
    verdict: Verdict | None
    regret: str
    failed: str


@dataclass(frozen=True)
class Lost:
    """What failed of one arm in one scenario: how much, and the first message."""

    arm: str
    scenario: str
    shortfall: str
    message: str


@dataclass(frozen=True)
class Row:
    """One arm in all scenarios."""

    arm: str
    colour: str
    sign: str
    is_baseline: bool
    spots: tuple[Spot, ...]
    everywhere: Verdict | None
    largest: str
    mean: str
    wins: str
    out: str


def write_across_report(found: Across, directory: Path) -> Path:
    """Write `report.html` and `figures/*.svg` into `directory` (made if need be); returns the path of the page.

    The same comparison gives the same bytes. Raises OSError if the files cannot be written.
    """
    charts = draw_across(found)
    return write_page(directory, render(found, charts), charts)


def render(found: Across, charts: Mapping[str, Chart]) -> str:
    """The page as text; charts that are missing are left out."""
    differing = list(found.differing.items())
    return fill(
        "across.html",
        charts,
        found=found,
        headline=headline(found),
        failed=list(_failed(found)),
        failed_words=list(failed_words(found)),
        claims=[(claim, label(claim.metric)) for claim in found.claims],
        scenarios=[(name, found.comparison(name), found.choice(name)) for name in found.labels],
        rows=list(_rows(found)),
        names=list(charts),
        differing=[(key, [_value(v) for v in values]) for key, values in differing[:MOST_DIFFERING]],
        more=len(differing[MOST_DIFFERING:]),
        verdict=verdict,
    )


def _failed(found: Across) -> Iterator[Lost]:
    """Every arm that failed, scenario by scenario."""
    for name in found.labels:
        for arm in (arm for arm, labels in found.failed.items() if name in labels):
            comparison = found.comparison(name)
            first = comparison.arm(arm).failures[0]
            yield Lost(arm, name, shortfall(comparison.experiment, arm), first.message)


def _rows(found: Across) -> Iterator[Row]:
    """Every arm, the baseline first."""
    styles = arm_styles(found.arms, found.baseline)
    for arm in found.arms:
        number = found.regret.arms.index(arm) if found.regret and arm in found.regret.arms else None
        wins = [words for rule, words in RULES.items() if found.regret and getattr(found.regret, rule) == arm]
        most, mean = ("", "") if number is None else _both(found, number)
        yield Row(
            arm=arm,
            colour=styles[arm].colour,
            sign=SIGNS[styles[arm].marker],
            is_baseline=arm == found.baseline,
            spots=tuple(_spot(found, arm, name, number) for name in found.labels),
            everywhere=_everywhere(found, arm),
            largest=most,
            mean=mean,
            wins=", ".join(wins),
            out=found.out.get(arm, ""),
        )


def _everywhere(found: Across, arm: str) -> Verdict | None:
    """The verdict on an arm that holds in all scenarios, or that it failed; None if there is none."""
    if arm in found.failed:
        return Verdict("failed", "bad")
    judged = {found.verdicts[arm, label].arm for label in found.labels}
    return Verdict("better or equal", "good") if judged == {"better", "equal"} else verdict(found.everywhere(arm))


def _both(found: Across, number: int) -> tuple[str, str]:
    """Largest and mean regret of one arm."""
    assert found.regret is not None
    return _amount(found, float(found.regret.maximum[number])), _amount(found, float(found.regret.mean[number]))


def _amount(found: Across, regret: float) -> str:
    """A regret in the unit of the goal; all of them have one scale."""
    assert found.regret is not None
    values = found.regret.table.ravel().tolist()
    shown = metric_scale(found.claims[0].metric, found.first.currency, values, difference=True)
    return shown.text(regret, unit=True)


def _spot(found: Across, arm: str, name: str, number: int | None) -> Spot:
    """One arm in one scenario."""
    regret = ""
    if found.regret is not None and number is not None:
        regret = _amount(found, float(found.regret.table[number, found.labels.index(name)]))
    failures = found.comparison(name).arm(arm).failures
    return Spot(
        figures=tuple(_figure(found, arm, name, claim) for claim in found.claims),
        verdict=verdict(found.verdicts[arm, name].arm),
        regret=regret,
        failed=failures[0].message if failures else "",
    )


def _figure(found: Across, arm: str, name: str, claim: Claim) -> tuple[str, str]:
    """The difference with its interval; the baseline's own mean."""
    metric, currency = claim.metric, found.first.currency
    apart = found.deciding(arm, name, claim)
    if apart is None:
        e = found.comparison(name).arm(arm).metrics[metric]
        if arm != found.baseline:
            return NOTHING, ""
        shown = metric_scale(metric, currency, [e.mean], [e.half_width])
        return shown.text(e.mean, unit=True), shown.width(e.half_width)
    ends = (apart.mean, apart.low, apart.high)
    shown = metric_scale(metric, currency, ends, [(apart.high - apart.low) / 2], difference=True)
    marked = f" {LUCK}" if found.by_luck_alone(arm, name, claim) else ""
    return shown.text(apart.mean, sign=True, unit=True), shown.span(apart.low, apart.high) + marked


def _value(value: Any) -> str:
    """A setting as one reads it."""
    return NOTHING if value is None else f"{value:,.10g}" if isinstance(value, float) else str(value)
