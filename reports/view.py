"""What the page says, in its order: from a comparison to words and rows, without any markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.svg import Chart
from reports.theme import SIGNS, TONES, arm_styles
from reports.units import label, scale
from reports.wording import estimate_words, interval_words, margin_words
from sim.compare import MEASURES, ArmSummary, Comparison, Difference, Role
from sim.results import Failure
from sim.scenario.assumptions import ParameterInfo, parameters

GRADES: Mapping[str, str] = {
    "assumption": "set by judgement, nothing was measured",
    "practitioner": "experience or figures of operators",
    "published": "from a study or a public data set",
}
"""Grade of evidence -> what it means, the weakest first."""


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
    """One arm in the goal or the guardrail. `chart` is the name of its interval chart, if it has one."""

    role: str
    label: str
    estimate: str
    interval: str
    verdict: Verdict | None
    chart: str


@dataclass(frozen=True)
class Arm:
    """One arm in the scorecard."""

    name: str
    colour: str
    sign: str
    strategies: tuple[str, ...]
    is_baseline: bool
    verdict: Verdict | None
    scores: tuple[Score, ...]
    finished: int
    failures: tuple[Failure, ...]


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
    return tuple(
        Arm(
            name=arm.name,
            colour=styles[arm.name].colour,
            sign=SIGNS[styles[arm.name].marker],
            strategies=arm.strategies,
            is_baseline=arm.name == comparison.baseline,
            verdict=verdict(arm.verdict),
            scores=_scores(comparison, arm, number, charts),
            finished=len(arm.replications),
            failures=arm.failures,
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
    return tuple(_score(d, currency, f"{d.role}-{number}", charts) for d in found if d is not None)


def _score(d: Difference, currency: str, chart: str, charts: Mapping[str, Chart]) -> Score:
    """One difference from the baseline."""
    return Score(
        role=d.role,
        label=label(d.metric),
        estimate=estimate_words(d, currency),
        interval=interval_words(d, currency),
        verdict=verdict(d.verdict),
        chart=chart if chart in charts else "",
    )


def _standing(comparison: Comparison, arm: ArmSummary, role: Role, metric: str) -> Score:
    """The baseline's own mean."""
    estimate = arm.metrics[metric]
    currency = comparison.experiment.scenario.currency
    shown = scale(MEASURES[metric].unit, currency, [estimate.mean], [estimate.half_width])
    width = shown.width(estimate.half_width)
    return Score(role, label(metric), shown.text(estimate.mean, unit=True), width, None, "")


def grades(comparison: Comparison) -> tuple[Grade, ...]:
    """The scenario's parameters by grade of evidence, the weakest first."""
    known = parameters(comparison.experiment.scenario)
    return tuple(Grade(name, about, tuple(p for p in known if p.grade == name)) for name, about in GRADES.items())
