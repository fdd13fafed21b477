from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import experiment
from sim.experiment import Cell, Progress, run_experiment
from sim.registry import Registry
from sim.results import Experiment, Failure, Replication
from sim.scenario.model import Scenario
from strategies import BUILTINS
from tests import synthetic

REGISTRY = Registry(BUILTINS)
WEEKLY = {"use": "contact_cadence", "touches_per_30_days": 4}

PLUGINS = '''\
import os
import signal
import sys
from dataclasses import dataclass

from sim.strategy import Strategy


@dataclass(frozen=True)
class Raises(Strategy):
    """Raises on day 3."""

    def decide(self, day, audience):
        return [] if day < 3 else [1 / 0]


@dataclass(frozen=True)
class RaisesLater(Strategy):
    """Raises in a process of its own."""

    def decide(self, day, audience):
        return []

    def run(self, env, desk):
        yield env.process(self.ask(env)) | env.timeout(1)
        yield env.timeout(9)

    def ask(self, env):
        yield env.timeout(2)
        raise LookupError("no answer")


@dataclass(frozen=True)
class Leaves(Strategy):
    """Ends the program."""

    def decide(self, day, audience):
        sys.exit("enough")


@dataclass(frozen=True)
class Dies(Strategy):
    """Is killed by the system, as when memory runs out."""

    def decide(self, day, audience):
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Prints(Strategy):
    """Prints."""

    def decide(self, day, audience):
        print("hello")
        return []
'''


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    path = tmp_path / "plugins.py"
    path.write_text(PLUGINS)
    return path


def scenario(replications: int = 3, days: int = 5, **arms: list[dict[str, Any]]) -> Scenario:
    arms = arms or {"weekly": [WEEKLY], "quiet": []}
    return Scenario.model_validate(
        {
            "name": "tiny",
            "days": days,
            "replications": replications,
            "population": {"size": 40},
            "arms": arms,
        }
    )


def assert_only_on_stderr(text: str, times: int, capfd: pytest.CaptureFixture[str]) -> None:
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count(text) == times


def cells(found: Experiment) -> list[tuple[str, int]]:
    return [(r.arm, r.replication) for r in found.replications]


def test_every_arm_in_every_replication_in_the_order_of_the_arms() -> None:
    found = run_experiment(scenario(), REGISTRY, workers=1, command="simrun tiny")
    assert cells(found) == [(arm, n) for arm in ("weekly", "quiet") for n in range(3)]
    assert found.failures == ()
    assert found.provenance.command == "simrun tiny"
    assert found.provenance.seed == found.scenario.seed
    touches = {r.arm: r.metrics["touches"] for r in found.replications}
    assert touches["quiet"] == 0
    assert touches["weekly"]


def test_the_result_does_not_depend_on_the_number_of_workers(plugins: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = scenario(weekly=[WEEKLY], broken=[{"use": f"{plugins}:Raises"}], loud=[{"use": f"{plugins}:Prints"}])
    alone = run_experiment(asked, REGISTRY, workers=1)
    assert_only_on_stderr("hello", 15, capfd)
    shared = run_experiment(asked, REGISTRY, workers=2)
    assert_only_on_stderr("hello", 15, capfd)
    assert cells(alone) == cells(shared) == [(arm, n) for arm in ("weekly", "loud") for n in range(3)]
    assert [f.message for f in alone.failures] == [f.message for f in shared.failures]
    assert alone.provenance == shared.provenance
    for one, two in zip(alone.replications, shared.replications, strict=True):
        assert (one.metrics, one.exits, one.money, one.fans) == (two.metrics, two.exits, two.money, two.fans)
        assert one.daily.keys() == two.daily.keys()
        for series in one.daily:
            np.testing.assert_array_equal(one.daily[series], two.daily[series])


def test_a_strategy_that_always_raises_fails_in_every_replication_and_the_other_arms_go_on(plugins: Path) -> None:
    asked = scenario(broken=[{"use": f"{plugins}:Raises"}], quiet=[])
    found = run_experiment(asked, REGISTRY, workers=1)
    assert cells(found) == [("quiet", n) for n in range(3)]
    assert [(failure.arm, failure.replication) for failure in found.failures] == [("broken", n) for n in range(3)]
    for failure in found.failures:
        for part in ("Raises", "day 3", "plugins.py:14", "ZeroDivisionError"):
            assert part in failure.message
        assert "\n" not in failure.message
        assert failure.trace.startswith("Traceback")


SOMETIMES = """\
from dataclasses import dataclass

from sim.strategy import Strategy


@dataclass(frozen=True)
class Sometimes(Strategy):
    \"\"\"Raises where the luck of the first fan is low.\"\"\"

    def decide(self, day, audience):
        if audience.sample("coin", 0.5).tolist()[:1] == [0]:
            raise LookupError("tails")
        return []
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_replication_that_fails_costs_its_arm_no_other(plugins: Path, workers: int) -> None:
    plugins.write_text(SOMETIMES)
    asked = scenario(8, 1, moody=[{"use": f"{plugins}:Sometimes"}], quiet=[])
    found = run_experiment(
        asked.model_copy(update={"uncertainty": "assumptions", "redraws": 4}), REGISTRY, workers=workers
    )
    failed = {f.replication for f in found.failures if not f.redrawn}
    assert {r.replication for r in found.of("moody")} == set(range(8)) - failed
    assert min(failed) < max(r.replication for r in found.of("moody"))
    redrawn = {f.replication for f in found.failures if f.redrawn}
    assert {r.replication for r in found.redrawn_of("moody")} == set(range(4)) - redrawn
    assert {f.arm for f in found.failures} == {"moody"}
    assert [(f.redrawn, f.replication) for f in found.failures] == [
        *((False, n) for n in sorted(failed)),
        *((True, n) for n in sorted(redrawn)),
    ]
    assert len(found.of("quiet")) + len(found.redrawn_of("quiet")) == 12


def test_a_failure_has_the_line_that_repeats_it_and_little_else(plugins: Path) -> None:
    asked = scenario(2, broken=[{"use": f"{plugins}:Raises"}], quiet=[])
    found = run_experiment(asked, REGISTRY, workers=1, command="simrun tiny.yaml")
    assert [f.command for f in found.failures] == [f"simrun tiny.yaml --replications {n}" for n in (1, 2)]
    redrawn = asked.model_copy(update={"uncertainty": "assumptions", "redraws": 3})
    found = run_experiment(redrawn, REGISTRY, workers=1, command="simrun tiny.yaml --replications 2")
    assert [f.command for f in found.failures] == [
        *(f"simrun tiny.yaml --replications {n} --set uncertainty=none" for n in (1, 2)),
        *(f"simrun tiny.yaml --replications 1 --set redraws={n}" for n in (2, 2, 3)),
    ]
    again = run_experiment(redrawn, REGISTRY, workers=1, command=found.failures[-1].command)
    assert [f.command for f in again.failures] == [f.command for f in found.failures], "nothing piles up"
    assert {f.command for f in run_experiment(asked, REGISTRY, workers=1).failures} == {""}


def test_an_error_in_a_process_that_a_strategy_started_has_its_line(plugins: Path) -> None:
    found = run_experiment(scenario(broken=[{"use": f"{plugins}:RaisesLater"}], quiet=[]), REGISTRY, workers=1)
    assert "plugins.py:30: LookupError: no answer" in found.failures[0].message


def test_a_strategy_cannot_end_the_program(plugins: Path) -> None:
    asked = scenario(broken=[{"use": f"{plugins}:Leaves"}], quiet=[])
    found = run_experiment(asked, REGISTRY, workers=1)
    assert cells(found) == [("quiet", n) for n in range(3)]
    assert "enough" in found.failures[0].message


def test_a_worker_that_dies_fails_its_replication_alone(plugins: Path) -> None:
    asked = scenario(2, quiet=[], broken=[{"use": f"{plugins}:Dies"}], weekly=[WEEKLY])
    found = run_experiment(asked, REGISTRY, workers=2)
    assert cells(found) == [(arm, n) for arm in ("quiet", "weekly") for n in range(2)]
    assert [(failure.arm, failure.replication) for failure in found.failures] == [("broken", 0), ("broken", 1)]
    assert all("worker process died" in failure.message for failure in found.failures)


def test_progress_moves_within_a_replication_and_ends_at_one(plugins: Path) -> None:
    seen: list[Progress] = []
    asked = scenario(2, 4, broken=[{"use": f"{plugins}:Raises"}], quiet=[])
    run_experiment(asked, REGISTRY, workers=1, on_progress=seen.append)
    shares = [now.share for now in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert 1 / 16 in shares  # one of four days of one of four replications
    assert (seen[-1].finished, seen[-1].total) == (2, 4)


def test_ctrl_c_goes_on_to_the_caller() -> None:
    def stop(now: Progress) -> None:
        raise KeyboardInterrupt

    for workers in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            run_experiment(scenario(), REGISTRY, workers=workers, on_progress=stop)


# Whatever the order in which cells end, the experiment is the same.

ARMS = ("restrained", "frequent", "blast")
FAILING = st.dictionaries(st.sampled_from(ARMS), st.sets(st.integers(0, 4), min_size=1))


def pretend(failing: dict[str, set[int]]) -> Callable[..., Replication | Failure]:
    """A cell that fails where it is told to."""

    def run_cell(asked: Scenario, registry: Registry, cell: Cell, on_day: Any = None) -> Replication | Failure:
        if cell.replication in failing.get(cell.arm, ()):
            return Failure(cell.arm, cell.replication, f"{cell.arm} {cell.replication}")
        return synthetic.replication(cell.arm, cell.replication, 5)

    return run_cell


def any_order(data: st.DataObject) -> Callable[..., Iterator[tuple[Cell, Any]]]:
    """Worker processes whose jobs end in any order."""

    def run_jobs(call: Callable[[Cell], Any], jobs: Iterable[Cell], workers: int) -> Iterator[tuple[Cell, Any]]:
        source, under_way = iter(jobs), list[Cell]()
        while True:
            under_way += islice(source, workers - len(under_way))
            if not under_way:
                return
            cell = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
            yield cell, call(cell)

    return run_jobs


@settings(max_examples=30, deadline=None)
@given(FAILING, st.integers(2, 6), st.data())
def test_the_order_in_which_cells_end_does_not_matter(
    failing: dict[str, set[int]], workers: int, data: st.DataObject
) -> None:
    asked = synthetic.scenario(5, 5, None, ARMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "run_cell", pretend(failing))
        patch.setattr(experiment, "run_jobs", any_order(data))
        found = run_experiment(asked, REGISTRY, workers=workers)
    assert cells(found) == [(arm, n) for arm in ARMS for n in range(5) if n not in failing.get(arm, ())]
    assert [(f.arm, f.replication) for f in found.failures] == [
        (arm, n) for arm in ARMS for n in sorted(failing.get(arm, ()))
    ]


def test_this_process_alone_is_used_for_a_small_job(plugins: Path) -> None:
    note = plugins.with_name("pid")
    plugins.write_text(PLUGINS.replace('print("hello")', f"open({str(note)!r}, 'w').write(str(os.getpid()))"))
    run_experiment(scenario(1, 1, here=[{"use": f"{plugins}:Prints"}], quiet=[]), REGISTRY)
    assert note.read_text() == str(os.getpid())
