"""Kinds of values on the command line, with messages that say what is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class Whole(click.IntRange):
    """A whole number within a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Errors: click.BadParameter."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            most = "" if self.max is None else f" to {self.max}"
            self.fail(f"'{value}' must be a whole number from {self.min}{most}", param, ctx)


class Folder(click.Path):
    """The path of a folder, which may not be there yet."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Errors: click.BadParameter."""
        if value == "":
            self.fail("'' is no folder; the one you are in is '.'", param, ctx)
        return super().convert(value, param, ctx)
