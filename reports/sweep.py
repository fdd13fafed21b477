"""A sweep as one HTML page that opens offline, and its charts as files beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.charts.sweep import draw_sweep
from reports.page import fill, write_page
from reports.svg import Chart
from reports.sweep_looks import about, looks
from reports.theme import SIGNS
from reports.units import NOTHING, Scale, label
from reports.view import Verdict, verdict
from reports.wording import difference_scale, metric_scale
from sim.compare import MEASURES
from sim.shortfall import listed
from sim.studies.sweep import Axis, Best, Place, Reading, Sweep
from sim.studies.words import around, headline

MOST_LISTED = 8
"""Points that are practically as good as the best are counted if there are more."""


@dataclass(frozen=True)
class Figure:
    """A metric at a point: its mean, its difference from the baseline, and the verdict on it.

    `level` and `apart` are mean and difference as numbers, for sorting.
    """

    mean: str
    width: str
    difference: str
    interval: str
    verdict: Verdict | None
    level: float | None
    apart: float | None


@dataclass(frozen=True)
class Value:
    """A value of a swept key; `order` is what it is sorted by, None for texts."""

    text: str
    order: float | None


@dataclass(frozen=True)
class PointRow:
    """One arm at one point."""

    values: tuple[Value, ...]
    arm: str
    colour: str
    sign: str
    figures: tuple[Figure, ...]
    verdict: Verdict | None
    failed: str
    best: bool


@dataclass(frozen=True)
class BestRow:
    """The best value of one arm: where it was sought, and how sure it is."""

    arm: str
    where: str
    value: str
    interval: str
    world: str
    often: str
    as_good: str
    unguarded: str


@dataclass(frozen=True)
class CrossingRow:
    """Where an arm crosses the baseline."""

    arm: str
    at: str
    before: str
    after: str


def write_sweep_report(sweep: Sweep, directory: Path) -> Path:
    """Write `report.html` and `figures/*.svg` into `directory` (made if need be); returns the path of the page.

    The same sweep gives the same bytes. Raises OSError if the files cannot be written.
    """
    charts = draw_sweep(sweep)
    return write_page(directory, render(sweep, charts), charts)


def render(sweep: Sweep, charts: Mapping[str, Chart]) -> str:
    """The page as text; charts that are missing are left out."""
    return fill(
        "sweep.html",
        charts,
        sweep=sweep,
        scenario=sweep.scenario,
        provenance=sweep.provenance,
        headline=headline(sweep),
        failed=_failed(sweep),
        claims=[(claim, label(claim.metric)) for claim in sweep.claims],
        sizes=_range(sweep.sizes),
        days=_range(sweep.days),
        margins={c.role: MEASURES[c.metric].margin(c.margin or 0, sweep.scenario.currency) for c in sweep.claims},
        keys=[(axis.key, about(axis)) for axis in sweep.axes],
        names=list(charts),
        rows=list(_rows(sweep)),
        best=[_best(sweep, best, _swept(sweep)) for best in sweep.best],
        swept=_swept(sweep),
        crossings=list(_crossings(sweep)),
        swept_arms=any(axis.arm for axis in sweep.axes),
        outside=_outside(sweep),
        verdict=verdict,
    )


def _failed(sweep: Sweep) -> str:
    """Which arms failed, and at how many points; empty if none did."""
    found = {arm: [place for place in sweep.places if sweep.results[arm, place].failures] for arm in sweep.arms}
    found[sweep.reference] = [place for place in sweep.places if sweep.baselines[place].failures]
    arms = [arm for arm, lost in found.items() if lost]
    points = len({place for lost in found.values() for place in lost})
    kind = "value" if len(sweep.axes) == 1 else "point"
    return f"Replications of {listed(arms)} failed at {points} {kind}{'s' if points > 1 else ''}" if arms else ""


def _rows(sweep: Sweep) -> Iterator[PointRow]:
    """Every arm at every point."""
    styles = looks(sweep)
    tops = {(best.arm, best.place) for best in sweep.best}
    scales = [_scale(sweep, number) for number in range(len(sweep.claims))]
    for place in sweep.places:
        for arm in sweep.arms:
            result = sweep.results[arm, place]
            yield PointRow(
                values=tuple(_value(axis, n) for axis, n in zip(sweep.axes, place, strict=True)),
                arm=arm,
                colour=styles[arm].colour,
                sign=SIGNS[styles[arm].marker],
                figures=tuple(_figure(sweep, r, s) for r, s in zip(result.readings, scales, strict=True)),
                verdict=verdict(result.verdict),
                failed=result.failures[0].message if result.failures else "",
                best=(arm, place) in tops,
            )


def _range(numbers: Sequence[int]) -> str:
    """One number, or the smallest and the largest of several."""
    return " to ".join(f"{number:,}" for number in dict.fromkeys((numbers[0], numbers[-1])))


def _value(axis: Axis, number: int) -> Value:
    """One value of a swept key."""
    return Value(axis.texts[number], axis.numbers[number] if axis.numbers else None)


def _scale(sweep: Sweep, number: int) -> Scale:
    """How all values of the goal (0) or the guardrail (1) are written."""
    found = [result.readings[number].estimate for result in sweep.results.values()]
    metric, currency = sweep.claims[number].metric, sweep.scenario.currency
    return metric_scale(metric, currency, [e.mean for e in found], [e.half_width for e in found])


def _figure(sweep: Sweep, reading: Reading, shown: Scale) -> Figure:
    """One metric of one arm at one point."""
    e, d = reading.estimate, reading.difference
    if d is None or d.difference is None:
        return Figure(shown.text(e.mean, unit=True), shown.width(e.half_width), NOTHING, "", None, e.mean, None)
    apart = difference_scale(d, sweep.scenario.currency)
    ends = "" if d.ci_low is None else apart.span(d.ci_low, d.ci_high)
    difference = apart.text(d.difference, sign=True, unit=True)
    mean, width = shown.text(e.mean, unit=True), shown.width(e.half_width)
    return Figure(mean, width, difference, ends, verdict(d.verdict), e.mean, d.difference)


def _swept(sweep: Sweep) -> str:
    """The name of the key whose best value is sought, if it is one and the same for all arms."""
    axes, *others = {tuple(sweep.sought(best)[0]) for best in sweep.best}
    return sweep.names[axes[0]] if len(axes) == 1 and not others else ""


def _best(sweep: Sweep, best: Best, swept: str) -> BestRow:
    """Where one arm is best; the name of the key is left out where it is `swept`, the same in all rows."""
    varied, fixed = sweep.sought(best)

    def at(place: Place, axes: list[int]) -> str:
        """The values of a point on these axes."""
        if axes == varied and swept:
            return sweep.axes[axes[0]].texts[place[axes[0]]]
        return ", ".join(f"{sweep.names[n]} {sweep.axes[n].texts[place[n]]}" for n in axes)

    held, free = best.held, best.free
    return BestRow(
        arm=best.arm,
        where=at(best.places[0], fixed),
        value=at(best.place, varied) if best.place else "none keeps the guardrail" if free else "not defined",
        interval=_spans(sweep.interval(best, n) for n in varied),
        world=_worlds(sweep, best, _spans(sweep.world_interval(best, n) for n in varied)),
        often=f"{100 * held.often[held.place]:.0f} %" if held else "",
        as_good=_few([at(best.places[n], varied) for n in held.as_good]) if held else "",
        unguarded=at(best.places[free.place], varied) if free else "",
    )


def _few(values: list[str]) -> str:
    """A list of values, or how many there are if it is long."""
    return (
        "; ".join(values) if len(values) <= MOST_LISTED else f"{len(values)} points, from {values[0]} to {values[-1]}"
    )


def _spans(ends: Iterable[tuple[float, float] | None]) -> str:
    """Intervals, one for each key that has one."""
    return "; ".join(f"{pair[0]:.6g} to {pair[1]:.6g}" for pair in ends if pair)


def _worlds(sweep: Sweep, best: Best, spans: str) -> str:
    """Ends over redrawn worlds, with the number of these unless it is that of all."""
    return f"{spans} ({best.worlds} worlds)" if spans and best.worlds < sweep.redraws else spans


def _crossings(sweep: Sweep) -> Iterator[CrossingRow]:
    """Every crossing point."""
    for arm, found in sweep.crossings.items():
        for crossing in found:
            before, after = ("behind", "ahead") if crossing.rises else ("ahead", "behind")
            yield CrossingRow(arm, around(crossing), before, after)


def _outside(sweep: Sweep) -> list[str]:
    """A sentence for each key whose values go beyond the range of its evidence."""
    told = []
    for axis in sweep.axes:
        if axis.evidence and axis.numbers:
            low, high = axis.evidence
            beyond = [text for text, x in zip(axis.texts, axis.numbers, strict=True) if not low <= x <= high]
            if beyond:
                told.append(f"{axis.key}: {', '.join(beyond)} beyond the evidence, {low:g} to {high:g}")
    return told
