"""The ledger: every replication ever finished in a folder, and the experiments that are views of them. SQLite alone."""

from sim.store.experiment_rows import Place, Run
from sim.store.ledger import LEDGER, Ledger
from sim.store.study_rows import Study

__all__ = ["LEDGER", "Ledger", "Place", "Run", "Study"]
