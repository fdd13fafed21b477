"""The option `--workers`: a number of processes, or the address of a Dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.cluster import Cluster


def read_workers(ctx: click.Context, option: click.Parameter, text: str | None) -> int | Cluster | None:
    """The number, or the cluster; None if the option is not given. Errors: click.BadParameter."""
    if text is None:
        return None
    if text.isdecimal() and int(text) > 0:
        return int(text)
    if "://" not in text:
        raise click.BadParameter(f"'{text}' is neither a number from 1 nor dask://HOST:PORT", ctx, option)
    from sim.cluster import Cluster

    try:
        return Cluster.at(text)
    except UsageError as error:
        raise click.BadParameter(str(error), ctx, option) from error


workers_option = click.option(
    "--workers",
    metavar="N|dask://HOST:PORT",
    callback=read_workers,
    help="Processes to use, or a Dask cluster; default: processes as it pays.",
)
