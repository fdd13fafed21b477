"""What is told when a command is interrupted: of which scenario, how much is kept, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from sim.commands.announce import of_all
from sim.commands.console import progress
from sim.commands.sources import registry
from sim.errors import SimrunError
from sim.interrupts import interrupted

if TYPE_CHECKING:
    from sim.commands.console import OnProgress
    from sim.commands.options import Options
    from sim.experiment import Progress
    from sim.scenario.model import Scenario
    from sim.store import Ledger


class Interruptible(click.Command):
    """A command on a scenario, on several, or on a folder: where it is interrupted, the message names them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it. Errors: KeyboardInterrupt with a message."""
        try:
            return super().invoke(ctx)
        except BaseException as error:
            if not interrupted(error) or (isinstance(error, KeyboardInterrupt) and error.args):
                raise
            given = [ctx.params[name] for name in ("scenario", "scenarios", "directory") if name in ctx.params]
            subjects = given[0] if isinstance(given[0], tuple) else given
            raise KeyboardInterrupt(f"{', '.join(map(str, subjects))}: interrupted") from None


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
