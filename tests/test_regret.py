"""Regret over scenarios: a worked example, and what holds for any table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.errors import ResultError
from sim.stats.regret import regret

TABLES = arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.integers(-9, 9).map(float))


def test_three_rules_may_have_three_winners() -> None:
    values = np.array([[4.0, 4.0, 4.0], [9.0, 2.5, 3.5], [10.0, 2.0, 1.0]])
    found = regret(("safe", "middle", "bold"), values)
    assert found.table.tolist() == [[6.0, 0.0, 0.0], [1.0, 1.5, 0.5], [0.0, 2.0, 3.0]]
    assert found.maximum.tolist() == [6.0, 1.5, 3.0]
    assert found.mean.tolist() == pytest.approx([2.0, 1.0, 5.0 / 3.0])
    assert (found.maximin, found.minimax_regret, found.best_mean) == ("safe", "middle", "middle")


@given(TABLES)
def test_rules_hold_for_any_table(values: np.ndarray) -> None:
    arms = [f"arm {i}" for i in range(len(values))]
    found = regret(arms, values)
    mine = {arm: values[i] for i, arm in enumerate(arms)}
    assert found.table.min(axis=0).tolist() == [0.0] * values.shape[1]
    assert mine[found.maximin].min() == values.min(axis=1).max()
    assert mine[found.best_mean].mean() == pytest.approx(values.mean(axis=1).max())
    assert found.maximum[arms.index(found.minimax_regret)] == found.maximum.min()
    assert (found.maximum.min() == 0.0) == any((row == values.max(axis=0)).all() for row in values)


@given(TABLES)
def test_an_arm_that_wins_everywhere_wins_by_every_rule(values: np.ndarray) -> None:
    better = np.concatenate([values, values.max(axis=0, keepdims=True) + 1.0])
    found = regret([*(f"arm {i}" for i in range(len(values))), "champion"], better)
    assert {found.maximin, found.minimax_regret, found.best_mean} == {"champion"}
    assert found.maximum[-1] == 0.0


@pytest.mark.parametrize("values", [np.zeros((0, 2)), np.zeros((1, 2)), np.array([[1.0, np.nan], [0.0, 0.0]])])
def test_what_cannot_be_judged_is_an_error(values: np.ndarray) -> None:
    with pytest.raises(ResultError, match="finite value of every arm"):
        regret(("a", "b")[: max(2, len(values))], values)
