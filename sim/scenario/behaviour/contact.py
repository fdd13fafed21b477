"""Being touched: the pressure that builds up, and whether a touch is opened."""

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
