"""A sweep for programs: sweep.json and sweep.csv."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.stats.crossings import Crossing
from sim.studies.axes import Place
from sim.studies.sweep import Best, Reading, Result, Sweep
from sim.studies.words import headline
from sim.text_files import Cell, csv_text, json_text

SWEEP_VERSION = 1
"""Version of the format of sweep.json."""

COLUMNS = ("", "_half_width", "_difference", "_ci_low", "_ci_high", "_verdict")
"""What is told of the goal and of the guardrail in sweep.csv."""


def sweep_json(sweep: Sweep) -> str:
    """Everything about a sweep, as JSON. Differences are arm minus baseline in the metric's own unit and sign."""
    scenario, provenance = sweep.scenario, sweep.provenance
    content: dict[str, Any] = {
        "schema_version": SWEEP_VERSION,
        "scenario": scenario.name,
        "question": scenario.question,
        "currency": scenario.currency,
        "days": sweep.days[0] if len(sweep.days) == 1 else None,
        "replications": sweep.replications,
        "redraws": sweep.redraws,
        "headline": headline(sweep),
        "baseline": sweep.baseline,
        **{claim.role: {"metric": claim.metric, "margin": claim.margin} for claim in sweep.claims},
        "axes": [{"key": a.key, "arm": a.arm, "values": _values(sweep, n)} for n, a in enumerate(sweep.axes)],
        "points": [_point(sweep, place) for place in sweep.places],
        "best": [_best(sweep, best) for best in sweep.best],
        "crossings": [_crossing(arm, c) for arm, found in sweep.crossings.items() for c in found],
        "warnings": list(sweep.warnings),
        "health": [vars(check) for check in sweep.health],
        "provenance": provenance.as_json(),
    }
    return json_text(content)


def sweep_csv(sweep: Sweep) -> str:
    """One row per point and arm: the swept keys, goal and guardrail with their differences, the verdict."""
    roles = [claim.role for claim in sweep.claims]
    header = [*(axis.key for axis in sweep.axes), "arm", *(f"{role}{column}" for role in roles for column in COLUMNS)]
    rows = (
        [*_at(sweep, place), arm, *_cells(sweep.results[arm, place])] for place in sweep.places for arm in sweep.arms
    )
    return csv_text([*header, "verdict"], rows)


def _values(sweep: Sweep, axis: int) -> tuple[Cell, ...]:
    """The values of one axis: numbers if they are numbers."""
    return sweep.axes[axis].numbers or sweep.axes[axis].texts


def _at(sweep: Sweep, place: Place) -> list[Cell]:
    """The values at a point."""
    return [_values(sweep, axis)[number] for axis, number in enumerate(place)]


def _by_key(sweep: Sweep, place: Place, axes: Iterable[int]) -> dict[str, Cell]:
    """Key -> value at a point, of some of the axes."""
    return {sweep.axes[axis].key: _values(sweep, axis)[place[axis]] for axis in axes}


def _point(sweep: Sweep, place: Place) -> dict[str, Any]:
    """All arms at one point."""
    return {
        "values": _by_key(sweep, place, range(len(place))),
        "choice": sweep.leader(place),
        "baseline": _result(sweep.baselines[place]),
        "arms": {arm: _result(sweep.results[arm, place]) for arm in sweep.arms},
    }


def _result(result: Result) -> dict[str, Any]:
    """One arm at one point; `error` is there only if a replication failed."""
    content: dict[str, Any] = {"verdict": result.verdict, "goal": _reading(result.goal)}
    if result.guardrail is not None:
        content["guardrail"] = _reading(result.guardrail)
    return {**content, "error": result.failures[0].message} if result.failures else content


def _reading(reading: Reading) -> dict[str, Any]:
    """An estimate, and its difference unless it is the baseline's own."""
    e, d = reading.estimate, reading.difference
    own = {"mean": e.mean, "half_width": e.half_width, "n": e.n}
    if d is None:
        return own
    apart = {"difference": d.difference, "ci_low": d.ci_low, "ci_high": d.ci_high, "verdict": d.verdict}
    if reading.world is None:
        return {**own, **apart}
    w = reading.world
    return {**own, **apart, "assumptions": {"difference": w.mean, "low": w.low, "high": w.high}}


def _best(sweep: Sweep, best: Best) -> dict[str, Any]:
    """The best values of an arm; null if none keeps the guardrail. `in_worlds` tells among which points."""
    varied, fixed = sweep.sought(best)
    content: dict[str, Any] = {"arm": best.arm, "where": _by_key(sweep, best.places[0], fixed)}
    content["values"] = None if best.place is None else _by_key(sweep, best.place, varied)
    content["intervals"] = {sweep.axes[n].key: ends for n in varied if (ends := sweep.interval(best, n))}
    if best.redrawn is not None:
        worlds = {sweep.axes[n].key: ends for n in varied if (ends := sweep.world_interval(best, n))}
        content["intervals_assumptions"] = worlds
        content["worlds"] = best.worlds
    if best.held is not None:
        content["as_good"] = [_by_key(sweep, best.places[n], varied) for n in best.held.as_good]
        content["resamples_best"] = best.held.often[best.held.place]
        content["resamples_none"] = best.held.none
    if best.free is not None:
        content["without_guardrail"] = _by_key(sweep, best.places[best.free.place], varied)
    return content


def _crossing(arm: str, crossing: Crossing) -> dict[str, Any]:
    """Where an arm crosses the baseline. `between`: the nearest swept values that surely lie on either side."""
    ends = {"ci_low": crossing.low, "ci_high": crossing.high, "between": crossing.between}
    return {"arm": arm, "at": crossing.at, **ends, "rises": crossing.rises}


def _cells(result: Result) -> list[Cell]:
    """Goal, guardrail and verdict of one arm at one point."""
    cells: list[Cell] = []
    for reading in result.readings:
        told = _reading(reading)
        cells += [told.get(name) for name in ("mean", "half_width", "difference", "ci_low", "ci_high", "verdict")]
    return [*cells, result.verdict]
