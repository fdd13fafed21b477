"""Result files: the names others rely on, exact numbers, no NaN, same bytes, whole files or none."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.compare import METRICS, Comparison, compare
from sim.errors import SimrunError
from sim.output import daily_csv, replications_csv, results_json, write_tables
from sim.stats import Interval
from sim.text_files import json_text, write_whole
from tests.synthetic import ARMS, experiment, with_redraws, with_values

FILES = {"results.json", "replications.csv", "daily.csv", "summary.md"}
GAPPY = {"undefined": ["churn", "churn_30d"], "failed": [("blast", 1), ("do_nothing", 0), ("do_nothing", 1)]}


def strict(text: str) -> dict[str, Any]:
    """Read JSON that must not contain NaN or infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    read: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return read


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def usual() -> Comparison:
    return compare(experiment(days=10))


@pytest.fixture(scope="module")
def gappy() -> Comparison:
    """Two replications with failures and undefined metrics."""
    return compare(experiment(2, 10, **GAPPY))


def test_results_have_the_names_that_scripts_rely_on(usual: Comparison) -> None:
    found = strict(results_json(usual))
    assert (found["schema_version"], found["scenario"]) == (1, "synthetic")
    assert list(found["arms"]) == list(ARMS)
    for name, arm in found["arms"].items():
        assert list(arm["metrics"]) == list(METRICS)
        assert arm["metrics"]["churn"].keys() == {"mean", "half_width", "n"}
        assert arm.keys() >= {"exits", "money", "touches", "withheld", "withheld_by_rule", "verdict", "strategies"}
        assert "error" not in arm, name
    assert len(found["comparisons"]) == 3 * len(METRICS)
    names = {"baseline", "arm", "metric", "difference", "ci_low", "ci_high", "role", "verdict"}
    assert all(d.keys() >= names for d in found["comparisons"])
    assert all(check.keys() == {"name", "status", "detail", "advice"} for check in found["health"])
    assert found["provenance"]["seed"] == 7
    assert found["headline"] == usual.headline


def test_results_hold_the_exact_numbers(usual: Comparison) -> None:
    found = strict(results_json(usual))
    for d, written in zip(usual.differences, found["comparisons"], strict=True):
        assert (written["difference"], written["ci_low"], written["ci_high"]) == (d.difference, d.ci_low, d.ci_high)
        assert written["ci_low"] <= written["difference"] <= written["ci_high"]
        assert (written["arm"], written["metric"], written["verdict"]) == (d.arm, d.metric, d.verdict)
    for arm in usual.arms:
        for metric, estimate in arm.metrics.items():
            assert found["arms"][arm.name]["metrics"][metric] == vars(estimate)


def test_more_churn_is_a_positive_difference_and_a_broken_guardrail() -> None:
    found = strict(results_json(compare(experiment())))
    blast = next(d for d in found["comparisons"] if d["arm"] == "blast" and d["role"] == "guardrail")
    assert blast["ci_low"] > 0.03
    assert (blast["improves"], blast["verdict"]) == (-1, "broken")


def test_results_tell_what_stands_beside_the_interval(usual: Comparison) -> None:
    found = strict(results_json(usual))
    for d, written in zip(usual.differences, found["comparisons"], strict=True):
        for name in ("bootstrap", "simultaneous", "lift", "precision", "common_luck"):
            known = getattr(d, name)
            assert written[name] == (vars(known) if known else None), name
        assert (written["skewed"], written["discovery"]) == (d.skewed, d.discovery)
    for arm in usual.arms:
        written = found["arms"][arm.name]
        assert written["selection"] == arm.selection
        assert written["against_best"] == vars(arm.against_best)
    assert usual.frontier is not None
    assert found["frontier"]["probability"] == usual.frontier.probability
    assert found["frontier"]["metrics"] == ["value_per_fan", "churn"]
    assert found["assumptions"] is None


def test_results_tell_what_assumptions_do() -> None:
    made = compare(with_redraws(experiment(days=5), {"frequent": 3.0}))
    written, known = strict(results_json(made))["assumptions"], made.assumptions
    assert known is not None
    assert (written["redraws"], written["parameters"]) == (12, ["swing", "idle"])
    assert (written["verdicts"], written["only_luck"]) == (known.verdicts, list(known.only_luck))
    assert len(written["effects"]) == len(made.differences)
    goal, effect = written["effects"][0], known.effects[0]
    assert (goal["arm"], goal["metric"], goal["role"]) == ("frequent", "value_per_fan", "goal")
    assert goal["interval"] == vars(effect.interval)
    assert goal["simultaneous"] == vars(effect.simultaneous)
    assert goal["drivers"] == [vars(driver) for driver in effect.drivers]
    assert (goal["better"], goal["only_luck"], goal["n"]) == (effect.better, effect.only_luck, 12)


def test_what_json_does_not_know_is_no_result() -> None:
    with pytest.raises(TypeError):
        json_text({"interval": Interval(1.0, 0.0, 2.0)})


def test_failed_redraws_are_told_apart_from_failed_replications() -> None:
    made = experiment(2, 5, failed=[("blast", 1)])
    lost = replace(made.failures[0], replication=7, redrawn=True)
    comparison = compare(replace(made, failures=(*made.failures, lost)))
    blast = strict(results_json(comparison))["arms"]["blast"]
    assert (blast["failed_replications"], blast["failed_redraws"]) == ([1], [7])
    alone = compare(replace(made, failures=(lost,)))
    assert "arm blast, redraw 7" in alone.health[0].detail


def test_what_is_undefined_is_null(gappy: Comparison) -> None:
    found = strict(results_json(gappy))
    assert found["arms"]["restrained"]["metrics"]["churn"] == {"mean": None, "half_width": None, "n": 0}
    assert found["arms"]["blast"]["metrics"]["revenue"]["half_width"] is None
    assert all(d["difference"] is None for d in found["comparisons"] if d["metric"] == "churn")


def test_a_failed_arm_carries_its_error(gappy: Comparison) -> None:
    found = strict(results_json(gappy))["arms"]
    assert "boom" in found["do_nothing"]["error"]
    assert found["do_nothing"]["failed_replications"] == [0, 1]
    assert found["do_nothing"]["metrics"]["revenue"] == {"mean": None, "half_width": None, "n": 0}
    assert found["blast"]["metrics"]["revenue"]["n"] == 1
    assert "error" not in found["frequent"]


def test_a_number_that_is_not_finite_never_reaches_a_file() -> None:
    values: list[float | None] = [float("nan"), float("inf"), 1.0]
    odd = with_values(experiment(3, 5), "profit", {"blast": values})
    lost = {"money": {**odd.replications[0].money, "goods": float("nan")}}
    made = compare(replace(odd, replications=(replace(odd.replications[0], **lost), *odd.replications[1:])))
    assert strict(results_json(made))["arms"]["restrained"]["money"]["goods"] is None
    written = [row["profit"] for row in rows(replications_csv(made)) if row["arm"] == "blast"]
    assert written == ["", "", "1.0"]


def test_numpy_numbers_and_dates_in_settings_can_be_written() -> None:
    made = experiment(2, 3)
    scenario = made.scenario.model_dump()
    scenario["arms"]["blast"] = [{"use": "mine.py:Mine", "start": made.scenario.start_date, "size": np.int64(5)}]
    made = replace(made, scenario=made.scenario.model_validate(scenario))
    strategy = strict(results_json(compare(made)))["arms"]["blast"]["strategies"][0]
    assert strategy == {"use": "mine.py:Mine", "start": "2026-01-01", "size": 5}


def test_one_row_per_arm_and_replication(usual: Comparison) -> None:
    text = replications_csv(usual)
    assert text.splitlines()[0] == "arm,replication," + ",".join(METRICS)
    written = rows(text)
    assert [(row["arm"], int(row["replication"])) for row in written] == [(a, n) for a in ARMS for n in range(6)]
    for row, run in zip(written, usual.experiment.replications, strict=True):
        assert [float(row[metric]) for metric in METRICS] == [run.metrics[metric] for metric in METRICS]


def test_undefined_metrics_are_empty_cells(gappy: Comparison) -> None:
    written = rows(replications_csv(gappy))
    assert {row["churn"] for row in written} == {""}
    assert [(row["arm"], row["replication"]) for row in written] == [
        ("restrained", "0"),
        ("restrained", "1"),
        ("frequent", "0"),
        ("frequent", "1"),
        ("blast", "0"),
    ]


def test_one_row_per_arm_and_day(usual: Comparison) -> None:
    text = daily_csv(usual)
    series = list(usual.arms[0].daily_mean)
    assert text.splitlines()[0] == "arm,day," + ",".join(f"{s}_mean,{s}_sd" for s in series)
    written = rows(text)
    assert [(row["arm"], int(row["day"])) for row in written] == [(a, day) for a in ARMS for day in range(10)]
    runs = np.array([r.daily["revenue"][4] for r in usual.experiment.of("blast")])
    row = next(row for row in written if (row["arm"], row["day"]) == ("blast", "4"))
    assert float(row["revenue_mean"]) == pytest.approx(runs.mean(), rel=1e-14)
    assert float(row["revenue_sd"]) == pytest.approx(runs.std(ddof=1), rel=1e-12)


def test_the_spread_of_one_replication_is_an_empty_cell() -> None:
    written = rows(daily_csv(compare(experiment(1, 3))))
    assert len(written) == 12
    assert {row["revenue_sd"] for row in written} == {""}
    assert all(row["revenue_mean"] for row in written)


def test_an_arm_name_with_a_comma_stays_one_cell() -> None:
    arms = {"restrained": ARMS["restrained"], 'often, "loud"': ARMS["blast"]}
    written = rows(replications_csv(compare(experiment(2, 3, arms=arms))))
    assert {row["arm"] for row in written} == set(arms)


def test_the_same_experiment_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_tables(compare(experiment(3, 10, **GAPPY)), tmp_path / name)
    assert {path.name for path in (tmp_path / "one").iterdir()} == FILES
    for file in FILES:
        content = (tmp_path / "one" / file).read_bytes()
        assert content == (tmp_path / "two" / file).read_bytes()
        assert content.endswith(b"\n")
        assert b"\r" not in content


def test_files_are_utf_8_whatever_the_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    write_tables(compare(experiment(2, 3, arms={"克制": ARMS["restrained"]}, compare=None)), tmp_path)
    assert "克制" in (tmp_path / "results.json").read_text("utf-8")
    assert "克制" in (tmp_path / "daily.csv").read_text("utf-8")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "results.json"
    target.write_text("old")

    def full(self: Path, data: bytes) -> int:
        with open(self, "wb") as file:
            file.write(data[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SimrunError, match=r"results\.json: cannot be written: No space left on device"):
        write_whole(target, "new content")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_reader_keeps_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "results.json"
    write_whole(target, "old content")
    with open(target) as reader:
        write_whole(target, "new")
        assert reader.read() == "old content"
    assert target.read_text() == "new"


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(SimrunError, match=r"taken.replications\.csv: cannot be written"):
        write_tables(compare(experiment(2, 3)), tmp_path / "taken")


def test_a_folder_in_place_of_a_file_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "daily.csv").mkdir()
    with pytest.raises(SimrunError, match=r"daily\.csv: cannot be written"):
        write_tables(compare(experiment(2, 3)), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"replications.csv", "daily.csv"}
