"""The command line as a user meets it: exit codes, what goes to stdout and stderr, which files appear."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sim.cli import main
from sim.commands.ending import tell_failures
from sim.results import Failure
from sim.store import LEDGER
from sim.tally import Progress
from tests.command_line import ROOT, TEXT_FILES, TINY, files, folder, refused, simrun, start, text_files
from tests.test_workers import alive, eventually

__all__ = ["folder"]


def add_arm(folder: Path, arm: str, strategy: str) -> None:
    """Give the tiny scenario a third arm."""
    use = f"  {arm}: [{strategy}]\n"
    (folder / "tiny.yaml").write_text(TINY.replace("compare:", f"{use}compare:"), encoding="utf-8")


# Runs


def test_a_run_writes_its_files_and_names_the_report_last(folder: Path) -> None:
    code, out, err = simrun("tiny.yaml", cwd=folder)
    assert code == 0, err
    results = folder / "results" / "tiny"
    assert {path.name for path in results.iterdir()} == {*TEXT_FILES, "figures", LEDGER}
    assert out.splitlines()[-1] == str(Path("results", "tiny", "report.html"))
    assert "weekly" in out
    assert err == "tiny: 2 arms x 2 replications, about 3 s\n"


def test_json_is_results_json_and_is_the_same_for_any_number_of_workers(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    printed = {}
    for workers in ("1", "2"):
        assert main(["run", "tiny.yaml", "--json", "--workers", workers, "--out", workers]) == 0
        printed[workers] = capfdbinary.readouterr().out
    assert printed["1"] == printed["2"] == (folder / "1" / "results.json").read_bytes()
    assert json.loads(printed["1"])["provenance"]["command"] == "simrun tiny.yaml"
    for name in TEXT_FILES:
        assert (folder / "1" / name).read_bytes() == (folder / "2" / name).read_bytes(), name


def test_quiet_prints_nothing_but_the_report_and_replaces_an_earlier_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "a folder" / "прогон"
    (out / "figures").mkdir(parents=True)
    (out / "figures" / "stale.svg").touch()
    (out / "report.html").write_text("an earlier report")
    (out / "notes.txt").write_text("the user's own")
    (folder / "a b ü.yaml").write_text(TINY, encoding="utf-8")
    assert main(["a b ü.yaml", "--quiet", "--out", str(out), "--seed", "3", "--set", "days=5"]) == 0
    assert capsys.readouterr() == (f"{out / 'report.html'}\n", "")
    assert {path.name for path in out.iterdir()} == {*TEXT_FILES, "figures", LEDGER, "notes.txt"}
    assert "stale.svg" not in {path.name for path in (out / "figures").iterdir()}
    assert "an earlier report" not in (out / "report.html").read_text(encoding="utf-8")
    provenance = json.loads((out / "results.json").read_text(encoding="utf-8"))["provenance"]
    assert provenance["command"] == "simrun 'a b ü.yaml' --seed 3 --set days=5"
    assert provenance["seed"] == 3


def test_where_the_files_go_is_recorded_and_changes_none_of_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = (Path("results", "tiny"), Path("a b"))
    for place, options in zip(places, ([], ["--out", "a b"]), strict=True):
        add_arm(folder, "broken", "{use: plugins.py:Raises}")
        assert main(["tiny.yaml", "--quiet", *options]) == 1
        behind = " --out 'a b'" if options else ""
        assert f"simrun tiny.yaml --replications 1{behind}\n" in capsys.readouterr().err
        assert main(["runs", str(place)]) == 0
        assert f"   simrun tiny.yaml{behind}\n" in capsys.readouterr().out
        failed = sqlite3.connect(place / LEDGER).execute("SELECT command FROM failure WHERE replication = 0").fetchall()
        assert failed == [(f"simrun tiny.yaml --replications 1{behind}",)]
    assert text_files(places[0]) == text_files(places[1])


def test_a_plugin_that_raises_fails_its_own_arm_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_arm(folder, "broken", "{use: plugins.py:Raises}")
    assert main(["tiny.yaml", "--json"]) == 1
    out, err = capsys.readouterr()
    arms = json.loads(out)["arms"]
    assert "the shop is closed" in arms["broken"]["error"]
    assert arms["weekly"]["metrics"]["churn"]["n"] == 2
    [line] = [line for line in err.splitlines() if "the shop is closed" in line]
    for part in ("tiny.yaml", "'broken'", "Raises", "day 3", "plugins.py:15"):
        assert part in line
    assert "Traceback" not in err
    assert "tiny.yaml: arm 'broken' failed in 1 more replication, with the same message\n" in err
    assert "tiny.yaml: to repeat the first: simrun tiny.yaml --replications 1\n" in err
    assert arms["broken"]["failed_replications"] == [0, 1]
    assert arms["broken"]["repeat"] == "simrun tiny.yaml --replications 1"
    assert (folder / "results" / "tiny" / "report.html").exists()


def test_a_plugin_that_fails_always_does_not_flood_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_arm(folder, "broken", "{use: plugins.py:Raises}")
    redrawn = ["--set", "uncertainty=assumptions", "--set", "redraws=6"]
    assert main(["tiny.yaml", "--json", "--replications", "5", *redrawn]) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if "broken" in line]
    assert len(told) == 2
    assert told[1].endswith("failed in 4 more replications and 6 more redraws, with the same message")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_all_processes_and_leaves_the_earlier_results(folder: Path, workers: str) -> None:
    out = folder / "out"
    out.mkdir()
    (out / "report.html").write_text("an earlier report")
    add_arm(folder, "slow", "{use: plugins.py:Sleeps, sign: begun}")
    process = start("tiny.yaml", "--workers", workers, "--out", out, cwd=folder)
    try:
        assert eventually((folder / "begun").exists)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.killpg(process.pid, signal.SIGINT)
        printed, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert printed == ""
    assert re.search(
        r"^tiny.yaml: interrupted after [0-4] of 6 replications, which are kept in \S+ledger.sqlite; "
        r"the same command goes on from there\n\Z",
        err,
        re.MULTILINE,
    )
    assert "Traceback" not in err
    assert files(out) == {"report.html", LEDGER}
    assert (out / "report.html").read_text() == "an earlier report"
    assert len(children) >= (workers == "2")
    assert eventually(lambda: not any(alive(int(child)) for child in children))


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_an_interrupted_run_tells_how_it_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fresh: list[str]
) -> None:
    add_arm(folder, "same", "")
    assert main(["tiny.yaml", "--quiet", "--set", "arms={quiet: []}", "--set", "compare=null"]) == 0
    capsys.readouterr()

    def interrupted(*_: object, on_progress: Callable[[Progress], None], **__: object) -> None:
        on_progress(Progress(3, 6, 0.5))
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.experiment.run_experiment", interrupted)
    assert main(["tiny.yaml", *fresh]) == 130
    kept, again = (3, "the same command without --fresh") if fresh else (4, "the same command")
    assert capsys.readouterr().err == (
        f"tiny.yaml: interrupted after {kept} of 6 replications, which are kept in results/tiny/ledger.sqlite; "
        f"{again} goes on from there\n"
    )


# Mistakes: nothing runs, exit 2, every line names its file


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.yaml"], "nowhere.yaml: no such scenario file"),
        (["womenswaer"], "did you mean 'womenswear'"),
        (["tinny.yaml"], "did you mean 'tiny.yaml'"),
        (["valdate", "tiny.yaml"], "no such command or scenario 'valdate'; did you mean 'validate'?"),
        (["scenaros"], "did you mean 'scenarios'?"),
        (["."], ".: is a directory"),
        (["tiny.yaml", "--seed", "-1"], "--seed"),
        (["tiny.yaml", "--replications", "0"], "'--replications': '0' must be a whole number from 1 to 10000"),
        (["tiny.yaml", "--seed", "1.5"], "'--seed': '1.5' must be a whole number from 0;"),
        (["tiny.yaml", "--out", ""], "'--out': '' is no folder; the one you are in is '.'"),
        (["sweep", "tiny.yaml", "--over", "days=5,6", "--out", ""], "'--out': '' is no folder"),
        (["compare", "tiny.yaml", "classroom", "--out", ""], "'--out': '' is no folder"),
        (["tiny.yaml", "--workers", "none"], "--workers"),
        (["tiny.yaml", "--oat", "x"], "--out"),
        (["tiny.yaml", "--set", "days"], "days"),
        (["tiny.yaml", "--set", "days=0"], "days"),
        (["tiny.yaml", "--set", "dys=3"], "did you mean"),
        (["tiny.yaml", "--dry-run", "--json"], "tiny.yaml: "),
        (["tiny.yaml", "--out", "plugins.py"], "tiny.yaml: plugins.py: results cannot be written there"),
        (["tiny.yaml", "--out", "tiny.yaml"], "tiny.yaml: results cannot be written there"),
        (["tiny.yaml", "--out", "tiny.yaml/below"], "tiny.yaml/below: results cannot be written there"),
        (["validate"], "SCENARIO"),
        (["strategies", "nothing"], "nothing"),
        (["new", "strategy", "Win-Back"], "Win-Back.py: "),
        (["new", "strategy", "json"], "json.py: "),
        (["new", "strategy", "plugins"], "plugins.py: exists already"),
    ],
)
def test_a_mistake_is_a_message_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], says: str
) -> None:
    assert says in refused(arguments, folder, capsys)


def test_every_problem_of_a_scenario_has_a_line_that_names_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tiny.yaml").write_text(TINY.replace("days: 10", "days: 0\nsede: 1"), encoding="utf-8")
    assert main(["validate", "tiny.yaml"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("tiny.yaml:") for line in lines)


# Looking, without running


def test_dry_run_says_what_would_run_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(folder)
    assert main(["tiny.yaml", "--dry-run", "--replications", "5"]) == 0
    out = capsys.readouterr().out
    for part in ("2 arms x 5 replications of 10 days", "50 fans", "weekly: contact_cadence", "about 3 s"):
        assert part in out
    assert out.splitlines()[-1].endswith(str(Path("results", "tiny")))
    assert files(folder) == before


def test_validate_says_that_a_scenario_is_fine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "tiny.yaml"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("tiny.yaml: valid: 2 arms x 2 replications of 10 days, 50 fans")
    assert err == ""


def test_one_arm_is_no_arms(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    once = TINY.replace("days: 10", "days: 1").replace("replications: 2", "replications: 1")
    (folder / "tiny.yaml").write_text(f"{once.partition('arms:')[0]}arms: {{quiet: []}}\n", encoding="utf-8")
    assert main(["validate", "tiny.yaml"]) == 0
    assert "valid: 1 arm x 1 replication of 1 day, 50 fans" in capsys.readouterr().out
    assert main(["tiny.yaml", "--dry-run"]) == 0
    assert "\n1 arm x 1 replication of 1 day, 50 fans" in capsys.readouterr().out
    assert main(["tiny.yaml"]) == 0
    assert capsys.readouterr().err.startswith("tiny: 1 arm x 1 replication, ")


def test_a_value_without_evidence_is_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tiny.yaml").write_text(TINY.replace("size: 50", "size: 50, tolerance: {median: 50}"), encoding="utf-8")
    assert main(["validate", "tiny.yaml"]) == 0
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("tiny.yaml: warning: population.tolerance.median: ")


def test_scenarios_are_listed_with_their_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}
    assert all("?" in line for line in lines)


def test_strategies_are_listed_and_described(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:2] == ["contact_cadence", "reward"]
    assert main(["strategies", "contact_cadence"]) == 0
    assert "touches_per_30_days: 2.0" in capsys.readouterr().out
    assert main(["strategies", "plugins.py:Sleeps"]) == 0
    assert "sign: required" in capsys.readouterr().out


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "arms" in json.loads(capsys.readouterr().out)["properties"]


def test_a_new_strategy_passes_its_test_and_runs(folder: Path) -> None:
    assert simrun("new", "strategy", "win_back", cwd=folder)[0] == 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_win_back.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout
    assert " passed" in tested.stdout
    add_arm(folder, "own", "{use: ./win_back.py:WinBack, quiet_days: 3}")
    assert main(["validate", "tiny.yaml"]) == 0


# Being a good citizen


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], []])
def test_help_loads_nothing_heavy(folder: Path, arguments: list[str]) -> None:
    script = (
        "import sys; from sim.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'numpy', 'scipy', 'matplotlib', 'pydantic', 'yaml', 'rich', 'simpy'} & sys.modules.keys();"
        "sys.exit(f'loaded {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "simrun" in done.stdout


def test_a_reader_who_stops_reading_is_no_error(folder: Path) -> None:
    process = start("schema", cwd=folder)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=20) == 0


def test_stdout_that_cannot_be_written_is_told_and_a_closed_one_is_left_alone(folder: Path) -> None:
    run = shlex.join([sys.executable, "-m", "sim.cli", "new", "strategy"])
    for name, target, code, says in (
        ("one", "/dev/full", 1, "stdout: cannot be written: No space left on device\n"),
        ("two", "&-", 0, ""),
    ):
        done = subprocess.run(
            f"{run} {name} >{target}",
            shell=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, says)


def test_a_defect_is_one_honest_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(typed: str) -> Path:
        raise ZeroDivisionError(f"in the middle of {typed}")

    monkeypatch.setattr("sim.commands.sources.scenario_path", defect)
    assert main(["validate", "tiny.yaml"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "test_cli.py:" in line
    assert "SIMRUN_DEBUG=1" in line
    monkeypatch.setenv("SIMRUN_DEBUG", "1")
    assert main(["validate", "tiny.yaml"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_what_else_failed_is_told_with_whether_it_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = (Failure("one", n, f"boom {min(n, 2)}") for n in (1, 2, 3))
    for others, said in (
        ((second,), "1 more replication, with another message"),
        ((second, third), "none of them with"),
    ):
        assert tell_failures("it.yaml", [first, *others]) == 1
        assert said in capsys.readouterr().err
