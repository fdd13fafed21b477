"""What becomes of a comparison when its assumptions are redrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sim.comparison import Assumptions, Difference, WorldEffect
from sim.differences import Claim, arm_verdict_of, pair, paired_values
from sim.measures import MEASURES
from sim.results import Experiment
from sim.stats import ArmVerdict, FloatArray
from sim.stats.uncertainty import drivers, holds_only_for_luck, noise, prediction_interval


def assumptions(
    experiment: Experiment, differences: Sequence[Difference], verdicts: Mapping[str, ArmVerdict | None]
) -> Assumptions | None:
    """The same differences over worlds drawn from the assumptions; None if there are no redraws.

    `verdicts`: arm -> verdict as far as luck goes, for telling which of them do not hold here.
    """
    if not experiment.redraws:
        return None
    effects = tuple(_effect(experiment, d) for d in differences)
    here = {arm: arm_verdict_of(arm, effects) for arm in dict.fromkeys(d.arm for d in differences)}
    return Assumptions(
        redraws=len(experiment.redraws),
        parameters=tuple(experiment.redraws[0]),
        effects=effects,
        verdicts=here,
        only_luck=tuple(arm for arm, verdict in here.items() if holds_only_for_luck(verdicts.get(arm), verdict)),
    )


def _effect(experiment: Experiment, d: Difference) -> WorldEffect:
    """One difference, over the redraws that both arms finished and that define it."""
    pairs = pair(experiment.redrawn_of(d.arm), experiment.redrawn_of(d.baseline))
    paired = paired_values(pairs, d.metric)
    known = np.asarray(~np.isnan(paired).any(axis=1))
    apart = paired[known, 0] - paired[known, 1]
    numbers = [mine.replication for (mine, _), both in zip(pairs, known, strict=True) if both]
    interval = prediction_interval(apart) if len(apart) > 1 else None
    verdict = Claim(d.metric, d.role, d.margin).verdict(interval)
    redrawn = _redrawn(experiment, numbers)
    return WorldEffect(
        arm=d.arm,
        metric=d.metric,
        role=d.role,
        interval=interval,
        better=float(np.mean(apart * MEASURES[d.metric].improves > 0.0)) if len(apart) else None,
        verdict=verdict,
        only_luck=holds_only_for_luck(d.verdict, verdict),
        drivers=drivers(redrawn, apart),
        noise=noise(len(redrawn), len(apart)) if len(apart) > 1 else None,
        n=len(apart),
    )


def _redrawn(experiment: Experiment, numbers: Sequence[int]) -> dict[str, FloatArray]:
    """Key path -> its values in these redraws."""
    return {key: np.array([experiment.redraws[n][key] for n in numbers]) for key in experiment.redraws[0]}
