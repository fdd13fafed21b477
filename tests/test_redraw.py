"""Redrawn scenarios: within the ranges, one luck a parameter, nothing else touched."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from scenarios import shipped
from sim.redraw import redraw, triangular_quantile
from sim.registry import Registry
from sim.scenario.assumptions import parameters
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario
from strategies import BUILTINS

FOLDER = Path(__file__).parents[1] / "scenarios"
HALF_LIFE = "behaviour.pressure.half_life_days"


@cache
def scenario(name: str = "womenswear", *changes: str) -> Scenario:
    return load_scenario(FOLDER / f"{name}.yaml", Registry(BUILTINS), changes)


def assumed(made: Scenario) -> dict[str, Any]:
    held = tuple(made.premises)
    return {p.key: p for p in parameters(made) if p.grade == "assumption" and not p.key.startswith(held or "-")}


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("number", [0, 1, 17])
def test_assumptions_are_redrawn_within_their_ranges_and_nothing_else(name: str, number: int) -> None:
    before = scenario(name)
    after, values = redraw(before, number)
    assert values.keys() == assumed(before).keys()
    for p in parameters(after):
        if p.key in values:
            assert p.value == values[p.key]
            assert p.low <= p.value <= p.high
    changed = {key: p.value for key, p in assumed(before).items()}
    kept = {p.key: p.value for p in parameters(before) if p.key not in changed}
    assert {p.key: p.value for p in parameters(after) if p.key not in changed} == kept
    assert {name: c.cost for name, c in after.channels.items()} == {n: c.cost for n, c in before.channels.items()}
    assert sum(values[key] != value for key, value in changed.items()) == len(values)
    same = after.model_dump(exclude={"behaviour", "channels", "market", "population"})
    assert same == before.model_dump(exclude={"behaviour", "channels", "market", "population"})


def test_the_same_number_gives_the_same_world_and_another_one_another() -> None:
    made = scenario()
    assert redraw(made, 3) == redraw(made, 3)
    first, second = redraw(made, 3)[1], redraw(made, 4)[1]
    assert all(first[key] != second[key] for key in first)
    assert redraw(scenario("womenswear", "seed=2"), 3)[1] != first


def test_a_parameter_more_leaves_the_others_alone() -> None:
    more = redraw(scenario("womenswear", "market.sources.fair={}"), 5)[1]
    fewer = redraw(scenario(), 5)[1]
    assert len(more) == len(fewer) + 3
    assert {key: more[key] for key in fewer} == fewer


def test_premises_keep_their_values_and_nothing_else_does() -> None:
    made = scenario("womenswear", "premises=[behaviour.muting, behaviour.trust.gain]")
    usual, held = redraw(scenario(), 5), redraw(made, 5)
    kept = usual[1].keys() - held[1].keys()
    assert kept == {key for key in usual[1] if key.startswith("behaviour.muting.")} | {"behaviour.trust.gain"}
    assert {key: usual[1][key] for key in held[1]} == held[1]
    assert (held[0].behaviour.muting, held[0].behaviour.trust.gain) == (
        made.behaviour.muting,
        made.behaviour.trust.gain,
    )


def test_what_arms_do_does_not_change_the_world() -> None:
    one, other = scenario(), scenario("womenswear", "arms.blast.0.touches_per_30_days=9", "days=30")
    assert redraw(one, 2)[1] == redraw(other, 2)[1]


@pytest.mark.parametrize(("value", "low", "high"), [(5.0, 5.0, 45.0), (100.0, 7.0, 100.0)])
def test_a_value_outside_its_range_widens_it(
    value: float, low: float, high: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = scenario("womenswear", f"{HALF_LIFE}={value}")
    for u, end in ((2.0**-53, low), (1.0 - 2.0**-53, high)):
        monkeypatch.setattr("sim.draws.Luck.one", lambda *_, u=u: u)
        assert redraw(made, 0)[1][HALF_LIFE] == pytest.approx(end, abs=1e-4)


def test_draws_follow_the_triangular_distribution() -> None:
    """A correct sampler fails at this level for 1 seed in 10,000; the seed is fixed."""
    made = scenario()
    p = assumed(made)[HALF_LIFE]
    drawn = [redraw(made, number)[1][HALF_LIFE] for number in range(300)]
    shape = oracle.triang((p.value - p.low) / (p.high - p.low), p.low, p.high - p.low)
    assert oracle.kstest(drawn, shape.cdf).pvalue > 1e-4


def test_parameters_are_drawn_independently() -> None:
    """The largest of 666 correlations over 100 redraws; beyond .5 for 1 seed in 10,000."""
    drawn = np.array([list(redraw(scenario("classroom"), number)[1].values()) for number in range(100)])
    related = np.corrcoef(drawn.T) - np.eye(drawn.shape[1])
    assert np.abs(related).max() < 0.5


@given(st.floats(0.0, 1.0), st.lists(st.integers(-50, 50), min_size=3, max_size=3).map(sorted))
def test_quantiles_agree_with_scipy(u: float, ends: list[int]) -> None:
    low, mode, high = (float(x) for x in ends)
    found = triangular_quantile(u, low, mode, high)
    assert low <= found <= high
    if high > low:
        expected = oracle.triang.ppf(u, (mode - low) / (high - low), low, high - low)
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("u", [2.0**-53, 1.0 - 2.0**-53])
def test_the_ends_of_every_range_are_allowed(name: str, u: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redraw may come as close to the ends as luck can, in every parameter at once."""
    monkeypatch.setattr("sim.draws.Luck.one", lambda *_: u)
    assert len(redraw(scenario(name), 0)[1]) > 30
