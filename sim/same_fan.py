"""The same fan in two arms: kept by both, by one, by neither; what each spent; and in which segments it differs.

One replication, fan by fan, exact because the luck is the same. It is exploratory: segments are looked at after the
fact, and carry no interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

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

    def turned(self) -> Fates:
        """The same with arm and baseline exchanged."""
        return Fates(
            fans=self.fans,
            kept_by_both=self.kept_by_both,
            only_baseline=self.only_arm,
            only_arm=self.only_baseline,
            lost_in_both=self.lost_in_both,
            baseline_spend=self.arm_spend,
            arm_spend=self.baseline_spend,
        )


@dataclass(frozen=True)
class Segment:
    """The fates of one segment of a trait, such as the trust band `close`."""

    trait: str
    name: str
    fates: Fates


@dataclass(frozen=True)
class SameFan:
    """One arm against another, called its baseline here, fan by fan: everyone, and by trait."""

    baseline: str
    arm: str
    everyone: Fates
    segments: tuple[Segment, ...]

    def turned(self) -> SameFan:
        """The same two arms, the other one as baseline."""
        segments = tuple(replace(s, fates=s.fates.turned()) for s in self.segments)
        return SameFan(self.arm, self.baseline, self.everyone.turned(), segments)


@dataclass(frozen=True)
class _Group:
    """Some fans in one arm: whether each was kept, in an order that all arms share, and their mean spend."""

    kept: BoolArray
    spend: float


def same_fans(outcomes: Mapping[str, FanOutcomes]) -> Iterator[SameFan]:
    """Follow every fan of the starting pool in each pair of arms, in their order; nothing if the pool started empty.

    `outcomes`: arm -> what became of its fans in one replication, whose traits are the same in all arms.
    """
    pool = next(iter(outcomes.values()), None)
    if pool is None or not len(pool.left):
        return
    segments = [segment for segment in _segments(pool) if segment[-1].any()]
    members = [np.ones(len(pool.left), bool), *(fans for _, _, fans in segments)]
    groups = {arm: [_group(found, fans) for fans in members] for arm, found in outcomes.items()}
    for one, other in combinations(groups, 2):
        everyone, *fates = (_fates(*pair) for pair in zip(groups[one], groups[other], strict=True))
        named = zip(segments, fates, strict=True)
        yield SameFan(one, other, everyone, tuple(Segment(trait, name, found) for (trait, name, _), found in named))


def _group(found: FanOutcomes, members: BoolArray) -> _Group:
    """Some fans of one arm."""
    return _Group(found.left[members] < 0, float(found.spend[members].mean(dtype=np.float64)))


def _fates(before: _Group, after: _Group) -> Fates:
    """Count the fates of the same fans in two arms."""
    both = int(np.count_nonzero(before.kept & after.kept))
    only_before, only_after = (int(np.count_nonzero(group.kept)) - both for group in (before, after))
    fans = len(before.kept)
    lost = fans - both - only_before - only_after
    return Fates(fans, both, only_before, only_after, lost, before.spend, after.spend)


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
