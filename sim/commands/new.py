"""`simrun new strategy`: a first plugin of one's own, with a test that passes."""

from __future__ import annotations

import importlib.util
import keyword
from pathlib import Path

import click

from sim.commands.console import emit
from sim.errors import UsageError

STRATEGY = '''\
"""A strategy of one's own: contact fans who have not ordered for a while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sim.actions import Action, Touch
from sim.audience import Audience
from sim.strategy import Strategy


@dataclass(frozen=True)
class {class_name}(Strategy):
    """Touch each fan who has not ordered for `quiet_days`, at a steady cadence."""

    quiet_days: Annotated[float, Field(ge=0, description="days without an order")] = 30.0
    every_days: Annotated[float, Field(ge=1, description="days from one touch of a fan to the next")] = 14.0

    def decide(self, day: int, audience: Audience) -> Iterable[Action]:
        """Today's touches: of the fans whose turn it is, those who have been quiet."""
        turn = audience.due("{name}", self.every_days)
        quiet = audience.where(f"days_since_order >= {{self.quiet_days}}", turn)
        return [Touch(quiet, channel="chat", purpose="care")]
'''

TEST = '''\
"""Does {class_name} keep the rules that every strategy keeps? Run with `python -m pytest test_{name}.py`."""

from {name} import {class_name}

from sim.testing import StrategyConformance


class Test{class_name}(StrategyConformance):
    strategy = {class_name}()
'''


@click.group(no_args_is_help=False)
def new() -> None:
    """Write a first version of something of your own."""


@new.command()
@click.argument("name")
def strategy(name: str) -> None:
    """Write a strategy to ./NAME.py and its test to ./test_NAME.py. Existing files are left alone."""
    _check_name(name)
    words = {"name": name, "class_name": "".join(part.capitalize() for part in name.split("_"))}
    files = {Path(f"{name}.py"): STRATEGY, Path(f"test_{name}.py"): TEST}
    for path in files:
        if path.exists():
            raise UsageError(f"{path}: exists already, and is not overwritten; choose another name")
    for path, template in files.items():
        path.write_text(template.format(**words), encoding="utf-8")
    emit(
        f"wrote {' and '.join(map(str, files))}\n"
        f"test it:          python -m pytest test_{name}.py\n"
        f"see its settings: simrun strategies ./{name}.py:{words['class_name']}\n"
        f"in a scenario:    - {{use: ./{name}.py:{words['class_name']}}}"
    )


def _check_name(name: str) -> None:
    """Refuse a name that cannot be a module's, or that another module has. Errors: UsageError."""
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower() or name.startswith("_"):
        raise UsageError(f"{name}.py: a strategy's name is small letters, digits and underscores, e.g. win_back")
    if not Path(f"{name}.py").exists() and importlib.util.find_spec(name) is not None:
        raise UsageError(f"{name}.py: a Python module of this name is installed already; choose another name")
