"""The reference model: the simulator told plainly, with one SimPy process per fan.

It is slow and short, and the simulator must agree with it fan by fan. Here is the brand, which gets up first every
day: it keeps the calendar, welcomes new fans and sends what its plan says; `reference_fan.py` has the fans.

    fans = ReferenceModel(scenario, replication, draw_pool(scenario, luck, ordinals, float), plan).run()

A plan is called once a day and returns actions; their `fans` are fan numbers. Reviews and purchases of fans are dealt
with before anyone reads the mail, so a plan should name reviews first.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import simpy

from sim import draws
from sim.actions import Action, Purpose, Recruit, Review, Touch
from sim.fans import FanTable
from sim.population import draw_fans
from sim.scenario.market import WEEKDAYS
from sim.scenario.model import Scenario
from tests.reference_fan import DRAWN, Fan, FanLife, Rule

Plan = Callable[[int, "ReferenceModel"], Iterable[Action]]


class ReferenceModel:
    """One replication of one arm. `fans` holds everyone who ever was in the pool, in the order of joining."""

    def __init__(
        self,
        scenario: Scenario,
        replication: int,
        pool: FanTable,
        plan: Plan = lambda day, model: (),
        do_not_contact: Rule = lambda day, fan: False,
    ) -> None:
        self.scenario, self.plan = scenario, plan
        self.luck = draws.Luck(scenario.seed, replication)
        self.life = FanLife(scenario, self.luck, do_not_contact)
        self.fans: list[Fan] = []
        self.won = dict.fromkeys(scenario.market.sources, 0.0)
        self.bought_today = dict.fromkeys(scenario.market.sources, 0.0)
        self.arrived = dict.fromkeys(scenario.market.sources, 0)
        self.env = simpy.Environment()
        self.env.process(self.run_brand())
        self.welcome(pool)

    def run(self) -> list[Fan]:
        """Live through all days."""
        self.env.run(until=self.scenario.days)
        return self.fans

    def run_brand(self) -> Generator[simpy.Event, Any, None]:
        """Every morning: the calendar, arrivals (phase 1), and what the plan says (phase 2)."""
        while True:
            day = int(self.env.now)
            self.turn_calendar(day)
            for place, name in enumerate(self.scenario.market.sources, start=1):
                self.let_join(day, place, name)
            for action in self.plan(day, self):
                self.carry_out(action)
            yield self.env.timeout(1)

    def turn_calendar(self, day: int) -> None:
        """Tell the fans what day it is."""
        date, season = self.scenario.start_date + datetime.timedelta(days=day), self.scenario.market.season
        angle = 2 * math.pi * (date.timetuple().tm_yday - season.peak_day) / season.period_days
        self.life.day = day
        self.life.weekday = WEEKDAYS[date.weekday()]
        self.life.season = 1 + season.amplitude * math.cos(angle)

    def carry_out(self, action: Action) -> None:
        """Deal with the brand's own affairs at once, mail the rest."""
        if isinstance(action, Review):
            self.review()
        elif isinstance(action, Recruit):
            self.recruit(action.source, action.budget)
        else:
            for number in action.fans:
                self.fans[number].mail.append(action)

    def let_join(self, day: int, place: int, name: str) -> None:
        """Those who were won up to yesterday join, and those who come by themselves."""
        source = self.scenario.market.sources[name]
        self.won[name] = min(self.won[name] + source.organic_per_day, source.market_size)
        self.bought_today[name] = 0.0
        ordinals = np.arange(self.arrived[name], math.floor(self.won[name] + 1e-9))
        if len(ordinals):
            keys, tenure = draws.fan_keys(name, ordinals), np.zeros(len(ordinals))
            newcomers = FanTable(np.float64)
            newcomers.append(draw_fans(self.scenario, self.luck, keys, source.trust, tenure, day=day, source=place))
            self.welcome(newcomers)
            self.arrived[name] += len(ordinals)

    def welcome(self, table: FanTable) -> None:
        """Give everyone in the table a life of their own."""
        for traits in zip(*(getattr(table, name).tolist() for name in DRAWN), strict=True):
            fan = Fan(*traits)
            self.fans.append(fan)
            self.env.process(self.life.live(self.env, fan))

    def recruit(self, name: str, budget: float) -> None:
        """Buy fans until the budget, the day's volume or the market is used up; they join tomorrow.

        With w won in a market of m, the next fan costs c e^(g w / m): a budget B raises e^(g w / m) by B g / (c m).
        """
        source, won = self.scenario.market.sources[name], self.won[name]
        affordable = budget / source.cost
        if source.cost_growth > 0:
            scale = source.market_size / source.cost_growth
            affordable = scale * math.log1p(affordable / (scale * math.exp(won / scale)))
        bought = min(affordable, source.per_day - self.bought_today[name], source.market_size - won)
        self.won[name] += bought
        self.bought_today[name] += bought

    def review(self) -> None:
        """Learn, if enough fans were touched since the last lesson."""
        playbook, life = self.scenario.market.playbook, self.life
        if len(life.sampled) >= playbook.sample:
            life.maturity += playbook.learning * (1 - life.maturity)
            life.sampled.clear()


@dataclass(eq=False)
class Cadence:
    """A plan: touch each fan so many times in 30 days, evenly spread or in waves, with a mix of purposes."""

    touches_per_30_days: float
    channel: str = "chat"
    mix: dict[Purpose, float] = field(default_factory=lambda: {"content": 0.5, "promotion": 0.5})
    discount: float = 0.0
    spread: Literal["even", "waves"] = "even"
    slots: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)

    def __call__(self, day: int, model: ReferenceModel) -> Iterator[Touch]:
        """Today's touches, one list of fans for each round and purpose."""
        for fan in model.fans[len(self.slots) :]:
            self.slots.append(model.luck.one(f"strategy:contact_cadence:{self.channel}", fan.key))
            self.turns.append(model.luck.one(f"strategy:purpose:{self.channel}", fan.key))
        for nth, numbers in enumerate(self.rounds(day, model.fans)):
            step = (math.floor(day * self.touches_per_30_days / 30) + nth) * 0.6180339887498949
            mailing: dict[Purpose, list[int]] = {purpose: [] for purpose in self.mix}
            for number in numbers:
                mailing[self.purpose((self.turns[number] + step) % 1.0)].append(number)
            for purpose, fans in mailing.items():
                discount = self.discount if purpose == "promotion" else 0.0
                yield Touch(fans, self.channel, purpose, discount)  # type: ignore[arg-type]

    def rounds(self, day: int, fans: list[Fan]) -> Iterator[list[int]]:
        """Who gets a touch today, once for each touch."""
        a_day = self.touches_per_30_days / 30
        present = [number for number, fan in enumerate(fans) if fan.left < 0]
        if self.spread == "waves":
            yield from [present] * (math.floor((day + 1) * a_day + 1e-9) - math.floor(day * a_day + 1e-9))
            return
        yield from [present] * math.floor(a_day)
        if (rest := a_day - math.floor(a_day)) > 1e-9:
            start = day % (1 / rest) * rest
            yield [n for n in present if start <= self.slots[n] < start + rest or self.slots[n] < start + rest - 1]

    def purpose(self, turn: float) -> Purpose:
        """The purpose whose share of the mix the turn in [0, 1) falls into."""
        turn *= sum(self.mix.values())
        for purpose, weight in self.mix.items():
            turn -= weight
            if turn < 0:
                return purpose
        return purpose
