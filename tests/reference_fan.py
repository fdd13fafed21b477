"""A fan's life told plainly: plain Python numbers, one fan, one thing after another.

The simulator works on whole columns of fans. Here every fan lives the same days alone, from the same traits and luck,
and must get the same history. Start at `FanLife.live`; phases are numbered as in `sim.world`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import simpy

from sim import draws
from sim.actions import Offer, Touch
from sim.results import CAUSES
from sim.scenario.model import Scenario


@dataclass(slots=True)
class Chain:
    """A reward that a fan is working for, one step on each day that is `due`."""

    offer: Offer
    started: int
    due: float
    done: int = 0


@dataclass(slots=True)
class Fan:
    """One person. The fields up to `orders` are drawn at joining and have the names of the simulator's columns."""

    key: int
    trust: float
    tolerance: float
    pressure: float
    purchase_rate: float
    dropout_rate: float
    basket: float
    leave_budget: float
    order_budget: float
    mute_budget: float
    onboarding: float
    leave_rate: float
    order_rate: float
    spend: float
    joined: int
    last_order: int
    orders: int
    left: int = -1
    cause: str = ""
    muted: bool = False
    claimed: bool = False
    renewals: int = 0
    reward: Chain | None = None
    mail: list[Touch | Offer] = field(default_factory=list)
    touch_days: list[int] = field(default_factory=list)
    opened: list[tuple[Touch, int]] = field(default_factory=list)
    lumps: list[tuple[str, float]] = field(default_factory=list)


DRAWN = tuple(Fan.__slots__)[:17]
Rule = Callable[[int, Fan], bool]


class FanLife:
    """How every fan lives. The brand sets `day`, `season`, `weekday` and `maturity` before anyone gets up."""

    def __init__(self, scenario: Scenario, luck: draws.Luck, do_not_contact: Rule) -> None:
        self.behaviour, self.playbook = scenario.behaviour, scenario.market.playbook
        self.channels, self.rules, self.do_not_contact = scenario.channels, scenario.rules, do_not_contact
        self.day, self.season, self.weekday, self.maturity = 0, 1.0, "", self.playbook.maturity
        self.luck, self.sampled, self.withheld = luck, set[int](), list[tuple[str, str]]()
        self.decay = 0.5 ** (1 / self.behaviour.pressure.half_life_days)
        self.weekly_keep = 0.5 ** (7 / self.behaviour.trust.half_life_days)

    def live(self, env: simpy.Environment, fan: Fan) -> Generator[simpy.Event, Any, None]:
        """Day after day until the fan leaves: phases 3 to 9."""
        while True:
            if fan.mail:
                self.read_mail(fan)
            if fan.reward is not None and fan.reward.due <= self.day:
                self.go_on_with_reward(fan, fan.reward)
            self.place_orders(fan)
            if self.leaves(fan):
                return
            fan.pressure *= self.decay
            if fan.key % 7 == self.day % 7:  # one seventh of the fans a day takes a week's drift
                floor, leave = self.behaviour.trust.floor, self.behaviour.leaving
                newness = self.day + 4 - fan.joined  # that of the middle of the week ahead
                fan.onboarding = 1 + leave.onboarding_excess * math.exp(-newness / leave.onboarding_days)
                self.set_trust(fan, floor + self.weekly_keep * (fan.trust - floor))
            yield env.timeout(1)

    def set_trust(self, fan: Fan, trust: float) -> None:
        """New trust, and the two rates that depend on it; between such moments the rates stay as they are."""
        fan.trust, reference = trust, self.behaviour.trust.reference
        fan.leave_rate = fan.dropout_rate * self.trust_factor(trust) * fan.onboarding
        fan.order_rate = fan.purchase_rate * (trust / reference) ** self.behaviour.orders.trust_elasticity

    def trust_factor(self, trust: float) -> float:
        """What trust does to the leaving hazard: 1 at the reference."""
        return math.exp(-self.behaviour.leaving.trust_sensitivity * (trust - self.behaviour.trust.reference))

    def read_mail(self, fan: Fan) -> None:
        """Phases 3 and 4: one touch or offer after the other, until the fan mutes the brand."""
        planned: list[str] = []
        for item in fan.mail:
            if fan.muted:
                break
            if isinstance(item, Offer):
                fan.reward = fan.reward or Chain(item, self.day, self.day)
                continue
            occasion = self.day * 256 + planned.count(item.channel)
            planned.append(item.channel)
            if self.is_allowed(fan, item.channel, occasion):
                fan.touch_days.append(self.day)
                self.deliver(fan, item, occasion)
        fan.mail.clear()

    def is_allowed(self, fan: Fan, channel: str, occasion: int) -> bool:
        """Whether the team carries out this touch and every contact rule lets it through."""
        fidelity, rules, days = self.playbook.fidelity, self.rules, fan.touch_days
        if fidelity < 1 and self.luck.one(f"execute:{channel}", fan.key, occasion) >= fidelity:
            return False
        against = {
            "quiet_weekdays": self.weekday in rules.quiet_weekdays,
            "do_not_contact": self.do_not_contact(self.day, fan),
            "per_30_days": sum(day > self.day - 30 for day in days) >= (rules.per_30_days or math.inf),
            "per_day": days.count(self.day) >= (rules.per_day or math.inf),
        }
        self.withheld += [(channel, rule) for rule, forbids in against.items() if forbids][:1]
        return not any(against.values())

    def deliver(self, fan: Fan, touch: Touch, occasion: int) -> None:
        """Pressure, opening, trust, muting; an opened promotion waits for the order phase."""
        self.sampled.add(fan.key)
        behaviour, channel = self.behaviour, self.channels[touch.channel]
        added = channel.intrusiveness * 30 * math.log(2) / behaviour.pressure.half_life_days
        overload = max(0.0, (fan.pressure + added / 2) / fan.tolerance - 1)
        fan.pressure += added
        reach = channel.reach * math.exp(-behaviour.attention.overload_damping * overload)
        is_open = self.luck.one(f"open:{touch.channel}", fan.key, occasion) < reach
        self.set_trust(fan, self.trust_after(touch, fan.trust, overload, is_open))
        fan.mute_budget -= behaviour.muting.touch_hazard
        fan.muted = fan.mute_budget <= 0
        if is_open and touch.purpose == "promotion":
            fan.opened.append((touch, occasion))
            if self.day - fan.joined < behaviour.leaving.early_days:
                fan.lumps.append(("early_promotion", behaviour.leaving.early_promotion_hazard))

    def trust_after(self, touch: Touch, trust: float, overload: float, is_open: bool) -> float:
        """Care builds trust and promotion spends it; too much of either loses it, and so does a poor playbook."""
        moves = self.behaviour.trust
        if is_open and touch.purpose in ("content", "care") and overload == 0:
            trust += min(1.0, moves.gain * moves.quality * moves.persona) * (1 - trust)
        if is_open and touch.purpose == "promotion":
            trust *= math.exp(-moves.promotion_loss)
        immaturity = self.playbook.trust_loss * (1 - self.maturity)
        return trust * math.exp(-moves.overload_loss * overload - immaturity)

    def go_on_with_reward(self, fan: Fan, chain: Chain) -> None:
        """Phase 5: take the next step, or give up; the last step is the claim."""
        response, offer = self.behaviour.rewards, chain.offer
        logit = response.a + response.b * math.log(offer.value / (response.typical_value_share * fan.basket))
        logit -= response.c * (offer.effort - 1)
        logit += response.d * (fan.trust - self.behaviour.trust.reference)
        logit += response.e * chain.done / offer.steps
        u = self.luck.one("reward_step", fan.key, chain.started * 256 + chain.done)
        if u >= 1 / (1 + math.exp(-logit)):
            fan.reward = None
            if chain.done > 0:
                self.set_trust(fan, fan.trust * math.exp(-response.abandon_loss))
                fan.lumps.append(("reward_abandoned", response.abandon_hazard))
            return
        chain.done += 1
        chain.due += response.days_per_step
        if chain.done == offer.steps:
            fan.reward, fan.claimed = None, True
            self.set_trust(fan, fan.trust + response.claim_gain * (1 - fan.trust))

    def place_orders(self, fan: Fan) -> None:
        """Phase 6: orders that opened promotions cause, then those that come of themselves."""
        for touch, occasion in fan.opened:
            if self.is_converted(fan, touch, occasion):
                fan.order_budget += self.behaviour.promotion.pull_forward
                self.order(fan, touch.discount)
        fan.opened.clear()
        fan.order_budget -= fan.order_rate * self.season
        while fan.order_budget <= 0:
            fan.renewals += 1
            fan.order_budget -= math.log(self.luck.one("order", fan.key, fan.renewals))
            self.order(fan, 0.0)

    def is_converted(self, fan: Fan, touch: Touch, occasion: int) -> bool:
        """Whether an opened promotion leads to an order. A claimed reward lifts the next chance, once."""
        promotion = self.behaviour.promotion
        strength = self.channels[touch.channel].conversion * self.maturity
        strength *= (1 - touch.discount) ** -promotion.price_elasticity
        if fan.claimed:
            strength *= 1 + self.behaviour.rewards.claim_lift
            fan.claimed = False
        need = 1 - math.exp(-(self.day - fan.last_order) / promotion.replenish_days)
        chance = 1 - math.exp(-strength * need * fan.trust**promotion.trust_elasticity)
        return self.luck.one(f"convert:{touch.channel}", fan.key, occasion) < chance

    def order(self, fan: Fan, discount: float) -> None:
        """One order: money, history, and a product that pleases or disappoints."""
        product = self.behaviour.product
        fan.orders += 1
        fan.last_order = self.day
        fan.spend += fan.basket * (1 - discount)
        if self.luck.one("product", fan.key, fan.orders) < product.bad_share:
            self.set_trust(fan, fan.trust * math.exp(-product.trust_loss))
            fan.lumps.append(("bad_product", product.hazard))
        else:
            self.set_trust(fan, fan.trust + product.trust_gain * (1 - fan.trust))

    def leaves(self, fan: Fan) -> bool:
        """Phase 8: charge today's hazards to the budgets; the fan leaves when the leaving budget is used up."""
        if fan.pressure > fan.tolerance:
            overload = fan.pressure / fan.tolerance - 1
            fan.lumps.append(("overload", self.behaviour.leaving.overload_hazard * overload))
            fan.mute_budget -= self.behaviour.muting.overload_hazard * overload
            fan.muted = fan.mute_budget <= 0
        for _, hazard in fan.lumps:
            fan.leave_budget -= hazard
        fan.leave_budget -= fan.leave_rate
        if fan.leave_budget <= 0:
            fan.left, fan.cause = self.day, self.cause(fan)
        fan.lumps.clear()
        return fan.left >= 0

    def cause(self, fan: Fan) -> str:
        """One of the parts of today's hazard, drawn in proportion to their sizes."""
        parts = dict.fromkeys(CAUSES, 0.0)
        parts["natural"] = min(fan.dropout_rate, fan.leave_rate)
        if (excess := fan.leave_rate - parts["natural"]) > 0:
            by_trust = self.trust_factor(fan.trust)
            by_onboarding = fan.leave_rate / (fan.dropout_rate * by_trust)
            trust_weight, new_weight = max(0.0, math.log(by_trust)), max(0.0, math.log(by_onboarding))
            parts["lost_trust"] = excess * trust_weight / (trust_weight + new_weight)
            parts["onboarding"] = excess - parts["lost_trust"]
        for name, hazard in fan.lumps:
            parts[name] += hazard
        edges = list(accumulate(parts.values()))
        return CAUSES[bisect_left(edges, self.luck.one("cause", fan.key) * edges[-1])]
