"""What would change a verdict: the assumptions that move a difference, told in words."""

from __future__ import annotations

from dataclasses import dataclass

from sim.comparison import Comparison, WorldEffect
from sim.measures import MEASURES
from sim.scenario.assumptions import ParameterInfo, parameters
from sim.stats.uncertainty import Driver


@dataclass(frozen=True)
class Mover:
    """A redrawn parameter and the difference that it moves.

    `about`: what the parameter is, `key`: its key path. `correlation`: rank correlation with arm minus baseline;
    `clear` if it is more than chance. `higher_is_better`: which way is good for the arm.
    """

    arm: str
    metric: str
    about: str
    key: str
    correlation: float
    clear: bool
    higher_is_better: bool

    @property
    def way(self) -> str:
        """Which way is good for whom."""
        return f"the {'higher' if self.higher_is_better else 'lower'}, the better for {self.arm}"


def movers(comparison: Comparison, arm: str | None = None) -> tuple[Mover, ...]:
    """What moves goal and guardrail of one arm, or of all: the strongest first in each; empty without redraws."""
    effects = comparison.assumptions.effects if comparison.assumptions else ()
    known = {p.key: p for p in parameters(comparison.experiment.scenario)} if effects else {}
    return tuple(
        _mover(effect, driver, known.get(driver.key))
        for effect in effects
        if effect.role != "secondary" and arm in (None, effect.arm)
        for driver in effect.drivers
    )


def _mover(effect: WorldEffect, driver: Driver, known: ParameterInfo | None) -> Mover:
    """One parameter; what it is about ends where its explanation begins."""
    return Mover(
        arm=effect.arm,
        metric=effect.metric,
        about=known.about.partition(";")[0].partition(":")[0] if known else driver.key,
        key=driver.key,
        correlation=driver.correlation,
        clear=driver.clear,
        higher_is_better=driver.correlation * MEASURES[effect.metric].improves > 0,
    )
