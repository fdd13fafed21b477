"""`simrun sweep` and `simrun compare` as a user meets them: files, streams, exit codes, what the ledger answers."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from sim.cli import main
from tests.command_line import PLUGINS, TINY, refused, simrun, start
from tests.test_workers import eventually

OVER = ["--over", "arms.weekly.0.touches_per_30_days=2,4,8"]
SWEEP_FILES = {"report.html", "sweep.json", "sweep.csv", "ledger.sqlite", "figures"}
COMPARE_FILES = {"report.html", "compare.json", "compare.csv", "ledger.sqlite", "figures"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two tiny scenarios and some plugins, which is the current one."""
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (tmp_path / "long.yaml").write_text(
        TINY.replace("days: 10", "days: 20").replace("name: tiny", "name: long"), encoding="utf-8"
    )
    (tmp_path / "plugins.py").write_text(PLUGINS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_sweep_writes_its_files_and_names_the_report_last(folder: Path) -> None:
    code, out, err = simrun("sweep", "tiny.yaml", *OVER, cwd=folder)
    assert code == 0, err
    results = folder / "results" / "tiny-sweep"
    assert names(results) == SWEEP_FILES
    assert out.splitlines()[-1] == str(Path("results", "tiny-sweep", "report.html"))
    assert "touches_per_30_days" in out
    assert err == "tiny-sweep: 8 replications of 4 arms, about 3 s\n"
    content = json.loads((results / "sweep.json").read_text(encoding="utf-8"))
    assert [point["values"] for point in content["points"]] == [
        {"arms.weekly.0.touches_per_30_days": value} for value in (2.0, 4.0, 8.0)
    ]
    assert content["provenance"]["command"] == "simrun sweep tiny.yaml --over " + OVER[1]


def test_a_sweep_is_the_same_for_any_number_of_workers_and_from_the_ledger(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    printed = []
    for directory, workers in (("one", "1"), ("two", "2"), ("one", "1")):
        assert main(["sweep", "tiny.yaml", *OVER, "--json", "--workers", workers, "--out", directory]) == 0
        printed.append(capfdbinary.readouterr())
    assert printed[0].out == printed[1].out == printed[2].out == (folder / "one" / "sweep.json").read_bytes()
    for name in SWEEP_FILES - {"ledger.sqlite", "figures"}:
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes(), name
    assert b"answered from the ledger: 8 of 8 replications" in printed[2].err
    assert main(["sweep", "tiny.yaml", *OVER, "--json", "--out", "one", "--fresh"]) == 0
    fresh = capfdbinary.readouterr()
    assert fresh.out == printed[0].out
    assert b"answered" not in fresh.err


def test_a_finer_sweep_runs_only_the_new_values(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "tiny.yaml", *OVER, "--quiet"]) == 0
    assert capsys.readouterr() == (f"{Path('results', 'tiny-sweep', 'report.html')}\n", "")
    assert main(["sweep", "tiny.yaml", "--over", "arms.weekly.0.touches_per_30_days=2:8:1"]) == 0
    assert "answered from the ledger: 8 of 16 replications" in capsys.readouterr().err


def test_a_sweep_is_listed_with_the_command_that_draws_it_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["sweep", "tiny.yaml", "--over", "arms.weekly.0.touches_per_30_days=2,4", "--out", "out"]
    for _ in range(2):
        assert main([*typed, "--quiet"]) == 0
    shown = json.loads(Path("out/sweep.json").read_text(encoding="utf-8"))
    capsys.readouterr()
    assert main(["runs", "out"]) == 0
    [head, *told] = capsys.readouterr().out.splitlines()
    assert head.endswith("  simrun sweep tiny.yaml --over arms.weekly.0.touches_per_30_days=2,4 --out out")
    assert " ".join(" ".join(told).split()) == " ".join(shown["headline"].split())


def test_a_grid_over_a_world_and_an_arm(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "tiny.yaml", *OVER, "--over", "days=5,10", "--seed", "3", "--replications", "3"]) == 0
    assert "touches_per_30_days / days" in capsys.readouterr().out
    rows = list(csv.DictReader((folder / "results" / "tiny-sweep" / "sweep.csv").open(encoding="utf-8")))
    assert [(row["arms.weekly.0.touches_per_30_days"], row["days"]) for row in rows] == [
        (often, days) for often in ("2.0", "4.0", "8.0") for days in ("5.0", "10.0")
    ]
    assert names(folder / "results" / "tiny-sweep" / "figures") == {"goal-map.svg", "guardrail-map.svg"}


def test_a_value_at_which_a_plugin_fails_is_told_and_the_others_stay(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uses = ["{use: contact_cadence}", "{use: plugins.py:Raises}", "{use: contact_cadence, touches_per_30_days: 4}"]
    values = ",".join(f"[{use}]" for use in uses)
    assert main(["sweep", "tiny.yaml", "--over", f"arms.weekly={values}"]) == 1
    out, err = capsys.readouterr()
    assert "the shop is closed" in err
    assert "Traceback" not in err
    assert "failed" in out
    content = json.loads((folder / "results" / "tiny-sweep" / "sweep.json").read_text(encoding="utf-8"))
    assert ["error" in point["arms"]["weekly"] for point in content["points"]] == [False, True, False]


def test_ctrl_c_keeps_what_was_finished(folder: Path) -> None:
    slow = "arms.weekly=[],[{use: plugins.py:Sleeps, sign: begun}]"
    process = start("sweep", "tiny.yaml", "--over", slow, "--workers", "1", cwd=folder)
    try:
        assert eventually((folder / "begun").exists)
        os.killpg(process.pid, signal.SIGINT)
        printed, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert printed == ""
    assert "tiny.yaml: interrupted after 2 of 6 replications" in err
    assert "Traceback" not in err
    assert names(folder / "results" / "tiny-sweep") == {"ledger.sqlite"}


def test_scenarios_are_compared_and_the_report_is_named_last(folder: Path) -> None:
    code, out, err = simrun("compare", "tiny.yaml", "long.yaml", cwd=folder)
    assert code == 0, err
    results = folder / "results" / "tiny-compare"
    assert names(results) == COMPARE_FILES
    assert out.splitlines()[-1] == str(Path("results", "tiny-compare", "report.html"))
    assert err == "tiny-compare: 8 replications of 4 arms, about 3 s\n"
    content = json.loads((results / "compare.json").read_text(encoding="utf-8"))
    assert [scenario["label"] for scenario in content["scenarios"]] == ["tiny", "long"]
    assert content["differing"] == {"days": {"tiny": 10, "long": 20}}
    assert content["command"] == "simrun compare tiny.yaml long.yaml"


def test_compare_prints_its_json_and_is_quiet(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ["compare", "tiny.yaml", "long.yaml", "--out", "both", "--set", "population.size=40"]
    assert main([*words, "--json"]) == 0
    assert capfdbinary.readouterr().out == (folder / "both" / "compare.json").read_bytes()
    assert main([*words, "--quiet"]) == 0
    assert capfdbinary.readouterr() == (f"{Path('both', 'report.html')}\n".encode(), b"")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sweep", "tiny.yaml"], "--over"),
        (["sweep", "nowhere.yaml", *OVER], "nowhere.yaml: no such scenario file"),
        (["sweep", "tiny.yaml", "--over", "days=1:2"], "tiny.yaml: --over days=1:2: "),
        (["sweep", "tiny.yaml", "--over", "dys=1,2"], "tiny.yaml: --over dys=1: dys: "),
        (["sweep", "tiny.yaml", "--over", "dys=1,2"], "did you mean 'days'"),
        (["sweep", "tiny.yaml", "--over", "days=5:-5:-5"], "tiny.yaml: --over days=-5: days: "),
        (["sweep", "tiny.yaml", "--over", "days=1:900:1"], "tiny.yaml: --over days=1:900:1: 900 values are too many"),
        (["sweep", "tiny.yaml", *OVER, *OVER], "tiny.yaml: --over arms.weekly.0.touches_per_30_days is given twice"),
        (["sweep", "tiny.yaml", *OVER, "--set", "compare=null"], "tiny.yaml: a sweep needs `compare`"),
        (["sweep", "tiny.yaml", *OVER, "--out", "tiny.yaml"], "tiny.yaml: results cannot be written there"),
        (["compare"], "SCENARIO"),
        (["compare", "tiny.yaml"], "tiny.yaml: one scenario alone"),
        (["compare", "tiny.yaml", "classroom"], "classroom: has no arm 'quiet', unlike tiny.yaml"),
        (["compare", "tiny.yaml", "long.yaml", "--set", "dys=3"], "tiny.yaml: --set dys=3"),
    ],
)
def test_a_mistake_is_a_message_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], says: str
) -> None:
    assert says in refused(arguments, folder, capsys)
