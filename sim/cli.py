"""The command line: where everything is put together, and where every error ends as a line and an exit code.

Exit codes, the first that applies: 130 interrupted; 2 usage or scenario wrong; 1 a replication or an arm
failed, or the results could not be written; 3 guardrail broken and 4 precision not reached, if asked for by
`--fail-on`; 0.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from sim import __version__
from sim.commands.compare import compare
from sim.commands.console import note
from sim.commands.history import diff, report, reproduce, runs
from sim.commands.look import scenarios, schema, strategies, validate
from sim.commands.new import new
from sim.commands.run import run
from sim.commands.sources import is_scenario
from sim.commands.sweep import sweep
from sim.commands.trace import trace
from sim.errors import ExpressionError, PluginError, ScenarioError, SimrunError, UsageError
from sim.interrupts import interrupted
from sim.suggest import did_you_mean

OK, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
THE_USERS_TO_MEND = (UsageError, ScenarioError, PluginError, ExpressionError)


class RunByDefault(click.Group):
    """A first word that is no command is the scenario: `simrun x` means `simrun run x`."""

    ignore_unknown_options = True

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Put `run` in front where no command is named, unless what stands there is a mistyped command."""
        word = args[0]
        if word in self.commands:
            return super().resolve_command(ctx, args)
        near = did_you_mean(word, self.commands) if word.isalpha() else ""
        if near and not is_scenario(word):
            ctx.fail(f"no such command or scenario '{word}'{near}")
        return super().resolve_command(ctx, ["run", *args])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order in which one needs them, not by alphabet."""
        return list(self.commands)


@click.group(
    cls=RunByDefault,
    context_settings={"help_option_names": ["-h", "--help"]},
    commands=[run, sweep, compare, validate, scenarios, strategies, schema, new, trace, runs, report, reproduce, diff],
)
@click.version_option(__version__, prog_name="simrun", message="%(prog)s %(version)s")
def simrun() -> None:
    """Simulate an audience of fans under contact strategies; compare revenue against churn.

    `simrun SCENARIO` is short for `simrun run SCENARIO`. A first try: `simrun classroom`.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. A user's mistake ends in a message, never in a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with simrun.make_context("simrun", words or ["--help"]) as context:
            return simrun.invoke(context) or OK
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        note(_usage_line(error))
        return WRONG
    except KeyboardInterrupt as stop:
        note(str(stop) or "simrun: interrupted")
        return INTERRUPTED
    except SimrunError as error:
        note(str(error))
        return WRONG if isinstance(error, THE_USERS_TO_MEND) else FAILED
    except OSError as error:
        note(f"{error.filename or 'simrun'}: {error.strerror or error}")
        return FAILED
    except Exception as error:
        if interrupted(error):
            note("simrun: interrupted")
            return INTERRUPTED
        note(_defect(error))
        return FAILED


def _usage_line(error: click.ClickException) -> str:
    """What is wrong with the command line, and where help is, in one line."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "simrun"
    return f"{path}: {error.format_message().rstrip('.')}; see '{path} --help'"


def _defect(error: Exception) -> str:
    """What to say when simrun itself is at fault."""
    if os.environ.get("SIMRUN_DEBUG"):
        return traceback.format_exc()
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{place.filename}:{place.lineno}: {type(error).__name__}: {error}; "
        "this is a defect of simrun; SIMRUN_DEBUG=1 in the environment shows the full traceback"
    )


if __name__ == "__main__":
    sys.exit(main())
