"""Putting results into place: all files of a run at once, or none of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ResultError, UsageError

if TYPE_CHECKING:
    from sim.compare import Comparison
    from sim.store import Ledger

ASIDE = ".simrun-"
"""How the names of folders begin in which files are made."""

LEFT_SECONDS = 3600.0
"""A folder that old is of no run that is still at it."""


def check_writable(directory: Path) -> None:
    """Make sure before a long run that files can be written there, or next to it. Errors: UsageError."""
    nearest = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise UsageError(f"{directory}: results cannot be written there: {error.strerror}") from error


def publish(comparison: Comparison, directory: Path, ledger: Ledger, *, record: bool = True) -> Path:
    """Write all files of a run and, unless it is known, record it; return the report's path. Errors: ResultError.

    The files are put into place while nobody else may write to the ledger: of two commands that end at the same time
    in one folder, all files are those of the later one.
    """
    from reports.html import write_report
    from sim.output import write_tables

    def write(aside: Path) -> Path:
        write_tables(comparison, aside)
        return write_report(comparison, aside)

    @contextlib.contextmanager
    def alone() -> Iterator[None]:
        """Let nobody else write; what is recorded stays only if the files are in place."""
        with ledger.transaction():
            if record:
                ledger.record(comparison.experiment, comparison.headline)
            yield

    return put_in_place(directory, write, alone())


def put_in_place(
    directory: Path,
    write: Callable[[Path], Path],
    moving: contextlib.AbstractContextManager[None] | None = None,
) -> Path:
    """Let `write` make files in an empty folder, put them all into `directory`; return where its report is.

    The folder is aside and its files are moved when complete, within `moving`, so that a full disk or a kill leaves
    the files of an earlier run as they were. Errors: ResultError.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _tidy(directory)
        with tempfile.TemporaryDirectory(prefix=ASIDE, dir=directory) as aside:
            report = write(Path(aside))
            with moving or contextlib.nullcontext():
                for made in sorted(Path(aside).iterdir()):
                    _replace(made, directory / made.name)
    except OSError as error:
        raise ResultError(f"{directory}: results could not be written: {error.strerror}") from error
    return directory / report.name


def _tidy(directory: Path) -> None:
    """Remove what a run left behind that was killed while it wrote its files."""
    for left in directory.glob(f"{ASIDE}*"):
        if time.time() - left.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _replace(made: Path, target: Path) -> None:
    """Move a new file or folder over an old one; a folder's old content goes, since it shows another run."""
    if made.is_dir() and target.is_dir():
        target.rename(made.with_name(f"old-{made.name}"))
    os.replace(made, target)
