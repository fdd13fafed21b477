"""Keyed luck: uniform; unrelated between keys, occasions, decisions, replications, seeds; everywhere the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from sim.draws import GOLDEN, MASK, Luck, fan_keys, mix, mix_array, name_hash, to_unit

SIZE = 100_000
KEYS = fan_keys("pool", np.arange(SIZE))
word = some.integers(0, MASK)

STREAMS: dict[str, Callable[[], np.ndarray]] = {
    "over fans": lambda: Luck(1, 0).uniform("open:chat", KEYS, 17),
    "over days": lambda: days_of_one_fan(Luck(1, 0), int(KEYS[5])),
    "over orders": lambda: Luck(1, 0).uniform_at("order", np.full(SIZE, KEYS[5]), np.arange(SIZE)),
    "over replications": lambda: np.array([Luck(1, n).one("leave", int(KEYS[5])) for n in range(20_000)]),
    "over seeds": lambda: np.array([Luck(n, 0).one("leave", int(KEYS[5])) for n in range(20_000)]),
    "over decisions": lambda: np.array([Luck(1, 0).one(f"tag:{n}", int(KEYS[5])) for n in range(20_000)]),
    "over raw counters": lambda: to_unit(mix_array(np.arange(SIZE, dtype=np.uint64))),
}


def days_of_one_fan(luck: Luck, key: int) -> np.ndarray:
    """Luck of one fan over touches as the engine counts them: 256 occasions a day, few of them used."""
    return np.array([luck.one("open:chat", key, day * 256 + nth) for day in range(5_000) for nth in range(4)])


@pytest.mark.parametrize("stream", STREAMS)
def test_uniform(stream: str) -> None:
    u = STREAMS[stream]()
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert stats.chisquare(np.bincount((u * 256).astype(int), minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize("stream", STREAMS)
def test_neighbours_are_unrelated(stream: str) -> None:
    """No correlation with the next few, nor between their low digits; pairs fill the unit square evenly."""
    u = STREAMS[stream]()
    limit = 4.5 / np.sqrt(len(u))
    for lag, digits in itertools.product((1, 2, 7, 30), (1.0, 2.0**12)):
        part = u * digits % 1
        assert abs(np.corrcoef(part[:-lag], part[lag:])[0, 1]) < limit
    cells = (u[:-1] * 16).astype(int) * 16 + (u[1:] * 16).astype(int)
    assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-4


def test_different_circumstances_are_uncorrelated_fan_by_fan() -> None:
    """All pairs of streams over the same fans: neighbouring seeds, replications, days, touches, decisions, sources."""
    rows = [
        Luck(1, 0).uniform("open:chat", KEYS, 256),
        Luck(2, 0).uniform("open:chat", KEYS, 256),
        Luck(1, 1).uniform("open:chat", KEYS, 256),
        Luck(1, 0).uniform("open:chat", KEYS, 512),
        Luck(1, 0).uniform("open:chat", KEYS, 257),
        Luck(1, 0).uniform("open:group", KEYS, 256),
        Luck(1, 0).uniform("convert:chat", KEYS, 256),
        Luck(1, 0).uniform("leave", KEYS),
        Luck(1, 0).uniform("leave", fan_keys("search", np.arange(SIZE))),
        Luck(2**63 - 1, 9_999).uniform("leave", KEYS),
        KEYS % np.uint64(7) / 7,  # the day of the week on which trust drifts
    ]
    for both in (np.array(rows), np.array(rows[:-1]) * 2**12 % 1, np.abs(np.array(rows) - 0.5)):
        correlation = np.corrcoef(both)
        np.fill_diagonal(correlation, 0)
        assert np.abs(correlation).max() < 4.8 / np.sqrt(SIZE)


def test_seed_and_replication_do_not_trade_places() -> None:
    """Roots of 200 seeds and 200 replications are all different: seed 1 replication 2 is not seed 2 replication 1."""
    roots = {Luck(seed, replication).stream("leave") for seed in range(200) for replication in range(200)}
    assert len(roots) == 200 * 200


def flips(function: Callable[[np.ndarray], np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """Share of inputs for which output bit j flips when input bit i does, shape (64, 64)."""
    before = function(inputs.copy())
    bits = np.arange(64, dtype=np.uint64)
    return np.array(
        [
            np.mean((before ^ function(inputs ^ (np.uint64(1) << bit)))[:, None] >> bits & np.uint64(1), axis=0)
            for bit in bits
        ]
    )


@pytest.mark.parametrize("kind", ["keys", "counters"])
def test_every_input_bit_flips_half_of_the_output_bits(kind: str) -> None:
    """The avalanche of a draw, from hashed keys as fans have them and from small counters."""
    size = 4096
    stream = np.uint64(Luck(3, 1).stream("open:chat"))
    if kind == "keys":
        share = flips(lambda keys: mix_array(keys ^ stream), KEYS[:size])
    else:
        share = flips(
            lambda counters: mix_array(mix_array(counters + stream) ^ KEYS[7]), np.arange(size, dtype=np.uint64)
        )
    # 4,096 cells with a standard error of 1/128 each: 6 standard errors leave no room for a bad cell.
    assert np.abs(share - 0.5).max() < 6 * 0.5 / np.sqrt(size)
    assert np.abs(share.mean(axis=1) - 0.5).max() < 0.01


def test_the_mixer_alone_has_its_avalanche() -> None:
    share = flips(mix_array, np.random.default_rng(0).integers(0, MASK, 4096, np.uint64, endpoint=True))
    assert np.abs(share - 0.5).max() < 6 * 0.5 / np.sqrt(4096)


@given(some.lists(word, min_size=1, max_size=30), word, some.integers(0, 10_000), some.integers(0, 2**20), some.text())
def test_scalar_and_vector_agree(keys: list[int], seed: int, replication: int, occasion: int, name: str) -> None:
    luck, column = Luck(seed, replication), np.array(keys, np.uint64)
    assert [mix(key) for key in keys] == mix_array(column.copy()).tolist()
    one = [luck.one(name, key, occasion) for key in keys]
    assert one == luck.uniform(name, column, occasion).tolist()
    assert one == luck.uniform_at(name, column, np.full(len(keys), occasion)).tolist()
    assert one == Luck(seed, replication).uniform(name, column[::-1], occasion)[::-1].tolist()
    assert column.tolist() == keys  # drawing does not use the keys up


@given(some.lists(word, min_size=1, max_size=30, unique=True))
def test_the_mixer_loses_nothing(values: list[int]) -> None:
    assert len({mix(value) for value in values}) == len(values)


def test_no_draw_is_0_or_1() -> None:
    ends = to_unit(np.array([0, MASK, 1 << 12, MASK - (1 << 12)], np.uint64))
    assert np.all((ends > 0) & (ends < 1))
    assert ends[0] == 1 - ends[1] == 2.0**-53


def test_names_and_keys_are_fixed_for_good() -> None:
    """Changing these changes every published figure; they must not depend on process, platform or numpy."""
    assert name_hash("pool") == 0x64830E61854004AA
    assert fan_keys("pool", np.array([0, 812])).tolist() == [0x4BE6EFC2E1B83620, 0xFA1619C4DB12F458]
    assert Luck(1, 0).one("order", 812, 3) == 0.9173168769714696


def test_keys_depend_on_source_and_ordinal_alone() -> None:
    assert fan_keys("pool", np.array([7, 3], np.int32)).tolist() == fan_keys("pool", np.arange(8))[[7, 3]].tolist()
    assert not set(KEYS.tolist()) & set(fan_keys("search", np.arange(SIZE)).tolist())
    assert len(np.unique(KEYS)) == SIZE
    for group in (2, 7, 256):
        counts = np.bincount((KEYS % np.uint64(group)).astype(int), minlength=group)
        assert stats.chisquare(counts).pvalue > 1e-4


def test_luck_of_a_replication_does_not_hang_on_the_golden_step() -> None:
    """Replications and occasions are both spaced by one constant: they must not cancel out."""
    key = int(KEYS[0])
    draws_of = [[Luck(1, n).one("open:chat", key, m) for m in range(50)] for n in range(50)]
    assert len({u for row in draws_of for u in row}) == 2500
    assert GOLDEN % 2 == 1


@pytest.mark.slow
def test_five_million_fans_have_five_million_keys() -> None:
    counters = np.arange(5_000_000)
    keys = np.concatenate([fan_keys("pool", counters), fan_keys("search", counters)])
    keys.sort()
    assert np.all(keys[1:] != keys[:-1])
    u = Luck(1, 0).uniform("leave", keys)
    assert stats.kstest(u[::10], "uniform").pvalue > 1e-4
