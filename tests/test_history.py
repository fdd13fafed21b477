"""What was run before: listed, drawn again, and not believed if it was changed; as processes where it matters."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sim.cli import main
from sim.store import LEDGER, Ledger
from tests.command_line import TEXT_FILES, files, folder, simrun, start, text_files
from tests.recorded_runs import MINE, OUT, SECOND, edit, printed, results, two_runs
from tests.test_workers import eventually

__all__ = ["folder", "results", "two_runs"]

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


def test_a_ledger_that_was_changed_is_not_believed(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(two_runs, "UPDATE metric SET value = 1 WHERE name = 'revenue'")
    for command in (["report", str(two_runs)], ["reproduce", str(two_runs)], ["tiny.yaml"]):
        assert main(command) == 1
        err = capsys.readouterr().err
        assert "is not what was written there; --fresh computes it again" in err
    assert main(["tiny.yaml", "--quiet", "--fresh"]) == 0
