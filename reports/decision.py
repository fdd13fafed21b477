"""What was declared before the run, and what would change the verdict: words without any markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.evidence import wanted
from reports.units import label
from reports.view import Criterion
from reports.wording import difference_scale
from sim.compare import MEASURES, Comparison, Difference, Mover, movers
from sim.shortfall import listed, lost, missing_worlds, partly_failed, unlucky


@dataclass(frozen=True)
class Change:
    """What moves one metric of the arm that the headline is about, the strongest first."""

    metric: str
    movers: tuple[Mover, ...]

    @property
    def clear(self) -> tuple[Mover, ...]:
        """Those that are more than chance."""
        return tuple(mover for mover in self.movers if mover.clear)


def changes(comparison: Comparison) -> tuple[Change, ...]:
    """What would change the verdict on the leading arm: its goal, then its guardrail; empty without redraws."""
    found = movers(comparison, comparison.lead) if comparison.lead else ()
    metrics = dict.fromkeys(mover.metric for mover in found)
    return tuple(Change(MEASURES[m].label, tuple(mover for mover in found if mover.metric == m)) for m in metrics)


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
    better = "else better if it is on the good side" + (
        " and the guardrail's within what is allowed" if guarded else ""
    )
    worse = "worse if it is on the bad side" + (", or the guardrail surely broken" if guarded else "")
    return f"equal if the whole 95 % interval of the goal lies within the margin; {better}; {worse}; else inconclusive"


def precise_words(comparison: Comparison) -> str:
    """Whether differences are known as precisely as is wanted, in a sentence."""
    declared = wanted(comparison)
    known = [d for d in declared if d.precision is not None]
    if not declared:
        return "No goal is declared, so there is no precision to be reached."
    if not known:
        return "Not known: a half-width takes at least 2 replications in common."
    open_ = [d for d in known if d.precision and d.precision.still_needed != 0]
    unknown = lost(comparison.experiment)
    left_out = f" Nothing is known of {listed(unknown)}." if unknown else ""
    if not open_:
        every = "every other" if unknown else "every"
        return (
            f"Yes: after {min(d.n for d in known)} replications {every} half-width is within what is wanted.{left_out}"
        )
    return f"Not yet. {' '.join(_missing(comparison, open_))}{left_out}"


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


def runs(comparison: Comparison) -> int:
    """How often each arm was run, whether it finished or failed."""
    experiment = comparison.experiment
    numbers = {r.replication for r in experiment.replications}
    return len(numbers | {failure.replication for failure in experiment.failures if not failure.redrawn})


def failed_words(comparison: Comparison) -> str:
    """What can be said of arms that failed, and of the others; empty if none did."""
    partly, unknown = partly_failed(comparison.experiment), lost(comparison.experiment)
    told = [f"Too little of {listed(unknown)} finished to say anything of it."] if unknown else []
    if judged := unlucky(comparison.experiment):
        told.append(f"Judge {listed(judged)} with care: what finished may be what had easy luck.")
    told += [f"{clause[0].upper()}{clause[1:]}." for clause in missing_worlds(comparison.experiment)]
    if comparison.baseline in (*partly, *unknown):
        told.append(f"All other arms are compared with {comparison.baseline}, in the replications that both have.")
    elif told and len(partly) + len(unknown) < len(comparison.arms):
        told.append("The other arms are complete.")
    return " ".join(told)
