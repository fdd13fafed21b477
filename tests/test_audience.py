"""What strategies see: selections against plain numpy, luck, ranks, newcomers, and that nothing can be written."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.audience import RANK_DAYS, Audience
from sim.errors import ExpressionError
from sim.fans import MUTED, PRESENT, FanTable
from sim.testbed import NEWCOMERS, add_newcomers, make_audience, make_fans, small_scenario

SCENARIO = small_scenario()


def present_and_not_muted(table: FanTable) -> np.ndarray:
    return np.array([row for row in range(table.size) if table.flags[row] & PRESENT and not table.flags[row] & MUTED])


def test_reachable_leaves_out_the_departed_and_the_muted() -> None:
    table = make_fans(SCENARIO)
    assert (table.left >= 0).any()
    assert (table.flags & MUTED).any()
    np.testing.assert_array_equal(make_audience(fans=table).reachable, present_and_not_muted(table))


@given(every=st.integers(1, 40), start=st.integers(0, 400))
@settings(max_examples=30, deadline=None)
def test_every_reachable_fan_has_one_turn_in_a_period(every: int, start: int) -> None:
    audience = make_audience()
    turns = np.zeros(audience.size, int)
    for day in range(start, start + every):
        audience.day = day
        turns[audience.due("any", every)] += 1
    np.testing.assert_array_equal(np.flatnonzero(turns == 1), audience.reachable)
    assert turns.sum() == len(audience.reachable)


@pytest.mark.parametrize(("every", "days", "expected"), [(7.5, 15, 2), (2.5, 5, 2), (1.25, 5, 4)])
def test_periods_need_not_be_whole_days(every: float, days: int, expected: int) -> None:
    audience = make_audience()
    turns = np.zeros(audience.size, int)
    for day in range(days):
        audience.day = day
        turns[audience.due("any", every)] += 1
    np.testing.assert_array_equal(turns[audience.reachable], expected)


def test_turns_are_spread_evenly() -> None:
    audience = make_audience()
    sizes = []
    for day in range(10):
        audience.day = day
        sizes.append(len(audience.due("any", 10)))
    mean = len(audience.reachable) / 10
    assert np.abs(np.array(sizes) - mean).max() < 4 * np.sqrt(mean)  # binomial: below four standard deviations


def test_two_names_have_turns_of_their_own() -> None:
    audience = make_audience()
    one, other = audience.due("one", 2), audience.due("other", 2)
    both = len(np.intersect1d(one, other))
    reachable = len(audience.reachable)
    assert abs(both - reachable / 4) < 4 * np.sqrt(reachable * 3 / 16)


@given(share=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_sample_is_the_fans_with_luck_below_the_share(share: float) -> None:
    audience = make_audience()
    expected = [fan for fan in audience.reachable if audience.draw("pilot")[fan] < share]
    np.testing.assert_array_equal(audience.sample("pilot", share), expected)


@pytest.mark.parametrize("batches", [1, 5, 80])
def test_newcomers_get_turns_as_if_they_had_always_been_there(batches: int) -> None:
    """80 batches are more than the tenth of the pool after which turns are sorted anew."""
    table = make_fans(SCENARIO)
    audience = make_audience(fans=table)
    audience.due("any", 7)
    audience.sample("any", 0.3)
    for batch in range(1, batches + 1):
        add_newcomers(table, SCENARIO, day=0, first=batch * NEWCOMERS)
    for day in range(7):
        audience.day = day
        fresh = make_audience(fans=table, day=day)
        np.testing.assert_array_equal(audience.due("any", 7), fresh.due("any", 7))
        np.testing.assert_array_equal(audience.sample("any", 0.3), fresh.sample("any", 0.3))


def test_luck_belongs_to_the_fan_not_to_the_place() -> None:
    table = make_fans(SCENARIO)
    order = np.argsort(table.key)
    plain, shuffled = make_audience(fans=table), make_audience(fans=table, order=order)
    np.testing.assert_array_equal(plain.draw("name")[order], shuffled.draw("name"))
    some = np.array([3, 1, 250])
    np.testing.assert_array_equal(plain.draw("name", some), plain.draw("name")[some])
    assert not np.isclose(plain.draw("name"), plain.draw("other")).any()
    assert not np.isclose(plain.draw("name"), plain.draw("name", occasion=1)).any()


@pytest.mark.parametrize("low", [0.0, 0.3, 0.6])
def test_expressions_select_among_the_reachable(low: float) -> None:
    audience = make_audience(day=40)
    chosen = audience.where(f"trust > {low} and tenure_days >= 10 and 'vip' in tags")
    table = audience._fans
    expected = [
        fan
        for fan in audience.reachable
        if audience.trust[fan] > low and 40 - table.joined[fan] >= 10 and table.tags[fan] & 1
    ]
    assert expected or low > 0.5
    np.testing.assert_array_equal(chosen, expected)


def test_expressions_select_among_given_fans() -> None:
    audience = make_audience()
    some = np.array([5, 9, 250])
    np.testing.assert_array_equal(audience.where("trust >= 0", some), some)
    np.testing.assert_array_equal(audience.where("", some), some)
    np.testing.assert_array_equal(audience.where("trust > 2", some), [])
    with pytest.raises(ExpressionError):
        audience.where("wealth > 1")


def test_days_are_counted_from_joining_and_from_the_last_order() -> None:
    audience = make_audience(day=12)
    table = audience._fans
    np.testing.assert_array_equal(audience.tenure_days, 12 - table.joined)
    np.testing.assert_array_equal(audience.days_since_order, 12 - table.last_order)
    assert audience.date == SCENARIO.start_date + datetime.timedelta(days=12)


def test_the_rank_is_the_share_of_present_fans_who_spent_more() -> None:
    audience = make_audience()
    table = audience._fans
    present = np.flatnonzero(table.flags & PRESENT)
    for share in (0.1, 0.5):
        top = [fan for fan in audience.reachable if (table.spend[present] > table.spend[fan]).mean() < share]
        np.testing.assert_array_equal(audience.where(f"spend_rank < {share}"), top)


def test_ranks_are_refreshed_weekly_and_newcomers_rank_last_until_then() -> None:
    table = make_fans(SCENARIO)
    audience = make_audience(fans=table)
    top = audience.where("spend_rank < 0.1")
    table.spend[top] = 0
    add_newcomers(table, SCENARIO, day=1, first=NEWCOMERS)
    table.spend[-NEWCOMERS:] = 1e9
    audience.day = RANK_DAYS - 1
    np.testing.assert_array_equal(audience.where("spend_rank < 0.1"), top)
    audience.day = RANK_DAYS
    richest = audience.where("spend_rank < 0.05")
    assert not np.intersect1d(richest, top).size
    assert set(richest) <= set(range(table.size - NEWCOMERS, table.size))


COLUMNS = ("key", "trust", "pressure", "orders", "spend")


@pytest.mark.parametrize("column", COLUMNS)
def test_columns_cannot_be_written(column: str) -> None:
    values = getattr(make_audience(), column)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 0


def test_history_ends_yesterday_and_cannot_be_written() -> None:
    audience = make_audience(history={"orders": np.arange(10.0)}, day=4)
    np.testing.assert_array_equal(audience.history("orders"), [0, 1, 2, 3])
    with pytest.raises(ValueError, match="read-only"):
        audience.history("orders")[0] = 1
    with pytest.raises(KeyError):
        audience.history("wishes")


def test_an_empty_pool_has_nobody_to_select() -> None:
    audience: Audience = make_audience(fans=make_fans(SCENARIO, size=0))
    for fans in (audience.reachable, audience.due("a", 3), audience.sample("a", 0.5), audience.where("spend_rank < 1")):
        assert len(fans) == 0
