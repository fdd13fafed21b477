"""What came of a sweep in a few sentences for a manager."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from sim.comparison import Difference
from sim.measures import MEASURES
from sim.shortfall import listed
from sim.stats import Interval
from sim.stats.crossings import Crossing
from sim.studies.axes import Place
from sim.studies.sweep import Best, Claim, Sweep

MOST_NAMED = 6
"""A longer row of values is told by its ends."""


def headline(sweep: Sweep) -> str:
    """The best value of each swept arm, or which arm is best where; and what failed."""
    return " ".join([_answer(sweep), *failed_words(sweep)])


def _answer(sweep: Sweep) -> str:
    """The headline without what failed."""
    if not any(result.verdict for result in sweep.results.values()):
        return "No verdict: it takes at least 2 replications, better 10, that both an arm and the baseline finish."
    if not any(axis.arm for axis in sweep.axes):
        return " ".join([_leaders(sweep), *crossing_words(sweep)])
    if len(sweep.best) == len(sweep.arms):
        return " ".join(best_words(sweep, best) for best in sweep.best)
    return " ".join(_ridge(sweep, arm) for arm in sweep.arms)


def best_words(sweep: Sweep, best: Best) -> str:
    """The best values for one arm, how sure they are, and what they bring."""
    if best.held is None:
        alone = best.free and f"; {_goal(sweep)} alone is highest at {_at(sweep, best, best.free.place)}"
        held = "is known to keep the guardrail" if alone else "is defined in every replication"
        return f"For {best.arm} no value {held}{alone or ''}."
    told = [f"{best.arm} does best at {_sure(sweep, best)}: {_gain(sweep, best)}."]
    told += [_as_good(sweep, best), _unguarded(sweep, best), _edge(sweep, best)]
    return " ".join(filter(None, told))


def crossing_words(sweep: Sweep) -> list[str]:
    """A sentence for each crossing point, and how to know them better."""
    told = [
        f"{arm} {'overtakes' if crossing.rises else 'falls behind'} {sweep.reference} at {around(crossing)}."
        for arm, found in sweep.crossings.items()
        for crossing in found
    ]
    return [*told, "Refine there."] if told else []


def failed_words(sweep: Sweep) -> Iterator[str]:
    """A sentence for each arm that failed at some points, and for a baseline that did."""
    for arm in (arm for arm in sweep.arms if sweep.differs(arm)):
        lost = [place for place in sweep.places if sweep.results[arm, place].failures]
        if lost:
            where = _where(sweep, sweep.own(arm), lost)
            yield f"{arm} failed {where}, and is left out{'' if where == 'everywhere' else ' there'}."
    lost = [place for place in sweep.places if sweep.baselines[place].failures]
    if lost:
        yield _baseline_failed(sweep, lost)


def _baseline_failed(sweep: Sweep, lost: Sequence[Place]) -> str:
    """How much of the baseline failed at these points, and what differences from it rest on."""
    world = [n for n, axis in enumerate(sweep.axes) if axis.arm is None]
    runs = {tuple(place[n] for n in world): sweep.baselines[place] for place in lost}.values()
    failures = [failure for run in runs for failure in run.failures]
    redraws = sum(failure.redrawn for failure in failures)
    tried = len(failures) - redraws + sum(len(run.goal.values) for run in runs)
    kinds = (len(failures) - redraws, tried, "replications"), (redraws, sweep.redraws * len(runs), "redraws")
    counts = [(failed, of, name) for failed, of, name in kinds if failed]
    where = "" if len(lost) == len(sweep.places) else f" {_where(sweep, world, lost)}"
    lacking = listed([f"{failed} of {of} {name}" for failed, of, name in counts])
    told = f"The baseline {sweep.reference} failed{where} in {lacking}"
    left = [f"{of - failed} of {of} {name}" for failed, of, name in counts if of > failed]
    return f"{told}: differences from it{' there' if where else ''} rest on {listed(left)}." if left else f"{told}."


def _where(sweep: Sweep, own: Sequence[int], lost: Sequence[Place]) -> str:
    """At which values of the axes that matter."""
    if len(lost) == len(sweep.places):
        return "everywhere"
    points = dict.fromkeys(tuple(sweep.axes[n].texts[place[n]] for n in own) for place in lost)
    if len(own) > 1 or len(points) > MOST_NAMED:
        return f"at {len(points)} {'point' if len(points) == 1 else 'points'}"
    return f"at {sweep.names[own[0]]} {', '.join(point[0] for point in points)}"


def around(crossing: Crossing, digits: str = ".4g") -> str:
    """`5.3, between 5 and 6 (95 % interval 5.1 to 5.4)`: the values at which it is sure on which side the arm is."""
    at = f"{crossing.at:{digits}}, between {crossing.between[0]:g} and {crossing.between[1]:g}"
    return f"{at} (95 % interval {crossing.low:{digits}} to {crossing.high:{digits}})"


def _goal(sweep: Sweep) -> str:
    return MEASURES[sweep.goal.metric].label


def _at(sweep: Sweep, best: Best, place: int) -> str:
    """One of the points among which the best was sought, in words: `touches_per_30_days 3`."""
    return " and ".join(_value(sweep, n, best.places[place]) for n in sweep.own(best.arm))


def _value(sweep: Sweep, axis: int, place: Place) -> str:
    """Name and value on one axis."""
    return f"{sweep.names[axis]} {sweep.axes[axis].texts[place[axis]]}"


def _sure(sweep: Sweep, best: Best) -> str:
    """The best point, each number with its interval."""
    assert best.place is not None
    told = []
    for axis in sweep.own(best.arm):
        told.append(f"{_value(sweep, axis, best.place)}{_ends(sweep, best, axis)}")
    return " and ".join(told)


def _ends(sweep: Sweep, best: Best, axis: int) -> str:
    """The interval of a best value, and that over the range of assumptions, in brackets."""
    luck, world = sweep.interval(best, axis), sweep.world_interval(best, axis)
    told = [f"95 % interval {luck[0]:.6g} to {luck[1]:.6g}"] if luck else []
    if world:
        ends = f"{world[0]:.6g} to {world[1]:.6g}"
        told.append(f"over the range of assumptions {ends}, the smallest and largest of {best.worlds} worlds")
    return f" ({'; '.join(told)})" if told else ""


def _gain(sweep: Sweep, best: Best) -> str:
    """Goal and guardrail at the best point against the baseline."""
    assert best.place is not None
    result = sweep.results[best.arm, best.place]
    told = [_change(reading.difference, sweep.scenario.currency) for reading in result.readings if reading.difference]
    if not told:
        return f"{_goal(sweep)} {MEASURES[sweep.goal.metric].amount(result.goal.estimate.mean or 0.0, None)}"
    luck = " and for luck alone" if sweep.redraws else ""
    return f"against {sweep.reference}{luck}, {'; '.join(told)}"


def _change(d: Difference, currency: str) -> str:
    """A difference with its interval and its verdict.

    The best of many values is partly picked for its luck: it is said if the verdict does not follow as well from the
    wider interval, in which those of all values hold together.
    """
    measure = MEASURES[d.metric]
    own, together = d.by_luck, d.simultaneous
    middle = measure.amount(own.mean, (own.high - own.low) / 2, sign=True)
    judged = f"{'guardrail ' if d.role == 'guardrail' else ''}{d.verdict}"
    if together and Claim(d.metric, d.role, d.margin).verdict(together) != d.verdict:
        judged += f" by itself, but not with all values judged together ({_span(d, together)})"
    return f"{measure.label} {middle}{measure.suffix(currency, difference=True)} ({_span(d, own)}), {judged}"


def _span(d: Difference, interval: Interval) -> str:
    """`+0.1 to +2.3`."""
    width = (interval.high - interval.low) / 2
    return " to ".join(MEASURES[d.metric].amount(end, width, sign=True) for end in (interval.low, interval.high))


def _as_good(sweep: Sweep, best: Best) -> str:
    """Which other values are practically as good."""
    own = sweep.own(best.arm)
    if best.held is None or len(best.held.as_good) < 2 or len(own) > 1:
        return ""
    texts = [sweep.axes[own[0]].texts[best.places[n][own[0]]] for n in best.held.as_good]
    return f"Practically as good: {', '.join(texts) if len(texts) <= MOST_NAMED else f'{texts[0]} to {texts[-1]}'}."


def _unguarded(sweep: Sweep, best: Best) -> str:
    """Where it would be best if nothing had to be guarded."""
    if best.free is None or best.held is None or best.free.place == best.held.place:
        return ""
    return f"Without the guardrail it would be {_at(sweep, best, best.free.place)}."


def _edge(sweep: Sweep, best: Best) -> str:
    """A warning if the best value is the first or the last of a range."""
    assert best.place is not None
    own = [(sweep.axes[n], best.place[n]) for n in sweep.own(best.arm)]
    ends = [axis.texts[n] for axis, n in own if axis.numbers and n in (0, len(axis.texts) - 1)]
    return f"{' and '.join(ends)} is the end of what was tried: a better value may lie beyond." if ends else ""


def _leaders(sweep: Sweep) -> str:
    """Which arm is best where, over keys of the world."""
    if len(sweep.axes) > 1:
        counts = Counter(sweep.leader(place) for place in sweep.places)
        shares = ", ".join(f"{arm or 'open'} at {count}" for arm, count in counts.most_common())
        return f"Of {len(sweep.places)} points, the arm to choose is {shares}."
    axis = sweep.axes[0]
    runs = []
    for arm, group in groupby(sweep.places, key=sweep.leader):
        texts = [axis.texts[place[0]] for place in group]
        named = ", ".join(texts) if len(texts) <= MOST_NAMED else f"{len(texts)} values"
        span = f"from {texts[0]} to {texts[-1]}" if axis.numbers and len(texts) > 1 else f"at {named}"
        runs.append(f"{arm or 'open'} {span}")
    return f"By {axis.name}, the arm to choose is {', '.join(runs)}."


def _ridge(sweep: Sweep, arm: str) -> str:
    """The best value of an arm's own key for each value of the world's."""
    own, world = sorted(range(2), key=lambda n: sweep.axes[n].arm is None)
    rows = []
    for best in (best for best in sweep.best if best.arm == arm):
        found = "none" if best.place is None else sweep.axes[own].texts[best.place[own]]
        rows.append(f"{found} at {sweep.axes[world].texts[best.places[0][world]]}")
    shown = rows if len(rows) <= MOST_NAMED else [rows[0], "...", rows[-1]]
    return f"Best {sweep.names[own]} of {arm} by {sweep.names[world]}: {', '.join(shown)}."
