"""An experiment and its ledger: what is known is not run again, and the result is the same as without one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim import experiment
from sim.cells import Cell
from sim.experiment import answered, run_experiment
from sim.redraw import redraw
from sim.registry import Registry
from sim.results import Experiment, Failure
from sim.scenario.model import Scenario
from sim.store import Ledger
from sim.world import simulate
from strategies import BUILTINS
from tests.test_experiment import PLUGINS, cells
from tests.test_store import exact, sql

REGISTRY = Registry(BUILTINS)
WEEKLY = {"use": "contact_cadence", "touches_per_30_days": 4}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "out") as made:
        yield made


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """The cells that are lived through, as it happens."""
    seen: list[Cell] = []
    real = experiment.run_cell

    def run_cell(asked: Scenario, registry: Registry, cell: Cell, on_day: Any = None) -> Any:
        seen.append(cell)
        return real(asked, registry, cell, on_day)

    monkeypatch.setattr(experiment, "run_cell", run_cell)
    return seen


def scenario(**changes: Any) -> Scenario:
    entries = {"name": "tiny", "days": 5, "replications": 2, "population": {"size": 40}}
    return Scenario.model_validate(entries | {"arms": {"weekly": [WEEKLY], "quiet": []}} | changes)


def whole(found: Experiment) -> Any:
    """An experiment to the last bit, but for the keys of its cells."""
    rest = replace(found, replications=(), redrawn=(), cells=())
    return rest, [exact(r) for r in found.replications], [exact(r) for r in found.redrawn]


def arms_and_numbers(ran: list[Cell]) -> list[tuple[str, int]]:
    return [(cell.arm, cell.replication) for cell in ran]


def test_the_same_job_again_runs_nothing_and_gives_the_same(ledger: Ledger, ran: list[Cell]) -> None:
    asked = scenario(uncertainty="assumptions", redraws=2)
    without = run_experiment(asked, REGISTRY, workers=1)
    assert without.cells == ()
    first = run_experiment(asked, REGISTRY, workers=1, ledger=ledger)
    ran.clear()
    progress = []
    second = run_experiment(asked, REGISTRY, workers=1, ledger=ledger, on_progress=progress.append)
    assert ran == []
    assert whole(without) == whole(first) == whole(second)
    assert first.cells == second.cells
    assert (progress[-1].finished, progress[-1].answered) == (8, 8)
    assert first.replications[0].outcomes is not None
    assert ledger.record(first, "") == ledger.record(second, "")


def test_only_what_is_new_is_run(ledger: Ledger, ran: list[Cell]) -> None:
    run_experiment(scenario(), REGISTRY, workers=1, ledger=ledger)
    ran.clear()
    more = scenario(replications=4)
    started: list[int] = []
    found = run_experiment(more, REGISTRY, workers=1, ledger=ledger, on_start=started.append)
    assert arms_and_numbers(ran) == [(arm, n) for n in (2, 3) for arm in ("weekly", "quiet")]
    assert started == [4]
    assert cells(found) == [(arm, n) for arm in ("weekly", "quiet") for n in range(4)]

    ran.clear()
    other = {"use": "contact_cadence", "touches_per_30_days": 5}
    run_experiment(scenario(arms={"weekly": [other], "quiet": []}), REGISTRY, workers=1, ledger=ledger)
    assert arms_and_numbers(ran) == [("weekly", 0), ("weekly", 1)]

    ran.clear()
    named = run_experiment(scenario(arms={"x": [], "y": [WEEKLY]}, currency="CNY"), REGISTRY, workers=1, ledger=ledger)
    assert ran == []
    assert cells(named) == [(arm, n) for arm in "xy" for n in range(2)]

    run_experiment(scenario(seed=9), REGISTRY, workers=1, ledger=ledger)
    assert len(ran) == 4


def test_fewer_replications_are_a_part_of_what_is_known(ledger: Ledger, ran: list[Cell]) -> None:
    run_experiment(scenario(replications=3), REGISTRY, workers=1, ledger=ledger)
    ran.clear()
    found = run_experiment(scenario(replications=1), REGISTRY, workers=1, ledger=ledger)
    assert ran == []
    assert cells(found) == [("weekly", 0), ("quiet", 0)]
    assert answered(scenario(replications=5), REGISTRY, ledger) == 6


def test_fresh_runs_everything_and_replaces_it(ledger: Ledger, ran: list[Cell]) -> None:
    run_experiment(scenario(), REGISTRY, workers=1, ledger=ledger)
    sql(ledger.path, "UPDATE metric SET value = 17 WHERE name = 'churn'")
    ran.clear()
    started: list[int] = []
    found = run_experiment(scenario(), REGISTRY, workers=1, ledger=ledger, fresh=True, on_start=started.append)
    assert (len(ran), started) == (4, [0])
    again = run_experiment(scenario(), REGISTRY, workers=1, ledger=ledger)
    assert whole(found) == whole(again)
    assert sql(ledger.path, "SELECT count(*) FROM metric WHERE value = 17 AND name = 'churn'") == [(0,)]


def test_several_processes_fill_the_same_ledger_as_one(tmp_path: Path) -> None:
    contents = []
    for workers in (1, 2):
        with Ledger(tmp_path / str(workers)) as ledger:
            run_experiment(scenario(), REGISTRY, workers=workers, ledger=ledger)
            contents.append(set(sql(ledger.path, "SELECT key, replication, result FROM cell")))
    assert len(contents[0]) == 4
    assert contents[0] == contents[1]


def test_a_failure_is_recorded_and_tried_again(ledger: Ledger, tmp_path: Path, ran: list[Cell]) -> None:
    plugin = tmp_path / "plugins.py"
    plugin.write_text(PLUGINS)
    asked = scenario(arms={"broken": [{"use": f"{plugin}:Raises"}], "quiet": []})
    for _ in range(2):
        ran.clear()
        found = run_experiment(asked, REGISTRY, workers=1, ledger=ledger, command="simrun tiny.yaml")
        assert [(f.arm, f.replication) for f in found.failures] == [("broken", 0), ("broken", 1)]
        assert len(found.cells) == len(found.replications) == 2
    assert arms_and_numbers(ran) == [("broken", 0), ("broken", 1)]
    rows = sql(ledger.path, "SELECT arm, replication, seed, command, message, trace FROM failure ORDER BY replication")
    assert [row[:4] for row in rows] == [
        ("broken", number, asked.seed, f"simrun tiny.yaml --replications {number + 1}") for number in (0, 1)
    ]
    for *_, message, trace in rows:
        assert "ZeroDivisionError" in message
        assert trace.startswith("Traceback")
    plugin.write_text(PLUGINS.replace("1 / 0", ""))
    assert run_experiment(asked, REGISTRY, workers=1, ledger=ledger).failures == ()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_plugin_that_is_changed_during_the_run_counts_as_it_was(ledger: Ledger, tmp_path: Path, workers: int) -> None:
    plugin = tmp_path / "plugins.py"
    original = PLUGINS.replace('print("hello")', f"open({str(plugin)!r}, 'w').write('1 / 0')")
    plugin.write_text(original)
    asked = scenario(arms={"edited": [{"use": f"{plugin}:Prints"}], "quiet": []})
    assert run_experiment(asked, REGISTRY, workers=workers, ledger=ledger).failures == ()
    assert plugin.read_text() == "1 / 0"
    plugin.write_text(original)
    assert answered(asked, REGISTRY, ledger) == 4


def test_a_helper_that_is_changed_during_the_run_fails_the_arm_and_nothing_is_remembered(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    plugin, helper = tmp_path / "plugins.py", tmp_path / "helper_of_plugins.py"
    helper.write_text("")
    change = f"open({str(helper)!r}, 'a').write('# better')"
    plugin.write_text(f"import helper_of_plugins\n{PLUGINS}".replace('print("hello")', change))
    asked = scenario(arms={"edited": [{"use": f"{plugin}:Prints"}], "quiet": []})
    failures = run_experiment(asked, REGISTRY, workers=1, ledger=ledger).failures
    assert [(failure.arm, failure.replication) for failure in failures] == [("edited", 0), ("edited", 1)]
    for failure in failures:
        assert failure.message.startswith(f"{helper}: was changed while the run was under way; run again")
    assert sql(ledger.path, "SELECT arm FROM cell") == [("quiet",), ("quiet",)]
    assert sql(ledger.path, "SELECT * FROM failure") == []


# Redrawn assumptions


def test_redrawn_replications_live_in_redrawn_worlds_with_the_same_luck() -> None:
    asked = scenario(uncertainty="assumptions", redraws=3)
    found = run_experiment(asked, REGISTRY, workers=1)
    assert [(r.arm, r.replication) for r in found.redrawn] == [(a, n) for a in ("weekly", "quiet") for n in range(3)]
    for number in range(3):
        world, values = redraw(asked, number)
        assert found.redraws[number] == values
        expected = simulate(world, "quiet", [], number)
        assert exact(found.redrawn_of("quiet")[number]) == exact(replace(expected, outcomes=None))
    plain = run_experiment(scenario(), REGISTRY, workers=1)
    assert [exact(r) for r in plain.replications] == [exact(r) for r in found.replications]
    assert plain.redrawn == plain.redraws == ()


def test_a_redraw_that_fails_costs_its_arm_no_replication_and_no_other_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.run_cell

    def run_cell(asked: Scenario, registry: Registry, cell: Cell, on_day: Any = None) -> Any:
        if cell == Cell("weekly", 1, redrawn=True):
            return Failure("weekly", 1, "boom", redrawn=True)
        return real(asked, registry, cell, on_day)

    monkeypatch.setattr(experiment, "run_cell", run_cell)
    found = run_experiment(scenario(uncertainty="assumptions", redraws=3), REGISTRY, workers=1)
    assert cells(found) == [(arm, n) for arm in ("weekly", "quiet") for n in range(2)]
    assert [(r.arm, r.replication) for r in found.redrawn] == [
        *(("weekly", n) for n in (0, 2)),
        *(("quiet", n) for n in range(3)),
    ]
    [failure] = found.failures
    assert (failure.arm, failure.replication, failure.redrawn) == ("weekly", 1, True)
