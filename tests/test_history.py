"""What was run before: listed, drawn again, run again, compared; as processes where it matters, else in this one."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sim.cells import Cell
from sim.cli import main
from sim.commands.history import difference_text
from sim.failing import LATER, told
from sim.results import Failure
from sim.run_difference import difference_of_runs
from sim.store import LEDGER, Ledger
from tests.command_line import TEXT_FILES, TINY, files, folder, simrun, start, text_files
from tests.test_workers import eventually

__all__ = ["folder"]

OUT = Path("results", "tiny")
SECOND = ["--replications", "3", "--set", "arms.weekly.0.touches_per_30_days=9"]
MINE = """\
from dataclasses import dataclass
from sim.actions import Touch
from sim.strategy import Strategy

@dataclass(frozen=True)
class Mine(Strategy):
    channel: str = "chat"

    def decide(self, day, audience):
        return [Touch(audience.due("mine", 7), channel=self.channel, purpose="care")]
"""
CLOSED = MINE.replace("        return", "        if day == 3: raise RuntimeError('the shop is closed')\n        return")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two experiments left behind."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        assert main(["tiny.yaml", "--quiet"]) == 0
        assert main(["tiny.yaml", "--quiet", *SECOND]) == 0
    return folder / OUT


@pytest.fixture
def two_runs(folder: Path, results: Path) -> Path:
    """The results of two experiments, in the current folder."""
    shutil.copytree(results, OUT)
    return OUT


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints."""
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return out


def edit(out: Path, *statements: str) -> None:
    """Change the ledger behind simrun's back."""
    connection = sqlite3.connect(out / LEDGER)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


# List


def test_runs_are_listed_with_command_and_verdict(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "runs", str(two_runs)).splitlines()
    heads = [line for line in lines if "tiny: " in line]
    assert [(line.split()[0], line.partition("tiny: ")[2]) for line in heads] == [
        ("1", "quiet, weekly; 4 replications"),
        ("2", "quiet, weekly; 6 replications"),
    ]
    assert "   simrun tiny.yaml" in lines
    shown = json.loads((two_runs / "results.json").read_text(encoding="utf-8"))["headline"]
    assert shown.replace(" ", "") in "".join(lines).replace(" ", "")


def test_the_same_job_again_is_not_another_run(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = printed(capsys, "runs", str(two_runs))
    assert main(["tiny.yaml", "--quiet", *SECOND]) == 0
    capsys.readouterr()
    assert printed(capsys, "runs", str(two_runs)) == before


@pytest.mark.parametrize("command", ["runs", "report", "reproduce", "diff"])
def test_a_folder_without_a_ledger_is_told(folder: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    before = files(folder)
    assert main([command, "nowhere", *(["nowhere"] if command == "diff" else [])]) == 2
    assert "nowhere/ledger.sqlite: there is no ledger" in capsys.readouterr().err
    assert files(folder) == before


def test_folders_in_a_folder_that_have_a_ledger_are_named(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "runs", "results") == (
        f"results: has no ledger itself; these folders have one:\n  {two_runs}\n"
    )
    assert main(["report", "results"]) == 2
    assert f"results/ledger.sqlite: there is no ledger; folders that have one are {two_runs}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["report", "reproduce"])
def test_a_folder_that_has_only_a_sweep_tells_how_to_draw_it_again(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    sweep = ["sweep", "tiny.yaml", "--over", "days=5,6", "--out", "a b"]
    assert main([*sweep, "--quiet"]) == 0
    assert main([command, "a b"]) == 2
    assert "but what came of `simrun sweep tiny.yaml --over days=5,6 --out 'a b'`; the same" in capsys.readouterr().err


# Draw again


def test_a_report_is_drawn_again_for_any_run(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newest = text_files(two_runs)
    out = printed(capsys, "report", str(two_runs), "--run", "1")
    assert out.splitlines()[-1] == str(two_runs / "report.html")
    first = text_files(two_runs)
    assert json.loads(first["results.json"])["provenance"]["command"] == "simrun tiny.yaml"
    assert main(["tiny.yaml", "--quiet", "--out", "elsewhere"]) == 0
    assert first == text_files(Path("elsewhere"))
    for name in TEXT_FILES:
        (two_runs / name).unlink()
    printed(capsys, "report", str(two_runs))
    assert text_files(two_runs) == newest


def test_a_report_waits_for_a_run_that_is_putting_its_files_there(two_runs: Path, folder: Path) -> None:
    newest = text_files(two_runs)
    with Ledger(two_runs) as ledger, ledger.transaction():
        process = start("report", two_runs, "--run", "1", cwd=folder)
        assert eventually(lambda: any(two_runs.glob(".simrun-*/report.html")))
        time.sleep(0.3)
        assert process.poll() is None
        assert text_files(two_runs) == newest
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
    assert text_files(two_runs) != newest


def test_a_report_needs_neither_the_scenario_nor_the_plugin(folder: Path) -> None:
    (folder / "mine.py").write_text(MINE)
    arms = "arms={quiet: [], weekly: [{use: mine.py:Mine}]}"
    assert simrun("tiny.yaml", "--quiet", "--set", arms, cwd=folder)[0] == 0
    before = text_files(folder / OUT)
    (folder / "mine.py").unlink()
    (folder / "tiny.yaml").unlink()
    code, out, err = simrun("report", OUT, cwd=folder)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == str(OUT / "report.html")
    assert text_files(folder / OUT) == before


def test_an_unknown_run_is_told(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(two_runs), "--run", "7"]) == 2
    assert f"{two_runs / LEDGER}: has no run 7; there are 1, 2" in capsys.readouterr().err


def test_a_run_is_named_by_its_folder_or_by_an_option(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "report", f"{two_runs}@1")
    assert out.splitlines()[-1] == str(two_runs / "report.html")
    shown = json.loads((two_runs / "results.json").read_text(encoding="utf-8"))
    assert shown["provenance"]["command"] == "simrun tiny.yaml"
    assert ": run 1: all 4 replications" in printed(capsys, "reproduce", f"{two_runs}@1", "--run", "1")
    assert main(["report", f"{two_runs}@1", "--run", "2"]) == 2
    assert "@1: is run 1, but --run asks for run 2; leave one of them out" in capsys.readouterr().err


# Run again


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


def run_with(text: str) -> int:
    """Run the tiny scenario once with a plugin that has this text; the exit code."""
    Path("mine.py").write_text(text)
    arms = "arms={quiet: [], mine: [{use: mine.py:Mine}]}"
    return main(["tiny.yaml", "--quiet", "--replications", "1", "--set", arms])


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


# Compare


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


def test_a_ledger_that_was_changed_is_not_believed(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(two_runs, "UPDATE metric SET value = 1 WHERE name = 'revenue'")
    for command in (["report", str(two_runs)], ["reproduce", str(two_runs)], ["tiny.yaml"]):
        assert main(command) == 1
        err = capsys.readouterr().err
        assert "is not what was written there; --fresh computes it again" in err
    assert main(["tiny.yaml", "--quiet", "--fresh"]) == 0
