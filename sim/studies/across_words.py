"""What came of several scenarios in a few sentences for a manager."""

from __future__ import annotations

from sim.measures import MEASURES
from sim.studies.across import Across

RULES = {
    "minimax_regret": "smallest largest regret",
    "maximin": "best worst case",
    "best_mean": "best on average",
}
"""Rule -> what its winner has."""


def headline(found: Across) -> str:
    """Whether the choice is the same everywhere, and what a wrong one costs at most."""
    choices = {label: found.choice(label) for label in found.labels}
    judged = {label: arm for label, arm in choices.items() if arm is not None}
    if not judged:
        return "No verdict: it takes at least 2 replications, better 10, that the arms and the baseline finish."
    if found.holds_everywhere:
        arm = next(iter(judged.values()))
        keep = "Stay with" if arm == found.baseline else "Choose"
        told = [f"{keep} {arm}: that holds in all {len(found.labels)} scenarios."]
    else:
        told = [
            f"The choice depends on the scenario: {', '.join(f'{arm} in {label}' for label, arm in judged.items())}."
        ]
        told += [f"No verdict in {label}." for label in choices if label not in judged]
    return " ".join([*told, *_regret(found)])


def _regret(found: Across) -> list[str]:
    """Who loses least by being wrong."""
    if found.regret is None:
        return []
    table, measure = found.regret, MEASURES[found.claims[0].metric]
    winner = table.minimax_regret
    most = float(table.maximum[table.arms.index(winner)])
    suffix = measure.suffix(found.first.currency, difference=True)
    if most == 0.0:
        return [f"{winner} has the best {measure.label} in every scenario."]
    return [
        f"{winner} has the smallest largest regret: at most {measure.amount(most, None)}{suffix} short of the best."
    ]
