"""What the page says beyond the verdict: the rule, what would change it, precision, common luck, the same fan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.charts import draw
from reports.decision import changes, precise_words, rule
from reports.evidence import intervals_table, luck_table, precision_table
from reports.fan_tables import fates_table, pairs_table, segments, segments_table
from reports.html import render
from reports.tables import Table, differences_table, touches_table, tradeoff_table
from reports.theme import ANY_CHANNEL
from reports.units import NOTHING
from reports.view import criteria
from sim.compare import MEASURES, Comparison, Interval, Role, compare, movers
from sim.results import Experiment
from sim.scenario.model import Scenario
from tests.report_page import Page
from tests.synthetic import ARMS, COMPARE, experiment, with_outcomes, with_redraws, with_values

TWO = {arm: ARMS[arm] for arm in ("restrained", "frequent")}


@pytest.fixture(scope="module")
def usual() -> Comparison:
    return compare(with_redraws(with_outcomes(experiment(6, 30)), {"frequent": 3.0, "do_nothing": -40.0}))


@pytest.fixture(scope="module")
def plain() -> Comparison:
    return compare(experiment(6, 30))


def number(text: str) -> float:
    """A shown number read back, without its unit."""
    return float(text.split("\u00a0")[0].replace(",", "").replace("−", "-"))


def column(table: Table, name: str) -> dict[str, str]:
    """Label of each row -> its text in one column."""
    at = table.columns.index(name)
    return {row.label: row.cells[at].text for row in table.rows}


def asking(made: Experiment, **changes: object) -> Experiment:
    """The same experiment of a scenario that asks for something else."""
    return replace(made, scenario=Scenario.model_validate({**made.scenario.model_dump(), **changes}))


# The rule


def test_the_rule_states_what_was_declared(plain: Comparison) -> None:
    told = dict(rule(plain, criteria(plain)))
    assert list(told) == ["Compared", "Goal", "Guardrail", "Replications", "Assumptions", "Verdict"]
    assert told["Compared"].startswith("frequent, blast, do_nothing against restrained")
    assert told["Goal"] == "Value per fan: more is better; within ± 0.5 CNY counts as equal"
    assert told["Guardrail"] == "Churn: must not rise by more than 3 points"
    assert told["Replications"] == "6 of each arm, fixed beforehand"
    assert "not redrawn" in told["Assumptions"]


def test_the_rule_states_when_replications_stop() -> None:
    asked = {"min": 3, "max": 9, "precision": {"churn": 0.002, "revenue": 1000.0}}
    made = compare(asking(experiment(6, 5), replications=asked))
    told = dict(rule(made, criteria(made)))["Replications"]
    assert told.startswith("at least 3 and at most 9 of each arm, until")
    assert "churn ± 0.2 points and revenue ± 1,000 CNY" in told
    assert {"frequent: revenue", "blast: revenue"} < {row.label for row in precision_table(made).rows}


def test_the_rule_tells_how_assumptions_were_redrawn(usual: Comparison) -> None:
    assert dict(rule(usual, ()))["Assumptions"].startswith("2 parameters redrawn 12 times")
    assert "Verdict" not in dict(rule(usual, ()))


def test_one_arm_is_compared_with_nothing() -> None:
    made = compare(experiment(2, 5, arms={"only": ARMS["blast"]}, compare=None))
    assert dict(rule(made, ()))["Compared"] == "only alone"


# What would change it


@pytest.mark.parametrize("gain", [8.0, -8.0])
def test_what_moves_the_leading_arm_is_named_with_its_way(gain: float) -> None:
    made = compare(with_redraws(experiment(6, 10, arms=TWO), {"frequent": gain}, arms=TWO))
    goal = next(c for c in changes(made) if c.metric == "value per fan")
    assert [mover.key for mover in goal.clear] == ["swing"]
    way = "higher" if gain > 0 else "lower"
    assert goal.clear[0].way == f"the {way}, the better for frequent"
    page = Page(render(made, {})).text
    assert f"Value per fan: swing; the {way}, the better for frequent" in page


def test_a_loss_is_better_the_less_there_is_of_it() -> None:
    made = with_redraws(experiment(6, 10, arms=TWO), {}, arms=TWO)
    redrawn = [
        replace(r, metrics={**r.metrics, "churn": 0.1 + (r.arm == "frequent") * made.redraws[r.replication]["swing"]})
        for r in made.redrawn
    ]
    found = changes(compare(replace(made, redrawn=tuple(redrawn))))
    churn = next(c for c in found if c.metric == "churn")
    assert churn.clear[0].way == "the lower, the better for frequent"


def test_where_nothing_stands_out_that_is_said(usual: Comparison) -> None:
    weak = [effect for effect in changes(usual) if not effect.clear]
    assert weak
    assert "no single assumption stands out; strongest is" in Page(render(usual, {})).text


def test_without_redraws_or_verdict_nothing_is_claimed(plain: Comparison) -> None:
    assert changes(plain) == ()
    assert movers(plain) == ()
    single = compare(experiment(1, 5))
    assert changes(single) == ()
    assert "tells of luck alone" not in Page(render(single, {})).text


def test_a_known_parameter_is_told_in_words() -> None:
    made = with_redraws(experiment(6, 10, arms=TWO), {"frequent": 8.0}, arms=TWO)
    worlds = tuple({"behaviour.trust.gain": w["swing"], "idle": w["idle"]} for w in made.redraws)
    found = movers(compare(replace(made, redraws=worlds)))
    told = {mover.key: mover.about for mover in found}
    assert "share of the gap to 1" in told["behaviour.trust.gain"]
    assert told.get("idle", "idle") == "idle"


# Precise enough


def test_precision_shows_what_was_reached_and_what_it_takes() -> None:
    narrow = {**COMPARE, "goal": {"metric": "value_per_fan", "margin": 0.01}}
    made = compare(experiment(6, 30, compare=narrow))
    table = precision_table(made)
    for d in made.differences:
        if d.role != "secondary":
            assert d.precision is not None
            row = next(row for row in table.rows if row.label == f"{d.arm}: {MEASURES[d.metric].label}")
            assert [cell.value for cell in row.cells] == [
                6, d.precision.half_width, d.margin, d.precision.smallest_detectable, d.precision.still_needed,
            ]  # fmt: skip
    missing = [d for d in made.differences if d.precision and d.precision.still_needed]
    assert missing
    words = precise_words(made)
    assert words.startswith("Not yet.")
    assert words.count("more replications") == len(missing)


def test_precision_that_is_reached_or_unknown_is_said_in_a_sentence(plain: Comparison) -> None:
    assert precise_words(plain) == "Yes: after 6 replications every half-width is within what is wanted."
    assert precise_words(compare(experiment(1, 5))).startswith("Not known")
    assert precise_words(compare(experiment(4, 5, compare=None))).startswith("No goal is declared")
    none = compare(experiment(4, 5, compare={**COMPARE, "goal": {"metric": "value_per_fan", "margin": 0.0}}))
    assert "out of reach of any number" in precise_words(none)


# Intervals and luck


def test_all_intervals_stand_side_by_side(usual: Comparison, plain: Comparison) -> None:
    assert "Over the assumptions" not in intervals_table(plain).columns
    table = intervals_table(usual)
    assert usual.assumptions is not None
    for row in table.rows:
        arm, _, _ = row.label.partition(":")
        role: Role = "goal" if "value" in row.label else "guardrail"
        d, effect = usual.of(arm, role), usual.assumptions.of(arm, role)
        assert d is not None
        assert effect is not None
        scale = 100 if role == "guardrail" else 1
        for name, interval in (
            ("Over the assumptions", effect.interval),
            ("Bootstrap", d.bootstrap),
            ("All arms together", d.simultaneous),
        ):
            assert interval is not None
            cell = row.cells[table.columns.index(name)]
            _agrees(cell.text, cell.note, interval, scale)
        assert d.lift is not None
        _agrees(row.cells[-1].text, row.cells[-1].note, d.lift, 100)


def _agrees(mean: str, ends: str, interval: Interval, scale: float) -> None:
    """Text reads back as the interval, to its last digit."""
    low, high = ends.removesuffix(", skewed").split(" to ")
    digits = len(low.partition(".")[2])
    shown = (number(mean), number(low), number(high))
    known = (interval.mean, interval.low, interval.high)
    assert shown == pytest.approx([scale * v for v in known], abs=0.51 * 10.0**-digits)


def test_a_skewed_interval_is_marked() -> None:
    apart = {"restrained": [0.0] * 6, "frequent": [0.0, 0.0, 0.0, 0.1, 0.1, 9.0]}
    made = compare(with_values(experiment(6, 5, arms=TWO), "value_per_fan", apart))  # type: ignore[arg-type]
    d = made.of("frequent", "goal")
    assert d is not None
    assert d.skewed
    assert intervals_table(made).rows[0].cells[1].note.endswith(", skewed")


def test_common_luck_is_told_with_its_correlation(plain: Comparison) -> None:
    table = luck_table(plain, ("goal", "guardrail"))
    assert [row.label for row in table.rows] == ["Value per fan", "Churn"]
    for d in plain.differences:
        if d.role == "goal":
            assert d.common_luck is not None
            cell = table.rows[0].cells[table.columns.index(d.arm)]
            assert (cell.value, number(cell.text)) == (d.common_luck.saved, d.common_luck.saved)
            assert cell.note == f"correlation {d.correlation:.3f}".replace("-", "−")
    assert luck_table(compare(experiment(2, 5)), ("goal",)).rows == ()


def test_differences_that_chance_may_have_made_say_so() -> None:
    noise: dict[str, list[float | None]] = {
        "restrained": [100.0, 101.0, 99.0, 100.0, 102.0, 98.0],
        "frequent": [101.0, 100.0, 100.0, 99.0, 101.0, 100.0],
    }
    made = compare(with_values(experiment(6, 5, arms=TWO), "orders", noise))
    found = {d.metric: d.discovery for d in made.differences}
    assert set(found.values()) == {None, True, False}
    marked = ["may be chance" in row.cells[0].note for row in differences_table(made).rows]
    assert marked == [found[metric] is False for metric in made.arms[0].metrics]


# Frontier, touches


def test_the_frontier_is_told_beside_what_it_is_made_of(plain: Comparison) -> None:
    assert plain.frontier is not None
    shown = column(tradeoff_table(plain), "On the frontier")
    assert shown == {arm: f"{100 * share:.0f} %" for arm, share in plain.frontier.probability.items()}
    assert "On the frontier" not in tradeoff_table(compare(experiment(1, 5))).columns


DELIVERED = ["chat, delivered", "sms, delivered", "All delivered"]
WITHHELD = ["chat, withheld", "sms, withheld", "All withheld", "by quiet weekdays", "by cap per 30 days"]


def with_rules(made: Experiment) -> Experiment:
    """The same experiment with two rules, and a channel of which they withheld everything."""
    held = [r.withheld["chat"] for r in made.replications]
    replications = [
        replace(r, withheld={"chat": n - n // 3, "sms": n // 3, "feed": 0})
        for r, n in zip(made.replications, held, strict=True)
    ]
    asked = asking(made, rules={"quiet_weekdays": ["sunday"], "per_30_days": 5})
    return replace(asked, replications=tuple(replications))


def test_touches_are_shown_by_channel_delivered_and_withheld_and_zero_is_no_blank(plain: Comparison) -> None:
    made = compare(with_rules(plain.experiment))
    table = touches_table(made)
    values = {row.label: [cell.value for cell in row.cells] for row in table.rows}
    assert list(values) == DELIVERED + WITHHELD
    assert table.columns == tuple(arm.name for arm in made.arms)
    for label, metric in (("All delivered", "touches"), ("All withheld", "withheld")):
        assert values[label] == pytest.approx([arm.metrics[metric].mean for arm in made.arms])
    for label, mapping in (
        ("chat, withheld", "withheld"),
        ("sms, withheld", "withheld"),
        ("chat, delivered", "touches"),
    ):
        channel = label.partition(",")[0]
        assert values[label] == [getattr(arm, mapping)[channel] for arm in made.arms]
    assert values["by cap per 30 days"] == [arm.withheld_by_rule["per_30_days"] for arm in made.arms]
    assert any(values["sms, withheld"])
    assert {row.cells[table.columns.index("do_nothing")].text for row in table.rows} == {"0"}


def test_touches_withheld_before_channels_were_counted_are_shown_in_sum_alone(plain: Comparison) -> None:
    known = with_rules(plain.experiment)
    older = [replace(r, withheld={}, withheld_by_rule={}) for r in known.replications]
    made = compare(replace(known, replications=tuple(older)))
    shown = column(touches_table(made), "blast")
    assert list(shown) == [label for label in DELIVERED + WITHHELD if "sms" not in label]
    assert {label for label, text in shown.items() if text == NOTHING} == {
        label for label in shown if label in WITHHELD and label != "All withheld"
    }
    assert number(shown["All withheld"]) > 0
    assert ANY_CHANNEL in draw(made)["touches-sent"].svg


def test_without_a_rule_one_row_says_that_nothing_was_withheld(plain: Comparison) -> None:
    none = [
        replace(r, metrics={**r.metrics, "withheld": 0.0}, withheld=dict.fromkeys(r.withheld, 0))
        for r in plain.experiment.replications
    ]
    shown = column(touches_table(compare(replace(plain.experiment, replications=tuple(none)))), "blast")
    assert list(shown) == ["chat, delivered", "All delivered", "All withheld"]
    assert shown["All withheld"] == "0"


# The same fan


def test_fates_and_segments_are_shown_as_counted(usual: Comparison) -> None:
    table = fates_table(usual)
    for row, one in zip(table.rows, usual.same_fan, strict=True):
        f = one.everyone
        counts = [f.kept_by_both, f.only_baseline, f.only_arm, f.lost_in_both]
        assert row.label == one.arm
        assert [cell.value for cell in row.cells] == [*counts, f.baseline_spend, f.arm_spend, f.spend_difference]
        assert [number(cell.text) for cell in row.cells[:4]] == counts
        cut = segments_table(usual, one)
        lost = [sum(r.cells[n].value or 0 for r in cut.rows if r.label.startswith("Trust")) for n in (0, 1, 2)]
        assert [cell.value for cell in cut.rows[-1].cells[:3]] == lost
        assert lost == [f.fans, f.only_arm + f.lost_in_both, f.only_baseline + f.lost_in_both]


def test_pairs_without_the_baseline_can_be_opened(usual: Comparison) -> None:
    table = pairs_table(usual)
    assert [row.label for row in table.rows] == ["frequent, blast", "frequent, do_nothing", "blast, do_nothing"]
    for row, one in zip(table.rows, usual.other_fans, strict=True):
        f = one.everyone
        counts = [f.kept_by_both, f.only_baseline, f.only_arm, f.lost_in_both]
        assert [cell.value for cell in row.cells] == [*counts, f.baseline_spend, f.arm_spend, f.spend_difference]
    assert "The other arms in pairs The same for two arms without restrained" in Page(render(usual, {})).text


def test_segments_of_the_leading_arm_come_first_and_are_labelled_exploratory(usual: Comparison) -> None:
    assert segments(usual)[0].arm == usual.lead
    text = Page(render(usual, {})).text
    assert "The same fan in both arms exploratory" in text
    assert "Segments in which the difference lies exploratory" in text


def test_why_fans_left_says_that_newcomers_count(usual: Comparison) -> None:
    text = Page(render(usual, {})).text
    assert "All fans count here, also those who joined meanwhile; churn is of the starting pool alone." in text


def test_what_is_missing_is_said(plain: Comparison) -> None:
    text = Page(render(plain, {})).text
    for words in (
        "Nothing to follow: replication 0 kept no fan",
        "They were not redrawn, so nothing here says",
        "Nothing to draw: it takes a declared goal, and two replications",
        "No arm sent any, and no rule withheld any",
    ):
        assert words in text
    assert NOTHING not in column(precision_table(plain), "Half-width reached").values()
    few = Page(render(compare(experiment(2, 5)), {})).text
    assert "Not known: it takes three replications in common" in few
