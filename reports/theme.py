"""Colours, markers and lines: which arm looks like what, on a light and on a dark page.

Charts are drawn in the light colours. In the page each of them becomes a CSS variable, so that the reader's
choice of light or dark reaches the charts too; every light colour is therefore used once only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLOURS: Mapping[str, tuple[str, str]] = {
    "page": ("#f5f6f8", "#0e1216"),
    "paper": ("#ffffff", "#171c22"),
    "ink": ("#1b2430", "#e7eaee"),
    "soft": ("#57626e", "#a3aeb9"),
    "grid": ("#e2e6eb", "#2d3640"),
    "axis": ("#b4bdc7", "#56626e"),
    "band": ("#dde3ea", "#34404c"),
    "good": ("#14713f", "#5fd394"),
    "bad": ("#b3261e", "#ff8a80"),
    "warn": ("#8a5a00", "#e6b450"),
    "calm": ("#35597f", "#93bce6"),
    "arm0": ("#65717e", "#aab4bf"),
    "arm1": ("#2f6fde", "#6ea8fe"),
    "arm2": ("#d9730d", "#f5a25d"),
    "arm3": ("#0e9384", "#3fc9b8"),
    "arm4": ("#8250df", "#b794f6"),
    "arm5": ("#c2317f", "#f17eb8"),
    "arm6": ("#7a8b00", "#c0d04a"),
    "arm7": ("#1590c0", "#7dd3fc"),
    "arm8": ("#8c5a3c", "#cfa083"),
    "arm9": ("#cf3a3a", "#ff9a9a"),
    "arm10": ("#3f8f3f", "#86d586"),
    "arm11": ("#33427e", "#a3b0f0"),
}
"""Name -> (on a light page, on a dark page)."""

TONES: Mapping[str, str] = {
    "better": "good",
    "held": "good",
    "passed": "good",
    "worse": "bad",
    "broken": "bad",
    "failed": "bad",
    "equal": "calm",
    "practically equal": "calm",
    "inconclusive": "warn",
    "unproven": "warn",
    "warning": "warn",
}
"""Verdict or status -> colour; the word is always shown with it."""

CAUSES: Mapping[str, tuple[str, str]] = {
    "natural": ("Drifted away", "arm0"),
    "lost_trust": ("Lost trust", "arm1"),
    "onboarding": ("First days", "arm7"),
    "overload": ("Too many touches", "arm9"),
    "early_promotion": ("Sold to too early", "arm2"),
    "reward_abandoned": ("Gave up on a reward", "arm4"),
    "bad_product": ("Bad product", "arm8"),
}
"""Cause of leaving -> (label, colour)."""

PARTS: Mapping[str, tuple[str, str]] = {
    "goods": ("Goods", "arm0"),
    "rewards": ("Rewards", "arm4"),
    "touches": ("Touches", "arm9"),
    "staff": ("Staff", "arm2"),
    "acquisition": ("Acquisition", "arm8"),
    "profit": ("Profit", "arm3"),
    "residual_value": ("Residual value", "arm7"),
}
"""Where the money went -> (label, colour)."""

FATES: Mapping[str, tuple[str, str]] = {
    "kept_by_both": ("Kept by both", "arm7"),
    "only_arm": ("Kept by the arm alone", "arm3"),
    "only_baseline": ("Kept by the baseline alone", "arm9"),
    "lost_in_both": ("Lost in both", "arm0"),
}
"""What becomes of a fan in two arms -> (label, colour)."""

ANY_CHANNEL = "channel not known"
"""What stands for the channels where a run was recorded before withheld touches were counted by channel."""

RULES: Mapping[str, str] = {
    "quiet_weekdays": "quiet weekdays",
    "do_not_contact": "do-not-contact",
    "per_30_days": "cap per 30 days",
    "per_day": "cap per day",
}
"""Contact rule -> label."""

TRAITS: Mapping[str, str] = {
    "trust": "Trust",
    "tolerance": "Tolerance",
    "tenure": "Time as a fan",
}
"""Trait of a fan -> label."""

SIGNS: Mapping[str, str] = {
    "o": "●",
    "s": "■",
    "D": "◆",
    "^": "▲",
    "v": "▼",
    "P": "✚",
    "X": "✖",
    "<": "◀",
    ">": "▶",
    "p": "⬟",
    "h": "⬢",
    "*": "★",
}
"""Marker in a chart -> the same sign in a line of text."""

_SIZES = {"D": 0.85, "P": 1.2, "X": 1.2, "p": 1.15, "h": 1.1, "*": 1.5}
"""How much larger a marker is drawn to look as large as the others."""

_ARM_COLOURS = 12
_MARKERS = tuple(SIGNS)
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.5)))
_DASH_FROM = 7


@dataclass(frozen=True)
class ArmStyle:
    """How one arm is drawn: a colour name, a marker and a line pattern, so that colour is never the only sign."""

    colour: str
    marker: str
    dash: str | tuple[int, tuple[float, float]]

    @property
    def size(self) -> float:
        """What to multiply the size of the marker by."""
        return _SIZES.get(self.marker, 1.0)

    @property
    def light(self) -> str:
        """The colour that charts are drawn in."""
        return light(self.colour)


def channel_colours(channels: Sequence[str]) -> dict[str, str]:
    """A colour for each channel, in the order in which they come; last and in grey those that are not known."""
    names = [name for name in dict.fromkeys(channels) if name != ANY_CHANNEL]
    colours = {name: f"arm{number % (_ARM_COLOURS - 1) + 1}" for number, name in enumerate(names)}
    return {**colours, ANY_CHANNEL: "arm0"} if ANY_CHANNEL in channels else colours


def light(name: str) -> str:
    """A colour on a light page, as #rrggbb."""
    return COLOURS[name][0]


def arm_styles(arms: Sequence[str], baseline: str | None) -> dict[str, ArmStyle]:
    """A style for every arm: grey for the baseline, colours in the order of the arms for the others."""
    others = [arm for arm in arms if arm != baseline]
    styles = {arm: _style(number + 1) for number, arm in enumerate(others)}
    return {arm: styles.get(arm, _style(0)) for arm in arms}


def _style(number: int) -> ArmStyle:
    """The style of the arm of this number; the pattern changes before the colours repeat."""
    dash = _DASHES[number // _DASH_FROM % len(_DASHES)]
    return ArmStyle(f"arm{number % _ARM_COLOURS}", _MARKERS[number % len(_MARKERS)], dash)
