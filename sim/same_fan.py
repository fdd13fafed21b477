"""The same fan in two arms: kept by both, by one, by neither; what each spent; and in which segments it differs.

One replication, fan by fan, exact because the luck is the same. It is exploratory: segments are looked at after the
fact, and carry no interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.results import FanOutcomes

BoolArray = NDArray[np.bool_]

TRUST_BANDS = {"stranger": 0.0, "social": 0.2, "general": 0.4, "close": 0.6, "intimate": 0.8}
"""Lower ends of the relationship levels."""

TENURES = {"first 30 days": 0, "up to 1 year": 30, "up to 2 years": 365, "longer": 730}
"""Lower ends of the tenure segments, in days at the start."""

QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")


@dataclass(frozen=True)
class Fates:
    """Some fans of the starting pool in two arms. `spend` is the mean money a fan paid within the horizon."""

    fans: int
    kept_by_both: int
    only_baseline: int
    only_arm: int
    lost_in_both: int
    baseline_spend: float
    arm_spend: float

    @property
    def churn_difference(self) -> float:
        """Share lost in the arm minus share lost in the baseline."""
        return (self.only_baseline - self.only_arm) / self.fans

    @property
    def spend_difference(self) -> float:
        """Mean spend in the arm minus mean spend in the baseline, money a fan."""
        return self.arm_spend - self.baseline_spend


@dataclass(frozen=True)
class Segment:
    """The fates of one segment of a trait, such as the trust band `close`."""

    trait: str
    name: str
    fates: Fates


@dataclass(frozen=True)
class SameFan:
    """One arm against the baseline, fan by fan: everyone, and by trait."""

    baseline: str
    arm: str
    everyone: Fates
    segments: tuple[Segment, ...]


def same_fan(baseline: str, arm: str, before: FanOutcomes, after: FanOutcomes) -> SameFan | None:
    """Follow every fan of the starting pool in both arms; None if the pool started empty."""
    if not len(before.left):
        return None
    everyone = np.ones(len(before.left), bool)
    return SameFan(
        baseline=baseline,
        arm=arm,
        everyone=_fates(before, after, everyone),
        segments=tuple(
            Segment(trait, name, _fates(before, after, members))
            for trait, name, members in _segments(before)
            if members.any()
        ),
    )


def _fates(before: FanOutcomes, after: FanOutcomes, members: BoolArray) -> Fates:
    """Count the fates of some fans."""
    kept_before, kept_after = before.left[members] < 0, after.left[members] < 0
    return Fates(
        fans=int(members.sum()),
        kept_by_both=int((kept_before & kept_after).sum()),
        only_baseline=int((kept_before & ~kept_after).sum()),
        only_arm=int((~kept_before & kept_after).sum()),
        lost_in_both=int((~kept_before & ~kept_after).sum()),
        baseline_spend=float(before.spend[members].mean(dtype=np.float64)),
        arm_spend=float(after.spend[members].mean(dtype=np.float64)),
    )


def _segments(traits: FanOutcomes) -> Iterator[tuple[str, str, BoolArray]]:
    """Trait, name and members of every segment."""
    yield from _bands("trust", traits.trust, tuple(TRUST_BANDS), tuple(TRUST_BANDS.values()))
    edges = np.quantile(traits.tolerance, [0.0, 0.25, 0.5, 0.75])
    yield from _bands("tolerance", traits.tolerance, QUARTERS, tuple(edges.tolist()))
    yield from _bands("tenure", traits.tenure, tuple(TENURES), tuple(TENURES.values()))


def _bands(
    trait: str, values: NDArray[np.floating] | NDArray[np.integer], names: tuple[str, ...], edges: tuple[float, ...]
) -> Iterator[tuple[str, str, BoolArray]]:
    """Cut a trait at the lower ends of its bands; what lies below the first belongs to it."""
    place = np.maximum(np.searchsorted(edges, values, side="right") - 1, 0)
    for number, name in enumerate(names):
        yield trait, name, place == number
