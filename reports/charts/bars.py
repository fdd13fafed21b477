"""Stacked bars, one row an arm: why fans left, where the money went, what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from reports.charts.sheet import SMALL, Entry, Sheet, number_axis, rules, tips
from reports.figures import COSTS, amounts, channels, withheld
from reports.svg import Chart
from reports.text import short
from reports.theme import CAUSES, PARTS, channel_colours, light
from reports.units import Scale, scale
from sim.compare import ArmSummary, Comparison

WIDTH = 460
_ROW = 54
_FRAME = 92


@dataclass(frozen=True)
class Part:
    """A piece of a bar."""

    words: str
    amount: float
    colour: str


def exits_chart(comparison: Comparison) -> Chart | None:
    """Fans who left, by cause, mean of the replications; None if no arm finished."""
    arms = [arm for arm in comparison.arms if arm.exits]
    if not arms:
        return None
    causes = [c for c in CAUSES if any(arm.exits.get(c, 0.0) > 0 for arm in arms)]
    looks = [CAUSES[c] for c in causes]
    sheet, axes = _rows(arms, [Entry(label, light(colour)) for label, colour in looks])
    totals = [sum(arm.exits.values()) for arm in arms]
    counts = scale("count", "", totals)
    for row, arm in enumerate(arms):
        parts = [(arm.exits.get(c, 0.0), *look) for c, look in zip(causes, looks, strict=True)]
        _stack(axes, row, [Part(words, amount, colour) for amount, words, colour in parts], counts, "fans")
    told = [f"{counts.text(total)} fans" for total in totals]
    _finish(sheet, axes, arms, told)
    unit = number_axis(axes, "count", "", axis="x", ticks=6)
    sheet.title("Fans who left, by cause", f"{unit} fans, mean of the replications".strip())
    pairs = zip(arms, told, strict=True)
    return Chart("why-fans-left", sheet.svg(), f"Fans who left: {'; '.join(f'{a.name} {t}' for a, t in pairs)}.")


def money_chart(comparison: Comparison) -> Chart | None:
    """What revenue was spent on and what was left of it; None if no arm finished."""
    arms = [arm for arm in comparison.arms if arm.money]
    if not arms:
        return None
    table = [amounts(arm) for arm in arms]
    shown = [part for part in PARTS if any(row[part] > 0 for row in table)]
    sheet, axes = _rows(arms, [Entry(PARTS[p][0], light(PARTS[p][1])) for p in shown])
    currency = comparison.experiment.scenario.currency
    amount = scale("money", currency, [value for money in table for value in money.values()], digits=4)
    for row, money in enumerate(table):
        _stack(axes, row, [Part(PARTS[part][0], money[part], PARTS[part][1]) for part in (*COSTS, "profit")], amount)
        words, colour = PARTS["residual_value"]
        (bar,) = axes.barh(row + 0.28, money["residual_value"], 0.14, color=light(colour))
        tips(bar, [f"{words}\n{amount.text(money['residual_value'], unit=True)}"])
        axes.plot([money["revenue"]] * 2, [row - 0.16, row + 0.26], color=light("ink"), lw=2)
    told = [_profit_words(row["profit"], currency) for row in table]
    _finish(sheet, axes, arms, told)
    unit = number_axis(axes, "money", currency, axis="x", ticks=6)
    sheet.title("What revenue was spent on", f"{unit}, mean of the replications; the upright line marks revenue")
    words = "; ".join(f"{arm.name} {said}" for arm, said in zip(arms, told, strict=True))
    return Chart("where-the-money-went", sheet.svg(), f"What was left of revenue: {words}.")


def touches_chart(comparison: Comparison) -> Chart | None:
    """Touches delivered by channel, and those that a contact rule withheld; None if no arm sent or withheld any."""
    arms = [arm for arm in comparison.arms if arm.touches]
    colours = channel_colours(channels(arms))
    if not colours:
        return None
    sheet, axes = _rows(arms, [Entry(channel, light(colour)) for channel, colour in colours.items()])
    table = [(arm.touches, withheld(arm)) for arm in arms]
    sums = [(sum(sent.values()), sum(held.values())) for sent, held in table]
    counts = scale("count", "", [amount for pair in sums for amount in pair])
    for row, (sent, held) in enumerate(table):
        _stack(axes, row, _by_channel(sent, colours), counts, "touches delivered")
        _stack(axes, row, _by_channel(held, colours), counts, "touches withheld", thin=True)
    told = [f"{_amount(counts, sent)} delivered, {_amount(counts, held)} withheld" for sent, held in sums]
    _finish(sheet, axes, arms, told)
    unit = number_axis(axes, "count", "", axis="x", ticks=6)
    sheet.title("Touches sent and withheld", f"{unit} touches, mean of the replications; thin bars: withheld".strip())
    words = "; ".join(f"{arm.name} {said}" for arm, said in zip(arms, told, strict=True))
    return Chart("touches-sent", sheet.svg(), f"Touches: {words}.")


def _amount(shown: Scale, touches: float) -> str:
    """So many, in words where there are none."""
    return shown.text(touches, unit=True) if touches else "none"


def _by_channel(amounts_: Mapping[str, float], colours: Mapping[str, str]) -> list[Part]:
    """A bar of touches, one part a channel."""
    return [Part(channel, amounts_.get(channel, 0.0), colour) for channel, colour in colours.items()]


def _profit_words(profit: float, currency: str) -> str:
    """What was left, `profit 1.23 M CNY` or `loss ...`."""
    amount = scale("money", currency, [profit]).text(abs(profit), unit=True)
    return f"{'loss' if profit < 0 else 'profit'} {amount}"


def _rows(arms: Sequence[ArmSummary], legend: Sequence[Entry]) -> tuple[Sheet, Axes]:
    """A sheet with one row an arm, the first on top."""
    sheet = Sheet(WIDTH, _FRAME + _ROW * len(arms), legend)
    axes = sheet.axes(left=14, right=20, bottom=30, top=4)
    axes.set_ylim(len(arms) - 0.5, -0.5)
    axes.set_yticks([])
    return sheet, axes


def _stack(axes: Axes, row: int, parts: Sequence[Part], shown: Scale, of: str = "", *, thin: bool = False) -> None:
    """One bar of parts laid end to end, or a thin one below it; a part that is not positive is left out."""
    middle, height = (row + 0.28, 0.14) if thin else (row + 0.05, 0.32)
    left, whole = 0.0, sum(max(0.0, part.amount) for part in parts)
    for part in parts:
        if part.amount > 0:
            (bar,) = axes.barh(
                middle, part.amount, height, left=left, color=light(part.colour), ec=light("paper"), lw=0.6
            )
            said = f"{shown.text(part.amount, unit=True)} {of}".strip()
            tips(bar, [f"{part.words}\n{said}, {100 * part.amount / whole:.0f} %"])
            left += part.amount


def _finish(sheet: Sheet, axes: Axes, arms: Sequence[ArmSummary], told: Sequence[str]) -> None:
    """Names and sums above the bars; an axis from 0, of length 1 if there is nothing to show."""
    axes.set_xlim(0, axes.dataLim.x1 * 1.02 if axes.dataLim.x1 > 0 else 1.0)
    rules(axes, "x")
    across = axes.get_yaxis_transform()
    for row, (arm, words) in enumerate(zip(arms, told, strict=True)):
        axes.text(0, row - 0.22, short(arm.name), transform=across, fontsize=12, color=light("ink"))
        axes.text(1, row - 0.22, words, transform=across, ha="right", fontsize=SMALL, color=light("soft"))
