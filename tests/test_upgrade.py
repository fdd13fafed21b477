"""A ledger of version 1, which has no tables for what was withheld: read as it is, upgraded without harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.cli import main
from sim.errors import ResultError
from sim.results import Experiment, Replication
from sim.store import LEDGER, Ledger, schema
from sim.store.blobs import fingerprint
from sim.store.schema import SCHEMA_VERSION
from tests import synthetic
from tests.report_page import Page
from tests.test_store import exact, kept, recipe, same, some_experiment, sql, writer

TINY = """\
name: tiny
question: How often?
days: 20
replications: 2
population: {size: 60}
rules: {per_30_days: 3}
arms:
  quiet: []
  weekly: [{use: contact_cadence, touches_per_30_days: 9}]
compare: {baseline: quiet, goal: {metric: value_per_fan, margin: 0.5}, guardrail: {metric: churn, margin: 0.02}}
"""


def older(made: Replication) -> Replication:
    """A replication as version 1 knew it."""
    return replace(made, withheld={}, withheld_by_rule={})


def some_older_experiment() -> Experiment:
    made = some_experiment()
    return replace(made, replications=tuple(map(older, made.replications)), redrawn=tuple(map(older, made.redrawn)))


def without_the_tables(folder: Path) -> Path:
    """The same folder with a ledger of version 1."""
    dropped = (f"DROP TABLE {name}" for name in ("withheld", "withheld_by_rule", "study"))
    sql(folder / LEDGER, *dropped, "PRAGMA user_version = 1")
    return folder


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    """A folder with a ledger of version 1, in which one experiment is recorded."""
    with Ledger(tmp_path / "older") as ledger:
        ledger.record(kept(ledger, some_older_experiment()), "Why.")
    return without_the_tables(tmp_path / "older")


@pytest.fixture
def older_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of results of a real run, whose ledger is of version 1."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(TINY, encoding="utf-8")
    assert main(["tiny.yaml", "--quiet", "--out", "out"]) == 0
    with Ledger(Path("out")) as ledger:
        for place in ledger.places(1):
            made = ledger.recall(place.key, place.arm)
            assert made is not None
            ledger.keep(ledger.recipe(place.key)[0], older(made), replace=True)
    return without_the_tables(Path("out"))


def content(path: Path) -> dict[str, Any]:
    """All rows of all tables, with what made the tables."""
    tables = sql(path, "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    return {name: (made, sql(path, f"SELECT * FROM {name}")) for name, made in tables}


def check_older_experiment(ledger: Ledger) -> None:
    found, made = ledger.experiment(1), some_older_experiment()
    for name in ("replications", "redrawn"):
        assert list(map(exact, getattr(found, name))) == list(map(exact, getattr(made, name))), name


def test_the_fingerprint_of_an_older_cell_is_what_it_was() -> None:
    numbers: list[Any] = [{"churn": 0.25, "churn_30d": None}, {"exits": np.array([1.0, 2.0])}, {"natural": 3}]
    made = Replication("blast", 0, *numbers, {"profit": -1.5}, {"left": 3}, {"chat": 7, "sms": 0}, {}, {})
    assert fingerprint(made) == "6b1723b1c0a202601d0eed9fe5d5591fcfab62d48a606d49f27cd3e652ae4dce"
    assert fingerprint(replace(made, withheld={"chat": 0, "sms": 0})) != fingerprint(made)


def test_an_older_ledger_is_read_as_it_is(version_1: Path) -> None:
    before = (version_1 / LEDGER).read_bytes()
    with Ledger(version_1, writing=False) as ledger:
        check_older_experiment(ledger)
    assert (version_1 / LEDGER).read_bytes() == before


def test_an_older_ledger_gets_what_it_lacks_and_keeps_what_it_has(version_1: Path) -> None:
    path = version_1 / LEDGER
    before = content(path)
    for _ in range(2):
        with Ledger(version_1) as ledger:
            check_older_experiment(ledger)
    after = content(path)
    assert {name: after[name] for name in before} == before
    assert {name: after[name][1] for name in after.keys() - before} == {
        "withheld": [],
        "withheld_by_rule": [],
        "study": [],
    }
    assert sql(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_an_upgraded_ledger_is_like_a_new_one(version_1: Path, tmp_path: Path) -> None:
    made = synthetic.replication("blast", 99)
    with Ledger(tmp_path / "new"), Ledger(version_1) as ledger:
        ledger.keep(recipe(99), made)
        assert same(ledger.recall(recipe(99).key, "blast"), made)
    tables = "SELECT name, sql FROM sqlite_master ORDER BY name"
    assert sql(version_1 / LEDGER, tables) == sql(tmp_path / "new" / LEDGER, tables)


def test_an_upgrade_that_fails_changes_nothing(version_1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = version_1 / LEDGER
    before = content(path)
    monkeypatch.setitem(schema.VALUES, "withheld_by_rule", "no type (")
    with pytest.raises(ResultError, match=r"ledger\.sqlite: cannot be used"):
        Ledger(version_1)
    assert content(path) == before
    assert sql(path, "PRAGMA user_version") == [(1,)]


def test_several_processes_bring_one_ledger_up_to_date(version_1: Path) -> None:
    writers = [writer(version_1, 3) for _ in range(3)]
    for process in writers:
        assert (process.communicate(timeout=60)[1], process.returncode) == ("", 0)
    with Ledger(version_1, writing=False) as ledger:
        check_older_experiment(ledger)
        assert len(ledger.known(recipe(number).key for number in range(3))) == 3


def test_the_report_of_an_older_run_has_a_dash_for_what_is_not_known(older_run: Path) -> None:
    assert main(["report", str(older_run), "--run", "1"]) == 0
    page = Page((older_run / "report.html").read_text(encoding="utf-8")).text
    [held] = re.findall(r"All withheld 0 ([\d,]+) ", page)
    assert int(held.replace(",", "")) > 0
    for label in ("chat, withheld", "by cap per 30 days"):
        assert f"{label} – – " in page
    found = json.loads((older_run / "results.json").read_text(encoding="utf-8"))["arms"]["weekly"]
    assert (found["withheld"], found["withheld_by_rule"]) == ({}, {})
    assert found["metrics"]["withheld"]["mean"] == pytest.approx(int(held.replace(",", "")), abs=1)


def test_an_older_run_is_reproduced_as_far_as_it_was_recorded(
    older_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (older_run / LEDGER).read_bytes()
    assert main(["reproduce", str(older_run)]) == 0
    assert "all 4 replications are the same to the last bit" in capsys.readouterr().out
    assert (older_run / LEDGER).read_bytes() == before
