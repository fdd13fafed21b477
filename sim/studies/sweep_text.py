"""A sweep as plain text for a terminal."""

from __future__ import annotations

import textwrap

from sim.measures import MEASURES
from sim.studies.axes import Place
from sim.studies.sweep import Reading, Sweep
from sim.studies.words import headline
from sim.summary import WIDTH, problems, spread, table

MOST_COLUMNS = 12
"""A map with more columns than this does not fit a terminal."""

NOT_HELD = {"broken": "!", "unproven": "?"}
"""Verdict on a guardrail -> its sign in a map."""


def sweep_text(sweep: Sweep) -> str:
    """The headline, a row for each point and arm, or a map for two axes, and what to beware of.

    No line break at the end.
    """
    told = [textwrap.fill(headline(sweep), WIDTH, subsequent_indent="  ", break_on_hyphens=False)]
    told += [_map(sweep)] if len(sweep.axes) > 1 else [_rows(sweep)]
    return "\n\n".join(filter(None, [*told, _notes(sweep), problems(sweep.health)]))


def _notes(sweep: Sweep) -> str:
    """What the signs in the table stand for."""
    grid = len(sweep.axes) > 1
    if grid and sweep.focus is None:
        return ""
    told = ["± is half the width of a 95 % interval."]
    if grid and sweep.claims[1:]:
        told.append(f"Guardrail: {', '.join(f'{sign} {word}' for word, sign in NOT_HELD.items())}.")
    told += ["Intervals and verdicts of differences are for luck alone."] if sweep.redraws else []
    return " ".join(told)


def _rows(sweep: Sweep) -> str:
    """One row for each point and arm of a single axis."""
    several = len(sweep.arms) > 1
    header = [*sweep.names, *(["arm"] if several else [])]
    for claim in sweep.claims:
        measure = MEASURES[claim.metric]
        unit = measure.suffix(sweep.scenario.currency).strip()
        header += [", ".join(filter(None, (measure.label, unit))), f"from {sweep.reference}"]
    rows = [_row(sweep, place, arm, several) for place in sweep.places for arm in sweep.arms]
    return table([[*header, "verdict"], *rows])


def _row(sweep: Sweep, place: Place, arm: str, several: bool) -> list[str]:
    """One arm at one point."""
    result = sweep.results[arm, place]
    start = [sweep.axes[0].texts[place[0]], *([arm] if several else [])]
    cells = [cell for reading, claim in zip(result.readings, sweep.claims, strict=True)
             for cell in _cells(reading, claim.metric)]  # fmt: skip
    verdict = "failed" if result.failures else result.verdict or ("-" if sweep.differs(arm) else "baseline")
    return [*start, *cells, verdict]


def _cells(reading: Reading, metric: str) -> tuple[str, str]:
    """An estimate and its difference from the baseline, each with half the width of its interval."""
    return _number(metric, reading.estimate.mean, reading.estimate.half_width, False), _apart(reading, metric)


def _apart(reading: Reading, metric: str) -> str:
    """The difference; a dash for the baseline itself."""
    d = reading.difference
    if d is None or d.difference is None:
        return "-"
    return _number(metric, d.difference, None if d.ci_low is None else ((d.ci_high or 0.0) - d.ci_low) / 2, True)


def _number(metric: str, mean: float | None, width: float | None, sign: bool) -> str:
    """`12.3 ± 0.4`, or a dash if undefined."""
    if mean is None:
        return "-"
    return f"{MEASURES[metric].amount(mean, width, sign=sign)}{spread(metric, width)}"


def _map(sweep: Sweep) -> str:
    """Two axes: the longer one down, the other across; at each point the goal's difference, or the arm to choose."""
    down, across = (0, 1) if len(sweep.axes[0].texts) >= len(sweep.axes[1].texts) else (1, 0)
    texts = sweep.axes[across].texts
    if len(texts) > MOST_COLUMNS:
        return ""
    header = [f"{sweep.names[down]} / {sweep.names[across]}", *texts, ""]
    rows = []
    for number, text in enumerate(sweep.axes[down].texts):
        mine = sorted((place for place in sweep.places if place[down] == number), key=lambda place: place[across])
        rows.append([text, *(_spot(sweep, place) for place in mine), ""])
    focus = sweep.focus
    what = "the arm to choose"
    if focus:
        measure = MEASURES[sweep.goal.metric]
        unit = measure.suffix(sweep.scenario.currency, difference=True).strip()
        what = ", ".join(filter(None, (f"{measure.label} of {focus} less {sweep.reference}", unit)))
    return f"{what}:\n\n{table([header, *rows])}"


def _spot(sweep: Sweep, place: Place) -> str:
    """What the map shows at one point."""
    if sweep.focus is None:
        return sweep.leader(place) or "open"
    result = sweep.results[sweep.focus, place]
    if result.failures:
        return "failed"
    guardrail = result.guardrail.difference if result.guardrail else None
    sign = NOT_HELD.get(guardrail.verdict or "", "") if guardrail else ""
    return f"{_apart(result.goal, sweep.goal.metric)} {sign}".rstrip()
