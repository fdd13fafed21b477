"""Run every benchmark, print a table, write benchmarks/latest.json."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import engine, product
from benchmarks.row import Row
from sim.provenance import cpu_level

LATEST = Path(__file__).parent / "latest.json"


def main() -> None:
    """Measure, show, keep."""
    console, started = Console(), time.perf_counter()
    rows: list[Row] = []
    parts: tuple[Callable[[], list[Row]], ...] = (
        engine.population,
        engine.core_model,
        engine.yardsticks,
        product.report,
        product.womenswear,
        product.workers,
    )
    for part in parts:
        console.print(f"{part.__name__} ...", style="dim")
        rows += part()
    rows += engine.ratios(rows)
    console.print(_table(rows))
    console.print(f"{time.perf_counter() - started:.0f} s in all")
    machine = {"python": platform.python_version(), "processor": cpu_level()}
    LATEST.write_text(json.dumps({"machine": machine, "rows": [row.__dict__ for row in rows]}, indent=1) + "\n")


def _table(rows: list[Row]) -> Table:
    table = Table("what", "value", "unit", "target")
    for row in rows:
        missed = row.target is not None and not row.reached
        table.add_row(row.name, f"{row.value:,.3g}", row.unit, row.aim, style="red" if missed else None)
    return table


if __name__ == "__main__":
    main()
