"""What was run before: listed, drawn again, run again, compared; as processes where it matters, else in this one."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from sim.cli import main
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
    assert '  arms.mine.0.use: nothing -> "mine.py:Mine"\n' in out
    assert '  arms.weekly.0.use: "contact_cadence" -> nothing\n' in out


def test_a_ledger_that_was_changed_is_not_believed(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(two_runs, "UPDATE metric SET value = 1 WHERE name = 'revenue'")
    for command in (["report", str(two_runs)], ["reproduce", str(two_runs)], ["tiny.yaml"]):
        assert main(command) == 1
        err = capsys.readouterr().err
        assert "is not what was written there; --fresh computes it again" in err
    assert main(["tiny.yaml", "--quiet", "--fresh"]) == 0
