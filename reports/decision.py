"""What was declared before the run, and what would change the verdict: words without any markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.evidence import wanted
from reports.units import MINUS, label
from reports.view import Criterion
from reports.wording import difference_scale
from sim.compare import MEASURES, Comparison, Difference, Driver, WorldEffect
from sim.scenario.assumptions import ParameterInfo, parameters


@dataclass(frozen=True)
class Mover:
    """An assumption that moves a difference: what it is, its key, how strongly, and which way is good for the arm."""

    about: str
    key: str
    correlation: str
    strength: float
    way: str
    clear: bool


@dataclass(frozen=True)
class Change:
    """What moves one metric of the arm that the headline is about; `clear` ones are more than chance."""

    metric: str
    movers: tuple[Mover, ...]

    @property
    def clear(self) -> tuple[Mover, ...]:
        """Those that are more than chance."""
        return tuple(mover for mover in self.movers if mover.clear)


def changes(comparison: Comparison) -> tuple[Change, ...]:
    """What would change the verdict on the leading arm: its goal, then its guardrail; empty without redraws."""
    worlds, lead = comparison.assumptions, comparison.lead
    if worlds is None or lead is None:
        return ()
    effects = [worlds.of(lead, "goal"), worlds.of(lead, "guardrail")]
    found = movers(comparison)
    return tuple(
        Change(MEASURES[e.metric].label, tuple(m for arm, metric, m in found if (arm, metric) == (lead, e.metric)))
        for e in effects
        if e is not None and e.drivers
    )


def movers(comparison: Comparison) -> tuple[tuple[str, str, Mover], ...]:
    """Arm, metric, and an assumption that moves it: for goal and guardrail of all arms."""
    effects = comparison.assumptions.effects if comparison.assumptions else ()
    known = {p.key: p for p in parameters(comparison.experiment.scenario)}
    return tuple(
        (e.arm, e.metric, _mover(e, driver, known.get(driver.key)))
        for e in effects
        if e.role != "secondary"
        for driver in e.drivers
    )


def _mover(effect: WorldEffect, driver: Driver, known: ParameterInfo | None) -> Mover:
    """One parameter in words; what a parameter is about ends where its explanation begins."""
    about = known.about.partition(";")[0].partition(":")[0] if known else driver.key
    good = driver.correlation * MEASURES[effect.metric].improves > 0
    way = f"the {'higher' if good else 'lower'}, the better for {effect.arm}"
    shown = f"{driver.correlation:+.2f}".replace("-", MINUS)
    return Mover(about, driver.key, shown, driver.correlation, way, driver.clear)


def rule(comparison: Comparison, criteria: tuple[Criterion, ...]) -> tuple[tuple[str, str], ...]:
    """The declared comparison, as terms with what they say."""
    terms = [("Compared", _compared(comparison))]
    terms += [(criterion.role.capitalize(), f"{criterion.label}: {criterion.margin}") for criterion in criteria]
    terms.append(("Replications", _replications(comparison)))
    terms.append(("Assumptions", _redrawn(comparison)))
    if criteria:
        terms.append(("Verdict", _verdict_rule(len(criteria) > 1)))
    return tuple(terms)


def _compared(comparison: Comparison) -> str:
    """Which arms, and how."""
    others = [arm.name for arm in comparison.arms if arm.name != comparison.baseline]
    if not others:
        return f"{comparison.baseline} alone"
    return f"{', '.join(others)} against {comparison.baseline}, replication by replication with the same luck"


def _replications(comparison: Comparison) -> str:
    """How many were asked for, or until when."""
    scenario = comparison.experiment.scenario
    asked = scenario.replications
    if isinstance(asked, int):
        return f"{asked} of each arm, fixed beforehand"
    widths = [
        f"{MEASURES[metric].label} ± {MEASURES[metric].margin(width, scenario.currency)}"
        for metric, width in scenario.half_widths.items()
    ]
    return (
        f"at least {asked.min} and at most {asked.max} of each arm, until the 95 % interval of every difference is no "
        f"wider than {' and '.join(widths)}; never until a difference shows"
    )


def _redrawn(comparison: Comparison) -> str:
    """Whether assumptions were redrawn."""
    worlds = comparison.assumptions
    if worlds is None:
        return "as the scenario has them; they were not redrawn, so that intervals tell of luck alone"
    return (
        f"{len(worlds.parameters)} parameters redrawn {worlds.redraws} times within their evidence ranges, "
        "each time the same for all arms"
    )


def _verdict_rule(guarded: bool) -> str:
    """How a verdict comes about."""
    better = "better if the whole 95 % interval of the goal is on the good side"
    held = " and that of the guardrail within what is allowed" if guarded else ""
    worse = "worse if it is on the bad side" + (", or the guardrail surely broken" if guarded else "")
    return f"{better}{held}; {worse}; equal if it lies within the margin; else inconclusive"


def precise_words(comparison: Comparison) -> str:
    """Whether differences are known as precisely as is wanted, in a sentence."""
    declared = wanted(comparison)
    known = [d for d in declared if d.precision is not None]
    if not declared:
        return "No goal is declared, so there is no precision to be reached."
    if not known:
        return "Not known: a half-width takes at least 2 replications in common."
    open_ = [d for d in known if d.precision and d.precision.still_needed != 0]
    if not open_:
        return f"Yes: after {min(d.n for d in known)} replications every half-width is within what is wanted."
    return f"Not yet. {' '.join(_missing(comparison, open_))}"


def _missing(comparison: Comparison, differences: list[Difference]) -> Iterator[str]:
    """What is not precise enough, and what it would take."""
    for d in differences:
        assert d.precision is not None
        shown = difference_scale(d, comparison.experiment.scenario.currency)
        reached = f"{label(d.metric)} of {d.arm} is known to {shown.width(d.precision.half_width)}{shown.suffix}"
        needed = d.precision.still_needed
        if d.precision.wanted is None:
            continue
        asked = f"{shown.width(d.precision.wanted)} wanted"
        more = f"about {needed:,} more replications" if needed else "out of reach of any number of replications"
        yield f"{reached}, {asked}: {more}."
