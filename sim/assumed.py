"""What becomes of a comparison when its assumptions are redrawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from sim.comparison import Assumptions, Difference, WorldEffect
from sim.differences import Claim, arm_verdict_of, pair, paired_values
from sim.measures import MEASURES
from sim.results import Experiment
from sim.stats import ArmVerdict, FloatArray, Interval, Verdict, apart
from sim.stats.selection import simultaneous_level
from sim.stats.uncertainty import drivers, holds_only_for_luck, noise, prediction_interval

IN_PLAY: Mapping[str, Callable[[Experiment], bool]] = {
    "behaviour.rewards.": lambda e: any(r.daily["offers"].any() for r in (*e.replications, *e.redrawn)),
    "market.sources.": lambda e: any(r.fans["joined"] for r in (*e.replications, *e.redrawn)),
    "market.playbook.": lambda e: e.scenario.market.playbook.maturity < 1.0,
}
"""How key paths begin, and when what they name matters: there were rewards, somebody joined, there was to learn."""


def assumptions(
    experiment: Experiment, differences: Sequence[Difference], verdicts: Mapping[str, ArmVerdict | None]
) -> Assumptions | None:
    """The same differences over worlds drawn from the assumptions; None if there are no redraws.

    `verdicts`: arm -> verdict as far as luck goes, for telling which of them do not hold here.
    """
    if not experiment.redraws:
        return None
    idle = _idle(experiment)
    values = {key: found for key, found in _redrawn(experiment).items() if not key.startswith(idle)}
    level = simultaneous_level(len(experiment.scenario.arms) - 1)
    effects = tuple(_effect(experiment, d, values, level) for d in differences)
    here = {arm: arm_verdict_of(arm, effects) for arm in dict.fromkeys(d.arm for d in differences)}
    found = Assumptions(len(experiment.redraws), tuple(experiment.redraws[0]), effects, here, only_luck=())
    tested = {arm: verdict for arm, verdict in here.items() if arm not in found.untested}
    only_luck = (arm for arm, verdict in tested.items() if holds_only_for_luck(verdicts.get(arm), verdict))
    return replace(found, only_luck=tuple(only_luck))


def _idle(experiment: Experiment) -> tuple[str, ...]:
    """How the key paths begin of all that did not happen: a part of the model, or touches through a channel."""
    lived = (*experiment.replications, *experiment.redrawn)
    unused = (name for name in experiment.scenario.channels if not any(r.touches.get(name) for r in lived))
    parts = (section for section, matters in IN_PLAY.items() if not matters(experiment))
    return (*parts, *(f"channels.{name}." for name in unused))


def _effect(experiment: Experiment, d: Difference, values: Mapping[str, FloatArray], together: float) -> WorldEffect:
    """One difference, over the redraws that both arms finished and that define it.

    `values`: key path -> value in every redraw, of what may move the difference; `together`: level of an interval that
    holds with those of all arms.
    """
    pairs = pair(experiment.redrawn_of(d.arm), experiment.redrawn_of(d.baseline))
    paired = paired_values(pairs, d.metric)
    known = np.asarray(~np.isnan(paired).any(axis=1))
    differences = apart(paired[known, 0], paired[known, 1])
    numbers = [mine.replication for (mine, _), both in zip(pairs, known, strict=True) if both]
    several = len(differences) > 1
    interval = prediction_interval(differences) if several else None
    verdict = _verdict(d, interval)
    redrawn = {key: column[numbers] for key, column in values.items()}
    return WorldEffect(
        arm=d.arm,
        metric=d.metric,
        role=d.role,
        interval=interval,
        simultaneous=prediction_interval(differences, together) if several else None,
        luck=_share_of_luck(d, differences),
        better=float(np.mean(differences * MEASURES[d.metric].improves > 0.0)) if len(differences) else None,
        verdict=verdict,
        only_luck=several and holds_only_for_luck(d.verdict, verdict),
        drivers=drivers(redrawn, differences),
        noise=noise(len(redrawn), len(differences)) if several else None,
        n=len(differences),
    )


def _verdict(d: Difference, interval: Interval | None) -> Verdict | None:
    """The verdict by an interval over the redraws; without one nothing is proven.

    Where luck gives no verdict, as with one replication, there is none here either.
    """
    if d.verdict is None:
        return None
    if interval is None:
        return "inconclusive" if d.role == "goal" else "unproven"
    return Claim(d.metric, d.role, d.margin).verdict(interval)


def _share_of_luck(d: Difference, differences: FloatArray) -> float | None:
    """Variance of the difference between replications of one world, as a share of that between worlds."""
    known = d.paired[~np.isnan(d.paired).any(axis=1)]
    by_luck = apart(known[:, 0], known[:, 1])
    if min(len(by_luck), len(differences)) < 2 or np.ptp(differences) == 0.0:
        return None
    return float(np.var(by_luck, ddof=1) / np.var(differences, ddof=1))


def _redrawn(experiment: Experiment) -> dict[str, FloatArray]:
    """Key path -> its value in every redraw."""
    return {key: np.array([values[key] for values in experiment.redraws]) for key in experiment.redraws[0]}
