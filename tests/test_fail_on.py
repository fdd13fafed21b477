"""`--fail-on`, `--fresh` and replications until precise, as a user and a script meet them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sim.cli import main
from tests.command_line import PLUGINS, TINY, folder, refused, simrun

__all__ = ["folder"]

UNTIL = "replications={min: 2, max: 4, precision: PRECISION}"
BLAST = "arms.weekly=[{use: contact_cadence, touches_per_30_days: 30}]"


def until(precision: str) -> str:
    return UNTIL.replace("PRECISION", precision)


def broken(folder: Path) -> None:
    """Give the scenario an arm that fails."""
    (folder / "tiny.yaml").write_text(TINY.replace("compare:", "  bad: [{use: plugins.py:Raises}]\ncompare:"))
    assert "Raises" in PLUGINS


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--set", BLAST, "--fail-on", "guardrail"], 3),
        (["--set", BLAST], 0),
        (["--set", "compare.guardrail.margin=0.9", "--set", BLAST, "--fail-on", "guardrail"], 0),
        (["--set", until("{mean_trust: 1.0e-9}"), "--fail-on", "precision"], 4),
        (["--set", until("{mean_trust: 1.0e-9}")], 0),
        (["--set", until("{mean_trust: 1000}"), "--fail-on", "precision"], 0),
        (
            [
                "--set",
                until("{mean_trust: 1.0e-9}"),
                "--set",
                BLAST,
                "--fail-on",
                "precision",
                "--fail-on",
                "guardrail",
            ],
            3,
        ),
        (["--set", until("{mean_trust: 1.0e-9}"), "--replications", "3", "--fail-on", "precision"], 4),
        (["--set", until("{mean_trust: 1000}"), "--replications", "3", "--fail-on", "precision"], 0),
    ],
)
def test_the_exit_code_tells_what_was_asked_for(folder: Path, arguments: list[str], code: int) -> None:
    wide = ["--set", "population.size=400", "--set", "days=60", "--replications", "3"]
    assert main(["tiny.yaml", "--quiet", *(wide if BLAST in arguments else []), *arguments]) == code


def test_a_failure_goes_first(folder: Path) -> None:
    broken(folder)
    conditions = ["--fail-on", "precision", "--fail-on", "guardrail"]
    assert main(["tiny.yaml", "--quiet", "--set", until("{mean_trust: 1.0e-9}"), *conditions]) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fail-on", "precision"], "tiny.yaml: --fail-on precision needs `replications: {min, max, precision}`"),
        (["--fail-on", "guardrail", "--set", "compare.guardrail=null"], "needs a guardrail"),
        (["--fail-on", "luck"], "--fail-on"),
        (["--replications", "10001"], "--replications"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert says in refused(["tiny.yaml", *arguments], folder, capsys)


def test_what_is_not_precise_is_told_with_the_figures(folder: Path) -> None:
    code, out, err = simrun("tiny.yaml", "--set", until("{mean_trust: 1.0e-9}"), cwd=folder)
    assert code == 0
    assert "tiny: 2 arms x 2 to 4 replications, about 3 s\n" in err
    assert "tiny.yaml: precision not reached: mean trust of 'weekly' is known to ± " in err
    assert err.endswith(", not ± 1e-09\n")
    assert json.loads((folder / "results" / "tiny" / "results.json").read_text())["arms"]["weekly"]["replications"] == [
        0,
        1,
        2,
        3,
    ]
    assert out.splitlines()[-1].endswith("report.html")


def test_a_broken_guardrail_is_told_with_arm_figure_and_limit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = ["--quiet", "--set", "population.size=400", "--set", "days=60", "--set", BLAST]
    imprecise = ["--set", "replications={min: 3, max: 3, precision: {churn: 0.0002}}"]
    assert main(["tiny.yaml", *wide, *imprecise, "--fail-on", "precision", "--fail-on", "guardrail"]) == 3
    broken, not_precise = capsys.readouterr().err.splitlines()
    number = r"\d+(\.\d+)?"
    assert re.fullmatch(
        rf"tiny.yaml: guardrail broken: churn of 'weekly' rises by {number} points "
        rf"\(95 % interval {number} to {number}\), where a rise of 5 points is allowed",
        broken,
    )
    assert re.fullmatch(
        rf"tiny.yaml: precision not reached: churn of 'weekly' is known to ± {number} points, not ± 0.02 points",
        not_precise,
    )


def test_precision_stops_the_run_early_and_the_rest_is_known_next_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "replications={min: 2, max: 50, precision: {mean_trust: 1000}, look_ahead: 3}"
    assert main(["tiny.yaml", "--json", "--set", rule]) == 0
    out, _ = capsys.readouterr()
    assert json.loads(out)["arms"]["weekly"]["replications"] == [0, 1]
    assert main(["tiny.yaml", "--replications", "5"]) == 0
    assert "tiny: answered from the ledger: 10 of 10 replications\n" in capsys.readouterr().err


def test_redrawn_replications_are_announced_run_and_remembered(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    redrawn = ["--set", "uncertainty=assumptions", "--set", "redraws=3"]
    assert main(["tiny.yaml", *redrawn]) == 0
    assert "tiny: 2 arms x 2 replications and 3 redraws, about 3 s\n" in capsys.readouterr().err
    assert main(["tiny.yaml", "--dry-run", *redrawn]) == 0
    assert "answered from the ledger: 10 of 10 replications\n" in capsys.readouterr().out
    assert main(["tiny.yaml", "--dry-run", "--fresh", *redrawn]) == 0
    assert "answered" not in capsys.readouterr().out


def test_fresh_answers_nothing_from_the_ledger(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = []
    for arguments in ([], [], ["--fresh"]):
        assert main(["tiny.yaml", *arguments]) == 0
        told = capsys.readouterr().err
        assert ("answered from the ledger: 4 of 4" in told) == (len(results) == 1)
        results.append((folder / "results" / "tiny" / "results.json").read_bytes())
    assert len(set(results)) == 1
