"""What came of several scenarios in a few sentences for a manager."""

from __future__ import annotations

from collections.abc import Iterator

from sim.measures import MEASURES
from sim.shortfall import shortfall
from sim.studies.across import Across

RULES = {
    "minimax_regret": "smallest largest regret",
    "maximin": "best worst case",
    "best_mean": "best on average",
}
"""Rule -> what its winner has."""

LUCK = "(luck)"
"""Mark of a difference that is judged for luck alone, beside others that are judged over the range of assumptions."""


def headline(found: Across) -> str:
    """Whether the choice is the same everywhere, and what a wrong one costs at most."""
    if not found.choices and not found.inconclusive:
        needed = "it takes at least 2 replications, better 10, that the arms and the baseline finish"
        return " ".join([f"No verdict: {needed}.", *failed_words(found)])
    told = [_choice(found)] if found.choices else []
    if found.inconclusive:
        told.append(f"Inconclusive in {', '.join(found.inconclusive)}, so {found.baseline} stands for now.")
    known = {*found.choices, *found.inconclusive, *found.failed.get(found.baseline, ())}
    told += [f"No verdict in {label}." for label in found.labels if label not in known]
    return " ".join([*told, *failed_words(found), *_regret(found)])


def failed_words(found: Across) -> Iterator[str]:
    """A sentence for each arm that failed somewhere: where, how much of it, and what follows from that."""
    for arm, labels in found.failed.items():
        parts = [f"{label} ({shortfall(found.comparison(label).experiment, arm)})" for label in labels]
        where = ", ".join(parts)
        if arm == found.baseline:
            yield f"The baseline {arm} failed in {where}: nothing can be chosen there."
        else:
            yield f"{arm} failed in {where}, and is left out."


def _choice(found: Across) -> str:
    """What is decided, and where."""
    if found.depends:
        chosen = ", ".join(f"{arm} in {label}" for label, arm in found.choices.items())
        return f"The choice depends on the scenario: {chosen}."
    arm = next(iter(found.choices.values()))
    keep = f"{'Stay with' if arm == found.baseline else 'Choose'} {arm}"
    where = f": that holds in all {len(found.labels)} scenarios" if found.holds_everywhere else ""
    where = where or f" in {', '.join(found.choices)}"
    tied = f"; in {', '.join(found.ties)} {arm} and {found.baseline} are practically equal" if found.ties else ""
    return f"{keep}{where}{tied}."


def _regret(found: Across) -> list[str]:
    """Who loses least by being wrong: an estimate, but for an arm that is surely the best of all in every scenario."""
    if found.regret is None:
        return []
    table, measure = found.regret, MEASURES[found.claims[0].metric]
    winner = table.minimax_regret
    most = float(table.maximum[table.arms.index(winner)])
    suffix = measure.suffix(found.first.currency, difference=True)
    if most == 0.0:
        sure = not found.redrawn and all(c.arm(winner).selection == "best" for c in found.comparisons)
        highest = "best" if sure else "highest mean" if measure.improves > 0 else "lowest mean"
        among = " of the arms that can be chosen" if found.out and not sure else ""
        return [f"{winner} has the {highest} {measure.label} in every scenario{among}."]
    short = f"{measure.amount(most, None)}{suffix} short of the best"
    return [f"By the means, {winner} has the smallest largest regret: at most {short}."]
