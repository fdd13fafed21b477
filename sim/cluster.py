"""Running jobs on a Dask cluster: the same cells on several machines, through the executor of its client.

Dask is imported only here, and only when a cluster is asked for. A worker that dies costs nothing but time: the
scheduler gives its jobs to the others. Every worker has to have the same code, versions and vector instructions as this
process, or a result could differ: each job looks at that first.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from sim.cells import ENGINE, environment
from sim.errors import ResultError, UsageError
from sim.source_files import digests, module_files
from sim.workers import WorkerDied

if TYPE_CHECKING:
    from distributed import Client

Job = TypeVar("Job")
Result = TypeVar("Result")

CONNECT_SECONDS = 10.0
"""How long to wait for the scheduler, and for its first worker."""

LONELY_SECONDS = 60.0
"""How long to wait for another worker when all have gone."""

AHEAD = 2
"""Batches handed over for each thread of the cluster, so that none has to wait for the next."""


@dataclass(frozen=True)
class Cluster:
    """A Dask scheduler: `dask://HOST:PORT`."""

    url: str

    @classmethod
    def at(cls, url: str) -> Cluster:
        """The cluster of this address. Errors: UsageError if it is none."""
        with contextlib.suppress(ValueError):
            parts = urlsplit(url)
            if parts.scheme == "dask" and parts.hostname and parts.port and not parts.path:
                return cls(url)
        raise UsageError(f"{url}: is no address of a cluster, which is dask://HOST:PORT")

    @property
    def address(self) -> str:
        """The address as Dask writes it."""
        return f"tcp://{urlsplit(self.url).netloc}"


class Differs(Exception):
    """A worker is not like the process that sent it a job."""


def run_on_cluster(
    cluster: Cluster,
    call: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    modules: Sequence[str] = (),
    batch: int = 1,
) -> Generator[tuple[Job, Result | WorkerDied], None, None]:
    """Yield each job with its result as it ends; `batch` short jobs travel together.

    `modules`: what the jobs need beside the simulator's own code. A job whose worker dies again and again comes with
    `WorkerDied`. Errors: UsageError if there is no such cluster or a worker has other code or versions; ResultError if
    the cluster is lost. Close the iterator to stop: what is under way is given up.
    """
    names, remaining = tuple(modules), iter(jobs)
    with _client(cluster) as client, _executor(client) as executor:

        def submit(some: tuple[Job, ...]) -> Future[list[Result]]:
            """Have some jobs done by one worker."""
            return executor.submit(_run, call, some, names, identity(names))

        while True:
            suspects = yield from _drain(client, submit, iter(lambda: tuple(islice(remaining, batch)), ()))
            if not suspects:
                return
            for job in suspects:
                if (yield from _drain(client, submit, iter([(job,)]))):
                    yield job, WorkerDied("its worker died again and again: killed, out of memory, or crashed")


def _drain(
    client: Client, submit: Callable[[tuple[Job, ...]], Future[list[Result]]], batches: Iterator[tuple[Job, ...]]
) -> Generator[tuple[Job, Result], None, list[Job]]:
    """Do batches of jobs, some for each thread of the cluster at a time.

    When workers have died of a batch, no more are taken, and the jobs of all such batches are returned: Dask suspects
    whatever was handed to a worker that dies, so that each of them has to be tried by itself.
    """
    from distributed import KilledWorker

    under_way: dict[Future[list[Result]], tuple[Job, ...]] = {}
    suspects: list[Job] = []
    while True:
        free = 0 if suspects else AHEAD * _threads(client) - len(under_way)
        for some in islice(batches, max(0, free)):
            under_way[submit(some)] = some
        if not under_way:
            return suspects
        for future in _done(client, under_way):
            some = under_way.pop(future)
            try:
                yield from zip(some, future.result(), strict=True)
            except KilledWorker:
                suspects += some


@contextlib.contextmanager
def _client(cluster: Cluster) -> Iterator[Client]:
    """A connection to a cluster that has a worker; its errors become ours. Errors: UsageError, ResultError."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(f"{cluster.url}: needs Dask: pip install '.[cluster]'") from error
    with contextlib.ExitStack() as stack:
        stack.enter_context(_no_logging())
        try:
            client = stack.enter_context(Client(cluster.address, timeout=CONNECT_SECONDS, set_as_default=False))
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except OSError as error:  # a timeout is one too
            raise UsageError(f"{cluster.url}: no Dask scheduler with a worker answers there") from error
        try:
            yield client
        except Differs as error:
            raise UsageError(f"{cluster.url}: {error}; docs/cluster.md tells how to make them alike") from error
        except ImportError as error:
            raise UsageError(f"{cluster.url}: a worker cannot import what it needs ({error})") from error
        except (CancelledError, OSError) as error:
            raise ResultError(f"{cluster.url}: the cluster was lost; what is finished is kept") from error


@contextlib.contextmanager
def _executor(client: Client) -> Iterator[Executor]:
    """The client's executor; what is still under way at the end is given up."""
    executor = client.get_executor(pure=False)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False)


@contextlib.contextmanager
def _no_logging() -> Iterator[None]:
    """Keep Dask from writing to stderr about what becomes an error of ours, or is mended. Nobody else logs here."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)


def _threads(client: Client) -> int:
    """Threads of all workers, at least one."""
    return max(1, int(sum(client.nthreads().values())))


def _done(client: Client, under_way: Iterable[Future[Result]]) -> set[Future[Result]]:
    """Wait for the next batches to end. Errors: OSError if there is no worker left for too long."""
    waiting, last_seen = list(under_way), time.monotonic()
    while not (done := wait(waiting, timeout=1.0, return_when=FIRST_COMPLETED).done):
        if client.nthreads():
            last_seen = time.monotonic()
        elif time.monotonic() - last_seen > LONELY_SECONDS:
            raise OSError("no worker is left")
    return done


def _run(
    call: Callable[[Job], Result], jobs: tuple[Job, ...], modules: tuple[str, ...], like: Mapping[str, str]
) -> list[Result]:
    """Do a batch of jobs, on a worker. Errors: Differs."""
    mine = identity(modules)
    for name, here in like.items():
        there = mine.get(name, "none")
        if there != here:
            raise Differs(
                f"a worker has other code of {name}" if "." in name else f"{name} is {there} there, {here} here"
            )
    return [call(job) for job in jobs]


@cache
def identity(modules: tuple[str, ...]) -> Mapping[str, str]:
    """What has to be the same on a worker: versions and vector instructions, and module -> SHA-256 of the code.

    Looked up once in a process: what is imported then stays.
    """
    return {**environment(), **digests(module_files([*ENGINE, *modules]))}
