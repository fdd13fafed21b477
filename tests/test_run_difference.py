"""What changed between two recorded runs, as `simrun diff` tells it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sim.cli import main
from sim.commands.history import difference_text
from sim.run_difference import difference_of_runs
from sim.store import Ledger
from tests.command_line import folder
from tests.recorded_runs import CLOSED, MINE, OUT, printed, results, run_with, two_runs

__all__ = ["folder", "results", "two_runs"]


def test_what_went_in_and_what_came_out_is_told(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "diff", f"{two_runs}@1", str(two_runs))
    lines = out.splitlines()
    assert "  replications: 2 -> 3" in lines
    assert "  arms.weekly.0.touches_per_30_days: 4 -> 9" in lines
    assert any(line.startswith("  weekly: touches ") and " -> " in line for line in lines)
    assert not any(line.startswith("  quiet: ") for line in lines), "the replications that both have are the same"
    assert not any("code of" in line for line in lines)


def test_a_run_and_itself_are_the_same(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = shutil.copytree(two_runs, "copy@3")
    out = printed(capsys, "diff", str(two_runs), str(copy))
    assert out.endswith("what went in is the same\nwhat came out is the same to the last bit\n")


def test_a_changed_strategy_and_other_arms_are_told(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(MINE)
    for text in (MINE, MINE.replace("7", "3")):
        Path("mine.py").write_text(text)
        assert main(["tiny.yaml", "--quiet", "--set", "arms={quiet: [], mine: [{use: mine.py:Mine}]}"]) == 0
    capsys.readouterr()
    out = printed(capsys, "diff", f"{two_runs}@3", f"{two_runs}@4")
    assert "  code of Mine: changed\n" in out
    assert "  mine: touches " in out
    out = printed(capsys, "diff", f"{two_runs}@1", f"{two_runs}@3")
    assert '  arms.mine.0.use: absent -> "mine.py:Mine"\n' in out
    assert '  arms.weekly.0.use: "contact_cadence" -> absent\n' in out


def test_an_arm_that_failed_in_one_of_two_runs_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [run_with(text) for text in (CLOSED, CLOSED.replace("closed", "shut"), MINE)] == [1, 1, 0]
    capsys.readouterr()
    for before, after, ends in (
        (1, 3, "is closed -> finished"),
        (3, 1, "finished -> failed: strategy Mine, day 3 (mine.py:10): RuntimeError: the shop is closed"),
        (1, 2, "is closed -> failed: strategy Mine, day 3 (mine.py:10): RuntimeError: the shop is shut"),
    ):
        out = " ".join(printed(capsys, "diff", f"{OUT}@{before}", f"{OUT}@{after}").split())
        assert "what went in: code of Mine: changed" in out
        assert "what failed in one of them, or in each for another reason: arm 'mine', replication 0: " in out
        assert ends in out
        assert out.endswith("what came out is the same in the replications that both have")
    assert "what came out is the same to the last bit" in printed(capsys, "diff", f"{OUT}@1", f"{OUT}@1")


def test_runs_without_a_replication_in_common_are_told(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny.yaml", "--quiet", "--set", "arms={p: [], q: [{use: reward}]}", "--set", "compare=null"]) == 0
    capsys.readouterr()
    out = printed(capsys, "diff", f"{two_runs}@1", str(two_runs))
    assert "no replication of an arm in common, so what came out cannot be compared" in out
    assert "what came out is the same" not in out


def test_replications_that_differ_in_no_mean_are_told(two_runs: Path) -> None:
    with Ledger(two_runs, writing=False) as ledger:
        found = difference_of_runs(ledger, ledger.run(1), ledger, ledger.run(1))
    assert (found.common, found.apart, found.identical) == (4, 0, True)
    apart = replace(found, identical=False, apart=1)
    assert "1 of the 4 replications that both have differ, but no mean" in difference_text(apart, ("a", "b"))
