"""The ledger of a folder: every replication ever finished there, committed as it ends.

A process may be killed at any moment: what was committed stays, and nothing is ever half there. Several processes may
use one ledger at the same time; each waits for the others' writing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from sim.cells import Recipe
from sim.errors import ResultError, UsageError
from sim.interrupts import held_back
from sim.results import Experiment, Failure, Replication
from sim.store import cell_rows, experiment_rows, study_rows
from sim.store.experiment_rows import Place, Run
from sim.store.opening import connect, told
from sim.store.study_rows import Study

LEDGER = "ledger.sqlite"
"""Name of the file in a folder of results."""


class Ledger:
    """The ledger of a folder, for a `with` block. With `writing`, folder and file are made if there are none.

    `where`: what stands behind each command that is recorded, such as ` --out DIR`, so that it leads here again.

    Errors: UsageError if there is none to read or the file is no ledger or a newer one; it is left as it is. All
    methods raise ResultError, with the file's name, if it cannot be read or written.
    """

    def __init__(self, directory: Path, *, writing: bool = True, where: str = "") -> None:
        self.path = directory / LEDGER
        self._where = where
        if writing:
            directory.mkdir(parents=True, exist_ok=True)
        self._connection = connect(self.path, writing=writing)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written in the block is written at its end, or nothing; no other process writes meanwhile.

        Ctrl-C waits for the end.
        """
        if self._connection.in_transaction:
            yield
            return
        with held_back(), self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it
                    self._connection.execute("ROLLBACK")
                raise

    def known(self, keys: Iterable[str]) -> set[str]:
        """Which of these keys have a finished cell."""
        with self._told():
            query = "SELECT key FROM cell WHERE key = ?"
            return {key for key in keys if self._connection.execute(query, [key]).fetchone()}

    def recall(self, key: str, arm: str) -> Replication | None:
        """The replication under a key, for an arm of this name; None if it was never finished."""
        with self._told():
            return cell_rows.read(self._connection, key, arm)

    def keep(self, recipe: Recipe, replication: Replication, *, replace: bool = False) -> None:
        """Commit a finished cell. One that is there already stays, unless it shall be replaced."""
        with self.transaction():
            cell_rows.write(self._connection, recipe, replication, replace)

    def keep_failure(self, recipe: Recipe, failure: Failure, command: str) -> None:
        """Commit that a cell failed, and why. It is not an answer: the cell is run again the next time."""
        luck = [recipe.seed, recipe.replication, recipe.redraw]
        with self.transaction():
            cell_rows.write_recipe(self._connection, recipe)
            self._connection.execute(
                "INSERT OR REPLACE INTO failure (key, arm, seed, replication, redraw, message, trace, command) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [recipe.key, failure.arm, *luck, failure.message, failure.trace, command + self._where],
            )

    def record(self, experiment: Experiment, headline: str) -> int:
        """Record an experiment whose cells were kept; returns its number.

        One that is the same as the newest one in all but its time is not recorded again.
        """
        with self.transaction():
            return experiment_rows.write(self._connection, experiment, headline, self._where)

    def record_study(self, command: str, headline: str) -> None:
        """Record a sweep or a comparison of scenarios whose cells were kept, unless it is the newest one again."""
        with self.transaction():
            study_rows.write(self._connection, command + self._where, headline)

    def studies(self) -> tuple[Study, ...]:
        """All recorded sweeps and comparisons of scenarios, the oldest first."""
        with self._told():
            return study_rows.studies(self._connection)

    def runs(self) -> tuple[Run, ...]:
        """All recorded experiments, the oldest first."""
        with self._told():
            return experiment_rows.runs(self._connection)

    def run(self, number: int | None = None) -> Run:
        """A recorded experiment in a line; the newest one without a number. Errors: UsageError if there is none."""
        runs = {run.id: run for run in self.runs()}
        if not runs:
            raise UsageError(f"{self.path}: has no finished run yet")
        if number is not None and number not in runs:
            raise UsageError(f"{self.path}: has no run {number}; there are {', '.join(map(str, runs))}")
        return runs[number or max(runs)]

    def experiment(self, number: int) -> Experiment:
        """A recorded experiment with all its replications."""
        with self._told():
            return experiment_rows.read(self._connection, number)

    def places(self, number: int) -> tuple[Place, ...]:
        """The cells of a recorded experiment, in order."""
        with self._told():
            return experiment_rows.places(self._connection, number)

    def recipe(self, key: str) -> tuple[Recipe, str]:
        """The recipe of a finished cell, and the fingerprint of what came out of it."""
        with self._told():
            return cell_rows.read_recipe(self._connection, key)

    def failed_recipe(self, key: str) -> Recipe | None:
        """The recipe of a failed cell; None if it was not kept."""
        with self._told():
            return cell_rows.read_failed_recipe(self._connection, key)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Name the file in every error."""
        try:
            with told(self.path):
                yield
        except ResultError as error:
            if str(error).startswith(str(self.path)):
                raise
            raise ResultError(f"{self.path}: {error}") from error
