"""A real Dask scheduler with two worker processes on this machine: the same bytes, whoever is killed meanwhile."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.cli import main
from sim.cluster import Cluster, identity, run_on_cluster
from sim.errors import ResultError, UsageError
from sim.workers import WorkerDied
from tests import jobs
from tests.command_line import ROOT, folder, simrun, start, text_files
from tests.test_resume import committed, write_job
from tests.test_workers import alive, eventually

__all__ = ["folder"]


@pytest.mark.parametrize("url", ["dask://h:8786", "dask://127.0.0.1:1", "dask://[::1]:8786"])
def test_an_address_is_read(url: str) -> None:
    assert Cluster.at(url).address == url.replace("dask://", "tcp://")


@pytest.mark.parametrize(
    "url", ["tcp://h:1", "dask://h", "dask://:1", "dask://h:x", "dask://h:1/path", "dask://h:99999"]
)
def test_what_is_no_address_is_refused(url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny.yaml", "--workers", url]) == 2
    assert f"{url}: is no address of a cluster, which is dask://HOST:PORT" in capsys.readouterr().err


def test_identity_is_versions_and_code() -> None:
    mine = identity(("strategies.reward",))
    assert {"python", "numpy", "cpu", "sim.world", "strategies.reward"} <= mine.keys()
    assert "strategies.contact_cadence" not in mine


def test_a_dry_run_names_the_cluster(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny.yaml", "--dry-run", "--workers", "dask://far.away:8786"]) == 0
    assert "\non dask://far.away:8786\n" in capsys.readouterr().out


# With a real scheduler

distributed = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is not installed: pip install '.[cluster]'"
)


class Machines:
    """A scheduler and its workers, each a process on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"dask://127.0.0.1:{port}"
        where = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        self.scheduler = self._start("dask_scheduler", *where)
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it is known."""
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self.folder)]
        worker = self._start("dask_worker", self.url.replace("dask", "tcp"), *options, **environment)
        self.workers.append(worker)
        return worker

    def _start(self, module: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *options],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    """A scheduler with two workers, in a folder in which no plugin lies."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    made = Machines(elsewhere)
    try:
        for _ in range(2):
            made.add_worker()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The text files of the same job in one process here."""
    home = write_job(tmp_path_factory.mktemp("undisturbed"))
    code, _, err = simrun("job.yaml", "--workers", "1", "--quiet", cwd=home)
    assert code == 0, err
    return text_files(home / "results" / "tiny")


@distributed
@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes_and_a_killed_worker_costs_only_time(
    machines: Machines, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """The plugin lies beside the scenario alone: it travels to the workers with the jobs."""
    home = write_job(tmp_path / "home")
    process = start("job.yaml", "--workers", machines.url, cwd=home)
    assert eventually(lambda: committed(home / "results" / "tiny") >= 2)
    victim = machines.workers[0]
    victim.kill()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert not alive(victim.pid)
    assert f"tiny: 4 arms x 6 replications, on {machines.url}\n" in err
    assert text_files(home / "results" / "tiny") == undisturbed


@distributed
@pytest.mark.slow
def test_when_the_scheduler_is_killed_the_run_says_so_and_goes_on_here(
    machines: Machines, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    home = write_job(tmp_path / "home")
    process = start("job.yaml", "--workers", machines.url, cwd=home)
    assert eventually(lambda: committed(home / "results" / "tiny") >= 2)
    machines.scheduler.kill()
    _, err = process.communicate(timeout=90)
    assert process.returncode == 1
    assert f"{machines.url}: the cluster was lost; what is finished is kept\n" in err
    assert "Traceback" not in err
    known = committed(home / "results" / "tiny")
    code, _, err = simrun("job.yaml", cwd=home)
    assert code == 0
    assert f"answered from the ledger: {known} of 24 replications" in err
    assert text_files(home / "results" / "tiny") == undisturbed


@distributed
@pytest.mark.slow
def test_ctrl_c_ends_the_run_and_leaves_the_cluster_alone(machines: Machines, tmp_path: Path) -> None:
    home = write_job(tmp_path / "home")
    process = start("job.yaml", "--workers", machines.url, cwd=home)
    assert eventually(lambda: committed(home / "results" / "tiny") >= 2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "which are kept" in err
    assert "Traceback" not in err
    assert list(run_on_cluster(Cluster.at(machines.url), jobs.square, [3])) == [(3, 9)]


@distributed
@pytest.mark.slow
def test_short_jobs_travel_together_and_all_come_back(machines: Machines) -> None:
    found = dict(run_on_cluster(Cluster.at(machines.url), jobs.square, range(37), batch=5))
    assert found == {n: n * n for n in range(37)}


@distributed
@pytest.mark.slow
def test_a_job_that_kills_its_workers_is_found_among_those_it_travels_with(tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    try:
        with _always_two_workers(machines):
            found = dict(run_on_cluster(Cluster.at(machines.url), jobs.square_or_die, range(6), batch=3))
    finally:
        machines.stop()
    died = found.pop(3)
    assert isinstance(died, WorkerDied)
    assert found == {n: n * n for n in (0, 1, 2, 4, 5)}


@contextlib.contextmanager
def _always_two_workers(machines: Machines) -> Iterator[None]:
    """Start a worker for each one that dies, as Dask's nanny does."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(0.2):
            if sum(worker.poll() is None for worker in machines.workers) < 2:
                machines.add_worker()

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@distributed
@pytest.mark.slow
def test_a_worker_that_is_not_alike_is_refused(tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    try:
        machines.add_worker(NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR X86_V3")
        with pytest.raises(UsageError, match=r"cpu is \w+ there, \w+ here; docs/cluster.md") as caught:
            list(run_on_cluster(Cluster.at(machines.url), jobs.square, [1]))
        assert str(caught.value).startswith(machines.url)
    finally:
        machines.stop()


@distributed
@pytest.mark.slow
def test_a_worker_with_other_code_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for package in ("sim", "tests", "strategies", "scenarios"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    kernel = copy / "sim" / "kernels" / "trust.py"
    kernel.write_text(kernel.read_text() + "# other\n")
    machines = Machines(copy)
    try:
        machines.add_worker(PYTHONPATH=str(copy))
        with pytest.raises(UsageError, match=r"a worker has other code of sim\.kernels\.trust"):
            list(run_on_cluster(Cluster.at(machines.url), jobs.square, [1]))
    finally:
        machines.stop()


@distributed
@pytest.mark.slow
def test_without_a_scheduler_or_a_worker_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.cluster.CONNECT_SECONDS", 2.0)
    with pytest.raises(UsageError, match="no Dask scheduler with a worker answers there"):
        list(run_on_cluster(Cluster.at("dask://127.0.0.1:9"), jobs.square, [1]))
    machines = Machines(tmp_path)
    try:
        time.sleep(2)
        with pytest.raises(UsageError, match="no Dask scheduler with a worker answers there"):
            list(run_on_cluster(Cluster.at(machines.url), jobs.square, [1]))
    finally:
        machines.stop()


@distributed
@pytest.mark.slow
def test_when_all_workers_are_gone_it_does_not_wait_forever(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.cluster.LONELY_SECONDS", 2.0)
    note = tmp_path / "note"
    found = run_on_cluster(Cluster.at(machines.url), jobs.sleep_after_first, [None, note])
    next(found)
    assert eventually(note.exists)
    for worker in machines.workers:
        worker.kill()
    with pytest.raises(ResultError, match="the cluster was lost"):
        next(found)
