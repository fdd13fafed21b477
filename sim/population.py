"""Drawing fans: traits by inverse CDF from keyed luck, the same for a given fan in every arm."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim import draws
from sim.fans import DRIFT_DAYS, PRESENT, FanTable, IntArray, drift_group
from sim.kernels import leaving, orders, quantiles
from sim.scenario.behaviour import Behaviour
from sim.scenario.model import Scenario
from sim.scenario.population import GammaGammaBasket, LognormalBasket, Population, Trust

POOL = "pool"
"""Source name of the starting pool; acquisition sources have the names of the scenario."""

_CHUNK = 1 << 16
"""Fans drawn at a time, so that temporaries stay in the processor's cache."""

FloatArray = NDArray[np.float64]

Columns = dict[str, Any]
"""Column of the fan table -> an array with a value for each fan, or one value for all."""


def shared_pool(scenario: Scenario, replication: int, dtype: DTypeLike = np.float32) -> FanTable:
    """The starting pool of one replication: the same table for every arm, so copy it before living through it."""
    without_arms = scenario.model_copy(update={"arms": {"any": ()}, "compare": None, "replications": 1})
    return _cached_pool(without_arms.model_dump_json(), replication, np.dtype(dtype).name)


@lru_cache(maxsize=1)
def _cached_pool(scenario_json: str, replication: int, dtype: str) -> FanTable:
    """The pool that the last call drew, if it was for the same scenario, replication and dtype."""
    scenario = Scenario.model_validate_json(scenario_json)
    luck = draws.Luck(scenario.seed, replication)
    return draw_pool(scenario, luck, pool_order(scenario.population.size), dtype)


def pool_order(size: int) -> IntArray:
    """Ordinals of the starting pool so that fans whose trust drifts on the same day lie side by side."""
    return np.argsort(drift_group(draws.fan_keys(POOL, np.arange(size))), kind="stable")


def draw_pool(
    scenario: Scenario, luck: draws.Luck, ordinals: NDArray[np.integer], dtype: DTypeLike = np.float32
) -> FanTable:
    """The fans of the starting pool with these ordinals, in this order."""
    table = FanTable(dtype)
    population = scenario.population
    for start in range(0, len(ordinals), _CHUNK):
        keys = draws.fan_keys(POOL, ordinals[start : start + _CHUNK])
        tenure = np.zeros(len(keys))
        if population.tenure_mean_days > 0:
            tenure = population.tenure_mean_days * _exponential(luck, "tenure", keys)
        table.append(draw_fans(scenario, luck, keys, population.trust, tenure, day=0, source=0))
    return table


def draw_fans(
    scenario: Scenario,
    luck: draws.Luck,
    keys: NDArray[np.uint64],
    trust: Trust,
    tenure: FloatArray,
    *,
    day: int,
    source: int,
) -> Columns:
    """Columns of fans with these keys who are in the pool since `tenure` days on `day`.

    Joining is the first order; the last one before the start is an exponential time back, at most the tenure.
    """
    tenure = np.floor(tenure)
    traits = _traits(scenario.population, trust, luck, keys, tenure)
    rates = _rates(scenario.behaviour, traits, _tenure_this_week(tenure, day, keys))
    # A rate too small to produce an order within the tenure gives the tenure itself.
    since_order = np.minimum(_exponential(luck, "recency", keys) / np.maximum(rates["order_rate"], 1e-30), tenure)
    past_orders = 1 + np.floor(rates["order_rate"] * tenure + luck.uniform("past_orders", keys))
    past_orders = np.minimum(past_orders, 1000)
    return {
        "key": keys,
        **traits,
        **rates,
        "leave_budget": _exponential(luck, "leave", keys),
        "order_budget": _exponential(luck, "order", keys),
        "mute_budget": _exponential(luck, "mute", keys),
        "orders": past_orders,
        "spend": traits["basket"] * past_orders,
        "joined": day - tenure,
        "last_order": day - np.floor(since_order),
        "tags": _tags(scenario.population.tags, luck, keys),
        "flags": PRESENT,
        "source": source,
        "left": -1,
        "owed_day": day,
        **dict.fromkeys(("pressure", "owed", "renewals", "cause", "touches_30d"), 0),
    }


def _traits(
    population: Population, trust: Trust, luck: draws.Luck, keys: NDArray[np.uint64], tenure: FloatArray
) -> Columns:
    """Columns of what fans are like.

    Survivors of `tenure` days have leaving hazards gamma(s, beta + tenure) (Schmittlein, Morrison & Colombo 1987).
    """
    spread, purchase, dropout = trust.concentration, population.purchase, population.dropout
    log_median, sigma = np.log(population.tolerance.median), population.tolerance.sigma
    return {
        "trust": quantiles.beta_quantile(luck.uniform("trust", keys), trust.mean * spread, (1 - trust.mean) * spread),
        "purchase_rate": quantiles.gamma_quantile(luck.uniform("purchase", keys), purchase.r, purchase.alpha),
        "dropout_rate": quantiles.gamma_quantile(luck.uniform("dropout", keys), dropout.s, dropout.beta + tenure),
        "tolerance": quantiles.lognormal_quantile(luck.uniform("tolerance", keys), log_median, sigma),
        "basket": _baskets(population.basket, luck, keys),
    }


def _rates(behaviour: Behaviour, traits: Columns, newness: FloatArray) -> Columns:
    """Columns of the rates that follow from the traits, and the factor of the early days; `newness` in days."""
    trust, leave, reference = traits["trust"], behaviour.leaving, behaviour.trust.reference
    of_trust = leaving.trust_factor(trust, leave.trust_sensitivity, reference)
    onboarding = leaving.onboarding_factor(newness, leave.onboarding_excess, leave.onboarding_days)
    return {
        "onboarding": onboarding,
        "leave_rate": traits["dropout_rate"] * of_trust * onboarding,
        "order_rate": orders.intensity(traits["purchase_rate"], trust, behaviour.orders.trust_elasticity, reference),
    }


def _tenure_this_week(tenure: FloatArray, day: int, keys: NDArray[np.uint64]) -> FloatArray:
    """Days since joining in the middle of the week that ends when trust drifts next, or of what is left of it."""
    ahead = (drift_group(keys).astype(np.int64) - day) % DRIFT_DAYS
    return np.maximum(tenure + ahead - DRIFT_DAYS // 2, (tenure + ahead) / 2)


def _exponential(luck: draws.Luck, decision: str, keys: NDArray[np.uint64]) -> FloatArray:
    """Unit exponentials, one for each fan."""
    return quantiles.exponential_quantile(luck.uniform(decision, keys))


def _baskets(basket: LognormalBasket | GammaGammaBasket, luck: draws.Luck, keys: NDArray[np.uint64]) -> FloatArray:
    """Expected order values. Lognormal by its mean; gamma-gamma as p / nu, rich fans at the upper end of luck."""
    u = luck.uniform("basket", keys)
    if isinstance(basket, LognormalBasket):
        log_mean = np.log(basket.mean) - basket.sigma**2 / 2
        return quantiles.lognormal_quantile(u, log_mean, basket.sigma)
    return basket.p / quantiles.gamma_quantile(1 - u, basket.q, basket.gamma)


def _tags(tags: dict[str, float], luck: draws.Luck, keys: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """One bit a tag, in the order of the scenario; each fan carries a tag with the tag's share."""
    bits = np.zeros(len(keys), np.uint16)
    for position, (name, share) in enumerate(tags.items()):
        carries = luck.uniform(f"tag:{name}", keys) < share
        bits |= carries.astype(np.uint16) << np.uint16(position)
    return bits
