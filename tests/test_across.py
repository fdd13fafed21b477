"""The same arms in several scenarios: what may differ, verdicts, regret by hand, how it is told."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from reports.across import render
from reports.charts.across import draw_across
from sim.compare import compare
from sim.errors import ScenarioError
from sim.results import Experiment, Failure, Replication
from sim.scenario.model import Scenario
from sim.studies.across import Across, across
from sim.studies.across_files import across_csv, across_json
from sim.studies.across_text import across_text
from sim.studies.across_words import headline
from sim.studies.same_arms import check_same, differing, labels_of
from tests.report_page import Page
from tests.studies import REGISTRY, lived, load, replication
from tests.synthetic import replication as synthetic
from tests.synthetic import scenario

VALUES = {"restrained": (100, 100), "frequent": (120, 70), "blast": (150, 150), "do_nothing": (90, 95)}
"""Arm -> value per fan in the first and in the second scenario."""


def whole(made: Experiment) -> Experiment:
    """The same metrics in replications that pass the health checks."""
    kept = [replace(synthetic(r.arm, r.replication, 5), metrics=r.metrics) for r in made.replications]
    return replace(made, replications=tuple(kept))


def shaken(made: Experiment, luck: float) -> Experiment:
    """The same with `luck` added to the value of `frequent` in every other replication, and taken off in the rest."""

    def value(r: Replication) -> float:
        return float(r.metrics["value_per_fan"] or 0.0) + luck * (r.arm == "frequent") * (-1) ** r.replication

    moved = [replace(r, metrics={**r.metrics, "value_per_fan": value(r)}) for r in made.replications]
    return replace(made, replications=tuple(moved))


def found(
    values: dict[str, tuple[int, int]] = VALUES,
    *,
    replications: int = 5,
    failed: tuple[str, ...] = (),
    margin: float = 1.0,
    luck: tuple[float, float] = (0.0, 0.0),
) -> Across:
    """Two scenarios in which the arms have these values; a blast breaks the guardrail.

    The value of `frequent` goes up and down by this `luck` from one replication to the next.
    """
    compared = {
        "baseline": "restrained",
        "goal": {"metric": "value_per_fan", "margin": margin},
        "guardrail": {"metric": "churn", "margin": 0.02},
    }
    made = []
    for number in range(2):
        world = scenario(replications, 5, compared, tuple(values)).model_copy(update={"name": f"world{number}"})
        world = world.model_copy(update={"money": world.money.model_copy(update={"goods_share": 0.1 + number})})

        def figures(_: Scenario, arm: str, number: int = number) -> tuple[float, float]:
            return float(values[arm][number]), 0.6 if arm == "blast" else 0.2

        made.append(
            compare(shaken(whole(lived(world, figures, own=0.01, failed=failed if number else ())), luck[number]))
        )
    return across(["one", "two"], made, "simrun compare one two")


def test_regret_is_what_is_lost_by_choosing_before_one_knows() -> None:
    """Without blast, which breaks the guardrail, the best are 120 and 100."""
    it = found()
    assert it.regret is not None
    assert it.regret.arms == ("restrained", "frequent", "do_nothing")
    assert np.abs(it.regret.table - [[20, 0], [0, 30], [30, 5]]).max() < 0.1
    assert it.regret.minimax_regret == it.regret.best_mean == it.regret.maximin == "restrained"
    assert it.out == {"blast": "breaks the guardrail in one, two"}


def test_verdicts_and_choices_are_those_of_each_scenario() -> None:
    it = found()
    assert [it.choice(label) for label in it.labels] == ["frequent", "restrained"]
    assert not it.holds_everywhere
    assert it.everywhere("frequent") is None
    assert it.everywhere("blast") == "worse"
    for label, comparison in zip(it.labels, it.comparisons, strict=True):
        for arm in it.arms:
            assert it.verdicts[arm, label].arm == comparison.arm(arm).verdict


def test_the_headline_says_whether_the_choice_holds() -> None:
    said = headline(found())
    assert said.startswith("The choice depends on the scenario: frequent in one, restrained in two. ")
    assert "By the means, restrained has the smallest largest regret: at most " in said
    same = headline(found({"restrained": (100, 100), "frequent": (120, 130)}))
    assert same == (
        "Choose frequent: that holds in all 2 scenarios. frequent has the best value per fan in every scenario."
    )
    stay = headline(found({"restrained": (100, 100), "frequent": (90, 80)}))
    assert stay.startswith("Stay with restrained: that holds in all 2 scenarios.")
    assert headline(found(replications=1)).startswith("No verdict")


def test_an_arm_that_is_better_somewhere_and_equal_elsewhere_holds_everywhere() -> None:
    it = found({"restrained": (100, 100), "frequent": (100, 110)})
    assert [it.verdicts["frequent", label].arm for label in it.labels] == ["equal", "better"]
    assert headline(it).startswith(
        "Choose frequent: that holds in all 2 scenarios; in one frequent and restrained are practically equal. "
    )
    assert it.choices == {"one": "frequent", "two": "frequent"}
    assert json.loads(across_json(it))["holds_everywhere"] is True
    assert (it.holds_everywhere, it.depends) == (True, False)
    unsure = found({"restrained": (100, 100), "frequent": (110, 100), "do_nothing": (90, 100)}, luck=(0.0, 3.0))
    assert unsure.choices == {"one": "frequent"}


def test_what_is_equal_is_not_chosen_where_the_choice_depends_on_other_scenarios() -> None:
    """Two arms are better, each in one scenario; then one is better in one and worse in the other."""
    two = found({"restrained": (100, 100), "frequent": (110, 100), "do_nothing": (100, 110)})
    assert two.choices == {"one": "frequent", "two": "do_nothing"}
    worse = found({"restrained": (100, 100), "frequent": (110, 90)})
    assert worse.choices == {"one": "frequent", "two": "restrained"}
    assert worse.ties == ()


def test_what_is_inconclusive_is_no_recommendation() -> None:
    """Two arms that are the same but for luck, in both scenarios or in the second."""
    open_everywhere = found({"restrained": (100, 100), "frequent": (100, 100)}, luck=(3.0, 3.0))
    assert headline(open_everywhere).startswith("Inconclusive in one, two, so restrained stands for now. ")
    assert open_everywhere.choices == {}
    assert not open_everywhere.holds_everywhere
    half = found({"restrained": (100, 100), "frequent": (90, 100)}, luck=(0.0, 3.0))
    assert headline(half).startswith("Stay with restrained in one. Inconclusive in two, so restrained stands for now. ")
    content = json.loads(across_json(half))
    assert [one["choice"] for one in content["scenarios"]] == ["restrained", None]
    assert content["holds_everywhere"] is False


def test_the_highest_means_are_not_called_best_unless_they_surely_are() -> None:
    said = headline(found({"restrained": (100, 100), "frequent": (101, 101)}, luck=(3.0, 3.0)))
    assert " has the highest mean value per fan in every scenario." in said
    assert " has the best " not in said
    out = headline(found({"restrained": (100, 100), "frequent": (120, 120), "blast": (150, 150)}))
    assert out.endswith("frequent has the highest mean value per fan in every scenario of the arms that can be chosen.")


def test_an_arm_that_failed_somewhere_is_out() -> None:
    it = found(failed=("frequent",))
    assert it.out["frequent"] == "failed in two"
    assert it.regret is not None
    assert "frequent" not in it.regret.arms
    assert json.loads(across_json(it))["arms"]["frequent"]["scenarios"]["two"]["error"] == "frequent: it broke"


def part(it: Across, arm: str, where: tuple[str, ...], *, redrawn: bool = False) -> Across:
    """The same, but one replication or redraw more of an arm was started in some scenarios, and failed."""
    made = []
    for label, comparison in zip(it.labels, it.comparisons, strict=True):
        broke = (Failure(arm, 5, f"{arm}: it broke", redrawn=redrawn),) if label in where else ()
        made.append(compare(replace(comparison.experiment, failures=broke)))
    return across(it.labels, made)


@pytest.mark.parametrize("redrawn", [False, True])
def test_an_arm_that_failed_in_part_is_chosen_nowhere_and_has_no_verdict_there(redrawn: bool) -> None:
    values = {"restrained": (100, 100), "frequent": (120, 120), "do_nothing": (110, 110)}
    it = part(found(values), "frequent", ("two",), redrawn=redrawn)
    assert it.choices == {"one": "do_nothing", "two": "do_nothing"}
    assert [it.verdicts["frequent", label].arm for label in it.labels] == ["better", None]
    lost = "the only redraw" if redrawn else "1 of 6 replications"
    assert headline(it).startswith(
        f"Choose do_nothing: that holds in all 2 scenarios. frequent failed in two ({lost}), and is left out. "
    )
    assert next(line for line in across_text(it).splitlines() if line.startswith("frequent ")).endswith("failed")
    alone = part(found({"restrained": (100, 100), "frequent": (120, 120)}), "frequent", ("one",))
    assert (alone.choices, alone.holds_everywhere) == ({}, False)
    assert headline(alone).startswith("No verdict: ")


def test_an_arm_that_failed_does_not_make_the_choice_inconclusive() -> None:
    values = {"restrained": (100, 100), "frequent": (100, 100), "do_nothing": (90, 90)}
    it = found(values, luck=(3.0, 3.0))
    assert it.inconclusive == ("one", "two")
    it = part(it, "frequent", ("one",))
    assert (it.inconclusive, it.choices) == ((), {"one": "restrained", "two": "restrained"})


def test_nothing_is_chosen_where_the_baseline_failed() -> None:
    it = part(found({"restrained": (100, 100), "frequent": (120, 120)}), "restrained", ("two",))
    assert (it.choices, it.holds_everywhere) == ({"one": "frequent"}, False)
    assert headline(it).startswith(
        "Choose frequent in one. The baseline restrained failed in two (1 of 6 replications): "
        "nothing can be chosen there. "
    )
    assert [one["choice"] for one in json.loads(across_json(it))["scenarios"]] == ["frequent", None]


def test_without_an_arm_to_choose_there_is_no_regret() -> None:
    it = found({"restrained": (1, 1), "frequent": (1, 1)}, failed=("restrained", "frequent"))
    assert it.regret is None
    assert json.loads(across_json(it))["regret"] is None
    assert across_text(it)


def test_verdicts_are_those_over_the_assumptions_if_they_were_redrawn() -> None:
    """Luck alone says better; over worlds as wide as this it is open."""
    world = scenario(
        5, 5, {"baseline": "restrained", "goal": {"metric": "value_per_fan", "margin": 1}}, ("restrained", "frequent")
    )

    def figures(_: Scenario, arm: str) -> tuple[float, float]:
        return 100.0 + 2 * (arm == "frequent"), 0.2

    made = whole(lived(world, figures, own=0.01))
    redrawn = [replication(world, arm, n, *figures(world, arm), 0.01) for arm in world.arms for n in range(9)]
    wild = [
        replace(r, metrics={**r.metrics, "value_per_fan": 100.0 + 9 * r.replication * (r.arm == "frequent")})
        for r in redrawn
    ]
    shaken = replace(made, redrawn=tuple(wild), redraws=({"behaviour.x": 1.0},) * 9)
    it = across(["luck", "worlds"], [compare(made), compare(shaken)])
    assert [it.verdicts["frequent", label].arm for label in it.labels] == ["better", "inconclusive"]
    wide, narrow = (it.deciding("frequent", label, it.claims[0]) for label in ("worlds", "luck"))
    assert wide is not None
    assert narrow is not None
    assert wide.high - wide.low > 10 * (narrow.high - narrow.low)
    assert "assumptions" in json.loads(across_json(it))["arms"]["frequent"]["scenarios"]["worlds"]["goal"]
    row = next(line for line in across_text(it).splitlines() if line.startswith("frequent "))
    assert row.count(" (luck) better") == row.count("(luck)") == 1
    assert "(intervals over the range of assumptions, those marked (luck) of luck alone)" in " ".join(
        across_text(it).split()
    )
    assert "luck alone" not in across_text(across(["a", "b"], [compare(shaken)] * 2))
    page = Page(render(it, {})).text
    assert page.count("(luck)") == 1
    assert unquote(draw_across(it)["goal"].svg).count("(luck)") == 1


# How it is told


def test_json_csv_and_text_have_every_arm_in_every_scenario() -> None:
    it = found()
    content = json.loads(across_json(it), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    rows = list(csv.DictReader(io.StringIO(across_csv(it))))
    assert [(row["scenario"], row["arm"]) for row in rows] == [(label, arm) for label in it.labels for arm in it.arms]
    for row in rows:
        told = content["arms"][row["arm"]]["scenarios"][row["scenario"]]
        assert float(row["goal_mean"]) == told["goal"]["mean"]
        assert row["verdict"] == (told["verdict"] or "")
        assert (row["regret"] == "") == (row["arm"] == "blast")
    assert content["holds_everywhere"] is False
    assert content["regret"]["winners"] == dict.fromkeys(("minimax_regret", "maximin", "best_mean"), "restrained")
    assert content["differing"] == {"money.goods_share": {"one": 0.1, "two": 1.1}}
    text = across_text(it)
    assert all(arm in text for arm in it.arms)
    assert "blast is out: it breaks the guardrail in one, two" in text


def test_an_arm_whose_difference_is_unknown_shows_no_level_in_its_place() -> None:
    it = found({"restrained": (100, 100), "frequent": (110, 110)}, failed=("frequent",))
    row = next(line for line in across_text(it).splitlines() if line.startswith("frequent "))
    assert row.split()[-2:] == ["-", "failed"]


def test_the_terminal_and_the_json_warn_of_few_replications_as_the_report_does() -> None:
    few = found(replications=3)
    told = "warning: Enough replications in one, two? arm restrained has 3: intervals are wide (run at least 5)"
    assert told in across_text(few).splitlines()
    for one in json.loads(across_json(few))["scenarios"]:
        (check,) = (check for check in one["health"] if check["name"] == "Enough replications")
        assert (check["status"], check["advice"]) == ("warning", "run at least 5")
    assert "Enough replications" not in across_text(found())


# What may differ


def test_settings_that_differ_are_named_and_no_others() -> None:
    one, two = load(), load(["population.tolerance.median=3", "arms.blast=[]", "name=other"])
    assert differing([one, two]) == {"population.tolerance.median": (5.0, 3.0)}
    three = load(["market.sources={ads: {cost: 3}}"])
    assert set(differing([one, three])) >= {"market.sources.ads.cost"}


def test_scenarios_are_called_by_their_names_unless_two_are_the_same() -> None:
    one, two = load(), load(["name=other"])
    assert labels_of(["a.yaml", "b.yaml"], [one, two]) == ("classroom", "other")
    assert labels_of(["a.yaml", "b.yaml"], [one, one]) == ("a.yaml", "b.yaml")


def test_the_same_arms_may_be_written_differently() -> None:
    other = load(["arms.frequent=[{use: contact_cadence, channel: chat, touches_per_30_days: 8.0}]"])
    check_same(["a", "b"], [load(), other], REGISTRY)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            ["arms.frequent.0.touches_per_30_days=9"],
            "b: arms.frequent.0.touches_per_30_days is 9.0 instead of 8.0, unlike a",
        ),
        (["arms.blast=[]"], "b: arm 'blast' is nothing instead of ContactCadence, unlike a"),
        (["arms.more=[]"], "b: has an arm 'more', unlike a"),
        (["currency=EUR"], "b: currency is EUR instead of CNY, unlike a"),
        (["compare.baseline=blast"], "b: compare.baseline is blast instead of restrained, unlike a"),
        (["compare.goal.metric=profit"], "b: compare.goal.metric is profit instead of value_per_fan, unlike a"),
        (["compare.guardrail=null"], "b: compare.guardrail.metric is None instead of churn, unlike a"),
    ],
)
def test_other_arms_or_rules_are_refused(settings: list[str], says: str) -> None:
    with pytest.raises(ScenarioError) as error:
        check_same(["a", "b"], [load(), load(settings)], REGISTRY)
    assert error.value.problems == [says]


def test_a_missing_arm_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"^b: has no arm 'more', unlike a$"):
        check_same(["a", "b"], [load(["arms.more=[]"]), load()], REGISTRY)


@pytest.mark.parametrize(
    ("typed", "change", "says"),
    [
        (["a"], {}, "a: one scenario alone cannot be compared"),
        (["a", "a"], {}, "a: is named twice"),
        (["a", "b"], {"compare": None}, "a: needs `compare`"),
    ],
)
def test_what_cannot_be_compared_is_refused(typed: list[str], change: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        check_same(typed, [load().model_copy(update=change)] * len(typed), REGISTRY)
