"""What came of a sweep: each arm at each point, where a curve is highest, and where it crosses the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.comparison import Check, Difference, Estimate
from sim.differences import Claim
from sim.results import Failure, Provenance
from sim.scenario.model import Scenario
from sim.stats import ArmVerdict, FloatArray, Interval
from sim.stats.crossings import Crossing
from sim.stats.optimum import Optimum, percentiles
from sim.studies.axes import Axis, Place
from sim.studies.plan import Spot, declared, differs

__all__ = ["Axis", "Best", "Claim", "Crossing", "Place", "Reading", "Result", "Sweep", "gain"]


Ends = tuple[float, float]


@dataclass(frozen=True)
class Reading:
    """The goal or the guardrail of one arm at one point: by itself and against the baseline in the same world.

    `values`: one for each replication number that finished, NaN where undefined. `difference` is None for the baseline
    itself. `redrawn`: the difference for each redraw of the assumptions, and `world` their mean with the 95 % interval
    for one such world, None below two of them.
    """

    values: Mapping[int, float]
    estimate: Estimate
    difference: Difference | None
    redrawn: Mapping[int, float]
    world: Interval | None


@dataclass(frozen=True)
class Result:
    """One arm at one point. `guardrail` is None if the scenario declares none."""

    goal: Reading
    guardrail: Reading | None
    verdict: ArmVerdict | None
    failures: tuple[Failure, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Goal and guardrail, as far as declared."""
        return (self.goal,) if self.guardrail is None else (self.goal, self.guardrail)


@dataclass(frozen=True)
class Best:
    """The best values of one arm's curve, all of them or those in one world of a sweep that goes over worlds too.

    `places`: the points that it was sought among. `held`: the best that holds the guardrail, `free`: whatever the
    guardrail says; None if there is none. `redrawn`: share of the redrawn `worlds` in which each place is the best that
    keeps the guardrail there, None without redraws; these worlds are those that no place without failures lacks.
    """

    arm: str
    places: tuple[Place, ...]
    held: Optimum | None
    free: Optimum | None
    redrawn: FloatArray | None
    worlds: int

    @property
    def place(self) -> Place | None:
        """The best point that holds the guardrail."""
        return None if self.held is None else self.places[self.held.place]


@dataclass(frozen=True)
class Sweep:
    """All that a sweep's report shows. `scenario`: as it is without the sweep; `arms`: those that are shown.

    `worlds`: the scenario of each experiment. `crossings`: for one axis of numbers, where the goal of an arm crosses
    that of the baseline. `replications`: how often each arm was run; `redraws`: and how often with redrawn assumptions.
    `health`: whether that tells enough, those checks first that did not pass.
    """

    scenario: Scenario
    worlds: tuple[Scenario, ...]
    axes: tuple[Axis, ...]
    arms: tuple[str, ...]
    places: tuple[Place, ...]
    results: Mapping[Spot, Result]
    baselines: Mapping[Place, Result]
    best: tuple[Best, ...]
    crossings: Mapping[str, tuple[Crossing, ...]]
    provenance: Provenance
    warnings: tuple[str, ...]
    health: tuple[Check, ...]
    replications: int
    redraws: int

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The goal, and the guardrail if there is one."""
        return declared(self.scenario.compare)

    @property
    def goal(self) -> Claim:
        """What should improve."""
        return self.claims[0]

    @property
    def baseline(self) -> str:
        """Name of the arm that the others are compared with."""
        return "" if self.scenario.compare is None else self.scenario.compare.baseline

    @property
    def days(self) -> tuple[int, ...]:
        """The horizons, ascending: several if it is swept."""
        return tuple(sorted({world.days for world in self.worlds}))

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many fans there are at the start, ascending: several numbers if it is swept."""
        return tuple(sorted({world.population.size for world in self.worlds}))

    @property
    def names(self) -> tuple[str, ...]:
        """A short name of each axis; the same key of two arms is told apart."""
        names = tuple(axis.name for axis in self.axes)
        return names if len(set(names)) == len(names) else tuple(axis.key for axis in self.axes)

    @property
    def reference(self) -> str:
        """What the baseline is called where its own variants are shown beside it."""
        return f"{self.baseline} as it is" if self.differs(self.baseline) else self.baseline

    @property
    def focus(self) -> str | None:
        """The arm whose strategy is swept, if it is one."""
        return self.arms[0] if len(self.arms) == 1 and any(axis.arm for axis in self.axes) else None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All that failed, each once."""
        found = (
            failure for result in (*self.results.values(), *self.baselines.values()) for failure in result.failures
        )
        return tuple(dict.fromkeys(found))

    def own(self, arm: str) -> tuple[int, ...]:
        """The axes that an arm depends on: those of the world and of its own strategies."""
        return tuple(n for n, axis in enumerate(self.axes) if axis.arm in (None, arm))

    def sought(self, best: Best) -> tuple[list[int], list[int]]:
        """The axes along which a best value was sought, and those on which all of its places are the same."""
        varied = [n for n in self.own(best.arm) if len({place[n] for place in best.places}) > 1]
        return varied, [n for n in self.own(best.arm) if n not in varied]

    def differs(self, arm: str) -> bool:
        """Whether an arm is another than the baseline, which it is also if it is the baseline with a swept strategy."""
        return differs(arm, self.baseline, self.axes)

    def leader(self, place: Place) -> str | None:
        """The arm that its verdict speaks for at a point: the one with the largest gain of those that are better.

        Without such an arm it is the baseline; None if that is open: the baseline failed, an arm is inconclusive, or
        none has a verdict.
        """
        if self.baselines[place].failures:
            return None
        mine = {arm: self.results[arm, place] for arm in self.arms}
        better = {arm: gain(result.goal) for arm, result in mine.items() if result.verdict == "better"}
        if better:
            return max(better, key=better.__getitem__)
        verdicts = {result.verdict for result in mine.values()} - {None}
        return None if not verdicts or "inconclusive" in verdicts else self.baseline

    def interval(self, best: Best, axis: int) -> Ends | None:
        """The 95 % interval of the best value on an axis of numbers, as far as luck goes; None if there is none."""
        numbers = self.axes[axis].numbers
        if numbers is None or best.held is None or not best.held.often.any():
            return None
        often = np.zeros(len(numbers))
        np.add.at(often, [place[axis] for place in best.places], best.held.often)
        return percentiles(numbers, often)

    def world_interval(self, best: Best, axis: int) -> Ends | None:
        """The smallest and the largest value that is best in one of the redrawn worlds; None without redraws."""
        numbers = self.axes[axis].numbers
        if numbers is None or best.redrawn is None or not best.redrawn.any():
            return None
        found = [numbers[best.places[n][axis]] for n in np.flatnonzero(best.redrawn)]
        return min(found), max(found)


def gain(reading: Reading) -> float:
    """The mean difference from the baseline, turned so that plus is good; 0 for the baseline itself."""
    d = reading.difference
    return 0.0 if d is None or d.difference is None else d.difference * d.improves
