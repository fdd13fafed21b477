"""How the cells of recorded experiments ended; what failed told in a few lines, and set against another experiment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sim.cells import Cell
from sim.results import Experiment, Failure, Replication

_End = TypeVar("_End")

LATER = " (later replications of this arm were not run)"
"""How messages ended that a simrun wrote down under which an arm ended at its first failure."""

SHOWN = 8
"""Numbers of replications that a line tells."""


@dataclass(frozen=True)
class Failing:
    """Cells of an arm that two experiments have, and that failed in one, or in each for another reason.

    `before`, `after`: why they failed, None where they finished.
    """

    cells: tuple[Cell, ...]
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """The same in a line."""
        return f"{named(self.cells)}: {_told(self.before)} -> {_told(self.after)}"


def failing(one: Experiment, two: Experiment) -> tuple[Failing, ...]:
    """What did not fail alike in the cells that both have, those of an arm with the same reasons together."""
    first, second = _ends(one), _ends(two)
    apart = {cell: (first[cell], second[cell]) for cell in first if cell in second and first[cell] != second[cell]}
    return tuple(Failing(cells, *ends) for cells, ends in _together(apart))


def told(failures: Mapping[Cell, Failure]) -> tuple[str, ...]:
    """A line for the failures of an arm that have the same reason."""
    reasons = {cell: reason(failure) for cell, failure in failures.items()}
    return tuple(f"{named(cells)}: {why}" for cells, why in _together(reasons))


def reason(failure: Failure) -> str:
    """Why a cell failed, without what became of the rest of its arm."""
    return failure.message.removesuffix(LATER)


def named(cells: Iterable[Cell]) -> str:
    """Cells of one arm, all redrawn or none, as messages name them."""
    first, *others = cells
    kind = "redraw" if first.redrawn else "replication"
    numbers = [str(cell.replication) for cell in (first, *others)]
    listed = ", ".join([*numbers[:SHOWN], "..."] if len(numbers) > SHOWN else numbers)
    return f"arm '{first.arm}', {kind}{'s' if others else ''} {listed}"


def cell_of(failure: Failure) -> Cell:
    """The cell that failed."""
    return Cell(failure.arm, failure.replication, failure.redrawn)


def finished(experiment: Experiment) -> dict[Cell, Replication]:
    """The cells that finished with what came out of them, in the order in which a ledger has them."""
    plain = {Cell(r.arm, r.replication): r for r in experiment.replications}
    return plain | {Cell(r.arm, r.replication, redrawn=True): r for r in experiment.redrawn}


def failed(experiment: Experiment) -> dict[Cell, str]:
    """The cells that failed, and why."""
    return {cell_of(failure): reason(failure) for failure in experiment.failures}


def _ends(experiment: Experiment) -> dict[Cell, str | None]:
    """How every cell of an experiment ended: why it failed, None if it finished."""
    return {**dict.fromkeys(finished(experiment)), **failed(experiment)}


def _together(ends: Mapping[Cell, _End]) -> list[tuple[tuple[Cell, ...], _End]]:
    """Cells of an arm that ended alike, with how they ended."""
    found: dict[tuple[str, bool, _End], list[Cell]] = {}
    for cell, end in ends.items():
        found.setdefault((cell.arm, cell.redrawn, end), []).append(cell)
    return [(tuple(sorted(cells, key=lambda cell: cell.replication)), end) for (_, _, end), cells in found.items()]


def _told(why: str | None) -> str:
    """How cells ended."""
    return "finished" if why is None else f"failed: {why}"
