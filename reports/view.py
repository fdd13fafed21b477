"""What the page says, in its order: from a comparison to words and rows, without any markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from reports.svg import Chart
from reports.theme import SIGNS, TONES, arm_styles
from reports.units import label, scale
from reports.wording import estimate_words, interval_words, margin_words, world_words
from sim.compare import MEASURES, ArmSummary, Comparison, Difference, Role, WorldEffect
from sim.results import Failure
from sim.scenario.assumptions import ParameterInfo, parameters
from sim.shortfall import shortfall

GRADES: Mapping[str, str] = {
    "assumption": "set by judgement, nothing was measured",
    "practitioner": "experience or figures of operators",
    "published": "from a study or a public data set",
}
"""Grade of evidence -> what it means, the weakest first."""


SECTIONS: Mapping[str, str] = {
    "rule": "The rule",
    "scorecard": "Scorecard",
    "precision": "Precise enough?",
    "pairs": "Replications",
    "time": "Over time",
    "convergence": "Convergence",
    "fans": "The same fan",
    "segments": "Segments",
    "tradeoff": "Value against churn",
    "exits": "Why fans left",
    "money": "Money",
    "touches": "Touches",
    "health": "Health",
    "assumptions": "Assumptions",
    "luck": "Common luck",
    "provenance": "Provenance",
}
"""Sections of the page -> what a link to one says."""

OF_TWO = ("precision", "pairs", "convergence", "fans", "segments", "luck")
"""Sections that say something of two arms."""

STANDINGS: Mapping[str, str] = {
    "best": "best of all in the goal",
    "tied": "tied for best in the goal",
    "rejected": "not best in the goal",
}
"""Standing among all arms in the goal -> words; no colour, as it says nothing of the guardrail."""


class _Deciding(TypedDict):
    """What an arm and a score have in common."""

    verdict: Verdict | None
    by_luck: str


@dataclass(frozen=True)
class Verdict:
    """A word and the tone of its colour."""

    word: str
    tone: str


@dataclass(frozen=True)
class Criterion:
    """Goal or guardrail: which metric, and when a difference in it counts."""

    role: str
    label: str
    margin: str


@dataclass(frozen=True)
class Score:
    """One arm in the goal or the guardrail. `chart` is the name of its interval chart, if it has one.

    `world`: the interval over the assumptions. `verdict` is that over the assumptions where there is one; `by_luck`
    that for luck alone, where it is another.
    """

    role: str
    label: str
    estimate: str
    interval: str
    world: str
    verdict: Verdict | None
    by_luck: str
    chart: str


@dataclass(frozen=True)
class Arm:
    """One arm in the scorecard. `number` counts them from 1, as their charts do.

    `verdict` and `by_luck` as in `Score`; `standing` is among all arms in the goal. `shortfall`: how much of it failed.
    """

    name: str
    number: int
    colour: str
    sign: str
    strategies: tuple[str, ...]
    is_baseline: bool
    verdict: Verdict | None
    by_luck: str
    standing: str
    scores: tuple[Score, ...]
    failures: tuple[Failure, ...]
    shortfall: str


@dataclass(frozen=True)
class Grade:
    """The parameters of one grade of evidence."""

    name: str
    about: str
    parameters: tuple[ParameterInfo, ...]


def verdict(word: str | None) -> Verdict | None:
    """A verdict or status with its tone."""
    return Verdict(word, TONES[word]) if word else None


def criteria(comparison: Comparison) -> tuple[Criterion, ...]:
    """Goal and guardrail, as far as they are declared."""
    currency = comparison.experiment.scenario.currency
    first = {d.role: d for d in reversed(comparison.differences) if d.role != "secondary"}
    declared = [first[role] for role in ("goal", "guardrail") if role in first]
    return tuple(Criterion(d.role, label(d.metric), margin_words(d, currency)) for d in declared)


def arms(comparison: Comparison, charts: Mapping[str, Chart]) -> tuple[Arm, ...]:
    """Every arm with its verdicts, in the order of the scenario."""
    styles = arm_styles([arm.name for arm in comparison.arms], comparison.baseline)
    worlds = comparison.assumptions
    return tuple(
        Arm(
            name=arm.name,
            number=number,
            colour=styles[arm.name].colour,
            sign=SIGNS[styles[arm.name].marker],
            strategies=arm.strategies,
            is_baseline=arm.name == comparison.baseline,
            **_deciding(arm.verdict, worlds.verdicts.get(arm.name) if worlds else None),
            standing=STANDINGS.get(arm.selection or "", ""),
            scores=_scores(comparison, arm, number, charts),
            failures=arm.failures,
            shortfall=shortfall(comparison.experiment, arm.name),
        )
        for number, arm in enumerate(comparison.arms, 1)
    )


def _scores(comparison: Comparison, arm: ArmSummary, number: int, charts: Mapping[str, Chart]) -> tuple[Score, ...]:
    """Goal and guardrail of one arm; the baseline shows where it stands instead of a difference."""
    roles: tuple[Role, ...] = ("goal", "guardrail")
    if arm.name == comparison.baseline:
        declared = {d.role: d.metric for d in comparison.differences if d.role != "secondary"}
        return tuple(_standing(comparison, arm, role, declared[role]) for role in roles if role in declared)
    found = [comparison.of(arm.name, role) for role in roles]
    currency = comparison.experiment.scenario.currency
    worlds = comparison.assumptions
    return tuple(
        _score(d, worlds.of(d.arm, d.role) if worlds else None, currency, f"{d.role}-{number}", charts)
        for d in found
        if d is not None
    )


def _deciding(luck: str | None, world: str | None) -> _Deciding:
    """The verdict over the assumptions, if there is one, and that for luck alone if it is another."""
    return {"verdict": verdict(world or luck), "by_luck": luck if luck and world and luck != world else ""}


def _score(d: Difference, effect: WorldEffect | None, currency: str, chart: str, charts: Mapping[str, Chart]) -> Score:
    """One difference from the baseline."""
    return Score(
        role=d.role,
        label=label(d.metric),
        estimate=estimate_words(d, currency),
        interval=interval_words(d, currency),
        world=world_words(d, effect.interval if effect else None, currency),
        **_deciding(d.verdict, effect.verdict if effect else None),
        chart=chart if chart in charts else "",
    )


def _standing(comparison: Comparison, arm: ArmSummary, role: Role, metric: str) -> Score:
    """The baseline's own mean."""
    estimate = arm.metrics[metric]
    currency = comparison.experiment.scenario.currency
    shown = scale(MEASURES[metric].unit, currency, [estimate.mean], [estimate.half_width])
    width = shown.width(estimate.half_width)
    return Score(role, label(metric), shown.text(estimate.mean, unit=True), width, "", None, "", "")


def grades(comparison: Comparison) -> tuple[Grade, ...]:
    """The scenario's parameters by grade of evidence, the weakest first."""
    known = parameters(comparison.experiment.scenario)
    return tuple(Grade(name, about, tuple(p for p in known if p.grade == name)) for name, about in GRADES.items())


def sections(comparison: Comparison) -> Mapping[str, str]:
    """The sections of the page in their order: id -> what a link to it says. Without a second arm there are fewer."""
    single = len(comparison.arms) < 2
    return {name: title for name, title in SECTIONS.items() if not (single and name in OF_TWO)}
