"""The starting pool: how many fans there are and the distributions that each fan's traits are drawn from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from sim.scenario.parameter import Name, Settings, parameter, setting


class Trust(Settings):
    """Initial trust: beta distributed with this mean and concentration (the sum of its two shapes)."""

    mean: float = parameter(
        0.4,
        "mean initial trust; bands: stranger .2, social .4, general .6, close .8, intimate above",
        unit="0..1",
        evidence=(0.15, 0.6),
        source="no direct measurement exists; the five relationship levels of audience operators",
        grade="assumption",
        gt=0,
        lt=1,
    )
    concentration: float = parameter(
        5.0,
        "how alike the fans are: the beta distribution's two shapes add up to this",
        unit="-",
        evidence=(2, 20),
        source="no direct measurement exists",
        grade="assumption",
        gt=0,
        le=1000,
    )


class Tolerance(Settings):
    """The contact pressure at which irritation starts, the upper ideal point: lognormal over fans."""

    median: float = parameter(
        5.0,
        "median contact pressure that a fan tolerates",
        unit="touches / 30 days",
        evidence=(1.2, 8.0),
        source="no direct measurement exists; ideal frequencies are 3-10 contacts per 3 months, by medium (Godfrey, "
        "Seiders & Voss 2011), to an optimum of 7 e-mails (Zhang, Kumar & Cosguner 2017), read as of a month",
        grade="assumption",
        ge=0.01,
        le=10_000,
    )
    sigma: float = parameter(
        0.6,
        "standard deviation of the logarithm of tolerance between fans",
        unit="-",
        evidence=(0.3, 1.0),
        source="no direct measurement exists; set so that 2 touches in 30 days annoy 5-10 % of fans, the share that "
        "restrained operators report",
        grade="assumption",
        ge=0,
        le=3,
    )


class Purchase(Settings):
    """Order intensity at reference trust: gamma(r, alpha) over fans (Schmittlein, Morrison & Colombo 1987)."""

    r: float = parameter(
        0.553,
        "shape of the gamma distribution of order intensities",
        unit="-",
        evidence=(0.2, 2.0),
        source="CDNOW, Pareto/NBD fit (Fader & Hardie); the range for other trades is assumed",
        grade="published",
        gt=0,
        le=100,
    )
    alpha: float = parameter(
        74.05,
        "rate of the gamma distribution: mean intensity is r / alpha",
        unit="days",
        evidence=(15, 400),
        source="CDNOW, Pareto/NBD fit, 10.578 weeks (Fader & Hardie); the range for other trades is assumed",
        grade="published",
        gt=0,
    )


class Dropout(Settings):
    """Baseline leaving hazard: gamma(s, beta) over fans, so that loyal fans are over-represented among old ones."""

    s: float = parameter(
        0.606,
        "shape of the gamma distribution of leaving hazards",
        unit="-",
        evidence=(0.2, 2.0),
        source="CDNOW, Pareto/NBD fit (Fader & Hardie); the range for other trades is assumed",
        grade="published",
        gt=0,
        le=100,
    )
    beta: float = parameter(
        81.68,
        "rate of the gamma distribution: mean hazard of a new fan is s / beta",
        unit="days",
        evidence=(30, 1000),
        source="CDNOW, Pareto/NBD fit, 11.669 weeks (Fader & Hardie); the range for other trades is assumed",
        grade="published",
        gt=0,
    )


class LognormalBasket(Settings):
    """Expected order value of a fan: lognormal with this mean and spread."""

    distribution: Literal["lognormal"] = Field("lognormal", description="lognormal or gamma_gamma")
    mean: float = setting(100.0, "mean expected order value", unit="money", gt=0)
    sigma: float = parameter(
        0.67,
        "standard deviation of the logarithm of the expected order value between fans",
        unit="-",
        evidence=(0.3, 1.0),
        source="CDNOW, gamma-gamma fit (Fader & Hardie 2013): the coefficient of variation of expected order values is "
        "1 / sqrt(q - 2) = .76; the range for other trades is assumed",
        grade="published",
        ge=0,
        le=3,
    )


class GammaGammaBasket(Settings):
    """Expected order value of a fan: p / nu with nu ~ gamma(q, gamma) (Fader & Hardie 2013, gamma-gamma model)."""

    distribution: Literal["gamma_gamma"] = Field(description="lognormal or gamma_gamma")
    p: float = parameter(
        6.25,
        "shape of the values of one fan's orders",
        unit="-",
        evidence=(1, 20),
        source="CDNOW, gamma-gamma fit (Fader & Hardie 2013); the range for other trades is assumed",
        grade="published",
        gt=0,
    )
    q: float = parameter(
        3.74,
        "shape of the gamma distribution of nu; must exceed 1 for a finite mean",
        unit="-",
        evidence=(1.5, 10),
        source="CDNOW, gamma-gamma fit (Fader & Hardie 2013); the range for other trades is assumed",
        grade="published",
        gt=1,
    )
    gamma: float = parameter(
        15.44,
        "rate of the gamma distribution of nu: mean expected order value is p gamma / (q - 1)",
        unit="money",
        evidence=(1, 100_000),
        source="CDNOW, gamma-gamma fit in dollars (Fader & Hardie 2013); scales with the currency",
        grade="published",
        gt=0,
    )


Basket = Annotated[LognormalBasket | GammaGammaBasket, Field(discriminator="distribution")]


class Population(Settings):
    """The starting pool and the traits of every fan, those who join later included."""

    size: int = setting(10_000, "fans in the starting pool", unit="fans", ge=0, le=50_000_000)
    tenure_mean_days: float = setting(
        400.0,
        "mean days since joining in the starting pool (exponential); 0: all join on the first day",
        unit="days",
        ge=0,
        le=10_000,
    )
    trust: Trust = Trust()
    tolerance: Tolerance = Tolerance()
    purchase: Purchase = Purchase()
    dropout: Dropout = Dropout()
    basket: Basket = Field(LognormalBasket(), description="how expected order values are distributed over fans")
    tags: dict[Name, Annotated[float, Field(ge=0, le=1)]] = setting(
        {}, "tag name -> share of fans that carry it, for audience expressions", unit="share", max_length=16
    )

    @field_validator("basket", mode="before")
    @classmethod
    def _lognormal_unless_said(cls, value: Any) -> Any:
        """The distribution need not be named to change a value of the usual one."""
        return {"distribution": "lognormal", **value} if isinstance(value, dict) else value
