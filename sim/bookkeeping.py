"""Identities that hold in every replication: fans and money are conserved, value adds up, figures are finite."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from sim.comparison import Check
from sim.results import MONEY_PARTS, Experiment, Replication

ROUNDING = 1e-9
"""Relative error that float64 sums over a long horizon may have; a lost order is far larger."""

Problem = Callable[[Replication], str | None]


def bookkeeping(experiment: Experiment) -> Iterator[Check]:
    """A check of each identity; nothing if no replication finished. The first replication that breaks it is named."""
    if not experiment.replications:
        return
    for name, problem in IDENTITIES.items():
        broken = [(r, text) for r in experiment.replications if (text := problem(r)) is not None]
        if not broken:
            yield Check(name, "passed", f"in all {len(experiment.replications)} replications")
            continue
        worst, text = broken[0]
        detail = f"{len(broken)} replications differ; arm {worst.arm}, replication {worst.replication}: {text}"
        yield Check(name, "failed", detail, "the figures cannot be trusted; please report this as a bug")


def _fans_lost(r: Replication) -> str | None:
    """Started + joined = present + left; those who left are the sum over causes and over days."""
    entered, left = r.fans["started"] + r.fans["joined"], r.fans["left"]
    known, caused, daily = r.fans["present"] + left, sum(r.exits.values()), round(r.daily["exits"].sum())
    if entered != known:
        return f"{entered} fans entered, {known} are present or left"
    if left != caused or left != daily:
        return f"{left} fans left, {caused} for a known cause, {daily} on a known day"
    return None


def _money_lost(r: Replication) -> str | None:
    """Profit is revenue less the cost parts; both agree with the metrics and with the sum over days."""
    parts = [r.money[part] for part in MONEY_PARTS]
    scale = sum(abs(part) for part in parts)
    for what, expected in (("revenue", parts[0]), ("profit", parts[0] - sum(parts[1:]))):
        problem = _unequal(what, r.metrics[what], expected, scale) or _unequal(
            f"{what} of all days", float(r.daily[what].sum()), expected, scale
        )
        if problem:
            return problem
    return None


def _value_lost(r: Replication) -> str | None:
    """Value = profit + residual value."""
    profit, residual = r.metrics["profit"], r.metrics["residual_value"]
    if profit is None or residual is None:
        return "profit or residual value is undefined"
    return _unequal("value", r.metrics["value"], profit + residual, abs(profit) + abs(residual))


def _unequal(what: str, reported: float | None, expected: float, scale: float) -> str | None:
    """Compare a reported amount with the sum of its parts, to rounding."""
    if reported is not None and abs(reported - expected) <= ROUNDING * scale:
        return None
    return f"{what} is reported as {reported}, its parts give {expected}"


def _not_finite(r: Replication) -> str | None:
    """No metric and no amount of money is infinite or NaN; an undefined metric is None."""
    numbers = [*r.metrics.items(), *r.money.items()]
    wrong = [name for name, value in numbers if value is not None and not math.isfinite(value)]
    return f"{', '.join(wrong)} not finite" if wrong else None


IDENTITIES: Mapping[str, Problem] = {
    "Fans are conserved": _fans_lost,
    "Money adds up": _money_lost,
    "Value is profit plus residual value": _value_lost,
    "Figures are finite": _not_finite,
}
"""Name of the check -> what is wrong with a replication, None if nothing is."""
