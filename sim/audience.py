"""What a strategy sees: the pool as read-only columns, selections of fans, and keyed luck."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import Luck, UInt64Array
from sim.expressions import compile_expression
from sim.fans import PRESENT, REACHABLE_MASK, FanTable, IntArray

RANK_DAYS = 7
"""Ranks are refreshed weekly: sorting the pool every day would cost more than living through it."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TagColumn:
    """The tags of some fans, for `'vip' in tags`."""

    bits: NDArray[np.uint16]
    positions: Mapping[str, int]

    def has(self, name: str) -> NDArray[np.bool_]:
        """Whether each fan carries the tag. KeyError for a tag that the scenario does not declare."""
        return (self.bits >> np.uint16(self.positions[name]) & np.uint16(1)).astype(bool)


class Audience:
    """A read-only view of the pool on one day.

    Fans have numbers 0 .. size - 1; a column holds one value a number, the departed included. Select fans with
    `reachable`, `due`, `sample` and `where`: these leave out fans who left or are muted, but `where` takes the fans
    that it is given as they are.
    """

    def __init__(
        self,
        fans: FanTable,
        luck: Luck,
        *,
        tags: Mapping[str, int] | None = None,
        start_date: datetime.date = datetime.date(2026, 1, 1),
        history: Mapping[str, NDArray[np.float64]] | None = None,
        pool_size: int | None = None,
    ) -> None:
        self._fans = fans
        self._luck = luck
        self._tags = tags or {}
        self._start_date = start_date
        self._history = history or {}
        self._slots: dict[str, _Slots] = {}
        self._rank: tuple[int, FloatArray] | None = None
        self.day = 0
        self.pool_size = fans.size if pool_size is None else pool_size

    # The pool today

    @property
    def size(self) -> int:
        """How many fan numbers there are, the departed included."""
        return self._fans.size

    @property
    def date(self) -> datetime.date:
        """Today's date."""
        return self._start_date + datetime.timedelta(days=self.day)

    @property
    def reachable(self) -> IntArray:
        """All fans who are present and not muted, ascending."""
        return np.flatnonzero(self._fans.flags & REACHABLE_MASK == PRESENT)

    @property
    def key(self) -> UInt64Array:
        """Identity of each fan."""
        return _read_only(self._fans.key)

    @property
    def trust(self) -> NDArray[Any]:
        """Trust of each fan, 0..1; 0 for the departed."""
        return _read_only(self._fans.trust)

    @property
    def pressure(self) -> NDArray[Any]:
        """Contact pressure of each fan, touches per 30 days."""
        return _read_only(self._fans.pressure)

    @property
    def orders(self) -> NDArray[Any]:
        """Orders of each fan so far, those before the start included."""
        return _read_only(self._fans.orders)

    @property
    def spend(self) -> NDArray[Any]:
        """Money spent by each fan so far, that before the start included."""
        return _read_only(self._fans.spend)

    @property
    def tenure_days(self) -> NDArray[Any]:
        """Days since each fan joined."""
        return self.day - self._fans.joined

    @property
    def days_since_order(self) -> NDArray[Any]:
        """Days since each fan's last order (RFM's recency)."""
        return self.day - self._fans.last_order

    def history(self, series: str) -> FloatArray:
        """One value a day of a day series of this arm, up to yesterday. KeyError for an unknown series."""
        return _read_only(self._history[series][: self.day])

    # Selecting fans

    def where(self, expression: str, fans: IntArray | None = None) -> IntArray:
        """Those of `fans` (default: all reachable) for whom the expression holds. Errors: ExpressionError."""
        among = self.reachable if fans is None else fans
        compiled = compile_expression(expression)
        if not compiled.names or not len(among):
            return among
        return among[compiled.evaluate({name: self._column(name, among) for name in compiled.names})]

    def due(self, name: str, every_days: float) -> IntArray:
        """Reachable fans whose turn it is today when each has one turn in `every_days` >= 1 days, evenly spread.

        The turn is set by the fan's luck under `name`; ascending.
        """
        start = self.day % every_days / every_days
        fans = self._slots_of(name).between(start, start + 1 / every_days, self._uniform(name))
        return self._reachable_among(fans)

    def sample(self, name: str, share: float) -> IntArray:
        """A fixed random share of the reachable fans: those whose luck under `name` is below `share`; ascending."""
        return self._reachable_among(self._slots_of(name).between(0.0, share, self._uniform(name)))

    def draw(self, name: str, fans: IntArray | None = None, occasion: int = 0) -> FloatArray:
        """One keyed uniform in (0, 1) for each of `fans` (default: all numbers): the same in every arm."""
        keys = self._fans.key if fans is None else self._fans.key[fans]
        return self._luck.uniform(f"strategy:{name}", keys, occasion)

    # Behind the scenes

    def _reachable_among(self, fans: IntArray) -> IntArray:
        """Those of `fans` who can be reached."""
        reachable: NDArray[np.bool_] = self._fans.flags[fans] & REACHABLE_MASK == PRESENT
        return fans if reachable.all() else fans[reachable]

    def _uniform(self, name: str) -> Callable[[slice], FloatArray]:
        """Range of fans -> their keyed uniforms under a name."""
        return lambda rows: self._luck.uniform(f"strategy:{name}", self._fans.key[rows])

    def _slots_of(self, name: str) -> _Slots:
        """The fans sorted by their uniforms under a name, again once too many fans have joined."""
        slots = self._slots.get(name)
        if slots is None or slots.outgrown(self.size):
            slots = self._slots[name] = _Slots(self._uniform(name)(slice(0, self.size)))
        slots.size = self.size
        return slots

    def _column(self, name: str, fans: IntArray) -> Any:
        """One column of the expression language for some fans."""
        table = self._fans
        match name:
            case "tags":
                return TagColumn(table.tags[fans], self._tags)
            case "tenure_days":
                return self.day - table.joined[fans]
            case "days_since_order":
                return self.day - table.last_order[fans]
            case "annoyed":
                return table.pressure[fans] > table.tolerance[fans]
            case "spend_rank":
                return self._spend_rank()[fans]
            case _:
                return getattr(table, name)[fans]

    def _spend_rank(self) -> FloatArray:
        """Share of present fans who spent more, 0 for the biggest spender; the newest rank last."""
        if self._rank is None or self.day // RANK_DAYS != self._rank[0] // RANK_DAYS:
            present = np.flatnonzero(self._fans.flags & PRESENT)
            order = present[np.argsort(-self._fans.spend[present], kind="stable")]
            rank = np.ones(self.size)
            rank[order] = np.arange(len(order)) / max(len(order), 1)
            self._rank = (self.day, rank)
        day, rank = self._rank
        if len(rank) < self.size:
            self._rank = (day, np.concatenate([rank, np.ones(self.size - len(rank))]))
        return self._rank[1]


class _Slots:
    """Fans in the order of one keyed uniform, so that those within a range are found without looking at all.

    Fans who join later are looked through one by one until they are a tenth of the pool.
    """

    def __init__(self, uniform: FloatArray) -> None:
        self.order = np.argsort(uniform, kind="stable")
        self.sorted = uniform[self.order]
        self.size = len(uniform)

    def outgrown(self, size: int) -> bool:
        """Whether so many fans have joined since that sorting again pays."""
        return size - len(self.order) > 1000 + len(self.order) // 10

    def between(self, low: float, high: float, uniform: Callable[[slice], FloatArray]) -> IntArray:
        """Fan numbers with a uniform in [low, high), ascending; a range beyond 1 goes on at 0."""
        found = [self._slice(low, min(high, 1.0))]
        newcomers = uniform(slice(len(self.order), self.size))
        inside = (newcomers >= low) & (newcomers < high)
        if high > 1:
            found.append(self._slice(0.0, high - 1))
            inside |= newcomers < high - 1
        found.append(np.flatnonzero(inside) + len(self.order))
        return np.sort(np.concatenate(found))

    def _slice(self, low: float, high: float) -> IntArray:
        """Fan numbers, in the order of their uniforms, of those in [low, high)."""
        first, last = np.searchsorted(self.sorted, (low, high))
        return self.order[first:last]


def _read_only(column: NDArray[Any]) -> NDArray[Any]:
    """A view through which nobody can write."""
    view = column.view()
    view.flags.writeable = False
    return view
