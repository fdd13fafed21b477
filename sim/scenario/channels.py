"""Ways of reaching fans: what a channel is, those that every scenario has, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping

from sim.scenario.parameter import Evidence, Settings, parameter, setting

_E_MAIL = (
    "Hillstrom e-mail experiment: +.0031 to +.0068 orders per e-mail delivered; .026 to .056 at 23 % opened, a need of "
    ".85 and the trust of the default pool"
)
_MEDIA = "ideal frequencies differ by medium: 3 calls, 3-4 e-mails, 9-10 mailings (Godfrey, Seiders & Voss 2011)"


class Channel(Settings):
    """One way of reaching fans."""

    reach: float = parameter(
        0.25,
        "probability that a delivered touch is opened, without overload",
        unit="probability",
        evidence=(0.02, 0.6),
        source="e-mail open rate 22.7 % (industry benchmark 2019); SMS under 10 %, say operators; others are assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    intrusiveness: float = parameter(
        1.0,
        "contact pressure of one touch, relative to a one-to-one message",
        unit="-",
        evidence=(0.1, 1.5),
        source=f"{_MEDIA}; the weight of this channel is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    conversion: float = parameter(
        0.04,
        "order intensity of an opened promotion at full need and trust",
        unit="orders",
        evidence=(0.01, 0.1),
        source=f"{_E_MAIL}; this channel is assumed to be between a third and twice as good",
        grade="assumption",
        ge=0,
        le=10,
    )
    cost: float = setting(0.05, "cost of one delivered touch", unit="money", ge=0)


CHANNEL_PRESETS: Mapping[str, Mapping[str, float]] = {
    "chat": {"reach": 0.35, "intrusiveness": 1.0, "conversion": 0.06, "cost": 0.10},
    "group": {"reach": 0.25, "intrusiveness": 0.5, "conversion": 0.04, "cost": 0.02},
    "feed": {"reach": 0.15, "intrusiveness": 0.2, "conversion": 0.02, "cost": 0.005},
    "sms": {"reach": 0.08, "intrusiveness": 1.2, "conversion": 0.03, "cost": 0.05},
}
"""Channels that every scenario has unless it says otherwise; a scenario overrides single values."""

_OPENED = "assumed: e-mails are opened by 22.7 % (industry benchmark 2019), SMS by under 10 %, say operators"
_WEIGHT = f"assumed; {_MEDIA}"
_ORDERS = f"assumed about {_E_MAIL}"

CHANNEL_EVIDENCE: Mapping[str, Mapping[str, Evidence | None]] = {
    "chat": {
        "reach": Evidence(0.15, 0.6, _OPENED, "assumption"),
        "intrusiveness": None,
        "conversion": Evidence(0.02, 0.1, _ORDERS, "assumption"),
    },
    "group": {
        "reach": Evidence(0.1, 0.5, _OPENED, "assumption"),
        "intrusiveness": Evidence(0.25, 1.0, _WEIGHT, "assumption"),
        "conversion": Evidence(0.01, 0.08, _ORDERS, "assumption"),
    },
    "feed": {
        "reach": Evidence(0.05, 0.3, _OPENED, "assumption"),
        "intrusiveness": Evidence(0.1, 0.5, _WEIGHT, "assumption"),
        "conversion": Evidence(0.005, 0.05, _ORDERS, "assumption"),
    },
    "sms": {
        "reach": Evidence(0.02, 0.1, "SMS are opened by under 10 %, say operators", "practitioner"),
        "intrusiveness": Evidence(0.6, 1.5, _WEIGHT, "assumption"),
        "conversion": Evidence(0.01, 0.06, _ORDERS, "assumption"),
    },
}
"""What is known of the channels that every scenario has, in place of what `Channel` says of any.

None is no claim about fans: a one-to-one message is the unit in which contact pressure is counted.
"""
