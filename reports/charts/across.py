"""The charts of several scenarios: each arm's difference from the baseline in goal and guardrail."""

from __future__ import annotations

from matplotlib import rc_context, rcdefaults, rcParams

from reports.charts.forest import Block, forest
from reports.charts.sheet import SETTINGS
from reports.svg import Chart
from reports.text import short
from reports.theme import arm_styles
from reports.units import label, scale
from sim.compare import MEASURES
from sim.studies.across import Across, Claim, Interval
from sim.studies.across_words import LUCK


def draw_across(found: Across) -> dict[str, Chart]:
    """A chart of the goal and one of the guardrail, as far as there is a difference to draw."""
    with rc_context():
        rcdefaults()  # not the user's own style: the same bytes everywhere
        rcParams.update(SETTINGS)
        charts = [_chart(found, claim) for claim in found.claims]
    return {chart.name: chart for chart in charts if chart is not None}


def _chart(found: Across, claim: Claim) -> Chart | None:
    """One metric; None if no arm has a difference anywhere."""
    styles = arm_styles(found.arms, found.baseline)
    del styles[found.baseline]
    blocks = [_block(found, name, claim) for name in found.labels]
    if not any(block.bars for block in blocks):
        return None
    words = "shaded: too little to matter" if claim.role == "goal" else "red: the limit of the guardrail"
    title = f"{label(claim.metric)}: difference from {short(found.baseline, 19)}"
    drawing = forest(title, words, blocks, styles, MEASURES[claim.metric].unit, found.first.currency)
    told = [
        f"{block.label}: " + ", ".join(f"{arm} {mean:+.4g} ({low:+.4g} to {high:+.4g})"
                                       for arm, (mean, low, high) in block.bars.items())
        for block in blocks
    ]  # fmt: skip
    return Chart(claim.role, drawing, f"{title}. {'; '.join(told)}.")


def _block(found: Across, name: str, claim: Claim) -> Block:
    """One scenario, with its own margin."""
    intervals = {arm: found.deciding(arm, name, claim) for arm in found.arms if arm != found.baseline}
    margin = next(
        (d.margin for d in found.comparison(name).differences if d.role == claim.role and d.margin is not None), 0.0
    )
    is_goal = claim.role == "goal"
    return Block(
        label=name,
        bars={arm: (i.mean, i.low, i.high) for arm, i in intervals.items() if i is not None},
        tips={
            arm: _said(i, claim, found.first.currency) + (f" {LUCK}" if found.by_luck_alone(arm, name, claim) else "")
            for arm, i in intervals.items()
            if i is not None
        },
        band=(-margin, margin) if is_goal else None,
        limit=None if is_goal else -MEASURES[claim.metric].improves * margin,
    )


def _said(interval: Interval, claim: Claim, currency: str) -> str:
    """One difference in words."""
    width = (interval.high - interval.low) / 2
    shown = scale(MEASURES[claim.metric].unit, currency, [interval.mean], [width], difference=True)
    first, last = (shown.text(end, sign=True) for end in (interval.low, interval.high))
    return f"{shown.text(interval.mean, sign=True, unit=True)}\n95 % interval {first} to {last}"
