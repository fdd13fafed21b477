"""What makes fans leave, or mute the brand."""

from __future__ import annotations

from sim.scenario.parameter import Settings, parameter


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
