"""What has come in so far of an experiment, which cells are still worth running, and which of them count.

Cells may end in any order, and more of them may have run than are needed. What counts follows from the outcomes of the
replications in their order alone, so that it is the same for any number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sim.cells import Cell
from sim.results import Failure, Replication
from sim.scenario.model import Scenario
from sim.stopping import replications_enough

Outcome = Replication | Failure


@dataclass(frozen=True)
class Progress:
    """How far a run has come: replications finished, of all arms together, and the share of the work done.

    `total` falls when the differences are precise before the most replications are run. `answered`: those of
    `finished` that the ledger knew.
    """

    finished: int
    total: int
    share: float
    answered: int = 0


OnProgress = Callable[[Progress], None]


class Tally:
    """Outcomes of cells as they come in. An arm ends at its first failure; redrawn cells come after the others."""

    def __init__(self, scenario: Scenario, on_progress: OnProgress | None = None) -> None:
        self._scenario = scenario
        self._on_progress = on_progress
        self._finished: dict[Cell, Replication] = {}
        self._failed: dict[str, dict[Cell, Failure]] = {arm: {} for arm in scenario.arms}
        self._counts = {(arm, redrawn): 0 for arm in scenario.arms for redrawn in (False, True)}
        self._answered: set[Cell] = set()
        self._looked_at = 0
        self._enough: int | None = None

    @property
    def replications(self) -> int:
        """Replications of each arm that count, as far as is known: the most that are allowed, or those enough."""
        return self._scenario.most if self._enough is None else self._enough

    def open_cells(self) -> Iterator[Cell]:
        """Cells to run, replication by replication, without those of arms that have failed meanwhile.

        An outcome that comes in after the last cell may open others: ask again until there are none.
        """
        number = 0
        while number < self.replications:
            yield from self._open(number, redrawn=False)
            number += 1
        for number in range(self._scenario.redrawn):
            yield from self._open(number, redrawn=True)

    def _open(self, number: int, redrawn: bool) -> Iterator[Cell]:
        """One cell of each arm that has not failed before."""
        for arm in self._scenario.arms:
            cell = Cell(arm, number, redrawn)
            if cell not in self._finished and self._before_failure(cell):
                yield cell

    def add(self, cell: Cell, outcome: Outcome, *, answered: bool = False) -> None:
        """Take in the outcome of one cell; `answered` if it was known before."""
        if isinstance(outcome, Replication):
            self._finished[cell] = outcome
            self._counts[cell.arm, cell.redrawn] += 1
            self._answered |= {cell} if answered else set()
        else:
            self._failed[cell.arm][cell] = outcome
        self._look()
        self._report(0.0)

    def on_day(self, day: int) -> None:
        """Note that one more day of the cell under way has passed."""
        self._report((day + 1) / self._scenario.days)

    def _look(self) -> None:
        """Go on to the first number of replications by which it is known how many are enough."""
        while self._enough is None and self._complete(self._looked_at):
            self._looked_at += 1
            if self._looked_at >= self._scenario.fewest:
                self._enough = replications_enough(self._scenario, self._first(self._looked_at), self._looked_at)

    def _complete(self, number: int) -> bool:
        """Whether every arm has finished this replication, or failed in it or before."""
        arms = self._scenario.arms
        return all(Cell(arm, number) in self._finished or self._failed_before(arm, number + 1) for arm in arms)

    def _first(self, number: int) -> dict[str, list[Replication]]:
        """The first replications of the arms that have not failed in them."""
        arms = [arm for arm in self._scenario.arms if not self._failed_before(arm, number)]
        return {arm: [self._finished[Cell(arm, n)] for n in range(number)] for arm in arms}

    def _failed_before(self, arm: str, number: int) -> bool:
        """Whether an arm failed in the scenario's own world before this replication."""
        return any(not cell.redrawn and cell.replication < number for cell in self._failed[arm])

    def _first_failure(self, arm: str) -> Cell | None:
        """The cell in which an arm failed, of those that count: what ran ahead, beyond the last look, does not."""
        last = max(self.replications, self._looked_at)
        cells = [cell for cell in self._failed[arm] if cell.redrawn or cell.replication < last]
        return min(cells, key=_order, default=None)

    def _before_failure(self, cell: Cell) -> bool:
        """Whether a cell comes before its arm's first failure, if there is one."""
        failed = self._first_failure(cell.arm)
        return failed is None or _order(cell) < _order(failed)

    def _report(self, part: float) -> None:
        """Tell how far the run has come: `part` of a cell beyond those that are over."""
        if self._on_progress is None:
            return
        of_arm = self.replications + self._scenario.redrawn
        total = of_arm * len(self._scenario.arms)
        done = {
            arm: min(self._counts[arm, False], self.replications) + self._counts[arm, True]
            for arm in self._scenario.arms
        }
        over = sum(of_arm if self._first_failure(arm) else done[arm] for arm in done)
        self._on_progress(Progress(sum(done.values()), total, min(1.0, (over + part) / total), len(self._answered)))

    def close(self) -> None:
        """Tell how the run has ended: with the replications that count."""
        if self._on_progress is not None:
            cells = {*self.kept(redrawn=False), *self.kept(redrawn=True)}
            total = (self.replications + self._scenario.redrawn) * len(self._scenario.arms)
            self._on_progress(Progress(len(cells), total, 1.0, len(cells & self._answered)))

    def kept(self, *, redrawn: bool) -> tuple[Cell, ...]:
        """Cells that count, arm by arm: all of an arm, or those before its first failure."""
        last = self._scenario.redrawn if redrawn else self.replications
        cells = [Cell(arm, number, redrawn) for arm in self._scenario.arms for number in range(last)]
        return tuple(cell for cell in cells if cell in self._finished and self._before_failure(cell))

    def replication(self, cell: Cell) -> Replication:
        """What came out of a cell that was finished."""
        return self._finished[cell]

    def failures(self) -> tuple[Failure, ...]:
        """The first failure of each arm that failed, told with what was left out because of it."""
        firsts = [(arm, self._first_failure(arm)) for arm in self._scenario.arms]
        return tuple(self._told(self._failed[arm][cell], cell) for arm, cell in firsts if cell)

    def _told(self, failure: Failure, cell: Cell) -> Failure:
        """The same failure, saying that it was not the last replication."""
        redrawn = self._scenario.redrawn
        last = Cell(cell.arm, redrawn - 1, True) if redrawn else Cell(cell.arm, self.replications - 1)
        if _order(cell) >= _order(last):
            return failure
        return replace(failure, message=f"{failure.message} (later replications of this arm were not run)")


def _order(cell: Cell) -> tuple[bool, int]:
    """The order in which an arm's cells are run."""
    return cell.redrawn, cell.replication
