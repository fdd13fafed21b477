"""What surrounds the pool: seasons, sources of new fans, the playbook, rules and money."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import field_validator

from sim.expressions import AudienceExpression
from sim.scenario.parameter import Name, Settings, parameter, setting
from sim.scenario.population import Trust

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)


class Season(Settings):
    """Organic demand over the year: 1 + amplitude * cos(2 pi (day of year - peak_day) / period_days)."""

    amplitude: float = parameter(
        0.0,
        "how far demand swings about its mean",
        unit="share",
        evidence=(0, 0.6),
        source="women's wear peaks about every 3 months, say operators; the height is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    period_days: float = setting(91.25, "days from peak to peak", unit="days", gt=0)
    peak_day: float = setting(15.0, "day of the year of a peak", unit="day of year", ge=0, le=366)


class Source(Settings):
    """An acquisition channel with rising marginal cost and a finite market.

    The next fan costs `cost * exp(cost_growth * share of the market already won)`.
    """

    organic_per_day: float = setting(0.0, "fans who join by themselves", unit="fans / day", ge=0)
    cost: float = setting(10.0, "cost of the first bought fan", unit="money", gt=0)
    cost_growth: float = parameter(
        2.0,
        "how steeply the cost of a fan rises as the market is used up: by e^cost_growth at its end",
        unit="-",
        evidence=(0.5, 4),
        source="bought traffic gets dearer, say operators; the steepness is assumed",
        grade="assumption",
        ge=0,
        le=50,
    )
    market_size: float = setting(100_000, "fans that can ever be won here", unit="fans", ge=0, le=50_000_000)
    per_day: float = setting(1e6, "most fans that can be bought in a day", unit="fans / day", ge=0)
    trust: Trust = setting(Trust(mean=0.25), "initial trust of fans from this source")

    @field_validator("trust", mode="before")
    @classmethod
    def _newcomers_mean(cls, value: Any) -> Any:
        """Changing how alike newcomers are leaves their mean trust as it is."""
        return {"mean": 0.25, **value} if isinstance(value, dict) else value


class Playbook(Settings):
    """How well the brand knows what works: maturity multiplies conversion, and immature touches cost trust."""

    maturity: float = setting(
        1.0, "maturity at the start, as the operator judges it; 1 is proven", unit="0..1", ge=0, le=1
    )
    learning: float = parameter(
        0.35,
        "share of the gap to 1 closed by one review of a large enough sample",
        unit="-",
        evidence=(0.1, 0.6),
        source="one pool grew sales tenfold in three months of act-measure-improve, say operators",
        grade="practitioner",
        ge=0,
        le=1,
    )
    sample: float = parameter(
        400,
        "touched fans that a review needs to learn from",
        unit="fans",
        evidence=(100, 2000),
        source="a conversion of 2 % is then known to about +-1.4 points",
        grade="assumption",
        ge=1,
    )
    trust_loss: float = parameter(
        0.03,
        "trust lost by a touch of an immature playbook: trust * exp(-trust_loss * (1 - maturity))",
        unit="-",
        evidence=(0, 0.1),
        source="scaling first burns thousands of fans on an unproven playbook, say operators",
        grade="assumption",
        ge=0,
        le=10,
    )
    fidelity: float = parameter(
        1.0,
        "share of planned touches that are carried out",
        unit="share",
        evidence=(0.6, 1),
        source="80 % of the result is execution, say operators",
        grade="practitioner",
        ge=0,
        le=1,
    )


class Market(Settings):
    """The world around the pool."""

    season: Season = Season()
    sources: dict[Name, Source] = setting({}, "acquisition channels by name")
    playbook: Playbook = Playbook()


class Rules(Settings):
    """Contact rules that the desk enforces whatever a strategy asks for."""

    per_day: int | None = setting(None, "most touches a fan gets in a day", unit="touches", ge=1, le=255)
    per_30_days: int | None = setting(None, "most touches a fan gets in 30 days", unit="touches", ge=1, le=255)
    quiet_weekdays: tuple[Weekday, ...] = setting((), "weekdays without touches")
    do_not_contact: AudienceExpression = setting(
        "", "audience expression: fans it holds for are not touched, e.g. `annoyed` or `'vip' in tags`"
    )


class Money(Settings):
    """What orders earn and operating costs."""

    goods_share: float = setting(0.5, "cost of goods as a share of the list price", unit="share", ge=0, le=1)
    staff_per_day: float = setting(0.0, "fixed cost of the team", unit="money / day", ge=0)
    discount_rate: float = setting(0.10, "yearly discount rate of residual value", unit="1/year", ge=0, le=10)
    residual_days: float = setting(
        730.0, "days after the horizon over which present fans are valued; 0: none", unit="days", ge=0
    )
