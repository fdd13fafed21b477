"""Choosing an arm when several scenarios are possible: what is lost by choosing wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import ResultError
from sim.stats.intervals import FloatArray


@dataclass(frozen=True)
class Regret:
    """Arms against scenarios. `table`: what an arm falls short of the scenario's best, shape (arms, scenarios).

    `maximum` and `mean` are taken over scenarios, shape (arms,). `maximin`, `minimax_regret` and `best_mean` name the
    winner by each rule, the first of equal arms. All of it is an estimate if the values are.
    """

    arms: tuple[str, ...]
    table: FloatArray
    maximum: FloatArray
    mean: FloatArray
    maximin: str
    minimax_regret: str
    best_mean: str


def regret(arms: Sequence[str], values: FloatArray) -> Regret:
    """Judge arms over scenarios by three rules; `values`: shape (arms, scenarios), plus is good.

    Maximin takes the arm whose worst value is best (Wald 1950), minimax regret the one whose largest regret is
    smallest (Savage 1951), the mean weighs all scenarios alike (Laplace). Raises ResultError if there is nothing to
    compare or a value is not finite: an arm that failed somewhere cannot be judged over all scenarios.
    """
    if values.size == 0 or values.shape[0] != len(arms) or not np.isfinite(values).all():
        raise ResultError("regret needs a finite value of every arm in every scenario")
    table: FloatArray = values.max(axis=0) - values
    maximum, mean = table.max(axis=1), table.mean(axis=1)
    return Regret(
        arms=tuple(arms),
        table=table,
        maximum=maximum,
        mean=mean,
        maximin=arms[int(values.min(axis=1).argmax())],
        minimax_regret=arms[int(maximum.argmin())],
        best_mean=arms[int(mean.argmin())],
    )
