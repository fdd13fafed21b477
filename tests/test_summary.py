"""The summary on a terminal: what it shows, aligned, and the same on every terminal."""

from __future__ import annotations

import re

import pytest

from sim.compare import Comparison, compare
from sim.measures import MEASURES
from sim.summary import WIDTH, spread, summary_text
from tests.synthetic import ARMS, experiment, with_redraws


@pytest.fixture(scope="module")
def usual() -> Comparison:
    return compare(experiment())


def table(text: str) -> list[str]:
    """The lines of the table: the second block."""
    return text.split("\n\n")[1].splitlines()


def test_verdict_comes_first_then_one_line_an_arm(usual: Comparison) -> None:
    text = summary_text(usual)
    assert " ".join(text.split("\n\n")[0].split()) == usual.headline
    assert [line.split()[0] for line in table(text)[2:]] == list(ARMS)
    assert [line.split()[-1] for line in table(text)[2:]] == ["baseline", "equal", "worse", "worse"]


def test_goal_guardrail_revenue_and_churn_are_columns_once_each(usual: Comparison) -> None:
    header = table(summary_text(usual))[0]
    assert header.split("  ")[0] == "arm"
    assert [header.count(name) for name in ("value per fan, CNY", "churn, %", "revenue, CNY")] == [1, 1, 1]


def test_estimates_are_shown_with_their_half_width(usual: Comparison) -> None:
    churn = usual.arm("blast").metrics["churn"]
    assert churn.mean is not None
    assert churn.half_width is not None
    line = table(summary_text(usual))[4]
    assert f"{100 * churn.mean:.2f} ± {100 * churn.half_width:.2f}" in line


@pytest.mark.parametrize(
    ("width", "shown"), [(None, ""), (0.0, " ± 0"), (0.0041, " ± 0.0041"), (3e-9, " ± <0.00000001"), (12.3, " ± 12")]
)
def test_a_half_width_that_is_not_zero_is_not_shown_as_zero(width: float | None, shown: str) -> None:
    assert spread("value_per_fan", width) == shown


def test_columns_are_aligned(usual: Comparison) -> None:
    lines = table(summary_text(usual))
    ends = {line.rindex(word) for line, word in zip(lines[2:], ["baseline", "equal", "worse", "worse"], strict=True)}
    assert ends == {lines[0].rindex("verdict")}


def test_sound_experiment_shows_no_check(usual: Comparison) -> None:
    assert len(summary_text(usual).split("\n\n")) == 3


def test_differences_are_told_with_their_interval_and_standing(usual: Comparison) -> None:
    lines = summary_text(usual).split("\n\n")[2].splitlines()
    assert lines[0].split("  ")[0] == "against restrained"
    assert "over assumptions" not in lines[0]
    told = {line.split(",")[0]: line for line in lines[2:]}
    for arm in ARMS:
        if arm != "restrained":
            d = usual.of(arm, "goal")
            assert d is not None
            mean, low, high = (float(x) for x in (d.difference or 0, d.ci_low or 0, d.ci_high or 0))
            shown = [float(x) for x in re.findall(r"[+-]?\d+\.\d+", told[f"{arm}: value per fan"])]
            assert shown == pytest.approx([mean, low, high], abs=0.006)
            assert told[f"{arm}: value per fan"].endswith(str(usual.arm(arm).selection))
    assert told["blast: churn"].split()[3].startswith("+")


def test_redrawn_assumptions_are_a_column_and_their_verdict_counts() -> None:
    made = compare(with_redraws(experiment(), {"frequent": 3.0}))
    assert made.assumptions is not None
    text = summary_text(made)
    assert all(len(line) <= WIDTH for line in text.splitlines())
    arms, differences = text.split("\n\n")[1:3]
    assert "inconclusive (luck: equal)" in arms
    effect = made.assumptions.of("frequent", "goal")
    assert effect is not None
    assert effect.interval is not None
    row = next(line for line in differences.splitlines() if line.startswith("frequent: value"))
    low, high = re.findall(r"([+-][\d.]+) to ([+-][\d.]+)", row)[-1]
    assert (float(low), float(high)) == pytest.approx((effect.interval.low, effect.interval.high), abs=0.06)


def test_what_moves_the_verdict_is_told_in_words() -> None:
    arms = {arm: ARMS[arm] for arm in ("restrained", "frequent")}
    made = compare(with_redraws(experiment(arms=arms), {"frequent": 8.0}, arms=arms))
    text = " ".join(summary_text(made).split())
    assert "What would change it: swing (swing: the higher, the better for frequent, in value per fan)." in text
    assert "idle" not in text


def test_two_arms_without_redraws_need_no_second_table() -> None:
    made = compare(experiment(arms={arm: ARMS[arm] for arm in ("restrained", "blast")}))
    assert len(summary_text(made).split("\n\n")) == 2


def test_health_problems_are_shown_failed_first() -> None:
    text = summary_text(compare(experiment(3, failed=[("blast", 1)])))
    problems = [line for line in text.split("\n\n")[3].splitlines() if not line.startswith(" ")]
    assert [line.split(":")[0] for line in problems] == ["failed", "warning", "warning"]
    assert "worse (1 failed)" in text


def test_what_is_undefined_is_a_dash() -> None:
    made = compare(experiment(1, undefined=["churn"], compare=None))
    assert table(summary_text(made))[3].split() == ["frequent", "390,856", "-", "-"]


def test_sentences_fit_and_the_terminal_does_not_matter(usual: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    text = summary_text(usual)
    assert all(len(line) <= WIDTH for line in text.splitlines())
    monkeypatch.setenv("COLUMNS", "40")
    assert summary_text(usual) == text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("metric", "value", "width", "shown"),
    [
        ("churn", 0.12345, 0.0021, "12.35"),
        ("churn", 0.12345, 0.021, "12.3"),
        ("revenue", 1_234_567.8, 4321.0, "1,234,568"),
        ("value_per_fan", 0.012345, None, "0.0123"),
        ("mean_trust", -0.0001, 0.02, "0.000"),
        ("churn", 0.001, 1e-18, "0.100"),
        ("orders", 0.0, 0.0, "0"),
        ("orders", 12.0, None, "12"),
    ],
)
def test_amounts_have_as_many_digits_as_they_deserve(
    metric: str, value: float, width: float | None, shown: str
) -> None:
    assert MEASURES[metric].amount(value, width) == shown


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("churn", 0.03, "3 points"),
        ("churn", 0.01, "1 point"),
        ("revenue", 1_234_567.0, "1,234,567 CNY"),
        ("value_per_fan", 0.5, "0.5 CNY"),
        ("orders", 100.0, "100"),
    ],
)
def test_margins_are_shown_as_declared(metric: str, value: float, shown: str) -> None:
    assert MEASURES[metric].margin(value, "CNY") == shown
