"""Going on with a reward or giving it up, and what either does."""

from __future__ import annotations

from sim.scenario.parameter import Settings, parameter


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
