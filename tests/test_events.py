"""The event log agrees with the records of the same run, and one fan's story with the log of all."""

from __future__ import annotations

import csv
import importlib
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.draws import Luck
from sim.errors import UsageError
from sim.event_files import Kind, write_events
from sim.events import COLUMNS, KINDS, EventLog, fan_key, fan_names
from sim.fans import FanTable
from sim.population import draw_pool, shared_pool
from sim.registry import Registry
from sim.results import Replication
from sim.scenario.model import Scenario
from sim.tracing import trace
from sim.world import World
from strategies import BUILTINS
from strategies.contact_cadence import ContactCadence
from strategies.reward import Reward
from tests.command_line import ROOT, folder

__all__ = ["folder"]

SCENARIO = Scenario.model_validate(
    {
        "name": "events",
        "days": 90,
        "population": {"size": 400},
        "market": {"sources": {"shop": {"organic_per_day": 1.5}}},
        "behaviour": {"leaving": {"overload_hazard": 0.002}, "product": {"bad_share": 0.2}},
        "arms": {
            "loud": [
                {"use": "contact_cadence", "touches_per_30_days": 20},
                {"use": "reward", "value": 5.0, "steps": 3},
            ],
            "calm": [],
        },
    }
)
LOUD = [ContactCadence(touches_per_30_days=20), Reward(value=5.0, steps=3)]


def run(log: EventLog | None) -> tuple[Replication, FanTable]:
    world = World(SCENARIO, LOUD, 0, shared_pool(SCENARIO, 0).copy(), log)
    return world.run("loud"), world.fans


def test_events_add_up_to_the_records() -> None:
    log = EventLog()
    record, fans = run(log)
    columns = log.columns(fans, ("shop",))
    counts = Counter(columns["kind"])
    series = {"join": "joined", "touch": "touches", "open": "opened", "order": "orders", "exit": "exits"}
    series |= {"offer": "offers", "claim": "claims", "give_up": "abandoned"}
    assert {kind: counts[kind] for kind in series} == {k: record.daily[s].sum() for k, s in series.items()}
    assert set(counts) <= set(KINDS)
    exits = columns["kind"] == "exit"
    assert Counter(columns["detail"][exits]) == {k: n for k, n in record.exits.items() if n}
    claims = columns["amount"][columns["kind"] == "claim"]
    assert claims.sum() == pytest.approx(record.money["rewards"])
    paid = columns["amount"][columns["kind"] == "order"].sum()
    assert paid == pytest.approx(record.money["revenue"] + record.money["refunds"], rel=1e-5)
    assert (np.diff(columns["day"]) >= 0).all()


def test_every_column_and_kind_is_documented() -> None:
    text = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert [name for name in (*COLUMNS, *KINDS) if f"\n| `{name}` |" not in text] == []


def test_a_log_changes_nothing() -> None:
    assert run(None)[0].metrics == run(EventLog())[0].metrics


def test_a_log_of_one_fan_is_its_part_of_the_log_of_all() -> None:
    everyone = EventLog()
    _, fans = run(everyone)
    columns = everyone.columns(fans, ("shop",))
    for name in ("pool:7", "shop:3"):
        log = EventLog(only=fan_key(name))
        mine, theirs = log.columns(run(log)[1], ("shop",)), columns["fan"] == name
        assert len(mine["day"]) == theirs.sum() > 0
        for key in ("day", "kind", "detail", "trust"):
            assert list(mine[key]) == list(columns[key][theirs])


def test_names_of_fans_are_their_source_and_ordinal() -> None:
    ordinals = np.array([5, 3, 9, 0])
    table = draw_pool(SCENARIO, Luck(1, 0), np.arange(10)[[5, 3, 9, 0, 1, 2, 4, 6, 7, 8]])
    assert list(fan_names(table, ())[:4]) == [f"pool:{ordinal}" for ordinal in ordinals]
    assert fan_key("3") == fan_key("pool:3") == int(table.key[1])


def test_a_story_has_the_same_traits_and_its_own_events_in_every_arm() -> None:
    story = trace(SCENARIO, Registry(BUILTINS), "7")
    assert story.fan == "pool:7"
    assert {step.kind for step in story.steps["loud"]} >= {"touch"}
    assert all(step.kind in ("order", "exit", "disappointment") for step in story.steps["calm"])
    table = shared_pool(SCENARIO, 0)
    row = int(np.flatnonzero(table.key == np.uint64(fan_key("7")))[0])
    assert story.traits["tolerance"] == pytest.approx(table.tolerance[row], rel=1e-6)


@pytest.mark.parametrize("name", ["400", "-1", "pool:x", "kiosk:1", "", "shop:"])
def test_a_name_that_no_fan_can_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="fan"):
        trace(SCENARIO, Registry(BUILTINS), name)


def test_the_command_tells_the_end_in_every_arm(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from sim.cli import main

    path = tmp_path / "small.yaml"
    path.write_text("name: small\ndays: 20\npopulation: {size: 20}\narms: {none: [], loud: [{use: contact_cadence}]}\n")
    assert main(["trace", str(path), "3"]) == 0
    out = capfd.readouterr().out
    assert "fan pool:3" in out
    assert "end" in out
    assert main(["trace", str(path), "99"]) == 2
    assert f"{path}: fan 99: fans of pool have the numbers 0 to 19" in capfd.readouterr().err


def test_an_arm_that_fails_is_told_and_the_others_are_followed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.cli import main

    arms = "{weekly: [{use: contact_cadence}], raises: [{use: contact_cadence}, {use: plugins.py:Raises}]}"
    assert main(["trace", "tiny.yaml", "3", "--set", f"arms={arms}", "--set", "compare=null"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-3].split() == ["end", "stayed", "failed", "on", "day", "3"]
    assert [line.count("touch chat") for line in out.splitlines() if "touch" in line] == [2]
    assert "tiny.yaml: arm 'raises' failed in replication 0: strategy Raises, day 3 (plugins.py:15): " in err
    assert "a plugin that prints" in err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError()])
def test_an_interrupted_story_names_its_scenario(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    from sim.cli import main

    def interrupted(*_: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise error  # noqa: B904

    monkeypatch.setattr("sim.tracing.trace", interrupted)
    assert main(["trace", "tiny.yaml", "3"]) == 130
    assert capsys.readouterr().err == "tiny.yaml: interrupted\n"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_event_files_hold_the_log_of_every_arm(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow", reason="the parquet extra is not installed")
    monkeypatch.setattr("sim.event_files.ROWS", 500)
    paths = write_events(SCENARIO, Registry(BUILTINS), tmp_path, kind)
    assert [path.name for path in paths] == [f"loud.{kind}", f"calm.{kind}"]
    assert sorted(path.name for path in (tmp_path / "events").iterdir()) == sorted(path.name for path in paths)
    log = EventLog()
    record, fans = run(log)
    columns = log.columns(fans, ("shop",))
    rows = read_csv(paths[0]) if kind == "csv" else read_parquet(paths[0])
    assert len(rows) == len(columns["day"])
    assert [row["fan"] for row in rows] == list(columns["fan"])
    assert [int(row["day"]) for row in rows] == list(columns["day"])
    claims = sum(float(row["amount"]) for row in rows if row["kind"] == "claim")
    assert claims == pytest.approx(record.money["rewards"])
    assert all(row["amount"] in ("", None) for row in rows if row["kind"] == "touch")


def read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_parquet(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = importlib.import_module("pyarrow.parquet").read_table(path).to_pylist()
    return rows


def test_parquet_without_its_library_is_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from sim.cli import main

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["classroom", "--events", "parquet", "--out", str(tmp_path / "out")]) == 2
    assert capfd.readouterr().err == (
        "classroom: --events parquet: needs pyarrow, install it with pip install '.[parquet]', or write csv\n"
    )
    assert not (tmp_path / "out").exists()


def test_the_option_writes_the_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    path = tmp_path / "small.yaml"
    path.write_text(
        "name: small\ndays: 9\nreplications: 2\npopulation: {size: 20}\narms: {none: [], x: [{use: contact_cadence}]}\n"
    )
    assert main(["run", str(path), "--events", "csv", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "events" / "x.csv").read_text().startswith("day,kind,fan,detail,amount,trust\n")
    assert capfd.readouterr().out.splitlines()[-1].endswith("report.html")


def test_arms_that_finish_have_their_events_and_those_that_fail_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.cli import main

    stale = Path("results/tiny/events/weekly.csv")
    assert main(["tiny.yaml", "--events", "csv", "--quiet"]) == 0
    assert stale.exists()
    assert main(["tiny.yaml", "--events", "csv", "--quiet", "--set", "arms.weekly=[{use: plugins.py:Raises}]"]) == 1
    assert "tiny.yaml: no events of arm 'weekly', which failed in replication 0\n" in capsys.readouterr().err
    assert [path.name for path in stale.parent.iterdir()] == ["quiet.csv"]


def test_the_log_is_of_the_code_that_ran(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    plugin = folder / "plugins.py"
    change = f"open({str(plugin)!r}, 'w').write('1 / 0')"
    plugin.write_text(plugin.read_text(encoding="utf-8").replace('print("a plugin that prints")', change))
    arm = "arms.weekly=[{use: contact_cadence}, {use: plugins.py:Raises}]"
    assert main(["tiny.yaml", "--events", "csv", "--quiet", "--set", arm, "--set", "days=3"]) == 0
    assert plugin.read_text(encoding="utf-8") == "1 / 0"
    assert ",touch," in Path("results/tiny/events/weekly.csv").read_text(encoding="utf-8")
