"""Arrays as bytes, compressed, and one hash for all that came out of a cell. No pickle: bytes cannot run code."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from dataclasses import fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from sim.results import FanOutcomes, Replication

LEVEL = 1
"""Of compression: the fastest, since more gains little on noise."""

_SERIES = np.dtype("<f8")


def pack_series(series: NDArray[np.float64]) -> bytes:
    """A day series: float64, little-endian, compressed with zlib."""
    return zlib.compress(series.astype(_SERIES).tobytes(), LEVEL)


def unpack_series(data: bytes) -> NDArray[np.float64]:
    """The series again, bit for bit. Errors: zlib.error, ValueError for bytes that are no series."""
    return np.frombuffer(zlib.decompress(data), _SERIES).astype(np.float64)


def pack_outcomes(outcomes: FanOutcomes) -> bytes:
    """All columns as a NumPy archive (npz), compressed with zlib."""
    archive = io.BytesIO()
    np.savez(archive, **cast(dict[str, Any], _columns(outcomes)))
    return zlib.compress(archive.getvalue(), LEVEL)


def unpack_outcomes(data: bytes) -> FanOutcomes:
    """The columns again, bit for bit. Errors: zlib.error, ValueError, TypeError for bytes that are no outcomes."""
    with np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False) as archive:
        return FanOutcomes(**dict(archive))


def fingerprint(replication: Replication) -> str:
    """SHA-256 of all that came out of a cell, to the last bit, but for the name of the arm.

    What older cells lack is left out where it is empty, so that their fingerprints stay what they were.
    """
    r = replication
    numbers = [list(table.items()) for table in (r.metrics, r.exits, r.money, r.fans, r.touches)]
    numbers += [list(table.items()) for table in (r.withheld, r.withheld_by_rule) if table]
    digest = hashlib.sha256(json.dumps(numbers).encode())
    for name, series in r.daily.items():
        digest.update(f"{name} {len(series)}".encode() + series.astype(_SERIES).tobytes())
    for name, column in _columns(r.outcomes).items() if r.outcomes else ():
        digest.update(f"{name} {column.dtype.str} {len(column)}".encode() + column.tobytes())
    return digest.hexdigest()


def _columns(outcomes: FanOutcomes) -> dict[str, NDArray[np.generic]]:
    """The arrays by name."""
    return {field.name: getattr(outcomes, field.name) for field in fields(outcomes)}
