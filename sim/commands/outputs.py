"""Putting results into place: all files of a run at once, or none of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ResultError, UsageError

if TYPE_CHECKING:
    from sim.compare import Comparison


def check_writable(directory: Path) -> None:
    """Make sure before a long run that files can be written there, or next to it. Errors: UsageError."""
    nearest = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise UsageError(f"{directory}: results cannot be written there: {error.strerror}") from error


def publish(comparison: Comparison, directory: Path) -> Path:
    """Write all files of a run; return the report's path. Errors: ResultError."""
    from reports.html import write_report
    from sim.output import write_tables

    def write(aside: Path) -> Path:
        write_tables(comparison, aside)
        return write_report(comparison, aside)

    return put_in_place(directory, write)


def put_in_place(directory: Path, write: Callable[[Path], Path]) -> Path:
    """Let `write` make files in an empty folder, put them all into `directory`; return where its report is.

    The folder is aside and its files are moved when complete, so that a full disk or a kill leaves the files of an
    earlier run as they were. Errors: ResultError.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".simrun-", dir=directory) as aside:
            report = write(Path(aside))
            for made in sorted(Path(aside).iterdir()):
                _replace(made, directory / made.name)
    except OSError as error:
        raise ResultError(f"{directory}: results could not be written: {error.strerror}") from error
    return directory / report.name


def _replace(made: Path, target: Path) -> None:
    """Move a new file or folder over an old one; a folder's old content goes, since it shows another run."""
    if made.is_dir() and target.is_dir():
        target.rename(made.with_name(f"old-{made.name}"))
    os.replace(made, target)
