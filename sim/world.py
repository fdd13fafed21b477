"""One replication of one arm: SimPy owns the clock, one event a day drives the whole pool as arrays.

A day, in phases:

 1. arrivals: fans who were won join (mechanisms/acquisition.py)
 2. strategies decide; a review may raise the playbook's maturity (strategy.py, mechanisms/playbook.py)
 3. contact rules: caps, quiet days, do-not-contact, execution fidelity (mechanisms/contact.py)
 4. delivery, opening, trust (mechanisms/contact.py)
 5. rewards: steps, claims, giving up (mechanisms/rewards.py)
 6. orders: caused, then organic (mechanisms/ordering.py)
 7. service: nothing queues yet
 8. muting and leaving, each exit with its cause (mechanisms/leaving.py)
 9. relaxation: pressure decays, trust drifts (mechanisms/relaxation.py)
10. records (records.py)

Strategies wake in the morning, a quarter into the day; their actions are carried out at noon, in the order in which
they were handed over.
"""

from __future__ import annotations

import datetime
import sys
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.actions import Action, Offer, Recruit, Review, Touch
from sim.audience import Audience
from sim.desk import Desk, Receipt, Submission
from sim.draws import Luck
from sim.errors import PluginError
from sim.events import EventLog
from sim.fans import FanTable, IntArray
from sim.kernels import orders
from sim.mechanisms.acquisition import Acquisition
from sim.mechanisms.contact import Contact
from sim.mechanisms.leaving import Leaving
from sim.mechanisms.ordering import Ordering
from sim.mechanisms.playbook import Playbook
from sim.mechanisms.relaxation import Relaxation
from sim.mechanisms.rewards import Rewards
from sim.population import shared_pool
from sim.records import Records, outcomes
from sim.results import Replication
from sim.scenario.model import Scenario
from sim.state import State
from sim.strategy import Strategy

MORNING, NOON, EVENING = 0.25, 0.25, 0.5
"""Parts of a day before the strategies, until their actions are carried out, and until the next day."""


def simulate(
    scenario: Scenario,
    arm: str,
    strategies: Sequence[Strategy],
    replication: int,
    *,
    dtype: type[np.floating[Any]] = np.float32,
    on_day: Callable[[int], None] | None = None,
) -> Replication:
    """Live through one replication of an arm. `on_day` is called with each day that is over.

    Replication 0 also brings what became of each fan of the starting pool.

    Errors: PluginError naming strategy, day and line when a strategy raises or asks for something impossible.
    """
    pool = shared_pool(scenario, replication, dtype)
    world = World(scenario, strategies, replication, pool.copy())
    lived = world.run(arm, on_day)
    return lived if replication else replace(lived, outcomes=outcomes(pool, world.fans))


class World:
    """The clock, the fans, and the mechanisms in their order. `fans` may be looked at after `run`."""

    def __init__(
        self,
        scenario: Scenario,
        strategies: Sequence[Strategy],
        replication: int,
        fans: FanTable,
        log: EventLog | None = None,
    ) -> None:
        self.fans = fans
        self._scenario = scenario
        self._replication = replication
        self._env = simpy.Environment()
        self._inbox: list[Submission] = []
        self._state = State(scenario, Luck(scenario.seed, replication), fans, _season(scenario), log=log)
        self._records = Records(self._state, scenario.days)
        self._audience = Audience(
            fans,
            self._state.luck,
            tags={name: place for place, name in enumerate(scenario.population.tags)},
            start_date=scenario.start_date,
            history=self._records.daily,
        )
        self._acquisition = Acquisition(self._state)
        self._playbook = Playbook(self._state)
        self._contact = Contact(self._state, self._audience)
        self._rewards = Rewards(self._state)
        self._ordering = Ordering(self._state)
        self._leaving = Leaving(self._state)
        self._relaxation = Relaxation(self._state)
        for strategy in strategies:
            self._env.process(self._drive(strategy))

    @property
    def day(self) -> int:
        """The day that is lived through, counted from 0."""
        return self._audience.day

    def run(self, arm: str, on_day: Callable[[int], None] | None = None) -> Replication:
        """Live through all days; the record of the arm."""
        self._env.run(self._env.process(self._days(on_day)))
        return self._records.finish(arm, self._replication)

    def _days(self, on_day: Callable[[int], None] | None) -> Generator[simpy.Event, Any, None]:
        """The process of the days: newcomers at the beginning of each, its phases at noon."""
        for day in range(self._scenario.days):
            self._state.day = self._audience.day = day
            self._acquisition.arrive()
            yield self._env.timeout(MORNING + NOON)
            self._noon()
            if on_day is not None:
                on_day(day)
            yield self._env.timeout(EVENING)

    def _drive(self, strategy: Strategy) -> Generator[simpy.Event, Any, None]:
        """Run one strategy's process; what it raises becomes an error that names it."""
        yield self._env.timeout(MORNING)
        try:
            yield from strategy.run(self._env, Desk(self._env, self._audience, self._scenario, self._inbox))
        except Exception as error:
            raise PluginError(_blame(strategy, self._audience.day, error)) from error

    def _noon(self) -> None:
        """Phases 3 to 10."""
        self._contact.begin_day()
        for submission in self._inbox:
            submission.done.succeed(self._carry_out(submission.actions))
        self._inbox.clear()
        self._rewards.step()
        self._ordering.step()
        self._leaving.step()
        self._relaxation.step()
        self._records.close_day()

    def _carry_out(self, actions: tuple[Action, ...]) -> Receipt:
        """Do what one strategy asked for."""
        delivered: list[IntArray] = []
        opened: list[IntArray] = []
        for action in actions:
            match action:
                case Touch():
                    got, looked = self._contact.touch(action)
                    delivered += got
                    opened += looked
                case Offer():
                    self._rewards.offer(action)
                case Recruit():
                    self._acquisition.recruit(action)
                case Review():
                    self._playbook.review()
        return Receipt(tuple(delivered), tuple(opened))


def _season(scenario: Scenario) -> NDArray[np.floating]:
    """Seasonal factor of each simulated day."""
    dates = [scenario.start_date + datetime.timedelta(days=day) for day in range(scenario.days)]
    day_of_year = np.array([date.timetuple().tm_yday for date in dates], np.float64)
    season = scenario.market.season
    return orders.season(day_of_year, season.amplitude, season.period_days, season.peak_day)


def _blame(strategy: Strategy, day: int, error: Exception) -> str:
    """Who failed, when and where: the last line of the traceback that is the plugin's own."""
    home = getattr(sys.modules.get(type(strategy).__module__), "__file__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == home]
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    kind = "" if isinstance(error, PluginError) else f"{type(error).__name__}: "
    return f"strategy {type(strategy).__name__}, day {day}{place}: {kind}{error}"
