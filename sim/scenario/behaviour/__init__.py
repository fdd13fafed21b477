"""How fans respond to being touched, sold to, rewarded and served. Every coupling can be set to zero."""

from __future__ import annotations

from sim.scenario.behaviour.contact import Attention, Pressure
from sim.scenario.behaviour.leaving import Leaving, Muting
from sim.scenario.behaviour.ordering import Orders, Product, Promotion
from sim.scenario.behaviour.rewards import RewardResponse
from sim.scenario.behaviour.trust import TrustDynamics
from sim.scenario.parameter import Settings

__all__ = [
    "Attention",
    "Behaviour",
    "Leaving",
    "Muting",
    "Orders",
    "Pressure",
    "Product",
    "Promotion",
    "RewardResponse",
    "TrustDynamics",
]


class Behaviour(Settings):
    """All responses of a fan, one section for each mechanism."""

    pressure: Pressure = Pressure()
    attention: Attention = Attention()
    trust: TrustDynamics = TrustDynamics()
    leaving: Leaving = Leaving()
    muting: Muting = Muting()
    orders: Orders = Orders()
    promotion: Promotion = Promotion()
    product: Product = Product()
    rewards: RewardResponse = RewardResponse()
