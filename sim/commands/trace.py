"""`simrun trace`: one fan's story in every arm, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.commands.console import emit
from sim.commands.ending import tell_failures
from sim.commands.options import settings_option
from sim.commands.resuming import Naming
from sim.commands.sources import read_scenario, registry
from sim.commands.types import Whole

if TYPE_CHECKING:
    from sim.tracing import Broken, Step, Story

COLUMN = 34
"""Characters of one arm's column."""


@click.command(cls=Naming)
@click.argument("scenario")
@click.argument("fan")
@click.option("--replication", type=Whole(min=0), default=0, metavar="N", help="Which luck; default 0.")
@settings_option
def trace(scenario: str, fan: str, replication: int, settings: tuple[str, ...]) -> int:
    """Tell what happens to one fan in each arm, side by side.

    FAN is a number of the starting pool (812), or SOURCE:NUMBER for a fan who joins later (shop:14).
    """
    from sim.tracing import trace as follow

    loaded = read_scenario(scenario, settings)
    story = follow(loaded, registry(), fan, replication)
    emit(story_text(story, loaded.days, loaded.currency))
    return tell_failures(scenario, [broken.failure for broken in story.broken.values()])


def story_text(story: Story, days: int, currency: str) -> str:
    """The story as a table: a row for each day on which something happened in any arm."""
    traits = ", ".join(f"{name} {value:.3g}" for name, value in story.traits.items())
    cells = {arm: _by_day(steps) for arm, steps in story.steps.items()}
    touched = sorted({day for days_of_arm in cells.values() for day in days_of_arm})
    rows = [_row("day", list(story.steps)), _row("---", ["-" * (COLUMN - 2)] * len(story.steps))]
    for day in touched:
        columns = [cells[arm].get(day, []) for arm in story.steps]
        for line in range(max(map(len, columns))):
            texts = [column[line] if line < len(column) else "" for column in columns]
            rows.append(_row(str(day) if line == 0 else "", texts))
    ends = [_end(steps, story.broken.get(arm)) for arm, steps in story.steps.items()]
    rows += [_row("end", ends), "", f"{days} days, money in {currency}; a number at the end of a cell is trust"]
    return "\n".join([f"fan {story.fan}: {traits}", "", *rows])


def _by_day(steps: tuple[Step, ...]) -> dict[int, list[str]]:
    """One short text for each event, by day."""
    texts: dict[int, list[str]] = {}
    for step in steps:
        money = "" if step.amount is None else f" {step.amount:,.0f}"
        text = f"{step.kind.replace('_', ' ')} {step.detail}".strip() + money
        texts.setdefault(step.day, []).append(f"{text[: COLUMN - 8]} {step.trust:.2f}")
    return texts


def _end(steps: tuple[Step, ...], broken: Broken | None) -> str:
    """How it ended in one arm."""
    if broken:
        return f"failed on day {broken.day}"
    if not steps:
        return "nothing happened"
    if steps[-1].kind == "exit":
        return f"left on day {steps[-1].day}: {steps[-1].detail.replace('_', ' ')}"
    return "muted" if any(step.kind == "mute" for step in steps) else "stayed"


def _row(day: str, cells: list[str]) -> str:
    """One line: the day, and a column for each arm."""
    return f"{day:>4}  " + "".join(f"{cell:<{COLUMN}}" for cell in cells).rstrip()
