"""The maps of a sweep over two keys: how an arm differs from the baseline at each pair, or which arm to choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reports.charts.grids import Side, Spot, grid
from reports.charts.sheet import Entry
from reports.svg import Chart
from reports.sweep_looks import about, looks
from reports.text import short
from reports.theme import ArmStyle, light
from reports.units import Scale, label, scale
from reports.wording import estimate_words
from sim.compare import MEASURES, Difference
from sim.studies.sweep import Place, Sweep

GOOD, BAD, NEITHER = "arm1", "arm2", "band"
"""Colours of what is better, worse and neither for sure; blue and orange are told apart by everyone."""

_WORDS = 56
_WIDEST = 12
"""Columns that have room for numbers."""


def maps(sweep: Sweep) -> Iterator[Chart]:
    """One map of goal and one of guardrail for a single swept arm; else the map of the arm to choose."""
    across, up = (0, 1) if len(sweep.axes[0].texts) <= max(_WIDEST, len(sweep.axes[1].texts)) else (1, 0)
    sides = (_side(sweep, across), _side(sweep, up))

    def drawn(name: str, title: str, unit: str, spots: Mapping[Place, Spot], legend: list[Entry]) -> Chart:
        """A map with its description."""
        drawing = grid(title, unit, *sides, lambda c, r: spots[(c, r) if across == 0 else (r, c)], legend)
        return Chart(name, drawing, f"{title}, {unit}, over {sweep.names[0]} and {sweep.names[1]}.")

    if sweep.focus is None:
        styles = looks(sweep)
        legend = [Entry(short(arm), style.light) for arm, style in styles.items()]
        yield drawn("choice-map", "Which arm to choose", "by goal and guardrail", _choices(sweep, styles), legend)
        return
    for number, claim in enumerate(sweep.claims):
        shown = _scale(sweep, number)
        unit = f"difference from {short(sweep.reference, 19)}, {shown.unit}".rstrip(", ")
        unit += "; framed: the best" if claim.role == "goal" else ""
        neither = "practically equal or unsure" if claim.role == "goal" else "no sure difference"
        legend = [Entry("better", light(GOOD)), Entry("worse", light(BAD)), Entry(neither, light(NEITHER))]
        if len(sweep.claims) > 1:
            legend.append(Entry("corner: guardrail not held", light("bad")))
        title = f"{label(claim.metric)} of {short(sweep.focus, 19)}"
        yield drawn(f"{claim.role}-map", title, unit, _spots(sweep, sweep.focus, number, shown), legend)


def _side(sweep: Sweep, axis: int) -> Side:
    """One key."""
    return Side(sweep.axes[axis].texts, about(sweep.axes[axis], _WORDS))


def _scale(sweep: Sweep, number: int) -> Scale:
    """How all differences of the goal (0) or the guardrail (1) are written."""
    found = [result.readings[number].difference for result in sweep.results.values()]
    known = [d for d in found if d is not None]
    unit = MEASURES[sweep.claims[number].metric].unit
    return scale(unit, sweep.scenario.currency, [d.difference for d in known], digits=2, difference=True)


def _spots(sweep: Sweep, arm: str, number: int, shown: Scale) -> dict[Place, Spot]:
    """The cells of goal (0) or guardrail (1): the larger the difference, the stronger."""
    apart = {place: sweep.results[arm, place].readings[number].difference for place in sweep.places}
    largest = max((abs(d.difference or 0.0) for d in apart.values() if d is not None), default=0.0) or 1.0
    tops = {best.place for best in sweep.best}
    spots = {}
    for place, d in apart.items():
        if d is None or d.difference is None:
            spots[place] = Spot("paper", 0.0, "failed" if sweep.results[arm, place].failures else "–")
            continue
        guardrail = sweep.results[arm, place].guardrail
        kept = guardrail is None or guardrail.difference is None or guardrail.difference.verdict == "held"
        colour = _colour(d)
        strength = 1.0 if colour == NEITHER else abs(d.difference) / largest
        words = _written(d, shown)
        tip = f"{_at(sweep, place)}\n{estimate_words(d, sweep.scenario.currency)}\n{d.verdict or ''}".rstrip()
        spots[place] = Spot(colour, strength, words, tip, best=number == 0 and place in tops, marked=not kept)
    return spots


def _colour(d: Difference) -> str:
    """Better or worse only where the interval leaves out 0 and the goal is not practically equal."""
    low, high = sorted((d.improves * (d.ci_low or 0.0), d.improves * (d.ci_high or 0.0)))
    if d.verdict == "practically equal" or low <= 0.0 <= high:
        return NEITHER
    return GOOD if low > 0.0 else BAD


def _written(d: Difference, shown: Scale) -> str:
    """A difference with the digits that its own interval supports, at most three, or two below 1 for want of room."""
    value = abs(d.difference or 0.0) / shown.factor
    widths = [] if d.ci_low is None or d.ci_high is None else [(d.ci_high - d.ci_low) / 2 / shown.factor]
    room, known = scale("number", "", [value], digits=3 if value >= 1.0 else 2), scale("number", "", [value], widths)
    return replace(shown, decimals=min(room.decimals, known.decimals)).text(d.difference, sign=True)


def _at(sweep: Sweep, place: Place) -> str:
    """The values at a point."""
    pairs = zip(sweep.names, sweep.axes, place, strict=True)
    return ", ".join(f"{name} {axis.texts[n]}" for name, axis, n in pairs)


def _choices(sweep: Sweep, styles: Mapping[str, ArmStyle]) -> dict[Place, Spot]:
    """The arm to choose at each point, by colour and name."""
    spots = {}
    for place in sweep.places:
        arm = sweep.leader(place)
        look = styles.get(arm or "")
        tip = f"{_at(sweep, place)}\n{arm or 'open'}"
        spots[place] = Spot(look.colour if look else "paper", 0.9, short(arm or "open", 14), tip)
    return spots
