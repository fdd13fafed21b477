"""Running jobs in other processes: which job came out how, and nothing left behind whatever happens.

Workers are spawned, not forked: the same on every platform, and safe beside threads. This file loads nothing
heavy, so that a worker's first import of numpy happens after its surroundings are set.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from sim.interrupts import kept_from_children

Job = TypeVar("Job")
Result = TypeVar("Result")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Read by numerical libraries as they are loaded: the workers use all CPUs already."""


class WorkerDied(Exception):
    """A worker process ended in the middle of a job: killed, out of memory, or crashed."""


def available_cpus() -> int:
    """CPUs that this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_jobs(
    call: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> Generator[tuple[Job, Result | WorkerDied], None, None]:
    """Yield each job with its result as it ends; jobs are taken in order, one for each free worker.

    A worker that dies takes the pool with it. The jobs that were under way are then run again one by one, each
    in a pool of its own, which tells the culprit from the bystanders: a job whose worker dies twice comes
    with `WorkerDied`. The other jobs go on in a fresh pool. Close the iterator to stop: the workers are killed.
    """
    remaining = iter(jobs)
    while True:
        with process_pool(workers) as pool:
            interrupted = yield from _drain(pool, call, remaining, workers)
        if not interrupted:
            return
        for job in interrupted:
            with process_pool(1) as pool:
                died = yield from _drain(pool, call, iter([job]), 1)
            if died:
                yield (
                    job,
                    WorkerDied("its worker process died twice: killed, out of memory, crashed, or unable to start"),
                )


def _drain(
    pool: Executor, call: Callable[[Job], Result], jobs: Iterator[Job], window: int
) -> Generator[tuple[Job, Result], None, list[Job]]:
    """Run jobs with at most `window` under way; return those that were under way when the pool broke."""
    under_way: dict[Future[Result], Job] = {}
    broken: list[Job] = []
    while True:
        free = 0 if broken else window - len(under_way)
        for job in islice(jobs, free):
            try:
                under_way[_submit(pool, call, job)] = job
            except BrokenExecutor:
                broken.append(job)
        if not under_way:
            return broken
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            job = under_way.pop(future)
            if isinstance(future.exception(), BrokenExecutor):
                broken.append(job)
            else:
                yield job, future.result()


@contextmanager
def process_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers are gone when the block is left; killed if it is left by an exception."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        for child in set(multiprocessing.active_children()) - others:
            child.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(pool: Executor, call: Callable[[Job], Result], job: Job) -> Future[Result]:
    """Hand over a job. A process spawned by this inherits single-threaded libraries and a blocked Ctrl-C."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        with kept_from_children():
            return pool.submit(call, job)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent does, however it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent's end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
