"""Killed at any moment, the same command ends with the same bytes as a run that nobody disturbed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.cli import main
from sim.store import LEDGER
from tests.command_line import PLUGINS, TINY, simrun, start, text_files
from tests.test_workers import alive, eventually

SLOW = '''
@dataclass(frozen=True)
class Slow(Strategy):
    """Takes its time, so that a run can be stopped in the middle."""

    def decide(self, day, audience):
        if day == 5:
            time.sleep(0.15)
        return []
'''
CELLS = 24
JOB = TINY.replace("replications: 2", "replications: 6").replace(
    "compare:", "  slow: [{use: plugins.py:Slow}]\n  slower: [{use: plugins.py:Slow}, {use: reward}]\ncompare:"
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The text files of a run that nobody disturbed."""
    folder = write_job(tmp_path_factory.mktemp("undisturbed"))
    code, _, err = simrun("job.yaml", "--workers", "2", cwd=folder)
    assert code == 0, err
    return text_files(folder / "results" / "tiny")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_job(tmp_path)


def write_job(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "job.yaml").write_text(JOB, encoding="utf-8")
    (folder / "plugins.py").write_text(PLUGINS + SLOW, encoding="utf-8")
    return folder


def committed(out: Path) -> int:
    """Cells in the ledger at this moment."""
    path = out / LEDGER
    if not path.exists():
        return 0
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT count(*) FROM cell").fetchone()[0])
    except sqlite3.OperationalError:  # made, but still empty
        return 0
    finally:
        connection.close()


def goes_on(folder: Path, undisturbed: dict[str, bytes], at_least: int) -> None:
    """The same command again answers what is known and ends with the same bytes."""
    known = committed(folder / "results" / "tiny")
    assert at_least <= known < CELLS
    code, _, err = simrun("job.yaml", "--workers", "2", cwd=folder)
    assert code == 0, err
    assert f"tiny: answered from the ledger: {known} of {CELLS} replications\n" in err
    assert text_files(folder / "results" / "tiny") == undisturbed
    assert committed(folder / "results" / "tiny") == CELLS


def children(pid: int) -> list[int]:
    """Processes that a process started."""
    listed = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in listed if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")


@pytest.mark.parametrize(
    ("how", "cells", "workers"),
    [
        (signal.SIGKILL, 7, "2"),
        pytest.param(signal.SIGKILL, 1, "1", marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, 15, "2", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 7, "1", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 12, "2", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_stopped_goes_on(
    folder: Path, undisturbed: dict[str, bytes], how: signal.Signals, cells: int, workers: str
) -> None:
    process = start("job.yaml", "--workers", workers, cwd=folder)
    assert eventually(lambda: committed(folder / "results" / "tiny") >= cells)
    process.send_signal(how)
    _, err = process.communicate(timeout=20)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert f"of {CELLS} replications, which are kept in results/tiny/ledger.sqlite; the same command goes on" in err
    else:
        assert process.returncode == -signal.SIGKILL
    goes_on(folder, undisturbed, at_least=cells)


@linux
@pytest.mark.slow
def test_a_worker_that_is_killed_costs_nothing_but_time(folder: Path, undisturbed: dict[str, bytes]) -> None:
    process = start("job.yaml", "--workers", "2", cwd=folder)
    assert eventually(lambda: committed(folder / "results" / "tiny") >= 4)
    victim = children(process.pid)[0]
    os.kill(victim, signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert not alive(victim)
    assert text_files(folder / "results" / "tiny") == undisturbed


@linux
@pytest.mark.slow
def test_it_may_be_killed_again_and_again(folder: Path, undisturbed: dict[str, bytes]) -> None:
    for cells in (2, 5, 9, 14):
        process = start("job.yaml", "--workers", "2", cwd=folder)
        assert eventually(lambda cells=cells: committed(folder / "results" / "tiny") >= cells)  # type: ignore[misc]
        process.kill()
        process.communicate()
    goes_on(folder, undisturbed, at_least=14)


@pytest.mark.slow
def test_two_runs_at_once_in_one_folder(folder: Path, undisturbed: dict[str, bytes]) -> None:
    other = JOB.replace("seed: 7", "seed: 8")
    (folder / "other.yaml").write_text(other, encoding="utf-8")
    jobs = ["job.yaml", "job.yaml", "other.yaml"]
    processes = [start(job, "--workers", "1", "--out", "out", cwd=folder) for job in jobs]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert committed(folder / "out") == 2 * CELLS
    shown = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    last = sqlite3.connect(folder / "out" / LEDGER).execute("SELECT command FROM experiment ORDER BY id DESC")
    assert f"{shown['provenance']['command']} --out out" == last.fetchone()[0]
    assert simrun("job.yaml", "--quiet", "--out", "out", cwd=folder)[0] == 0
    assert text_files(folder / "out") == undisturbed


def full_disk(folder: Path) -> Path:
    """A folder on a disk of its own that is too small; skips the test where none can be made."""
    out = folder / "small"
    out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=280k", "none", str(out)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may make a small disk")
    return out


def test_a_full_disk_is_told_and_what_fitted_is_kept(folder: Path) -> None:
    out = full_disk(folder)
    try:
        code, printed, err = simrun("job.yaml", "--out", out, "--workers", "2", cwd=folder)
        kept = committed(out)
    finally:
        subprocess.run(["umount", str(out)], check=True)
    assert code == 1
    assert printed == ""
    [line] = [line for line in err.splitlines() if "ledger.sqlite" in line]
    assert "cannot be written" in line
    assert "goes on from there" in line
    assert "Traceback" not in err
    assert 0 < kept < CELLS


def limited(limit: int) -> Callable[[], None]:
    """A process in which no file can grow beyond a limit: every write after that fails, as on a full disk."""
    import resource

    def set_limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return set_limit


@pytest.mark.slow
def test_files_that_cannot_grow_are_told_and_the_run_goes_on_later(
    folder: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *words, **given: real(*words, **given | {"preexec_fn": limited(220_000)})
    )
    code, _, err = simrun("job.yaml", "--workers", "2", cwd=folder)
    monkeypatch.undo()
    assert code == 1
    assert "results/tiny/ledger.sqlite: cannot be written" in err
    assert "Traceback" not in err
    goes_on(folder, undisturbed, at_least=1)


def test_a_ledger_of_another_version_stops_the_run_before_it_begins(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    out = folder / "out"
    assert main(["job.yaml", "--quiet", "--out", str(out), "--set", "arms={quiet: []}", "--set", "compare=null"]) == 0
    connection = sqlite3.connect(out / LEDGER)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    capsys.readouterr()
    assert main(["job.yaml", "--out", str(out)]) == 2
    printed, err = capsys.readouterr()
    assert printed == ""
    assert f"{out / LEDGER}: is a ledger of version 99" in err
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
