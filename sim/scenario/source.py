"""What was read of a scenario: plain values, where each stands, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.scenario.plain import one_line

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top: `("arms", "frequent", 0, "use")`."""


@dataclass(frozen=True)
class Place:
    """Where a key stands. `where` is for messages, `rank` sorts them.

    `written`: how the key's value stands there, if it is a single word without quotes.
    """

    where: str
    rank: tuple[int, int]
    written: str | None = None


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, at a key path; the empty path is the whole file."""

    place: Place
    path: KeyPath
    message: str

    def line(self) -> str:
        """The problem as one line for the user."""
        parts = [self.place.where, one_line(dotted(self.path)), one_line(self.message)]
        return ": ".join(part for part in parts if part)


@dataclass
class Source:
    """What was read: plain values, the place of every key path, and what is wrong so far.

    `unread`: paths whose value is missing because it could not be read; nothing more is reported of them.
    """

    data: Any = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: frozenset[KeyPath] = frozenset()

    def place(self, path: KeyPath) -> Place:
        """The place of a key, or of the nearest section around it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places[path]

    def written(self, path: KeyPath) -> str | None:
        """How the value of a key stands there, if it is a single word without quotes."""
        return self.places[path].written if path in self.places else None

    def report(self, path: KeyPath, message: str) -> None:
        """Note a problem with the value at `path`."""
        if not any(path[:length] in self.unread for length in range(len(path) + 1)):
            self.problems.append(Problem(self.place(path), path, message))


def dotted(path: KeyPath) -> str:
    """A key path as the user writes it: `arms.frequent.0.use`."""
    return ".".join(str(part) for part in path)
