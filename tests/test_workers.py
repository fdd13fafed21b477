from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.workers import WorkerDied, available_cpus, run_jobs
from tests import jobs

ROOT = Path(__file__).parent.parent


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie waiting for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_every_job_comes_back_once_with_its_result() -> None:
    assert sorted(run_jobs(jobs.square, range(7), 2)) == [(n, n * n) for n in range(7)]


def test_no_jobs_no_results() -> None:
    assert list(run_jobs(jobs.square, [], 2)) == []


def test_jobs_are_taken_only_as_workers_get_free() -> None:
    taken: list[int] = []

    def source() -> object:
        for n in range(10):
            taken.append(n)
            yield n

    with contextlib.closing(run_jobs(jobs.square, source(), 2)) as results:  # type: ignore[arg-type]
        next(results)
        assert taken == [0, 1]


def test_a_killed_worker_costs_its_own_job_only() -> None:
    outcome = dict(run_jobs(jobs.square_or_die, range(6), 2))
    died = outcome.pop(3)
    assert isinstance(died, WorkerDied)
    assert "killed" in str(died)
    assert outcome == {n: n * n for n in (0, 1, 2, 4, 5)}


def test_a_job_whose_worker_was_killed_once_is_run_again(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    assert list(run_jobs(jobs.die_first, [flag], 1)) == [(flag, "done")]


def test_workers_are_single_threaded_and_leave_ctrl_c_to_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert list(run_jobs(jobs.surroundings, [0], 1)) == [(0, ("1", True))]
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
def test_closing_kills_workers_in_the_middle_of_a_job(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    results = run_jobs(jobs.sleep_after_first, [None, note], 2)
    next(results)
    assert eventually(lambda: note.exists() and note.read_text() != "")
    pid = int(note.read_text())
    assert alive(pid)
    began = time.monotonic()
    results.close()
    assert not alive(pid)
    assert time.monotonic() - began < 10


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = (
        "import sys; from pathlib import Path; from sim.workers import run_jobs; from tests import jobs\n"
        "if __name__ == '__main__': list(run_jobs(jobs.tell_and_sleep, [Path(sys.argv[1])], 1))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(note)], cwd=ROOT)
    try:
        assert eventually(lambda: note.exists() and note.read_text() != "")
        pid = int(note.read_text())
        assert alive(pid)
    finally:
        parent.kill()
        parent.wait()
    assert eventually(lambda: not alive(pid))


def test_available_cpus_is_what_this_process_may_use() -> None:
    if hasattr(os, "sched_getaffinity"):
        assert available_cpus() == len(os.sched_getaffinity(0))
    assert available_cpus() >= 1
