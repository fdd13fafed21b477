"""Small worlds for the tests of the model: scenarios, couplings at zero, and a strategy that does a bit of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.actions import PURPOSES, Action, Offer, Recruit, Review, Touch
from sim.audience import Audience
from sim.draws import Luck
from sim.fans import FanTable
from sim.population import draw_pool
from sim.results import Replication
from sim.scenario.model import Scenario
from sim.strategy import Strategy
from sim.world import World, simulate
from strategies.contact_cadence import ContactCadence

UNCOUPLED: dict[str, dict[str, float]] = {
    "attention": {"overload_damping": 0},
    "trust": {"gain": 0, "promotion_loss": 0, "overload_loss": 0},
    "leaving": {
        "trust_sensitivity": 0,
        "onboarding_excess": 0,
        "overload_hazard": 0,
        "early_promotion_hazard": 0,
    },
    "muting": {"touch_hazard": 0, "overload_hazard": 0},
    "orders": {"trust_elasticity": 0},
    "promotion": {"trust_elasticity": 0, "pull_forward": 0, "price_elasticity": 0},
    "product": {"trust_gain": 0, "trust_loss": 0, "hazard": 0},
    "rewards": {"d": 0, "abandon_loss": 0, "abandon_hazard": 0, "claim_gain": 0, "claim_lift": 0},
}
"""`behaviour` with every coupling at zero: nothing that happens to a fan changes how often the fan orders or leaves."""


HASTY = {
    "leaving": {"overload_hazard": 0.002, "early_promotion_hazard": 0.05},
    "muting": {"touch_hazard": 0.003, "overload_hazard": 0.002},
    "trust": {"half_life_days": 60},
    "product": {"bad_share": 0.2, "hazard": 0.3},
    "rewards": {"abandon_hazard": 0.05, "days_per_step": 1.5},
    "promotion": {"replenish_days": 20},
}
"""Strong effects, so that a short run sees every one of them often."""

BUSY = {
    "name": "busy",
    "start_date": "2026-02-20",
    "population": {"tenure_mean_days": 60, "purchase": {"alpha": 20}},
    "channels": {"chat": {"conversion": 0.5}, "group": {"reach": 0.9}},
    "market": {
        "season": {"amplitude": 0.5, "period_days": 40},
        "sources": {
            "poster": {"organic_per_day": 0.7, "market_size": 60},
            "search": {"cost": 3, "cost_growth": 2, "market_size": 200, "per_day": 2.5},
            "fair": {"cost": 5, "cost_growth": 0, "market_size": 30},
        },
        "playbook": {"maturity": 0.3, "sample": 60, "fidelity": 0.8},
    },
    "behaviour": HASTY,
}


def scenario(size: int, days: int, **sections: Any) -> Scenario:
    """A scenario of so many fans and days; the other sections as in YAML."""
    population = {"size": size, **sections.pop("population", {})}
    return Scenario.model_validate(
        {"name": "test", "days": days, "population": population, "arms": {"only": []}, **sections}
    )


def pool(
    setting: Scenario,
    replication: int = 0,
    ordinals: NDArray[np.integer] | None = None,
    dtype: DTypeLike = np.float32,
) -> FanTable:
    """The starting pool, or its fans with these ordinals."""
    chosen = np.arange(setting.population.size) if ordinals is None else ordinals
    return draw_pool(setting, Luck(setting.seed, replication), chosen, dtype)


def live(
    setting: Scenario,
    *strategies: Strategy,
    replication: int = 0,
    ordinals: NDArray[np.integer] | None = None,
    dtype: DTypeLike = np.float32,
) -> tuple[FanTable, Replication]:
    """Live through one replication: the fans at the end, and the record."""
    world = World(setting, strategies, replication, pool(setting, replication, ordinals, dtype))
    record = world.run("only")
    return world.fans, record


@dataclass(frozen=True)
class Jumble(Strategy):
    """Touches, offers, purchases of fans and reviews in a random order, fixed by `seed`.

    Every day: perhaps a review, `rounds` touches of a random channel, purpose and discount, each of `touched` of
    the fans, and an offer to `offered` of them; `budget` is spent in every source.
    """

    seed: int = 0
    rounds: int = 2
    touched: float = 0.2
    offered: float = 0.0
    budget: float = 0.0
    reviewed: float = 0.0
    purposes: tuple[str, ...] = PURPOSES
    channels: tuple[str, ...] = ("chat", "group", "feed", "sms")
    sources: tuple[str, ...] = ()

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """Today's actions."""
        return self.actions(day, audience.size)

    def actions(self, day: int, size: int) -> list[Action]:
        """Today's actions for fan numbers below `size`, the departed and the muted among them."""
        rng = np.random.default_rng([self.seed, day])
        actions: list[Action] = [Review()] if rng.random() < self.reviewed else []
        for _ in range(self.rounds):
            channel, purpose = str(rng.choice(self.channels)), str(rng.choice(self.purposes))
            discount = float(rng.choice([0.0, 0.2])) if purpose == "promotion" else 0.0
            actions.append(Touch(_some(rng, size, self.touched), channel, purpose, discount))  # type: ignore[arg-type]
        value, steps, effort = float(rng.uniform(2, 30)), int(rng.integers(1, 6)), float(rng.uniform(0.2, 2))
        offer = Offer(_some(rng, size, self.offered), value, steps, effort)
        actions.insert(int(rng.integers(len(actions) + 1)), offer)
        actions += [Recruit(source, self.budget) for source in self.sources]
        return sorted(actions, key=lambda action: not isinstance(action, Review))


def _some(rng: np.random.Generator, size: int, share: float) -> NDArray[np.intp]:
    return np.flatnonzero(rng.random(size) < share)


EVERYTHING = Jumble(
    seed=1,
    rounds=3,
    touched=0.1,
    offered=0.05,
    reviewed=0.2,
    budget=7.0,
    sources=("search", "fair", "search"),
)


def fingerprint(setting: Scenario, replication: int, dtype: type = np.float32) -> bytes:
    """Every byte that one replication of a busy arm leaves behind."""
    team = (EVERYTHING, ContactCadence(touches_per_30_days=3, audience="spend_rank < 0.5"))
    record = simulate(setting, "busy", team, replication, dtype=dtype)
    written = repr((sorted(record.metrics.items()), record.exits, record.money, record.fans, record.touches))
    written += repr((record.withheld, record.withheld_by_rule))
    return written.encode() + b"".join(record.daily[name].tobytes() for name in sorted(record.daily))
