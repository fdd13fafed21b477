"""The options that `run`, `sweep` and `compare` have in common, and the line that repeats a command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.types import Folder, Whole
from sim.commands.workers import workers_option

if TYPE_CHECKING:
    from sim.cluster import Cluster

MOST = 10_000
"""More replications than this are a slip of the finger."""

Command = Callable[..., int]
"""What a command does; it returns the exit code."""

settings_option = click.option(
    "--set", "settings", multiple=True, metavar="KEY.PATH=VALUE", help="Change a setting; repeatable."
)
fresh_option = click.option(
    "--fresh", is_flag=True, help="Run everything again, also what the ledger in DIR knows already."
)


@dataclass(frozen=True)
class Options:
    """What the options say."""

    seed: int | None
    replications: int | None
    workers: int | Cluster | None
    out: Path | None
    settings: tuple[str, ...]
    as_json: bool
    quiet: bool
    fresh: bool

    @property
    def overrides(self) -> list[str]:
        """The settings that they change, seed and replications last."""
        return [*self.settings, *(f"{key}={value}" for key, value in self._numbers().items())]

    def command_line(self, *words: str) -> str:
        """The line that repeats a command: what determines the result, and nothing else."""
        numbers = [word for key, value in self._numbers().items() for word in (f"--{key}", str(value))]
        settings = [word for change in self.settings for word in ("--set", change)]
        return shlex.join(["simrun", *words, *numbers, *settings])

    @property
    def where(self) -> str:
        """What stands behind that line if the files are to go to the same folder: nothing, or ` --out DIR`.

        No file of the results has it: they are the same wherever they lie.
        """
        return "" if self.out is None else f" --out {shlex.quote(str(self.out))}"

    def _numbers(self) -> dict[str, int]:
        """Seed and replications, as far as they are given."""
        own = {"seed": self.seed, "replications": self.replications}
        return {key: value for key, value in own.items() if value is not None}


def run_options(*, seed: str, replications: str, out: str, json: str) -> Callable[[Command], Command]:
    """All of them but `--fresh`, with the help that is another for each command."""
    options = (
        click.option("--seed", type=Whole(min=0), metavar="N", help=seed),
        click.option("--replications", type=Whole(1, MOST), metavar="N", help=replications),
        workers_option,
        click.option("--out", type=Folder(), metavar="DIR", help=out),
        settings_option,
        click.option("--json", "as_json", is_flag=True, help=json),
        click.option("--quiet", is_flag=True, help="No progress and no messages; print only where the report is."),
    )
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)
