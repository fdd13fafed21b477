"""What is told when a command ends early: of which scenario, how much is kept, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from sim.commands.announce import of_all
from sim.commands.console import progress
from sim.commands.sources import registry
from sim.errors import ScenarioError, SimrunError
from sim.interrupts import interrupted

if TYPE_CHECKING:
    from sim.commands.console import OnProgress
    from sim.commands.options import Options
    from sim.experiment import Progress
    from sim.scenario.model import Scenario
    from sim.store import Ledger


class Naming(click.Command):
    """A command on a scenario, on several, or on a folder: the message with which it ends early names them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it. Errors: what the command raises; KeyboardInterrupt with a message."""
        try:
            return super().invoke(ctx)
        except BaseException as error:
            if interrupted(error) and not (isinstance(error, KeyboardInterrupt) and error.args):
                raise KeyboardInterrupt(f"{', '.join(_subjects(ctx.params))}: interrupted") from None
            scenarios = _subjects(ctx.params, folder=False)
            if isinstance(error, SimrunError) and scenarios and not _names(error, scenarios):
                error.args = (f"{', '.join(scenarios)}: {error}",)
            raise


def _names(error: SimrunError, scenarios: tuple[str, ...]) -> bool:
    """Whether an error names a scenario by itself, as one in a scenario does, line by line."""
    return isinstance(error, ScenarioError) or str(error).startswith(scenarios)


def _subjects(given: Mapping[str, Any], *, folder: bool = True) -> tuple[str, ...]:
    """What the user calls the scenarios, or the folder of results, that a command is about."""
    names = ("scenario", "directory") if folder else ("scenario",)
    return given.get("scenarios") or tuple(str(given[name]) for name in names if name in given)


@contextmanager
def resumable(
    title: str, typed: str, scenarios: Sequence[Scenario], ledger: Ledger, options: Options
) -> Iterator[OnProgress]:
    """Show progress while the block runs the scenarios; `typed` is what the user calls them.

    If the user stops it, KeyboardInterrupt says how much of them the ledger keeps.
    """
    finished = 0
    try:
        with progress(title, options.quiet) as show:

            def follow(now: Progress) -> None:
                """Remember how far it came, and show it."""
                nonlocal finished
                finished = now.finished
                show(now)

            yield follow
    except KeyboardInterrupt:
        kept, again = finished, "the same command without --fresh"
        if not options.fresh:
            again = "the same command"
            with suppress(SimrunError):
                kept = sum(known_cells(scenarios, ledger, options))
        raise KeyboardInterrupt(
            f"{typed}: interrupted after {of_all(kept, scenarios)}, which are kept in {ledger.path}; "
            f"{again} goes on from there"
        ) from None


def known_cells(scenarios: Sequence[Scenario], ledger: Ledger, options: Options) -> list[int]:
    """How many replications of each scenario the ledger answers."""
    from sim.experiment import answered

    return [0 if options.fresh else answered(scenario, registry(), ledger) for scenario in scenarios]
