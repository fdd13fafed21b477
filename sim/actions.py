"""What a strategy may ask for. The desk checks every action against the contact rules before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.intp]
Purpose = Literal["content", "care", "promotion", "invitation"]
PURPOSES: tuple[str, ...] = get_args(Purpose)


@dataclass(frozen=True)
class Touch:
    """Contact each of `fans` once, today.

    `fans`: distinct fan numbers. `discount`: share off the list price in a promotion, in [0, 1).
    """

    fans: IntArray
    channel: str = "chat"
    purpose: Purpose = "content"
    discount: float = 0.0


@dataclass(frozen=True)
class Offer:
    """Offer each of `fans` a reward: `value` in money, claimed after `steps` steps of `effort` each.

    A fan who is already working on a reward does not start another.
    """

    fans: IntArray
    value: float
    steps: int = 1
    effort: float = 1.0


@dataclass(frozen=True)
class Recruit:
    """Spend up to `budget` today on fans from the acquisition source `source`; they join tomorrow."""

    source: str
    budget: float


@dataclass(frozen=True)
class Review:
    """Review the playbook: if enough fans were touched since the last review, its maturity rises."""


Action = Touch | Offer | Recruit | Review
