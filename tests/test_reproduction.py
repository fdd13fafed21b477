"""Recorded runs, run again: does the same come out, and does what failed fail again?"""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cells import Cell
from sim.cli import main
from sim.failing import LATER, told
from sim.results import Failure
from tests.command_line import folder, text_files
from tests.recorded_runs import CLOSED, MINE, OUT, printed, results, run_with, two_runs

__all__ = ["folder", "results", "two_runs"]


def test_the_same_comes_out_again(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = text_files(two_runs)
    assert printed(capsys, "reproduce", str(two_runs)) == (
        f"{two_runs}: run 2: all 6 replications are the same to the last bit\n"
    )
    assert printed(capsys, "reproduce", str(two_runs), "--run", "1", "--workers", "2") == (
        f"{two_runs}: run 1: all 4 replications are the same to the last bit\n"
    )
    assert text_files(two_runs) == before


def test_redrawn_replications_are_run_again_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny.yaml", "--quiet", "--set", "uncertainty=assumptions", "--set", "redraws=2"]) == 0
    capsys.readouterr()
    assert "all 8 replications are the same" in printed(capsys, "reproduce", str(OUT))


def test_a_changed_plugin_is_named_with_the_first_metric_that_differs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.py").write_text(MINE)
    arms = "arms={quiet: [], weekly: [{use: mine.py:Mine}]}"
    assert main(["tiny.yaml", "--quiet", "--set", arms]) == 0
    capsys.readouterr()
    (folder / "mine.py").write_text(MINE + "# only a remark\n")
    out = printed(capsys, "reproduce", str(OUT))
    assert "all 4 replications are the same to the last bit\nwhat went in differs:\n  code of Mine: changed\n" in out
    (folder / "mine.py").write_text(MINE.replace('"mine", 7', '"mine", 3'))
    out = printed(capsys, "reproduce", str(OUT), code=1)
    assert "2 of 4 replications differ; the first: arm 'weekly', replication 0: metric " in out
    assert " was " in out
    assert "  code of Mine: changed\n" in out
    (folder / "mine.py").write_text(MINE.replace("return [", "return [1 / 0, "))
    out = printed(capsys, "reproduce", str(OUT), code=1)
    assert "arm 'weekly', replication 0: failed: " in out
    assert "ZeroDivisionError" in out
    (folder / "mine.py").unlink()
    assert main(["reproduce", str(OUT)]) == 2
    assert "no file 'mine.py'" in capsys.readouterr().err


def test_other_versions_and_another_processor_are_named(
    two_runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim import cells

    real = cells.versions()
    monkeypatch.setattr(cells, "versions", lambda: real | {"numpy": "99.1"})
    monkeypatch.setattr(cells, "cpu_level", lambda: "ABACUS")
    out = printed(capsys, "reproduce", str(two_runs))
    assert f'  numpy: "{real["numpy"]}" -> "99.1"\n' in out
    assert '-> "ABACUS"\n' in out
    assert "the same to the last bit" in out


def test_what_failed_is_run_again_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_with(CLOSED) == 1
    capsys.readouterr()
    why = "strategy Mine, day 3 (mine.py:10): RuntimeError: the shop is closed"
    assert printed(capsys, "reproduce", str(OUT)) == (
        f"{OUT}: run 1: its 1 replication is the same to the last bit\n"
        f"what failed fails again in the same way:\n  arm 'mine', replication 0: {why}\n"
    )
    for text, says in (
        (CLOSED.replace("is closed", "is shut"), f"failed before: {why}, fails now: {why.replace('closed', 'shut')}\n"),
        (MINE, f"does not fail any more, as it did: {why}\n"),
    ):
        Path("mine.py").write_text(text)
        out = printed(capsys, "reproduce", str(OUT), code=1)
        assert f"run 1: 1 of 2 replications differ; the first: arm 'mine', replication 0: {says}" in out
        assert "what went in differs:\n  code of Mine: changed\n" in out


def test_failures_of_an_arm_with_one_reason_are_one_line() -> None:
    cells = [Cell("a", 0), Cell("a", 3), Cell("b", 0), Cell("a", 1, redrawn=True), *(Cell("c", n) for n in range(9))]
    failures = {cell: Failure(cell.arm, cell.replication, f"boom{LATER * (cell.replication == 3)}") for cell in cells}
    assert told(failures) == (
        "arm 'a', replications 0, 3: boom",
        "arm 'b', replication 0: boom",
        "arm 'a', redraw 1: boom",
        "arm 'c', replications 0, 1, 2, 3, 4, 5, 6, 7, ...: boom",
    )
