"""The plugin interface: a strategy looks at the audience once a day and says what it wants done.

A strategy is a frozen dataclass; its fields are its parameters in the scenario. `decide` is a pure function of
the day and the audience, so that it can be tested without a simulation and gives the same actions in any process.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import simpy

    from sim.actions import Action
    from sim.audience import Audience
    from sim.desk import Desk


class Strategy(ABC):
    """One way of treating the audience. Override `decide`; override `run` only to wait for something."""

    @abstractmethod
    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """Return what to do today.

        `day` counts from 0. `audience` is read-only; its `draw`, `due` and `sample` are the only luck to use.
        """

    def run(self, env: simpy.Environment, desk: Desk) -> Generator[simpy.Event, Any, None]:
        """Live through the simulation as a SimPy process: decide once a day, hand the actions to the desk."""
        while True:
            desk.submit(self.decide(desk.day, desk.audience))
            yield env.timeout(1)
