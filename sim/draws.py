"""The same luck in every arm: each draw is a pure function of (seed, replication, decision, fan key, occasion).

A decision is a name ("open", "order", ...); an occasion is something that arms share, such as a calendar day or
the ordinal of an order. Draws are uniform; callers turn them into variates by inverse CDF, so that a fan who is
luckier in one arm is luckier in the other. The hash is counter-based: nothing is stored, order does not matter,
and any subset of fans can be drawn alone.

The mixer is a 64-bit finalizer of the xor-shift-multiply kind used by SplitMix64 (Steele, Lea & Flood 2014),
with Pelle Evensen's `moremur` constants. Keys are mixed before they are combined, so that neighbours share nothing.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

UInt64Array = NDArray[np.uint64]
FloatArray = NDArray[np.float64]

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
_M1 = 0x3C79AC492BA7B653
_M2 = 0x1C69B3F74AC4AE35
_SHIFTS = (27, 33, 27)
_UNIT = 2.0**-52


def mix(value: int) -> int:
    """Scramble one 64-bit integer; a bijection in which every input bit moves every output bit."""
    value &= MASK
    value ^= value >> _SHIFTS[0]
    value = value * _M1 & MASK
    value ^= value >> _SHIFTS[1]
    value = value * _M2 & MASK
    return value ^ value >> _SHIFTS[2]


def mix_array(values: UInt64Array) -> UInt64Array:
    """Scramble an array of 64-bit integers in place and return it; equals `mix` on every element."""
    scratch = values >> np.uint64(_SHIFTS[0])
    np.bitwise_xor(values, scratch, out=values)
    np.multiply(values, np.uint64(_M1), out=values)
    np.right_shift(values, np.uint64(_SHIFTS[1]), out=scratch)
    np.bitwise_xor(values, scratch, out=values)
    np.multiply(values, np.uint64(_M2), out=values)
    np.right_shift(values, np.uint64(_SHIFTS[2]), out=scratch)
    np.bitwise_xor(values, scratch, out=values)
    return values


def name_hash(name: str) -> int:
    """64 bits that stand for a name, the same in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def fan_keys(source: str, ordinals: NDArray[np.integer]) -> UInt64Array:
    """Identities of fans: a function of where a fan comes from and its ordinal there, never of a position."""
    counters = ordinals.astype(np.uint64) * np.uint64(GOLDEN)
    return mix_array(counters ^ np.uint64(mix(name_hash(source))))


class Luck:
    """All luck of one replication.

    `luck.uniform(decision, keys, occasion)` gives one number in (0, 1) for each key. Stateless but for a cache of
    stream constants: the same arguments always give the same numbers.
    """

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self._root = mix(mix(seed) + replication * GOLDEN)
        self._streams: dict[str, int] = {}

    def stream(self, decision: str) -> int:
        """The 64-bit constant of a decision in this replication."""
        stream = self._streams.get(decision)
        if stream is None:
            stream = self._streams[decision] = mix(self._root ^ name_hash(decision))
        return stream

    def uniform(self, decision: str, keys: UInt64Array, occasion: int = 0) -> FloatArray:
        """One uniform in (0, 1) for each key, on one shared occasion. Shape of `keys`."""
        return to_unit(mix_array(keys ^ np.uint64(mix(self.stream(decision) + occasion * GOLDEN))))

    def uniform_at(self, decision: str, keys: UInt64Array, occasions: NDArray[np.integer]) -> FloatArray:
        """One uniform in (0, 1) for each key, each on its own occasion. Shape of `keys`."""
        counters = occasions.astype(np.uint64) * np.uint64(GOLDEN) + np.uint64(self.stream(decision))
        return to_unit(mix_array(mix_array(counters) ^ keys))

    def one(self, decision: str, key: int, occasion: int = 0) -> float:
        """The same number as `uniform` for a single key, without numpy."""
        bits = mix(int(key) ^ mix(self.stream(decision) + occasion * GOLDEN))
        return ((bits >> 12) + 0.5) * _UNIT


def to_unit(bits: UInt64Array) -> FloatArray:
    """Turn 64 random bits into a double in (0, 1): the upper 52 bits, centred, so that 0 and 1 never occur."""
    unit = (bits >> np.uint64(12)).astype(np.float64)
    unit += 0.5
    unit *= _UNIT
    return unit
