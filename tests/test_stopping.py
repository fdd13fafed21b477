"""Stopping on precision: when it is enough, whatever the order in which cells end, and what is told if it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim import experiment
from sim.compare import compare
from sim.experiment import Progress, run_experiment
from sim.registry import Registry
from sim.results import Experiment, Failure, Replication
from sim.scenario.model import Scenario
from sim.stopping import exactly, imprecise
from strategies import BUILTINS
from tests import synthetic
from tests.test_experiment import any_order, cells

REGISTRY = Registry(BUILTINS)
ARMS = ("restrained", "frequent", "blast")
NOISE = {"restrained": 0.0, "frequent": 1.0, "blast": 2.0}


def scenario(**rule: Any) -> Scenario:
    made = synthetic.scenario(5, 5, synthetic.COMPARE, ARMS)
    asked = {"min": 3, "max": 40, "precision": {"value_per_fan": 1.0}, "look_ahead": 2} | rule
    return Scenario.model_validate(made.model_dump() | {"replications": asked})


def value(arm: str, number: int) -> float:
    """The goal of an arm in one replication."""
    return 100.0 + NOISE[arm] * float(np.random.default_rng([number, ARMS.index(arm)]).normal())


def pretend(failing: dict[str, set[int]], noise: float = 1.0) -> Callable[..., Replication | Failure]:
    """A cell that costs nothing, and fails where it is told to."""

    def run_cell(asked: Scenario, registry: Registry, cell: Any, on_day: Any = None) -> Replication | Failure:
        if cell.replication in failing.get(cell.arm, ()) and not cell.redrawn:
            return Failure(cell.arm, cell.replication, f"{cell.arm} {cell.replication}")
        made = synthetic.replication(cell.arm, cell.replication, 5)
        goal = 100.0 + noise * (value(cell.arm, cell.replication) - 100.0)
        return replace(made, metrics={**made.metrics, "value_per_fan": goal})

    return run_cell


def run(asked: Scenario, monkeypatch: pytest.MonkeyPatch, failing: dict[str, set[int]] | None = None) -> Experiment:
    monkeypatch.setattr(experiment, "run_cell", pretend(failing or {}))
    return run_experiment(asked, REGISTRY, workers=1)


def half_width(arm: str, number: int) -> float:
    """Half-width after so many replications, by the textbook; scipy.stats is the oracle."""
    values = [value(arm, n) - value("restrained", n) for n in range(number)]
    low, high = stats.t.interval(0.95, number - 1, np.mean(values), stats.sem(values))
    return float(high - low) / 2


def oracle(width: float, first: int, most: int, look_ahead: int) -> int:
    """The first number at which all half-widths are small enough and stay so, looked for in the plainest way."""
    good = {n: all(half_width(arm, n) <= width for arm in ARMS[1:]) for n in range(2, most + 1)}
    for n in range(first, most + 1):
        if all(good[m] for m in range(n, min(n + look_ahead, most) + 1)):
            return n
    return most


@pytest.mark.parametrize("width", [0.5, 0.8, 1.3, 3.0])
@pytest.mark.parametrize("look_ahead", [0, 5])
def test_it_stops_where_the_definition_says(width: float, look_ahead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = scenario(precision={"value_per_fan": width}, look_ahead=look_ahead)
    found = run(asked, monkeypatch)
    enough = oracle(width, 3, 40, look_ahead)
    assert cells(found) == [(arm, n) for arm in ARMS for n in range(enough)]
    reached = all(half_width(arm, enough) <= width for arm in ARMS[1:])
    assert (imprecise(found) == ()) == reached


def test_it_never_stops_before_the_fewest_nor_after_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(run(scenario(precision={"value_per_fan": 1e6}), monkeypatch).of("blast")) == 3
    found = run(scenario(precision={"value_per_fan": 1e-6}, max=9), monkeypatch)
    assert len(found.of("blast")) == 9
    told = {entry.arm: entry for entry in imprecise(found)}
    assert told.keys() == {"frequent", "blast"}
    assert told["blast"].half_width == pytest.approx(half_width("blast", 9))
    assert (told["blast"].metric, told["blast"].wanted) == ("value_per_fan", 1e-6)


@pytest.mark.parametrize(
    ("width", "status", "says"),
    [(1e6, "passed", "reached in value_per_fan"), (1e-6, "warning", "not reached; value_per_fan of frequent is known")],
)
def test_the_health_checks_say_whether_it_was_reached(
    width: float, status: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(scenario(precision={"value_per_fan": width}, max=9), monkeypatch)
    [check] = [check for check in compare(found).health if check.name == "Precision asked for"]
    assert check.status == status
    assert says in check.detail
    assert "Precision asked for" not in [c.name for c in compare(synthetic.experiment(3, 10)).health]


def test_a_share_is_of_each_declared_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scenario(precision=0.5).half_widths == {"value_per_fan": 0.25, "churn": 0.015}
    assert scenario(precision={"orders": 3}).half_widths == {"orders": 3}
    assert synthetic.scenario(5, 5, synthetic.COMPARE).half_widths == {}
    both = synthetic.COMPARE | {"guardrail": {"metric": "value_per_fan", "margin": 0.1}}
    made = synthetic.scenario(5, 5, both).model_dump() | {"replications": {"max": 9, "precision": 1.0}}
    assert Scenario.model_validate(made).half_widths == {"value_per_fan": 0.1}


FAILING = st.dictionaries(st.sampled_from(ARMS), st.sets(st.integers(0, 12), min_size=1), max_size=2)


@settings(max_examples=60)
@given(FAILING, st.integers(2, 6), st.floats(0.5, 4), st.integers(0, 3), st.booleans(), st.data())
def test_the_order_in_which_cells_end_does_not_matter(
    failing: dict[str, set[int]], workers: int, width: float, look_ahead: int, redrawn: bool, data: st.DataObject
) -> None:
    """Neither the replications that count nor the failures depend on what ran ahead in other processes."""
    asked = scenario(max=12, precision={"value_per_fan": width}, look_ahead=look_ahead)
    if redrawn:
        asked = asked.model_copy(update={"uncertainty": "assumptions", "redraws": 2})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "run_cell", pretend(failing))
        alone = run_experiment(asked, REGISTRY, workers=1)
        patch.setattr(experiment, "run_jobs", any_order(data))
        shared = run_experiment(asked, REGISTRY, workers=workers)
    assert cells(alone) == cells(shared)
    assert alone.failures == shared.failures
    assert [(r.arm, r.replication) for r in alone.redrawn] == [(r.arm, r.replication) for r in shared.redrawn]


def enough_for_frequent(without: int | None = None) -> int:
    """The first number at which `frequent` is precise and stays so; `without` one replication that has no pair."""

    def good(n: int) -> bool:
        values = [value("frequent", m) - value("restrained", m) for m in range(n) if m != without]
        low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        return bool((high - low) / 2 <= 1.0)

    return next(n for n in range(3, 41) if all(good(m) for m in range(n, min(n + 2, 40) + 1)))


@pytest.mark.parametrize("finishing", [set(), {1}])
def test_an_arm_that_always_fails_keeps_nobody_waiting(finishing: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The noisier arm fails, but for one replication at most: then the other decides how long the run is."""
    found = run(scenario(), monkeypatch, {"blast": set(range(40)) - finishing})
    enough = enough_for_frequent()
    assert enough < 40
    assert cells(found) == [(arm, n) for arm in ARMS for n in range(enough) if arm != "blast" or n in finishing]
    assert [(f.arm, f.replication) for f in found.failures] == [
        ("blast", n) for n in range(enough) if n not in finishing
    ]
    assert [entry.arm for entry in imprecise(found)] == (["blast"] if finishing else [])


def test_a_replication_that_failed_is_left_out_of_the_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(scenario(), monkeypatch, {"frequent": {1}, "blast": set(range(40))})
    assert len(found.of("restrained")) == enough_for_frequent(without=1)
    assert imprecise(found) == ()


def test_an_arm_that_fails_now_and_then_is_run_until_it_is_precise(monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(scenario(), monkeypatch, {"blast": {0, 1, 2, 7}})
    enough = len(found.of("restrained"))
    assert enough_for_frequent() < enough < 40
    assert len(found.of("blast")) == enough - 4
    assert imprecise(found) == ()


def test_without_differences_it_does_not_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = scenario(precision={"value_per_fan": 1e-6})
    for failing in ("restrained",), ("frequent", "blast"):
        found = run(asked, monkeypatch, {arm: set(range(40)) for arm in failing})
        assert {len(found.of(arm)) for arm in ARMS if arm not in failing} == {3}
        assert {failure.arm for failure in found.failures} == set(failing)
        assert imprecise(found) == ()
        assert "Precision asked for" not in [check.name for check in compare(found).health]


def test_progress_ends_with_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Progress] = []
    monkeypatch.setattr(experiment, "run_cell", pretend({}))
    run_experiment(scenario(precision={"value_per_fan": 1e6}), REGISTRY, workers=1, on_progress=seen.append)
    assert seen[0].total == 120
    assert seen[-1] == Progress(9, 9, 1.0)
    assert [now.share for now in seen] == sorted(now.share for now in seen)


def test_exactly_so_many_keeps_the_precision_that_is_asked_for() -> None:
    fixed = exactly(scenario(), 7)
    assert (fixed.fewest, fixed.most) == (7, 7)
    assert fixed.half_widths == scenario().half_widths
    assert exactly(scenario(), 1).replications == 1
    assert exactly(synthetic.scenario(5, 5, None), 7).replications == 7
