"""What charts and tables are made of: numbers, names, day series and colours."""

from __future__ import annotations

import datetime
from collections import Counter

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from reports import text
from reports.series import SERIES, block_days, blocks, calendar_ticks, gap, level
from reports.theme import CAUSES, COLOURS, PARTS, TONES, arm_styles
from reports.units import ABOUT, NOTHING, scale
from sim import results
from sim.compare import METRICS, compare
from tests.synthetic import experiment

FINITE = st.floats(-1e12, 1e12, allow_subnormal=False)
KINDS = ("money", "share", "count", "number")


# Numbers


@given(FINITE, st.floats(0, 1e6), st.sampled_from(KINDS))
def test_a_shown_number_reads_back_within_half_a_digit(value, error, kind):
    shown = scale(kind, "CNY", [value], [error])
    words = shown.text(value).replace("−", "-").replace(",", "")
    half_a_digit = 0.5 * 10.0**-shown.decimals * shown.factor
    assert float(words) * shown.factor == pytest.approx(value, rel=1e-9, abs=half_a_digit * (1 + 1e-9))


@pytest.mark.parametrize(
    ("kind", "value", "error", "words"),
    [
        ("money", 1_234_567.0, None, "1.23 M CNY"),
        ("money", 1_234_567.0, 2_345.0, "1.235 M CNY"),
        ("money", 1_234.5, None, "1,234 CNY"),
        ("share", 0.12345, 0.00432, "12.35 %"),
        ("share", 0.0, 0.0, "0 %"),
        ("count", 161_234.0, 512.0, "161,234"),
        ("number", 1.23456, 0.012, "1.235"),
        ("money", -0.4, 25.0, "0 CNY"),
    ],
)
def test_numbers_have_units_and_as_many_digits_as_the_error_supports(kind, value, error, words):
    shown = scale(kind, "CNY", [value], [error])
    assert shown.text(value, unit=True).replace("\u00a0", " ") == words


def test_zero_is_a_number_and_undefined_is_not():
    shown = scale("share", "", [0.0, None])
    assert shown.text(0.0) == "0"
    assert shown.text(None) == shown.text(float("nan")) == NOTHING


def test_a_difference_of_shares_is_in_points_and_signed():
    assert scale("share", "", [0.021], difference=True).text(0.021, sign=True, unit=True) == "+2.10\u00a0points"


def test_a_small_half_width_is_not_shown_as_zero():
    shown = scale("share", "", [0.5, 0.1], [0.1, 1e-9])
    assert [shown.width(w) for w in (1e-9, 0.0, None)] == ["± <1", "± 0", ""]


# Names and legends


@given(st.text(max_size=80), st.integers(8, 40))
def test_short_names_fit_and_keep_their_ends(name, longest):
    cut = text.short(name, longest)
    assert len(cut) <= longest
    assert cut.isprintable()
    if "…" in cut and "…" not in name:
        head, tail = cut.split("…")
        assert head in name.replace("\n", " ") or not name.isprintable()
        assert tail in name or not name.isprintable()


def test_wide_letters_are_given_twice_the_room():
    assert text.width("每月", 10) == 20
    assert len(text.short("每" * 40, 26)) == 13


@given(st.lists(st.floats(10, 200), max_size=20), st.floats(200, 600))
def test_legend_entries_stay_in_their_line_and_do_not_overlap(widths, room):
    places = text.flow(widths, room)
    for (left, line), width in zip(places, widths, strict=True):
        assert left + width <= room + 1e-9
        right = [a + w for (a, b), w in zip(places, widths, strict=True) if b == line and a < left]
        assert all(r <= left + 1e-9 for r in right)
    assert [line for _, line in places] == sorted(line for _, line in places)


# Day series


@given(st.integers(1, 3650))
def test_blocks_keep_the_total_of_a_flow_and_the_end_of_a_level(days):
    values = np.random.default_rng(days).random(days)
    middle, means = blocks(values, flow=True)
    lengths = np.diff([*(np.arange(len(means)) * block_days(days)), days])
    assert np.sum(means * lengths) == pytest.approx(values.sum())
    day, level = blocks(values, flow=False)
    assert (day[0], day[-1]) == (0, days - 1)
    assert (level == values[day.astype(int)]).all()
    assert len(middle) <= 82
    assert len(day) <= 82


def test_bands_are_those_of_the_blocks():
    comparison = compare(experiment(3, 90))
    revenue = SERIES[0]
    weeks = {
        arm: np.stack([r.daily["revenue"][:84].reshape(12, 7).mean(axis=1) for r in comparison.experiment.of(arm)])
        for arm in ("restrained", "blast")
    }
    curve = level(comparison, "blast", revenue)
    assert curve is not None
    assert curve.high[:11] == pytest.approx((weeks["blast"].mean(0) + weeks["blast"].std(0, ddof=1))[:11])
    curve = gap(comparison, "blast", revenue)
    assert curve is not None
    test = scipy.stats.ttest_rel(weeks["blast"], weeks["restrained"]).confidence_interval(0.95)
    assert curve.low[:11] == pytest.approx(test.low[:11])
    assert curve.high[:11] == pytest.approx(test.high[:11])


def test_pairs_are_made_by_replication_number():
    whole, partial = (compare(experiment(3, 20, failed=failed)) for failed in ((), [("restrained", 0), ("blast", 2)]))
    curve = gap(partial, "blast", SERIES[0])
    assert curve is not None
    runs = [{r.arm: r.daily["revenue"] for r in whole.experiment.replications if r.replication == 1}]
    assert curve.mean == pytest.approx(runs[0]["blast"] - runs[0]["restrained"])
    assert np.isnan(curve.low).all()


@given(st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)), st.integers(1, 3650))
def test_time_is_labelled_at_firsts_of_months_and_never_crowded(start, days):
    ticks, labels = calendar_ticks(start, days)
    assert 1 <= len(ticks) == len(labels) <= 7
    assert all(0 <= tick < days for tick in ticks)
    if not labels[0].startswith("day"):
        assert all((start + datetime.timedelta(tick)).day == 1 for tick in ticks)


# Colours


def test_everything_that_is_counted_has_a_label():
    assert tuple(CAUSES) == results.CAUSES
    assert set(results.MONEY_PARTS[1:]) < set(PARTS)
    assert set(ABOUT) == set(METRICS)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def _contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_words_and_lines_stand_out_from_the_page(mode):
    for name in ("ink", "soft", *set(TONES.values())):
        assert _contrast(COLOURS[name][mode], COLOURS["paper"][mode]) >= 4.5, name
    for number in range(12):
        assert _contrast(COLOURS[f"arm{number}"][mode], COLOURS["paper"][mode]) >= 3.0, number


def test_every_light_colour_is_used_once():
    assert max(Counter(pair[0] for pair in COLOURS.values()).values()) == 1


def test_arms_look_different_whatever_their_number():
    styles = arm_styles([str(i) for i in range(12)], "3")
    assert styles["3"].colour == "arm0"
    assert len({(s.colour, s.marker, str(s.dash)) for s in styles.values()}) == 12
