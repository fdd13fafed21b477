"""Trust: what it gains and loses with touches, and how it drifts down when a fan is left alone."""

from __future__ import annotations

from sim.scenario.parameter import Settings, parameter


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
