"""The ledger: what is written comes back to the last bit, nothing is half written, and no file is harmed."""

from __future__ import annotations

import math
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim.cells import Part, Recipe
from sim.errors import ResultError, SimrunError, UsageError
from sim.results import Experiment, Failure, FanOutcomes, Replication, canonical
from sim.store import LEDGER, Ledger
from sim.store.schema import APPLICATION_ID, SCHEMA_VERSION
from tests import synthetic
from tests.test_workers import eventually

ROOT = Path(__file__).parent.parent


def recipe(replication: int = 0, *, code: str = "{}", redraw: int | None = None) -> Recipe:
    """Some recipe; only its key is of interest."""
    return Recipe(Part("{}"), Part("[]"), Part(code), Part('{"numpy":"2"}'), 7, replication, redraw)


def outcomes(fans: int = 5) -> FanOutcomes:
    rng = np.random.default_rng(1)
    return FanOutcomes(
        trust=rng.random(fans, np.float32),
        tolerance=rng.random(fans, np.float32),
        tenure=rng.integers(0, 900, fans, np.int32),
        left=rng.integers(-1, 90, fans, np.int32),
        cause=rng.integers(0, 7, fans, np.uint8),
        spend=np.array([0.0, -0.0, np.inf, 1e-40, 3.3], np.float32)[:fans],
    )


def same(one: Replication | None, two: Replication | None) -> bool:
    """Whether two replications are equal in every bit and in the order of their names."""
    return exact(one) == exact(two)


def exact(r: Replication | None) -> Any:
    if r is None:
        return None
    tables = (r.metrics, r.exits, r.money, r.fans, r.touches, r.withheld, r.withheld_by_rule)
    numbers = [repr(list(table.items())) for table in tables]
    days = [(name, series.dtype, series.tobytes()) for name, series in r.daily.items()]
    fans = [(name, column.dtype, column.tobytes()) for name, column in vars(r.outcomes).items()] if r.outcomes else None
    return r.arm, r.replication, numbers, days, fans


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "out") as made:
        yield made


def sql(path: Path, *statements: str) -> list[Any]:
    """Run statements as another program would; the rows of the last one."""
    connection = sqlite3.connect(path)
    try:
        rows = [connection.execute(statement).fetchall() for statement in statements][-1]
        connection.commit()
    finally:
        connection.close()
    return rows


# Cells

NUMBERS = st.floats(allow_nan=False)
TABLE = st.dictionaries(st.text(min_size=1), NUMBERS, max_size=4)
COUNTS = st.dictionaries(st.text(min_size=1), st.integers(0, 2**53), max_size=4)
SERIES = arrays.arrays(np.float64, st.integers(0, 9), elements=st.floats())
REPLICATIONS = st.builds(
    Replication,
    arm=st.just("a"),
    replication=st.just(3),
    metrics=st.dictionaries(st.text(min_size=1), st.none() | NUMBERS, max_size=4),
    daily=st.dictionaries(st.text(min_size=1), SERIES, max_size=3),
    exits=COUNTS,
    money=st.dictionaries(st.text(min_size=1), st.floats(), max_size=4),
    fans=COUNTS,
    touches=COUNTS,
    withheld=COUNTS,
    withheld_by_rule=COUNTS,
    outcomes=st.none() | st.just(outcomes()),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REPLICATIONS.map(canonical))
def test_a_replication_comes_back_to_the_last_bit(ledger: Ledger, made: Replication) -> None:
    ledger.keep(recipe(3), made, replace=True)
    assert same(ledger.recall(recipe(3).key, "a"), made)


def test_numbers_of_numpy_come_back_as_pythons_own_and_zero_without_a_sign(ledger: Ledger) -> None:
    made = synthetic.replication("blast", 0)
    odd = replace(made, fans={"left": np.int64(3)}, metrics={"churn": np.float64("nan"), "profit": np.float64(-0.0)})
    ledger.keep(recipe(), odd)
    found = ledger.recall(recipe().key, "blast")
    assert found is not None
    assert repr((found.fans, found.metrics)) == "({'left': 3}, {'churn': None, 'profit': 0.0})"
    assert same(found, canonical(odd))


def test_a_cell_is_known_by_its_key_alone(ledger: Ledger) -> None:
    made = synthetic.replication("blast", 3)
    ledger.keep(recipe(3), made)
    assert ledger.known([recipe(3).key, recipe(4).key]) == {recipe(3).key}
    assert ledger.recall(recipe(4).key, "blast") is None
    assert ledger.recall(recipe(3, code='{"a":1}').key, "blast") is None
    assert same(ledger.recall(recipe(3).key, "other"), replace(made, arm="other"))
    assert ledger.recipe(recipe(3).key)[0] == recipe(3)


def test_a_cell_is_written_once_unless_it_shall_be_replaced(ledger: Ledger) -> None:
    first, second = synthetic.replication("blast", 0), synthetic.replication("frequent", 0)
    ledger.keep(recipe(), first)
    ledger.keep(recipe(), second)
    assert same(ledger.recall(recipe().key, "blast"), first)
    ledger.keep(recipe(), second, replace=True)
    assert same(ledger.recall(recipe().key, "frequent"), second)
    assert sql(ledger.path, "SELECT count(*) FROM cell") == [(1,)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE metric SET value = value + 1e-9 WHERE name = 'churn'",
        "DELETE FROM touches",
        "DELETE FROM withheld",
        "DROP TABLE withheld_by_rule",
        "UPDATE series SET data = (SELECT data FROM series WHERE name = 'churn') WHERE name = 'exits'",
        "UPDATE series SET data = x'00'",
        "UPDATE cell SET outcomes = x'0102'",
        "UPDATE cell SET result = ''",
    ],
)
def test_a_cell_that_was_changed_by_someone_else_is_refused(ledger: Ledger, damage: str) -> None:
    ledger.keep(recipe(), replace(synthetic.replication("blast", 0), outcomes=outcomes()))
    sql(ledger.path, damage)
    with pytest.raises(ResultError, match=r"ledger\.sqlite: replication 0 of arm 'blast'.*--fresh"):
        ledger.recall(recipe().key, "blast")


def test_a_failure_is_written_down_and_is_no_answer(ledger: Ledger) -> None:
    failure = Failure("blast", 2, "mine.py:3: boom", "Traceback ...")
    for _ in range(2):
        ledger.keep_failure(recipe(2), failure, "simrun mine.yaml --seed 7")
    ledger.keep_failure(recipe(2), replace(failure, message="another"), "simrun mine.yaml --seed 7")
    rows = sql(ledger.path, "SELECT arm, seed, replication, redraw, message, trace, command FROM failure ORDER BY id")
    first, second = rows
    assert first == ("blast", 7, 2, None, "mine.py:3: boom", "Traceback ...", "simrun mine.yaml --seed 7")
    assert second[4] == "another"
    assert ledger.failed_recipe(recipe(2).key) == recipe(2)
    assert ledger.failed_recipe(recipe(3).key) is None
    assert ledger.recall(recipe(2).key, "blast") is None


# Experiments


def kept(ledger: Ledger, made: Experiment) -> Experiment:
    """The experiment with its replications in the ledger."""
    keys = []
    for redrawn, replications in ((False, made.replications), (True, made.redrawn)):
        for r in replications:
            own = recipe(r.replication, code=f'"{r.arm}"', redraw=r.replication if redrawn else None)
            ledger.keep(own, r)
            keys.append(own.key)
    return replace(made, cells=tuple(keys))


def some_experiment(**changes: Any) -> Experiment:
    made = synthetic.experiment(3, 10, failed=[("blast", 2)])
    redrawn = tuple(synthetic.replication(arm, n, 10) for arm in synthetic.ARMS for n in range(2))
    return replace(made, redrawn=redrawn, redraws=({"a.b": 0.1}, {"a.b": 1e-9}), warnings=("careful",), **changes)


def test_an_experiment_comes_back_whole(ledger: Ledger) -> None:
    made = kept(ledger, some_experiment())
    found = ledger.experiment(ledger.record(made, "Choose blast."))
    for name in ("scenario", "provenance", "failures", "warnings", "redraws", "cells"):
        assert getattr(found, name) == getattr(made, name), name
    for name in ("replications", "redrawn"):
        assert list(map(exact, getattr(found, name))) == list(map(exact, getattr(made, name))), name


def test_experiments_are_listed_and_the_same_one_is_not_recorded_twice(ledger: Ledger) -> None:
    one = kept(ledger, some_experiment())
    fewer = replace(one, replications=one.replications[:-1], cells=(*one.cells[:10], *one.cells[11:]))
    assert [ledger.record(e, "Why.") for e in (one, one, fewer, one, one)] == [1, 1, 2, 3, 3]
    runs = ledger.runs()
    assert [(run.id, run.replications, run.redrawn) for run in runs] == [(1, 11, 8), (2, 10, 8), (3, 11, 8)]
    assert runs[0].arms == tuple(synthetic.ARMS)
    assert runs[0].headline == "Why."
    assert ledger.run().id == 3
    with pytest.raises(UsageError, match=r"no run 4; there are 1, 2, 3"):
        ledger.run(4)


def test_an_empty_ledger_has_no_run(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        ledger.run()


def test_an_experiment_of_a_simrun_with_other_settings_is_refused(ledger: Ledger) -> None:
    ledger.record(kept(ledger, some_experiment()), "")
    sql(ledger.path, "UPDATE experiment SET scenario = replace(scenario, '\"days\"', '\"dais\"')")
    with pytest.raises(ResultError, match=r"ledger\.sqlite: run 1 was recorded by a simrun that had other settings"):
        ledger.experiment(1)


def test_the_view_for_other_programs_has_every_metric(ledger: Ledger) -> None:
    made = kept(ledger, some_experiment())
    ledger.record(made, "")
    query = "SELECT value FROM result WHERE arm = ? AND metric = 'churn' AND redraw IS NULL ORDER BY replication"
    for arm in synthetic.ARMS:
        rows = sqlite3.connect(ledger.path).execute(query, [arm]).fetchall()
        assert [value for (value,) in rows] == [r.metrics["churn"] for r in made.of(arm)]


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    made = kept(ledger, some_experiment())

    def record_and_fail() -> None:
        with ledger.transaction():
            ledger.record(made, "")
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        record_and_fail()
    assert ledger.runs() == ()


# Files that are no ledger of this version are left as they are


def other_database(path: Path) -> None:
    sql(path, "CREATE TABLE shop (id)", "INSERT INTO shop VALUES (1)")


def other_version(path: Path) -> None:
    with Ledger(path.parent) as ledger:
        ledger.keep(recipe(), synthetic.replication("blast", 0))
    sql(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def garbage_in_the_middle(path: Path) -> None:
    with Ledger(path.parent) as ledger:
        kept(ledger, some_experiment())
    content = bytearray(path.read_bytes())
    content[4096:40960] = b"\xff" * (40960 - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_text("my notes"), "no SQLite database"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000), "damaged"),
        (other_database, "another program"),
        (other_version, f"ledger of version {SCHEMA_VERSION + 1}, and this simrun keeps version {SCHEMA_VERSION}"),
        (garbage_in_the_middle, "damaged"),
    ],
)
def test_what_is_no_ledger_is_refused_and_not_touched(tmp_path: Path, make: Any, says: str) -> None:
    path = tmp_path / LEDGER
    make(path)
    before = path.read_bytes()
    for writing in (True, False):
        with pytest.raises(SimrunError, match=says) as caught:
            Ledger(tmp_path, writing=writing)
        assert str(caught.value).startswith(str(path))
        assert path.read_bytes() == before
    assert {entry.name for entry in tmp_path.iterdir()} == {LEDGER}


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / LEDGER).mkdir()
    with pytest.raises(UsageError, match="is not a file"):
        Ledger(tmp_path)


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no ledger"):
        Ledger(tmp_path / "out", writing=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("writing", [True, False])
def test_a_file_whose_maker_was_killed_at_once_is_a_new_one(tmp_path: Path, writing: bool) -> None:
    (tmp_path / LEDGER).touch()
    if writing:
        with Ledger(tmp_path) as ledger:
            assert ledger.runs() == ()
    else:
        with pytest.raises(UsageError, match="there is no ledger"):
            Ledger(tmp_path, writing=False)


def test_it_is_marked_as_ours_and_closed_cleanly(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.keep(recipe(), synthetic.replication("blast", 0))
    assert [path.name for path in tmp_path.iterdir()] == [LEDGER]
    assert sql(tmp_path / LEDGER, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert sql(tmp_path / LEDGER, "PRAGMA journal_mode") == [("wal",)]


# Several at once, and all that can stop a process

WRITER = """\
import sys
from pathlib import Path
from sim.store import Ledger
from tests import synthetic
from tests.test_store import recipe

with Ledger(Path(sys.argv[1])) as ledger:
    print("ready", flush=True)
    for number in range(int(sys.argv[2])):
        ledger.keep(recipe(number), synthetic.replication("blast", number, 365))
        print(number, flush=True)
"""


def writer(folder: Path, cells: int) -> subprocess.Popen[str]:
    """A process that writes so many cells and says so after each."""
    words = [sys.executable, "-c", WRITER, str(folder), str(cells)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_several_processes_make_and_fill_one_ledger(tmp_path: Path) -> None:
    writers = [writer(tmp_path, 20) for _ in range(3)]
    for process in writers:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert out.split()[1:] == [str(n) for n in range(20)]
    assert sql(tmp_path / LEDGER, "SELECT count(*) FROM cell") == [(20,)]
    assert sql(tmp_path / LEDGER, "PRAGMA integrity_check") == [("ok",)]
    with Ledger(tmp_path, writing=False) as ledger:
        for number in range(20):
            found = ledger.recall(recipe(number).key, "blast")
            assert same(found, synthetic.replication("blast", number, 365))


@pytest.mark.parametrize("cells", [1, 7, 30])
def test_what_was_committed_outlives_a_kill(tmp_path: Path, cells: int) -> None:
    process = writer(tmp_path, 10_000)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == str(cells):
            break
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    keys = [recipe(number).key for number in range(10_000)]
    with Ledger(tmp_path) as ledger:
        known = ledger.known(keys)
        assert len(known) > cells
        assert known == set(keys[: len(known)])
        for number in range(len(known)):
            assert same(ledger.recall(keys[number], "blast"), synthetic.replication("blast", number, 365))
    assert sql(tmp_path / LEDGER, "PRAGMA integrity_check") == [("ok",)]


def test_a_ledger_left_by_a_killed_process_can_be_read(tmp_path: Path) -> None:
    process = writer(tmp_path, 10_000)
    assert eventually(lambda: (tmp_path / LEDGER).exists() and process.stdout.readline().strip() == "3")  # type: ignore[union-attr]
    process.kill()
    process.communicate()
    assert (tmp_path / f"{LEDGER}-wal").exists()
    with Ledger(tmp_path, writing=False) as ledger:
        assert ledger.known([recipe(3).key]) == {recipe(3).key}


def test_a_full_disk_names_the_file_and_leaves_what_was_there(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.keep(recipe(0), synthetic.replication("blast", 0))
        (pages,) = ledger._connection.execute("PRAGMA page_count").fetchone()
        ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ResultError, match=r"ledger\.sqlite: cannot be written.*full.*goes on from there"):
            ledger.keep(recipe(1), replace(synthetic.replication("blast", 1), outcomes=outcomes()))
        ledger._connection.execute("PRAGMA max_page_count = 1000000")
        ledger.keep(recipe(2), synthetic.replication("blast", 2))
    with Ledger(tmp_path, writing=False) as ledger:
        keys = [recipe(number).key for number in range(3)]
        assert ledger.known(keys) == {keys[0], keys[2]}


# Other programs


def test_every_table_and_column_is_documented(ledger: Ledger) -> None:
    page = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    names = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    for (table,) in sql(ledger.path, names):
        [section] = re.findall(rf"^\| `{table}` \|(.*)$", page, re.MULTILINE)
        for column in sql(ledger.path, f"PRAGMA table_info({table})"):
            assert f"`{column[1]}`" in section, f"{table}.{column[1]}"


def test_series_can_be_read_as_documented(ledger: Ledger) -> None:
    import zlib

    made = synthetic.replication("blast", 0)
    ledger.keep(recipe(), made)
    ((data,),) = sql(ledger.path, "SELECT data FROM series WHERE name = 'churn'")
    assert np.frombuffer(zlib.decompress(data), "<f8").tolist() == made.daily["churn"].tolist()
    assert not math.isnan(made.daily["churn"][0])
