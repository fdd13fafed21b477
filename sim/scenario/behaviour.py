"""How fans respond to being touched, sold to, rewarded and served. Every coupling can be set to zero."""

from __future__ import annotations

from sim.scenario.parameter import Settings, parameter


class Pressure(Settings):
    """Contact pressure: the smoothed frequency of delivered touches."""

    half_life_days: float = parameter(
        15.0,
        "days in which contact pressure halves when nothing is sent",
        unit="days",
        evidence=(7, 45),
        source="Dreze & Bonfrer 2008 (the time between contacts moves attrition); the value is assumed",
        grade="assumption",
        gt=0,
        le=1000,
    )


class Attention(Settings):
    """Whether a delivered touch is opened: reach * exp(-overload_damping * overload)."""

    overload_damping: float = parameter(
        0.15,
        "how fast opening falls with overload",
        unit="per unit of overload",
        evidence=(0, 0.5),
        source="reactance beyond the ideal point (Godfrey, Seiders & Voss 2011); the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )


class TrustDynamics(Settings):
    """How trust moves: gains close a share of the gap to 1, losses multiply it by exp(-loss)."""

    reference: float = parameter(
        0.4,
        "trust at which baseline intensities hold",
        unit="0..1",
        evidence=(0.2, 0.6),
        source="the middle relationship level; fixes the scale of trust",
        grade="assumption",
        ge=0.01,
        lt=1,
    )
    floor: float = parameter(
        0.15,
        "level to which trust drifts when a fan is left alone",
        unit="0..1",
        evidence=(0, 0.3),
        source="ignored pools go silent, say operators",
        grade="assumption",
        ge=0,
        lt=1,
    )
    half_life_days: float = parameter(
        240.0,
        "days in which the distance to the floor halves",
        unit="days",
        evidence=(60, 720),
        source="a half-life of months is assumed; no direct measurement exists",
        grade="assumption",
        gt=0,
    )
    gain: float = parameter(
        0.03,
        "share of the gap to 1 closed by an opened content or care touch within tolerance",
        unit="-",
        evidence=(0, 0.1),
        source="content and care build trust, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    quality: float = parameter(
        1.0,
        "quality of content: multiplies the gain",
        unit="-",
        evidence=(0.3, 1.5),
        source="relative to an average operator",
        grade="assumption",
        ge=0,
        le=10,
    )
    persona: float = parameter(
        1.0,
        "consistency of the brand's persona: multiplies the gain; a copied playbook is below 1",
        unit="-",
        evidence=(0.3, 1.5),
        source="a consistent, human persona raises trust per touch, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    promotion_loss: float = parameter(
        0.004,
        "trust spent by an opened promotion: trust is multiplied by exp(-promotion_loss)",
        unit="-",
        evidence=(0, 0.03),
        source="promotion spends trust, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    overload_loss: float = parameter(
        0.02,
        "trust lost by a touch beyond tolerance: trust is multiplied by exp(-overload_loss * overload)",
        unit="per unit of overload",
        evidence=(0, 0.08),
        source="reactance beyond the ideal point (Godfrey, Seiders & Voss 2011); the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )


class Leaving(Settings):
    """Competing additive risks: dropout * exp(-sensitivity (trust - reference)) * onboarding + overload + lumps."""

    trust_sensitivity: float = parameter(
        1.5,
        "how strongly lost trust raises the baseline hazard: exp(-trust_sensitivity * (trust - reference))",
        unit="-",
        evidence=(0, 4),
        source="even VIPs leave over product or service, say operators; no direct measurement exists",
        grade="assumption",
        ge=0,
        le=20,
    )
    onboarding_excess: float = parameter(
        2.0,
        "extra hazard of a fan who has just joined, relative to the baseline",
        unit="-",
        evidence=(0, 4),
        source="telecom sample, shape only: hazards of months 1, 2-3 and 7-12 are 9.8, 3.4 and 1.9 %, or 1 : .35 : "
        ".19; with 2 and the default pool 1 : .35 : .14",
        grade="published",
        ge=0,
        le=50,
    )
    onboarding_days: float = parameter(
        20.0,
        "days in which the extra hazard falls to 1/e",
        unit="days",
        evidence=(7, 45),
        source="the first 30 days form the habit, say operators",
        grade="practitioner",
        gt=0,
    )
    overload_hazard: float = parameter(
        0.0005,
        "leaving hazard for each unit of overload",
        unit="1/day",
        evidence=(0, 0.002),
        source="unsubscribes of .1-.5 % per send (industry benchmark 2019); that they are daily sends at overload 5, "
        "which gives .0002 to .001, is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    early_promotion_hazard: float = parameter(
        0.01,
        "hazard lump of an opened promotion to a fan still in the early days",
        unit="-",
        evidence=(0, 0.05),
        source="no hard selling in the first 30 days, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    early_days: float = parameter(
        30.0,
        "how long after joining a promotion counts as early selling",
        unit="days",
        evidence=(7, 60),
        source="the first 30 days form the habit, say operators",
        grade="practitioner",
        ge=0,
    )


class Muting(Settings):
    """Staying but becoming unreachable: its own hazard and budget beside leaving."""

    touch_hazard: float = parameter(
        0.0005,
        "muting hazard lump of every delivered touch",
        unit="per touch",
        evidence=(0, 0.003),
        source="unsubscribes of .1-.5 % per send, mean .25 % (industry benchmark 2019), shared with leaving",
        grade="practitioner",
        ge=0,
        le=1,
    )
    overload_hazard: float = parameter(
        0.0005,
        "muting hazard for each unit of overload",
        unit="1/day",
        evidence=(0, 0.003),
        source="as for leaving; muting is at least as easy",
        grade="assumption",
        ge=0,
        le=1,
    )


class Orders(Settings):
    """Organic orders: Poisson with intensity purchase_rate * (trust / reference)^trust_elasticity * season."""

    trust_elasticity: float = parameter(
        0.6,
        "elasticity of the organic order intensity to trust",
        unit="-",
        evidence=(0, 1.5),
        source="a fan's value rises from stranger to close, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )


class Promotion(Settings):
    """Orders caused by an opened promotion: 1 - exp(-conversion * need * trust^elasticity * lift * playbook)."""

    trust_elasticity: float = parameter(
        0.5,
        "elasticity of conversion to trust; 0 where there is no other supplier",
        unit="-",
        evidence=(0, 1.5),
        source="trust decides where there is a choice, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    replenish_days: float = parameter(
        60.0,
        "days after an order in which need has regrown to 1 - 1/e",
        unit="days",
        evidence=(20, 180),
        source="women's wear peaks about every 3 months, say operators",
        grade="practitioner",
        gt=0,
    )
    pull_forward: float = parameter(
        0.3,
        "organic orders that one caused order replaces later",
        unit="orders",
        evidence=(0, 0.8),
        source="promotions shift purchases in time; the share is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    price_elasticity: float = parameter(
        2.0,
        "elasticity of conversion to the price: conversion * (1 - discount)^-price_elasticity",
        unit="-",
        evidence=(1, 4),
        source="a higher price lowers conversion, say operators; 2-3 is usual in price research",
        grade="practitioner",
        ge=0,
        le=20,
    )


class Product(Settings):
    """What an order does to the relationship: a good product builds trust, a bad one costs trust, fans and a refund."""

    bad_share: float = parameter(
        0.03,
        "share of orders that disappoint",
        unit="share",
        evidence=(0.01, 0.15),
        source="product quality decides repeat purchase, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    trust_gain: float = parameter(
        0.02,
        "share of the gap to 1 closed by a good order",
        unit="-",
        evidence=(0, 0.1),
        source="good experiences move trust as good content does; the value is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    trust_loss: float = parameter(
        0.3,
        "trust lost by a bad order: trust is multiplied by exp(-trust_loss)",
        unit="-",
        evidence=(0, 0.8),
        source="the best operation cannot save a bad product, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    hazard: float = parameter(
        0.05,
        "hazard lump of a bad order",
        unit="-",
        evidence=(0, 0.3),
        source="even VIPs leave over product or service, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    refund_share: float = parameter(
        0.5,
        "share of a bad order's value that is refunded",
        unit="share",
        evidence=(0, 1),
        source="a choice between exchange and refund is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )


class RewardResponse(Settings):
    """Going on with a reward: logit p = a + b ln(value / typical) - c (effort - 1) + d (trust - ref.) + e progress."""

    a: float = parameter(
        0.371,
        "logit of going on at the first step, for a typical value, unit effort and reference trust",
        unit="logit",
        evidence=(-0.5, 3.0),
        source="solved from completion of 19 % (0 of 8 stamps) against 34 % (2 of 10), Nunes & Dreze 2006, where a "
        "step was a car wash",
        grade="published",
        ge=-20,
        le=20,
    )
    b: float = parameter(
        0.5,
        "effect of the logarithm of the reward's value relative to the typical value",
        unit="logit",
        evidence=(0, 1.5),
        source="the reward must be felt to exceed the effort, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=20,
    )
    typical_value_share: float = parameter(
        0.1,
        "value of the typical reward as a share of the fan's expected order value",
        unit="share",
        evidence=(0.03, 0.3),
        source="Nunes & Dreze 2006 gave one wash for eight bought, an eighth of the money spent; read as a share of "
        "one order",
        grade="assumption",
        gt=0,
    )
    c: float = parameter(
        1.0,
        "effect of a step's effort beyond one unit",
        unit="logit",
        evidence=(0.3, 2.0),
        source="the more effort the more fans are lost, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=20,
    )
    d: float = parameter(
        1.0,
        "effect of trust above the reference",
        unit="logit",
        evidence=(0, 3),
        source="no direct measurement exists",
        grade="assumption",
        ge=-20,
        le=20,
    )
    e: float = parameter(
        3.272,
        "goal gradient: effect of the share of steps already done",
        unit="logit",
        evidence=(1, 4),
        source="solved with a from Nunes & Dreze 2006; the gradient itself: Kivetz, Urminsky & Zheng 2006",
        grade="published",
        ge=0,
        le=20,
    )
    days_per_step: float = parameter(
        1.0,
        "days between a step and the next",
        unit="days",
        evidence=(1, 7),
        source="daily check-ins, as operators ask for",
        grade="practitioner",
        ge=1,
        le=365,
    )
    abandon_loss: float = parameter(
        0.05,
        "trust lost on giving up after at least one step: trust * exp(-abandon_loss)",
        unit="-",
        evidence=(0, 0.2),
        source="interest fell by half when steps were added, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    abandon_hazard: float = parameter(
        0.01,
        "hazard lump of giving up after at least one step",
        unit="-",
        evidence=(0, 0.05),
        source="the more steps to a benefit the more fans are lost, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    claim_gain: float = parameter(
        0.05,
        "share of the gap to 1 closed by claiming a reward",
        unit="-",
        evidence=(0, 0.15),
        source="benefits build trust, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    claim_lift: float = parameter(
        0.5,
        "how much a claim raises the next promotion's conversion (0.5: by half)",
        unit="-",
        evidence=(0, 2),
        source="a joining benefit brings the first order, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=20,
    )


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
