"""The fan table: a struct of arrays with one row a fan, in the order in which fans joined.

A fan's row number never changes within a replication. Rows of the departed stay, with budgets at infinity and rates
at zero, so that whole columns can be worked on without a mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

IntArray = NDArray[np.intp]

PRESENT, MUTED, REACHABLE_MASK = 1, 2, 3
IN_REWARD, CLAIMED, SAMPLED = 4, 8, 16
"""Bits of `flags`. Reachable is present and not muted: `flags & REACHABLE_MASK == PRESENT`."""

REAL_COLUMNS = (
    "trust",
    "tolerance",
    "pressure",
    "purchase_rate",
    "dropout_rate",
    "basket",
    "leave_budget",
    "order_budget",
    "mute_budget",
    "onboarding",
    "leave_rate",
    "order_rate",
    "spend",
    "owed",
)
"""Columns in the engine's precision. `leave_rate` and `order_rate` are cached: see `sim.state.State.refresh`.

`onboarding` is the factor of the leaving hazard that depends on tenure. It moves by the week, when trust drifts, at the
tenure in the middle of the week: recomputed at every touch, it would make touches that do nothing look good.

`owed` are the organic orders that caused ones have taken away ahead of their time, as they stood on `owed_day`.
"""

OTHER_COLUMNS: Mapping[str, DTypeLike] = {
    "key": np.uint64,
    "joined": np.int32,
    "last_order": np.int32,
    "left": np.int32,
    "owed_day": np.int32,
    "orders": np.uint16,
    "renewals": np.uint16,
    "tags": np.uint16,
    "flags": np.uint8,
    "source": np.uint8,
    "cause": np.uint8,
    "touches_30d": np.uint8,
}
"""Days are counted from the start of the scenario (before it: negative); `left` is -1 for fans who are present."""

DRIFT_DAYS = 7
"""One seventh of the fans a day, chosen by key, takes a week's drift of trust; their rates are refreshed with it."""


def drift_group(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The day of the week, 0 to 6, on which each fan's trust drifts."""
    return keys % np.uint64(DRIFT_DAYS)


class FanTable:
    """All fans of one replication. Columns are attributes of shape (size,); see `REAL_COLUMNS`, `OTHER_COLUMNS`."""

    key: NDArray[np.uint64]
    trust: NDArray[Any]
    tolerance: NDArray[Any]
    pressure: NDArray[Any]
    purchase_rate: NDArray[Any]
    dropout_rate: NDArray[Any]
    basket: NDArray[Any]
    leave_budget: NDArray[Any]
    order_budget: NDArray[Any]
    mute_budget: NDArray[Any]
    onboarding: NDArray[Any]
    leave_rate: NDArray[Any]
    order_rate: NDArray[Any]
    spend: NDArray[Any]
    owed: NDArray[Any]
    joined: NDArray[np.int32]
    last_order: NDArray[np.int32]
    left: NDArray[np.int32]
    owed_day: NDArray[np.int32]
    orders: NDArray[np.uint16]
    renewals: NDArray[np.uint16]
    tags: NDArray[np.uint16]
    flags: NDArray[np.uint8]
    source: NDArray[np.uint8]
    cause: NDArray[np.uint8]
    touches_30d: NDArray[np.uint8]

    def __init__(self, dtype: DTypeLike = np.float32) -> None:
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._store: dict[str, NDArray[Any]] = {name: np.empty(0, self.dtype) for name in REAL_COLUMNS}
        self._store |= {name: np.empty(0, kind) for name, kind in OTHER_COLUMNS.items()}
        self._show()

    def append(self, columns: Mapping[str, Any]) -> slice:
        """Add fans; `columns` gives every column, as arrays of one length or scalars. Returns their rows."""
        count = len(columns["key"])
        rows = slice(self.size, self.size + count)
        if rows.stop > len(self._store["key"]):
            self._grow(rows.stop)
        for name, store in self._store.items():
            store[rows] = columns[name]
        self.size = rows.stop
        self._show()
        return rows

    def copy(self) -> FanTable:
        """An independent table with the same fans."""
        twin = FanTable(self.dtype)
        twin.size = self.size
        twin._store = {name: store[: self.size].copy() for name, store in self._store.items()}
        twin._show()
        return twin

    @property
    def bytes_per_fan(self) -> int:
        """Memory of one row."""
        return sum(store.itemsize for store in self._store.values())

    def _grow(self, needed: int) -> None:
        """Make room, by a quarter at a time once there are fans."""
        capacity = max(needed, self.size + self.size // 4) if self.size else needed
        for name, store in self._store.items():
            larger = np.empty(capacity, store.dtype)
            larger[: self.size] = store[: self.size]
            self._store[name] = larger

    def _show(self) -> None:
        """Let the attributes show the rows in use."""
        for name, store in self._store.items():
            setattr(self, name, store[: self.size])
