"""simrun from Python: the same figures as from the command line, as tables and as a page in a frame."""

from __future__ import annotations

import csv
import html
import importlib.util
import io
import re
import shlex
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.compare import METRICS, compare
from sim.errors import ScenarioError, UsageError
from sim.frames import daily_rows, difference_rows, frame, metric_rows, verdict_rows
from sim.notebook import Report, Result
from sim.notebook import compare as compare_scenarios
from sim.notebook import run as run_scenario
from sim.output import daily_csv, replications_csv
from tests.command_line import ROOT, TINY
from tests.report_page import Page
from tests.synthetic import experiment, with_redraws

SCRIPT = """\
from sim import notebook

def go():
    result = notebook.run("tiny.yaml", workers=2)
    failures = result.comparison.experiment.failures
    print(failures[0].message if failures else result.comparison.headline)

"""


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario in an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    return tmp_path / "tiny.yaml"


@pytest.fixture
def no_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if pandas were not installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pandas" else found(name))


# Running


def test_a_run_is_that_of_the_command_line(tiny: Path) -> None:
    result = run_scenario(tiny, seed=3, population__size=40, directory="here")
    assert main(["tiny.yaml", "--seed", "3", "--set", "population.size=40", "--out", "there", "--quiet"]) == 0
    for name in ("replications.csv", "daily.csv"):
        assert Path("here", name).read_bytes() == Path("there", name).read_bytes()
    assert result.comparison.experiment.scenario.seed == 3
    assert Path("here", "report.html").exists()


def test_the_command_that_is_recorded_repeats_the_run(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings: dict[str, Any] = {
        "arms.weekly.0.touches_per_30_days": 8,
        "replications": {"min": 2, "max": 2, "precision": 5},
    }
    result = run_scenario("tiny.yaml", **settings)
    command = result.comparison.experiment.provenance.command
    assert command.startswith("simrun tiny.yaml --set arms.weekly.0.touches_per_30_days=8 --set 'replications=")
    assert main([*shlex.split(command)[1:], "--json"]) == 0
    assert f'"headline": "{result.comparison.headline}"' in capsys.readouterr().out


def test_without_a_folder_nothing_is_written(tiny: Path) -> None:
    run_scenario("tiny.yaml")
    assert [path.name for path in Path().iterdir()] == ["tiny.yaml"]


def test_what_was_run_in_a_folder_is_not_run_again(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_scenario("tiny.yaml", directory="kept")

    def never(*_: object) -> None:
        raise AssertionError("run again")

    monkeypatch.setattr("sim.experiment.run_cell", never)
    assert run_scenario("tiny.yaml", directory="kept").comparison.headline == first.comparison.headline
    with pytest.raises(AssertionError, match="run again"):
        run_scenario("tiny.yaml")


def test_mistakes_are_told_as_on_the_command_line(tiny: Path) -> None:
    with pytest.raises(UsageError, match="no such scenario"):
        run_scenario("womenwear")
    with pytest.raises(ScenarioError, match="populatoin"):
        run_scenario("tiny.yaml", populatoin__size=4)


def test_several_scenarios_have_a_table_of_verdicts_and_a_page(tiny: Path, no_pandas: None) -> None:
    Path("other.yaml").write_text(TINY.replace("tiny", "other").replace("seed: 7", "seed: 8"), encoding="utf-8")
    study = compare_scenarios("tiny.yaml", "other.yaml", days=5, directory="kept")
    rows = study.verdicts()
    assert [(row["scenario"], row["arm"]) for row in rows] == [
        (label, arm) for label in ("tiny", "other") for arm in ("quiet", "weekly")
    ]
    assert rows == list(verdict_rows(study.across))
    for row in rows:
        found = study.across.verdicts[row["arm"], row["scenario"]]
        assert (row["verdict"], row["goal"], row["guardrail"]) == (found.arm, found.goal, found.guardrail)
        assert (row["difference"] is None) == (row["arm"] == "quiet")
    assert "tiny" in str(study)
    assert "<!DOCTYPE html>" in study.report.html
    assert [path.name for path in Path("kept").iterdir() if path.suffix == ".html"] == []
    with pytest.raises(ScenarioError):
        compare_scenarios("tiny.yaml", "classroom")


# Looking


def test_the_report_shows_itself_in_a_frame_of_its_own(tmp_path: Path) -> None:
    report = Result(compare(experiment(2, 5))).report
    shown = re.fullmatch(
        r'<iframe sandbox="allow-scripts" srcdoc="([^"]*)" style="[^"]*"></iframe>', report._repr_html_()
    )
    assert shown is not None
    page = html.unescape(shown[1])
    assert page == report.html == report.save(tmp_path / "report.html").read_text(encoding="utf-8")
    assert [href for href in Page(page).values("href") if not href.startswith("#")] == ["data:,"], "nothing lies beside"


def test_the_page_is_drawn_once_and_not_before_it_is_looked_at() -> None:
    drawn: list[int] = []

    def draw() -> str:
        drawn.append(1)
        return "page"

    report = Report(draw)
    assert drawn == []
    assert (report.html, report.html, drawn) == ("page", "page", [1])


def test_a_result_shows_what_terminal_and_markdown_show() -> None:
    result = Result(compare(experiment(3, 5)))
    assert " ".join(str(result).split()).startswith(result.comparison.headline)
    assert result._repr_markdown_().startswith("# synthetic")


# Figures


def test_rows_are_those_of_the_tables() -> None:
    made = compare(experiment(3, 6, failed=[("blast", 1)], undefined=["churn"]))
    for rows, text in ((metric_rows(made), replications_csv(made)), (daily_rows(made), daily_csv(made))):
        listed, written = list(rows), list(csv.DictReader(io.StringIO(text)))
        assert len(listed) == len(written) > 0
        for row, line in zip(listed, written, strict=True):
            assert list(row) == list(line)
            assert {name: "" if value is None else str(value) for name, value in row.items()} == line


def test_what_is_undefined_is_none_and_zero_is_zero() -> None:
    rows = list(metric_rows(compare(experiment(1, 5, undefined=["churn"]))))
    assert {row["churn"] for row in rows} == {None}
    assert [row["touches"] for row in rows if row["arm"] == "do_nothing"] == [0.0]


def test_differences_come_with_those_over_the_assumptions_if_they_were_redrawn() -> None:
    plain, redrawn = compare(experiment(4, 5)), compare(with_redraws(experiment(4, 5), {"frequent": 3.0}))
    assert "assumptions_low" not in next(difference_rows(plain))
    rows = list(difference_rows(redrawn))
    assert len(rows) == 3 * len(METRICS)
    assert redrawn.assumptions is not None
    for row, d, effect in zip(rows, redrawn.differences, redrawn.assumptions.effects, strict=True):
        assert (row["arm"], row["metric"], row["difference"], row["ci_low"]) == (
            d.arm,
            d.metric,
            d.difference,
            d.ci_low,
        )
        assert effect.interval is not None
        assert (row["assumptions_low"], row["assumptions_high"]) == (effect.interval.low, effect.interval.high)


def test_tables_are_lists_without_pandas(no_pandas: None) -> None:
    result = Result(compare(experiment(2, 3)))
    assert result.metrics() == list(metric_rows(result.comparison))
    assert result.daily() == list(daily_rows(result.comparison))
    assert result.differences() == list(difference_rows(result.comparison))


def test_tables_are_frames_with_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in: Any = types.ModuleType("pandas")
    stand_in.__spec__ = importlib.util.spec_from_loader("pandas", None)
    stand_in.DataFrame = lambda rows: ("a frame of", rows)
    monkeypatch.setitem(sys.modules, "pandas", stand_in)
    assert frame(iter([{"a": 1}])) == ("a frame of", [{"a": 1}])


def test_a_real_frame_has_a_column_for_each_value() -> None:
    pandas = pytest.importorskip("pandas")
    found = Result(compare(experiment(3, 4))).metrics()
    assert isinstance(found, pandas.DataFrame)
    assert list(found.columns) == ["arm", "replication", *METRICS]
    assert len(found) == 12


# Scripts


def _script(tiny: Path, ending: str) -> subprocess.CompletedProcess[str]:
    """Run a script that calls `go` like this."""
    script = tiny.with_name("script.py")
    script.write_text(SCRIPT + ending, encoding="utf-8")
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(
        [sys.executable, str(script)], env=environment, cwd=tiny.parent, capture_output=True, text=True, timeout=120
    )


def test_a_guarded_script_uses_worker_processes(tiny: Path) -> None:
    done = _script(tiny, 'if __name__ == "__main__":\n    go()\n')
    assert done.stdout == f"{run_scenario(tiny).comparison.headline}\n"
    assert done.stderr == ""


def test_a_script_without_guard_is_told_what_is_wrong(tiny: Path) -> None:
    done = _script(tiny, "go()\n")
    assert 'put that under `if __name__ == "__main__":`' in done.stderr
    assert "died" in done.stdout


def test_a_cluster_is_named_by_its_address(tiny: Path) -> None:
    with pytest.raises(UsageError, match="ftp"):
        run_scenario(tiny, workers="ftp://nowhere")
