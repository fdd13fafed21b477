"""Whether a comparison can be trusted: enough replications, pairing, common luck, intervals that fit, bookkeeping.

Every check says what it found. A check with nothing to look at is left out, never passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sim.bookkeeping import bookkeeping
from sim.comparison import Assumptions, Check, Difference, Status
from sim.results import Experiment
from sim.shortfall import lost, missing_worlds, shortfalls, unlucky
from sim.stopping import imprecise

MIN_REPLICATIONS = 2
FEW_REPLICATIONS = 5
LOW_CORRELATION = 0.1
MUCH_LUCK = 0.25
"""Share of the variance between redrawn worlds from which on their spread is no longer that of the assumptions."""

FEW_REDRAWS = 20
STATUSES: tuple[Status, ...] = ("failed", "warning", "passed")
"""The worst first."""

FINISHED = "Every replication finished"
"""Name of the check that fails with a replication."""


def health(
    experiment: Experiment, differences: Sequence[Difference], worlds: Assumptions | None = None
) -> tuple[Check, ...]:
    """All checks that apply: failed ones first, then warnings, then those that passed."""
    checks = [_failures(experiment), enough(experiment), *bookkeeping(experiment)]
    for found in (
        _precision(experiment, differences),
        _defined(differences),
        _pairing(experiment, differences),
        _common_luck(differences),
        _skew(differences),
        variation(differences),
        _redraws(worlds),
    ):
        checks += [found] if found else []
    return tuple(sorted(checks, key=lambda check: STATUSES.index(check.status)))


def _failures(experiment: Experiment) -> Check:
    """No replication failed."""
    failures = experiment.failures
    if not failures:
        return Check(FINISHED, "passed", f"all {len(experiment.replications)} finished")
    arms = dict.fromkeys(failure.arm for failure in failures)
    first = failures[0]
    what = "redraw" if first.redrawn else "replication"
    detail = f"{shortfalls(experiment, arms)} failed; arm {first.arm}, {what} {first.replication}: {first.message}"
    until = [f"what {_listed(biased)} gives may be biased towards easy luck"] if (biased := unlucky(experiment)) else []
    until += missing_worlds(experiment)
    advice = f"mend the cause and run again{'; until then ' if until else ''}{' and '.join(until)}"
    return Check(FINISHED, "failed", detail, advice)


def enough(experiment: Experiment) -> Check:
    """Enough finished replications in every arm for an interval, and for one that is not very wide.

    Arms of which hardly anything finished are left out: what they lack is not replications.
    """
    name = "Enough replications"
    left_out = lost(experiment)
    counts = {arm: len(experiment.of(arm)) for arm in experiment.scenario.arms if arm not in left_out}
    if not counts:
        return Check(name, "failed", "no arm finished: no interval and no verdict")
    arm, fewest = min(counts.items(), key=lambda item: item[1])
    if fewest >= FEW_REPLICATIONS:
        return Check(name, "passed", f"at least {fewest} in every arm{' that finished' if left_out else ''}")
    detail = f"arm {arm} has {fewest}"
    if fewest < MIN_REPLICATIONS:
        return Check(name, "failed", f"{detail}: no interval and no verdict", "run at least 2, better 10")
    return Check(name, "warning", f"{detail}: intervals are wide", f"run at least {FEW_REPLICATIONS}")


def _precision(experiment: Experiment, differences: Sequence[Difference]) -> Check | None:
    """The precision that the scenario asks for, if it does, is reached."""
    wanted = experiment.scenario.half_widths
    if not wanted or not any(d.replications for d in differences):
        return None
    name = "Precision asked for"
    missing = imprecise(experiment)
    if not missing:
        return Check(name, "passed", f"reached in {_listed(wanted)}")
    first = missing[0]
    reached = "unknown" if first.half_width is None else f"known to ± {first.half_width:.3g}"
    detail = f"not reached; {first.metric} of {first.arm} is {reached}, not ± {first.wanted:.3g}"
    return Check(name, "warning", detail, "allow more replications (replications.max), or ask for less")


def _defined(differences: Sequence[Difference]) -> Check | None:
    """Goal and guardrail have a value in every pair of replications."""
    name = "Goal and guardrail are defined"
    declared = [d for d in differences if d.role != "secondary" and d.replications]
    if not declared:
        return None
    missing = [d for d in declared if d.n < len(d.replications)]
    if not missing:
        return Check(name, "passed", f"for {_listed(d.metric for d in declared)}")
    first = missing[0]
    detail = f"{first.metric} of {first.arm} has a value in {first.n} of {len(first.replications)} pairs"
    advice = "choose a metric that this scenario defines (churn needs a starting pool, churn_30d newcomers)"
    return Check(name, "failed", detail, advice)


def _pairing(experiment: Experiment, differences: Sequence[Difference]) -> Check | None:
    """Arms have the same replication numbers, and the same number of fans started in each.

    Arms of which hardly anything finished are left out.
    """
    left_out = lost(experiment)
    if not differences or not experiment.replications or differences[0].baseline in left_out:
        return None
    name = "Pairing is intact"
    arms = {
        arm: {r.replication: r.fans["started"] for r in experiment.of(arm)}
        for arm in experiment.scenario.arms
        if arm not in left_out
    }
    base = arms[differences[0].baseline]
    for arm, started in arms.items():
        apart = [number for number in started.keys() & base.keys() if started[number] != base[number]]
        if apart:
            detail = f"{arm}, replication {min(apart)}: the pool started with another number of fans"
            return Check(name, "failed", detail, "the differences mix luck with effect; report this as a bug")
    unpaired = [arm for arm, started in arms.items() if started.keys() != base.keys()]
    if not unpaired:
        return Check(name, "passed", "same replications and same starting pools in every arm")
    detail = f"{_listed(unpaired)}: finished others than the baseline; only common ones are compared"
    if experiment.failures:
        return Check(name, "warning", detail, "mend what failed and run again")
    return Check(name, "failed", detail, "run again with the same replications in every arm")


def _common_luck(differences: Sequence[Difference]) -> Check | None:
    """Common luck makes arms move together in the goal; without that it buys no precision.

    Left out where no correlation is known: below three pairs, or if the goal does not vary.
    """
    known = [(d.arm, d.correlation) for d in differences if d.role == "goal" and d.correlation is not None]
    if not known:
        return None
    name = "Arms share their luck"
    detail = "correlation of the goal with the baseline: " + ", ".join(f"{arm} {r:.2f}" for arm, r in known)
    if all(r > LOW_CORRELATION for _, r in known):
        return Check(name, "passed", detail)
    advice = "intervals are valid but hardly narrower than with separate luck; run more replications"
    return Check(name, "warning", detail, advice)


def _skew(differences: Sequence[Difference]) -> Check | None:
    """Differences in goal and guardrail are even enough for an interval that is; few replications hide much skew."""
    known = [d for d in differences if d.role != "secondary" and d.bootstrap is not None]
    if not known:
        return None
    name = "Intervals fit the data"
    leaning = [d for d in known if d.skewed]
    if not leaning:
        return Check(name, "passed", f"the bootstrap agrees in {_listed(d.metric for d in known)}")
    named = _listed(f"{d.metric} of {d.arm} ({d.n} replications)" for d in leaning)
    advice = (
        "one end of these intervals is less sure than it looks; run more replications, 4 times as many halve the skew"
    )
    return Check(name, "warning", f"the bootstrap interval leans to one side in {named}", advice)


def variation(differences: Sequence[Difference]) -> Check | None:
    """Goal and guardrail differ from pair to pair, so that the width of their interval tells something."""
    known = [d for d in differences if d.role != "secondary" and d.n > 1]
    if not known:
        return None
    name = "Differences vary"
    still = [d for d in known if d.ci_low == d.ci_high and not _twins(d, differences)]
    if not still:
        return Check(name, "passed", f"in {_listed(d.metric for d in known)}, but for arms that are the same")
    named = _listed(f"{d.metric} of {d.arm} ({d.n} replications)" for d in still)
    rare = 1.0 - 0.05 ** (1.0 / min(d.n for d in still))
    detail = f"the same in every replication: {named}"
    advice = (
        f"the interval has no width, yet what happens in fewer than {rare:.0%} of replications may have been missed; "
        "run more replications or a larger pool"
    )
    return Check(name, "warning", detail, advice)


def _twins(d: Difference, differences: Sequence[Difference]) -> bool:
    """Whether an arm came out as the baseline in every metric, as one does that is the same."""
    return all(other.ci_low == other.ci_high == 0.0 for other in differences if other.arm == d.arm and other.n > 1)


def _redraws(worlds: Assumptions | None) -> Check | None:
    """There are enough redraws, and they differ by their assumptions rather than by luck."""
    if worlds is None:
        return None
    name = "Redraws show the assumptions"
    told, advice = [], ["the second interval is unreliable"]
    if worlds.redraws < FEW_REDRAWS:
        told.append(f"{worlds.redraws} redraws show little of what moves the result")
        advice.append(f"redraws: {FEW_REDRAWS} or more, 40 make the interval right for any distribution")
    worst = max((e for e in worlds.effects if e.role != "secondary"), key=lambda e: e.luck or 0.0, default=None)
    if worst and worst.luck and worst.luck > MUCH_LUCK:
        share = f"{worst.luck:.0%}" if worst.luck < 0.995 else "all"
        told.append(f"luck makes {share} of their variance in {worst.metric} of {worst.arm}")
        advice.append("a larger pool has less luck")
    if told:
        return Check(name, "warning", ", and ".join(told), "; ".join(advice))
    return Check(name, "passed", f"{worlds.redraws} of them, hardly any luck among them")


def _listed(names: Iterable[str]) -> str:
    """Names in order, each once."""
    return ", ".join(dict.fromkeys(names))
