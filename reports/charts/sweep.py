"""The charts of a sweep: curves of goal and guardrail for one key, maps for two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib import rc_context, rcdefaults, rcParams

from reports.charts.curves import Frame, Line, Mark, Ruler, curves
from reports.charts.sheet import SETTINGS
from reports.charts.sweep_maps import maps
from reports.svg import Chart
from reports.sweep_looks import about, looks
from reports.text import short
from reports.theme import ArmStyle
from reports.units import label
from sim.compare import MEASURES
from sim.studies.sweep import Axis, Claim, Reading, Sweep

_WORDS = 68
"""Characters that fit below a chart."""

Triple = tuple[float, float, float]


def draw_sweep(sweep: Sweep) -> dict[str, Chart]:
    """Every chart of a sweep by name."""
    with rc_context():
        rcdefaults()  # not the user's own style: the same bytes everywhere
        rcParams.update(SETTINGS)
        charts = list(_curves(sweep) if len(sweep.axes) == 1 else maps(sweep))
    return {chart.name: chart for chart in charts}


def ruler(axis: Axis) -> Ruler:
    """The axis of a swept key; values that are no numbers stand side by side."""
    numbers = axis.numbers or tuple(map(float, range(len(axis.texts))))
    return Ruler(numbers, axis.texts, about(axis, _WORDS), joined=axis.numbers is not None)


def gap_frame(sweep: Sweep, claim: Claim) -> Frame:
    """Around differences: what counts as equal in the goal, the limit of the guardrail."""
    margin, measure = claim.margin or 0.0, MEASURES[claim.metric]
    is_goal = claim.role == "goal"
    words = "shaded: too little to matter" if is_goal else "red: the limit of the guardrail"
    shape = "band" if sweep.axes[0].numbers else "bar"
    return Frame(
        title=f"{label(claim.metric)}: difference from {short(sweep.reference, 19)}",
        unit=measure.unit,
        currency=sweep.scenario.currency,
        words=f"{words}; wide {shape}: assumptions redrawn" if sweep.redraws else words,
        difference=True,
        equal=(-margin, margin) if is_goal else None,
        limit=None if is_goal else -measure.improves * margin,
    )


def gap_line(sweep: Sweep, claim: Claim, arm: str, style: ArmStyle) -> Line:
    """One arm's differences from the baseline, with the band of the assumptions if they were redrawn."""
    line = _line(sweep, claim, arm, style, _gap)
    if not sweep.redraws:
        return line
    worlds = [sweep.results[arm, place].readings[sweep.claims.index(claim)].world for place in sweep.places]
    ends = np.array([(np.nan, np.nan) if world is None else (world.low, world.high) for world in worlds])
    return replace(line, wide=(ends[:, 0], ends[:, 1]))


def crossing_marks(sweep: Sweep, styles: Mapping[str, ArmStyle]) -> list[Mark]:
    """Where each arm crosses the baseline."""
    return [
        Mark(crossing.at, f"{crossing.at:.3g}", styles[arm].colour)
        for arm, found in sweep.crossings.items()
        for crossing in found
    ]


def _curves(sweep: Sweep) -> Iterator[Chart]:
    """For one key: goal and guardrail by themselves, then their differences from the baseline."""
    axis, styles = sweep.axes[0], looks(sweep)
    for claim in sweep.claims:
        words = "95 % bands" if axis.numbers else "95 % intervals"
        frame = Frame(label(claim.metric), MEASURES[claim.metric].unit, sweep.scenario.currency, words)
        lines = [_line(sweep, claim, arm, styles[arm], _level) for arm in sweep.arms]
        lines = _known_lines([*lines, _flat(sweep, claim)] if axis.arm else lines)
        marks = _best_marks(sweep, styles) if claim.role == "goal" else []
        if lines:
            yield Chart(claim.role, curves(ruler(axis), frame, lines, marks), _told(frame.title, lines, axis))
    for claim in sweep.claims:
        lines = _known_lines([gap_line(sweep, claim, arm, styles[arm]) for arm in sweep.arms if sweep.differs(arm)])
        frame = gap_frame(sweep, claim)
        marks = crossing_marks(sweep, styles) if claim.role == "goal" else []
        if lines:
            drawing = curves(ruler(axis), frame, lines, marks)
            yield Chart(f"{claim.role}-difference", drawing, _told(frame.title, lines, axis))


def _line(sweep: Sweep, claim: Claim, arm: str, style: ArmStyle, read: Callable[[Reading], Triple]) -> Line:
    """One arm's curve; a point that failed is left out."""
    number = sweep.claims.index(claim)
    results = [sweep.results[arm, place] for place in sweep.places]
    rows = [(np.nan,) * 3 if result.failures else read(result.readings[number]) for result in results]
    mean, low, high = np.array(rows, float).T
    return Line(short(arm), style, mean, low, high)


def _known_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines of which there is anything to see."""
    return [line for line in lines if np.isfinite(line.mean).any()]


def _level(reading: Reading) -> Triple:
    """Mean and ends of the interval of a metric by itself, NaN where there is none."""
    mean, width = _known(reading.estimate.mean), _known(reading.estimate.half_width)
    return mean, mean - width, mean + width


def _gap(reading: Reading) -> Triple:
    """Mean and ends of the interval of a difference, NaN where there is none."""
    d = reading.difference
    return (np.nan, np.nan, np.nan) if d is None else (_known(d.difference), _known(d.ci_low), _known(d.ci_high))


def _known(value: float | None) -> float:
    return np.nan if value is None else value


def _flat(sweep: Sweep, claim: Claim) -> Line:
    """The baseline, which is the same at every value of another arm's key."""
    number = sweep.claims.index(claim)
    means = np.array([_known(sweep.baselines[place].readings[number].estimate.mean) for place in sweep.places])
    nothing = np.full(len(means), np.nan)
    return Line(short(sweep.reference), ArmStyle("arm0", "", "-"), means, nothing, nothing)


def _best_marks(sweep: Sweep, styles: Mapping[str, ArmStyle]) -> list[Mark]:
    """The best value of each swept arm, with its interval."""
    axis, marks = sweep.axes[0], []
    for best in sweep.best if axis.arm else ():
        if best.place is not None:
            number = best.place[0]
            ends = sweep.interval(best, 0) or (None, None)
            words = f"best {short(axis.texts[number], 12)}"
            marks.append(Mark(ruler(axis).places[number], words, styles[best.arm].colour, *ends))
    return marks


def _told(title: str, lines: Sequence[Line], axis: Axis) -> str:
    """The chart in words."""
    told = []
    for line in lines:
        known = [(mean, at) for mean, at in zip(line.mean, axis.texts, strict=True) if np.isfinite(mean)]
        told.append(f"{line.label} " + ", ".join(f"{mean:.4g} at {at}" for mean, at in known))
    return f"{title} over {axis.name}: {'; '.join(told)}."
