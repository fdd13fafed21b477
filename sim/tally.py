"""What has come in so far of an experiment, which cells are still worth running, and which of them count.

Cells may end in any order, and more of them may have run than are needed. What counts follows from the outcomes of the
replications in their order alone, so that it is the same for any number of workers. A cell that failed is over like any
other: the rest of its arm goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from sim.cells import Cell
from sim.results import Failure, Replication
from sim.scenario.model import Scenario
from sim.stopping import replications_enough

Outcome = Replication | Failure


@dataclass(frozen=True)
class Progress:
    """How far a run has come: replications finished, of all arms together, and the share of the work that is over.

    `total` falls when the differences are precise before the most replications are run. `answered`: those of
    `finished` that the ledger knew.
    """

    finished: int
    total: int
    share: float
    answered: int = 0


OnProgress = Callable[[Progress], None]


class Tally:
    """Outcomes of cells as they come in; redrawn cells come after the others."""

    def __init__(self, scenario: Scenario, on_progress: OnProgress | None = None) -> None:
        self._scenario = scenario
        self._on_progress = on_progress
        self._outcomes: dict[Cell, Outcome] = {}
        kinds = [(arm, redrawn) for arm in scenario.arms for redrawn in (False, True)]
        self._over, self._finished = dict.fromkeys(kinds, 0), dict.fromkeys(kinds, 0)
        self._answered: set[Cell] = set()
        self._looked_at = 0
        self._enough: int | None = None

    @property
    def replications(self) -> int:
        """Replications of each arm that count, as far as is known: the most that are allowed, or those enough."""
        return self._scenario.most if self._enough is None else self._enough

    def open_cells(self) -> Iterator[Cell]:
        """Cells to run, replication by replication, as long as they are worth it by what has come in meanwhile."""
        cells = (Cell(arm, number) for number in range(self._scenario.most) for arm in self._scenario.arms)
        yield from takewhile(lambda cell: cell.replication < self.replications, cells)
        yield from (Cell(arm, n, redrawn=True) for n in range(self._scenario.redrawn) for arm in self._scenario.arms)

    def add(self, cell: Cell, outcome: Outcome, *, answered: bool = False) -> None:
        """Take in the outcome of one cell; `answered` if it was known before."""
        self._outcomes[cell] = outcome
        self._over[cell.arm, cell.redrawn] += 1
        self._finished[cell.arm, cell.redrawn] += isinstance(outcome, Replication)
        self._answered |= {cell} if answered else set()
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
        """Whether this replication is over in every arm."""
        return all(Cell(arm, number) in self._outcomes for arm in self._scenario.arms)

    def _first(self, number: int) -> dict[str, list[Replication]]:
        """What came out of the first replications, arm by arm; an arm may have none."""
        outcomes = {arm: [self._outcomes[Cell(arm, n)] for n in range(number)] for arm in self._scenario.arms}
        return {arm: [o for o in found if isinstance(o, Replication)] for arm, found in outcomes.items()}

    def _report(self, part: float) -> None:
        """Tell how far the run has come: `part` of a cell beyond those that are over."""
        if self._on_progress is None:
            return
        total = (self.replications + self._scenario.redrawn) * len(self._scenario.arms)
        over, finished = self._counting(self._over), self._counting(self._finished)
        self._on_progress(Progress(finished, total, min(1.0, (over + part) / total), len(self._answered)))

    def _counting(self, counts: Mapping[tuple[str, bool], int]) -> int:
        """How many of the cells count, without what ran ahead."""
        return sum(n if redrawn else min(n, self.replications) for (_, redrawn), n in counts.items())

    def close(self) -> None:
        """Tell how the run has ended: with the replications that count."""
        if self._on_progress is not None:
            cells = {*self.kept(redrawn=False), *self.kept(redrawn=True)}
            total = (self.replications + self._scenario.redrawn) * len(self._scenario.arms)
            self._on_progress(Progress(len(cells), total, 1.0, len(cells & self._answered)))

    def kept(self, *, redrawn: bool) -> tuple[Cell, ...]:
        """Cells that count and finished, arm by arm."""
        cells = (cell for arm in self._scenario.arms for cell in self._counted(arm, redrawn))
        return tuple(cell for cell in cells if isinstance(self._outcomes.get(cell), Replication))

    def replication(self, cell: Cell) -> Replication:
        """What came out of a cell that finished."""
        outcome = self._outcomes[cell]
        assert isinstance(outcome, Replication)
        return outcome

    def failures(self) -> tuple[Failure, ...]:
        """All failures that count, arm by arm, those of redrawn cells after the others of the arm."""
        cells = (cell for arm in self._scenario.arms for kind in (False, True) for cell in self._counted(arm, kind))
        outcomes = (self._outcomes.get(cell) for cell in cells)
        return tuple(outcome for outcome in outcomes if isinstance(outcome, Failure))

    def _counted(self, arm: str, redrawn: bool) -> Iterator[Cell]:
        """The cells of an arm that count, without what ran ahead."""
        last = self._scenario.redrawn if redrawn else self.replications
        return (Cell(arm, number, redrawn) for number in range(last))
