"""Reading --over: ranges, lists, and what is refused before anything runs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UsageError
from sim.studies.axes import MOST_POINTS, Axis, places, read_axes, read_axis


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("days=1:12:4", Axis("days", ("1", "5", "9"), (1, 5, 9), None)),
        ("days = 1:3:1", Axis("days", ("1", "2", "3"), (1, 2, 3), None)),
        ("days=3:1:-1", Axis("days", ("1", "2", "3"), (1, 2, 3), None)),
        ("a.b=0.1:0.3:0.1", Axis("a.b", ("0.1", "0.2", "0.3"), (0.1, 0.2, 0.3), None)),
        ("a.b=1e-3:2e-3:1e-3", Axis("a.b", ("0.001", "0.002"), (0.001, 0.002), None)),
        ("days=30, 365,90", Axis("days", ("30", "90", "365"), (30, 90, 365), None)),
        ("seed=3,10,1", Axis("seed", ("1", "3", "10"), None, None)),
        ("arms.a.0.channel=chat,sms", Axis("arms.a.0.channel", ("chat", "sms"), None, "a")),
        ("arms.a[0].mix={care: 1},{care: 1, content: 2}", None),
        ("start_date=2026-01-01,2026-07-01", None),
        ("arms.a=[],[{use: x, y: 'p,q'}]", None),
        ("x=1e999,2", Axis("x", ("1e999", "2"), None, None)),
    ],
)
def test_values_are_read(spec: str, expected: Axis | None) -> None:
    axis = read_axis(spec, "it")
    assert expected is None or axis == expected
    assert all(axis.override(i).partition("=")[2] in spec or axis.numbers for i in range(len(axis.texts)))


def test_a_comma_inside_brackets_or_quotes_parts_nothing() -> None:
    assert read_axis("arms.a=[],[{use: x, y: 'p,q'}]", "it").texts == ("[]", "[{use: x, y: 'p,q'}]")
    assert read_axis("""x='a,b',"c,d",e""", "it").texts == ("'a,b'", '"c,d"', "e")


@given(
    start=st.decimals(-100, 100, places=2),
    step=st.decimals("0.01", 5, places=2),
    more=st.integers(1, 40),
)
def test_a_range_has_its_steps_and_both_ends(start: Decimal, step: Decimal, more: int) -> None:
    axis = read_axis(f"k={start}:{start + more * step}:{step}", "it")
    assert [Decimal(text) for text in axis.texts] == [start + i * step for i in range(more + 1)]
    assert axis.numbers == tuple(float(text) for text in axis.texts)
    assert not any(text.endswith(".") or ("." in text and text.endswith("0")) for text in axis.texts)


@pytest.mark.parametrize(
    ("key", "name", "arm"),
    [
        ("arms.frequent.0.touches_per_30_days", "touches_per_30_days", "frequent"),
        ("arms.frequent[0].touches_per_30_days", "touches_per_30_days", "frequent"),
        ("arms.frequent.0", "frequent", "frequent"),
        ("population.tolerance.median", "tolerance.median", None),
        ("days", "days", None),
    ],
)
def test_a_key_has_a_short_name_and_may_belong_to_an_arm(key: str, name: str, arm: str | None) -> None:
    axis = read_axis(f"{key}=1:2:1", "it")
    assert (axis.name, axis.arm) == (name, arm)


@pytest.mark.parametrize(
    ("specs", "says"),
    [
        ([], "one key or two"),
        (["a=1:2:1", "b=1:2:1", "c=1:2:1"], "one key or two"),
        (["a=1:2:1", "a=3:4:1"], "given twice"),
        (["days"], "KEY=start:stop:step"),
        (["=1:2:1"], "KEY=start:stop:step"),
        (["days="], "at least 2 values"),
        (["days=3"], "at least 2 values"),
        (["days=1,,2"], "at least 2 values"),
        (["days=1:5:0"], "goes nowhere"),
        (["days=1:5:-1"], "goes nowhere"),
        (["days=1:5:9"], "goes nowhere"),
        (["days=1:99999999:1"], "too many"),
        (["days=1:1e99:1e-99"], "too many"),
        (["a=1:16:1", "b=1:16:1"], "256 points are too many"),
        (["days=1,2,1.0"], "twice"),
        (["compare.baseline=a,b"], "must share"),
        (["replications=2:8:2"], "must share"),
        (["arms={a: []},{b: []}"], "must share"),
    ],
)
def test_what_cannot_be_swept_is_refused(specs: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=r"^it\.yaml: ") as error:
        read_axes(specs, "it.yaml")
    assert says in str(error.value)


def test_points_are_all_pairs_the_last_axis_first() -> None:
    axes = read_axes(["a=1:2:1", "b=1:3:1"], "it")
    assert places(axes) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert len(places(read_axes([f"a=1:{MOST_POINTS}:1"], "it"))) == MOST_POINTS
