"""Results as text: JSON and CSV in which nothing is lost, and files that are whole or not there.

The same values always give the same bytes: UTF-8, `\\n`, floats in their shortest exact form. What is undefined is
null in JSON and an empty cell in CSV, never NaN.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import SimrunError

Cell = str | int | float | None


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a reader sees either the old content or all of the new, even after a crash.

    Creates missing folders. Raises SimrunError with path and reason.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(text.encode("utf-8"))
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise SimrunError(f"{path}: cannot be written: {error.strerror or error}") from error


def json_text(content: Any) -> str:
    """Render as JSON. numpy and YAML values become what JSON knows: not finite is null, a date its ISO text.

    Raises TypeError for anything else.
    """
    return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Render a table; names with commas or quotes are quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell) -> str:
    """One cell: floats in their shortest exact form, nothing for None and NaN, which stand for undefined."""
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    """The same value in the types that JSON knows."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | Path):
        return str(value)
    return value
