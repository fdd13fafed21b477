"""The same fan in two arms: who was kept where, and in which segments the difference lies."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from reports.charts.sheet import SMALL, Entry, Sheet, number_axis, rules, tips
from reports.svg import Chart
from reports.text import short
from reports.theme import FATES, TRAITS, ArmStyle, light
from reports.units import scale
from sim.compare import SameFan, Segment

WIDTH = 460
_ROW, _FRAME = 54, 92
_LINE, _GROUP = 19, 26
_LABELS, _GAP = 132, 32


def fates_chart(found: Sequence[SameFan]) -> Chart | None:
    """What became of the fans of the starting pool in each arm and in the baseline; None without any."""
    if not found:
        return None
    sheet = Sheet(WIDTH, _FRAME + _ROW * len(found), [Entry(words, light(colour)) for words, colour in FATES.values()])
    axes = sheet.axes(left=14, right=20, bottom=30, top=4)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlim(0, 1)
    across = axes.get_yaxis_transform()
    for row, one in enumerate(found):
        _draw_fates(axes, row, one)
        axes.text(0, row - 0.22, short(one.arm), transform=across, fontsize=12, color=light("ink"))
        words = f"another fate for {_share((one.everyone.only_baseline + one.everyone.only_arm) / one.everyone.fans)}"
        axes.text(1, row - 0.22, words, transform=across, ha="right", fontsize=SMALL, color=light("soft"))
    rules(axes, "x")
    number_axis(axes, "share", "", axis="x", ticks=6)
    sheet.title(f"Kept and lost, against {short(found[0].baseline, 22)}", "% of the starting pool")
    said = (f"{one.arm} alone kept {one.everyone.only_arm} fans, lost {one.everyone.only_baseline}" for one in found)
    return Chart("the-same-fan", sheet.svg(), f"Against {found[0].baseline}: {'; '.join(said)}.")


def _draw_fates(axes: Axes, row: int, one: SameFan) -> None:
    """One bar whose parts add up to the pool."""
    left = 0.0
    for fate, (words, colour) in FATES.items():
        share = getattr(one.everyone, fate) / one.everyone.fans
        if share > 0:
            (bar,) = axes.barh(row + 0.05, share, 0.32, left=left, color=light(colour), ec=light("paper"), lw=0.6)
            tips(bar, [f"{one.arm}: {words.lower()}\n{getattr(one.everyone, fate):,} fans, {_share(share)}"])
            left += share


def segments_chart(name: str, one: SameFan, style: ArmStyle, currency: str) -> Chart:
    """Difference in churn and in spend a fan, by segment of each trait; the dotted line is that of all fans."""
    traits = list(dict.fromkeys(s.trait for s in one.segments))
    height = _LINE * len(one.segments) + _GROUP * len(traits)
    sheet = Sheet(WIDTH, 56 + height + 34)
    places = _places(one.segments, traits)
    _labels(sheet, one.segments, places)
    wide = (WIDTH - _LABELS - _GAP - 14) // 2
    units = []
    for number, kind in enumerate(("churn", "spend")):
        left = _LABELS + number * (wide + _GAP)
        axes = sheet.axes(left=left, right=WIDTH - left - wide, bottom=34)
        axes.set_ylim(height, 0)
        axes.set_yticks([])
        _draw_segments(axes, one, kind, places, style, currency)
        rules(axes, "x")
        unit = "share" if kind == "churn" else "money"
        units.append(number_axis(axes, unit, currency, axis="x", ticks=4, difference=True))  # type: ignore[arg-type]
    sheet.title(f"Where {short(one.arm)} differs", "")
    sheet.write(_LABELS, 37, f"churn, {units[0]}", size=SMALL, colour="soft")
    sheet.write(_LABELS + wide + _GAP, 37, f"spend a fan, {units[1]}", size=SMALL, colour="soft")
    return Chart(name, sheet.svg(), f"Churn and spend of {one.arm} less {one.baseline}, by segment: {_words(one)}.")


def _places(segments: Sequence[Segment], traits: Sequence[str]) -> list[float]:
    """Height of each segment, in pixels from the top of the axes; a group for each trait."""
    return [_LINE * number + _GROUP * (traits.index(s.trait) + 1) - 4 for number, s in enumerate(segments)]


def _labels(sheet: Sheet, segments: Sequence[Segment], places: Sequence[float]) -> None:
    """Names of the traits, and of their segments below them."""
    top = sheet.head + 10
    seen: set[str] = set()
    for segment, place in zip(segments, places, strict=True):
        if segment.trait not in seen:
            seen.add(segment.trait)
            sheet.write(12, top + place - 15, TRAITS.get(segment.trait, segment.trait), size=SMALL, weight="bold")
        sheet.write(20, top + place + 4, short(segment.name, 18), size=SMALL, colour="soft")


def _draw_segments(
    axes: Axes, one: SameFan, kind: str, places: Sequence[float], style: ArmStyle, currency: str
) -> None:
    """A bar for each segment, from zero."""
    values = [getattr(s.fates, f"{kind}_difference") for s in one.segments]
    everyone = getattr(one.everyone, f"{kind}_difference")
    shown = scale("share" if kind == "churn" else "money", currency, [*values, everyone], difference=True)
    bars = axes.barh(places, values, 10, color=style.light, alpha=0.75)
    for segment, value, bar in zip(one.segments, values, bars, strict=True):
        trait = TRAITS.get(segment.trait, segment.trait)
        said = shown.text(value, sign=True, unit=True)
        tips(bar, [f"{trait}: {segment.name}, {segment.fates.fans:,} fans\n{kind} {said}"])
    axes.axvline(everyone, color=light("soft"), ls=(0, (1.5, 1.5)), lw=1.2)
    axes.axvline(0, color=light("arm0"), lw=1.2)
    axes.margins(x=0.08)


def _words(one: SameFan) -> str:
    """The segments in words."""
    return "; ".join(f"{s.trait} {s.name} {100 * s.fates.churn_difference:+.1f} points" for s in one.segments)


def _share(value: float) -> str:
    """A share in percent."""
    return scale("share", "", [value], digits=2).text(value, unit=True)
