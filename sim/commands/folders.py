"""From what the user typed to a ledger, and to one of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.store import Ledger, Run


def reading(directory: Path) -> Ledger:
    """The ledger of a folder, to look at. Errors: UsageError if there is none, with folders in it that have one."""
    from sim.store import LEDGER, Ledger

    inside = folders_with_ledgers(directory)
    if inside and not has_ledger(directory):
        raise UsageError(f"{directory / LEDGER}: there is no ledger; folders that have one are {', '.join(inside)}")
    return Ledger(directory, writing=False)


def has_ledger(directory: Path) -> bool:
    """Whether a folder has a ledger itself."""
    from sim.store import LEDGER

    return (directory / LEDGER).exists()


def folders_with_ledgers(directory: Path) -> list[str]:
    """The folders right below one that have a ledger."""
    from sim.store import LEDGER

    return sorted(str(path.parent) for path in directory.glob(f"*/{LEDGER}"))


def folder_and_run(typed: str, number: int | None = None) -> tuple[Path, int | None]:
    """The folder and the number of the run that `DIR` or `DIR@ID` names; `number` is what `--run` says.

    Errors: UsageError if the two are not the same run.
    """
    folder, at, named = typed.rpartition("@")
    if not at or not named.isdecimal() or Path(typed).is_dir():
        return Path(typed), number
    if number not in (None, int(named)):
        raise UsageError(f"{typed}: is run {named}, but --run asks for run {number}; leave one of them out")
    return Path(folder), int(named)


def run_of(ledger: Ledger, number: int | None) -> Run:
    """A recorded run, the newest one without a number.

    Errors: UsageError if there is none, with the command that draws again what there is instead.
    """
    studies = ledger.studies()
    if studies and not ledger.runs():
        raise UsageError(
            f"{ledger.path}: holds no run of a scenario, but what came of `{studies[-1].command}`; "
            "the same command draws that again, from the ledger"
        )
    return ledger.run(number)
