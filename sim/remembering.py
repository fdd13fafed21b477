"""Between an experiment and its ledger: cells that are known are answered, new ones are written down as they end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sim.cells import Cell, Recipes
from sim.registry import Registry
from sim.results import Failure, Replication
from sim.scenario.model import Scenario
from sim.store import Ledger


@dataclass(frozen=True)
class Memory:
    """What a ledger knows of a scenario's cells. `fresh`: nothing, and what is written down replaces what is there."""

    ledger: Ledger
    recipes: Recipes
    fresh: bool = False

    def key(self, cell: Cell) -> str:
        """The key of a cell in the ledger."""
        return self.recipes.of(cell).key

    def known(self, cells: Iterable[Cell]) -> int:
        """How many of these cells need not be run."""
        if self.fresh:
            return 0
        keys = list(map(self.key, cells))
        known = self.ledger.known(keys)
        return sum(key in known for key in keys)

    def recall(self, cell: Cell) -> Replication | None:
        """What came out of a cell, if it is known."""
        return None if self.fresh else self.ledger.recall(self.key(cell), cell.arm)

    def keep(self, cell: Cell, outcome: Replication | Failure) -> Replication | Failure:
        """Write down how a cell ended; returns it.

        If a file that the arm's strategies import was changed since the run began, nobody knows what came out of which
        version: then it is not written down, and the cell has failed.
        """
        changed = self.recipes.changed(cell.arm)
        if changed is not None:
            message = f"{changed}: was changed while the run was under way; run again"
            return Failure(cell.arm, cell.replication, message, redrawn=cell.redrawn)
        recipe = self.recipes.of(cell)
        if isinstance(outcome, Replication):
            self.ledger.keep(recipe, outcome, replace=self.fresh)
            return outcome
        self.ledger.keep_failure(recipe, outcome, outcome.command)
        return replace(outcome, cell=recipe.key)


def memory(ledger: Ledger | None, scenario: Scenario, registry: Registry, *, fresh: bool = False) -> Memory | None:
    """The memory of a scenario in a ledger; None without a ledger. Errors: PluginError."""
    return None if ledger is None else Memory(ledger, Recipes(scenario, registry), fresh)
