"""Several scenarios for programs: compare.json and compare.csv."""

from __future__ import annotations

from typing import Any

from sim.studies.across import Across, Claim, Comparison
from sim.studies.across_words import RULES, headline
from sim.text_files import Cell, csv_text, json_text

ACROSS_VERSION = 1
"""Version of the format of compare.json."""

COLUMNS = ("mean", "half_width", "difference", "ci_low", "ci_high", "verdict")
"""What is told of the goal and of the guardrail."""


def across_json(found: Across) -> str:
    """Everything about the comparison of scenarios, as JSON. Differences are arm minus baseline."""
    content: dict[str, Any] = {
        "schema_version": ACROSS_VERSION,
        "headline": headline(found),
        "currency": found.first.currency,
        "baseline": found.baseline,
        **{claim.role: {"metric": claim.metric} for claim in found.claims},
        "scenarios": [_scenario(found, label, c) for label, c in zip(found.labels, found.comparisons, strict=True)],
        "arms": {arm: _arm(found, arm) for arm in found.arms},
        "regret": _regret(found),
        "holds_everywhere": found.holds_everywhere,
        "differing": {key: dict(zip(found.labels, row, strict=True)) for key, row in found.differing.items()},
        "command": found.command,
    }
    return json_text(content)


def across_csv(found: Across) -> str:
    """One row per scenario and arm: goal and guardrail with their differences, regret, the verdict."""
    header = ["scenario", "arm", *(f"{claim.role}_{column}" for claim in found.claims for column in COLUMNS)]
    rows: list[list[Cell]] = []
    for label in found.labels:
        for arm in found.arms:
            told = _judged(found, arm, label)
            cells = [told[claim.role].get(column) for claim in found.claims for column in COLUMNS]
            rows.append([label, arm, *cells, _regret_of(found, arm, label), told["verdict"]])
    return csv_text([*header, "regret", "verdict"], rows)


def _scenario(found: Across, label: str, comparison: Comparison) -> dict[str, Any]:
    """One scenario: its choice, its own headline, its health and how to repeat it."""
    experiment = comparison.experiment
    return {
        "label": label,
        "name": experiment.scenario.name,
        "question": experiment.scenario.question,
        "choice": found.choice(label),
        "headline": comparison.headline,
        "margins": {d.role: d.margin for d in comparison.differences if d.role != "secondary"},
        "health": [vars(check) for check in comparison.health],
        "provenance": {name: told for name, told in experiment.provenance.as_json().items() if name != "command"},
    }


def _arm(found: Across, arm: str) -> dict[str, Any]:
    """One arm in all scenarios."""
    content: dict[str, Any] = {"verdict_everywhere": found.everywhere(arm)}
    if arm in found.out:
        content["out"] = found.out[arm]
    return {**content, "scenarios": {label: _judged(found, arm, label) for label in found.labels}}


def _judged(found: Across, arm: str, label: str) -> dict[str, Any]:
    """One arm in one scenario; `error` is there only if a replication failed."""
    comparison, verdicts = found.comparison(label), found.verdicts[arm, label]
    content: dict[str, Any] = {"verdict": verdicts.arm}
    for claim, verdict in zip(found.claims, (verdicts.goal, verdicts.guardrail), strict=False):
        e = comparison.arm(arm).metrics[claim.metric]
        own = {"mean": e.mean, "half_width": e.half_width, "n": e.n}
        content[claim.role] = own | _apart(found, arm, label, claim) | ({"verdict": verdict} if verdict else {})
    failures = comparison.arm(arm).failures
    return {**content, "error": failures[0].message} if failures else content


def _apart(found: Across, arm: str, label: str, claim: Claim) -> dict[str, Any]:
    """A difference with the interval of luck, and over the range of assumptions; nothing for the baseline."""
    comparison = found.comparison(label)
    d, worlds = comparison.of(arm, claim.role), comparison.assumptions
    if d is None:
        return {}
    content: dict[str, Any] = {"difference": d.difference, "ci_low": d.ci_low, "ci_high": d.ci_high}
    effect = worlds.of(arm, claim.role) if worlds else None
    if effect is not None and effect.interval is not None:
        w = effect.interval
        content["assumptions"] = {"difference": w.mean, "low": w.low, "high": w.high}
    return content


def _regret(found: Across) -> dict[str, Any] | None:
    """The regret of each arm that can be chosen, and the winner by each rule."""
    table = found.regret
    if table is None:
        return None
    rows = zip(table.arms, table.table, table.maximum, table.mean, strict=True)
    arms = {
        arm: {"maximum": most, "mean": mean, **dict(zip(found.labels, row, strict=True))}
        for arm, row, most, mean in rows
    }
    return {"arms": arms, "winners": {rule: getattr(table, rule) for rule in RULES}}


def _regret_of(found: Across, arm: str, label: str) -> float | None:
    """What an arm falls short of the best in one scenario; None if it cannot be chosen."""
    table = found.regret
    if table is None or arm not in table.arms:
        return None
    return float(table.table[table.arms.index(arm), found.labels.index(label)])
