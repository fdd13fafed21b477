"""The event log of one replication: touches, opens, orders, rewards, muting, exits, each with fan, day and trust.

Kept only when asked for. Mechanisms note events as arrays; nothing is computed for a log that nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import draws
from sim.fans import FanTable, IntArray
from sim.population import POOL

KINDS = ("join", "touch", "open", "offer", "give_up", "claim", "order", "disappointment", "mute", "exit")
"""What can happen to a fan, in the order of a day's phases."""


@dataclass(frozen=True)
class Event:
    """One kind of event of some fans on one day.

    `trust`: after the event (before it for an exit), one value a fan. `detail`: channel and purpose, cause, or what
    kind of order it was. `amount`: money of orders, offers and claims, one value a fan or for all; NaN: none.
    """

    day: int
    kind: str
    fans: IntArray
    trust: NDArray[Any]
    detail: str
    amount: NDArray[Any] | float


@dataclass
class EventLog:
    """Collects events; with `only`, those of one fan (its 64-bit key) alone."""

    only: int | None = None
    events: list[Event] = field(default_factory=list)

    def note(
        self,
        day: int,
        kind: str,
        table: FanTable,
        fans: IntArray,
        detail: str,
        amount: NDArray[Any] | float,
    ) -> None:
        """Keep one kind of event of some fans."""
        if self.only is not None:
            mine = np.flatnonzero(table.key[fans] == np.uint64(self.only))
            fans = fans[mine]
            amount = amount if isinstance(amount, float) else amount[mine]
        if len(fans):
            self.events.append(Event(day, kind, fans, table.trust[fans], detail, amount))

    def columns(self, table: FanTable, sources: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """The log as columns of one length: day, kind, fan (such as `pool:812`), trust, detail, amount."""
        return columns(self.events, fan_names(table, sources))

    def batches(self, table: FanTable, sources: tuple[str, ...], rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """The same in pieces of at least `rows` rows, but for the last."""
        names, waiting, size = fan_names(table, sources), list[Event](), 0
        for event in self.events:
            waiting.append(event)
            size += len(event.fans)
            if size >= rows:
                yield columns(waiting, names)
                waiting, size = [], 0
        if waiting:
            yield columns(waiting, names)


COLUMNS = ("day", "kind", "fan", "detail", "amount", "trust")
"""Names of the columns of a log, in the order of its files."""


def columns(events: Sequence[Event], names: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Events as columns of one length; `names` has the name of each row of the fan table."""
    sizes = [len(event.fans) for event in events]
    rows = np.concatenate([event.fans for event in events]) if events else np.empty(0, np.intp)
    return {
        "day": np.repeat([event.day for event in events], sizes).astype(np.int32),
        "kind": np.repeat(np.array([event.kind for event in events], dtype=object), sizes),
        "fan": names[rows],
        "detail": np.repeat(np.array([event.detail for event in events], dtype=object), sizes),
        "amount": _joined([np.full(len(event.fans), event.amount, np.float64) for event in events]),
        "trust": _joined([event.trust.astype(np.float64) for event in events]),
    }


def fan_names(table: FanTable, sources: tuple[str, ...]) -> NDArray[Any]:
    """`source:ordinal` of every row: the name under which a fan is found in every arm."""
    names = np.empty(table.size, dtype=object)
    for place, source in enumerate((POOL, *sources)):
        rows = np.flatnonzero(table.source == place)
        keys = draws.fan_keys(source, np.arange(len(rows)))
        order = np.argsort(keys)
        ordinals = order[np.searchsorted(keys[order], table.key[rows])]
        names[rows] = [f"{source}:{ordinal}" for ordinal in ordinals]
    return names


def fan_key(name: str) -> int:
    """The key of a fan named `source:ordinal`, or `ordinal` in the starting pool. ValueError for other names."""
    source, _, ordinal = name.rpartition(":")
    return int(draws.fan_keys(source or POOL, np.array([int(ordinal)]))[0])


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0)
