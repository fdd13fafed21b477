"""What is said of arms that failed, in part or altogether, and of those beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.decision import failed_words
from sim.compare import compare
from sim.results import Failure
from tests.synthetic import ARMS, experiment, with_redraws
from tests.test_compare import changed, plus, status

NEVER = [("blast", number) for number in range(6)]


def test_an_arm_that_never_finished_discredits_no_other() -> None:
    found = compare(experiment(failed=NEVER))
    assert found.headline.endswith(
        "Nothing is said of blast: 6 of 6 replications failed. The verdict on the other arms stands."
    )
    assert "Do not rely" not in found.headline
    problems = {check.name: check for check in found.health if check.status != "passed"}
    assert list(problems) == ["Every replication finished"]
    check = problems["Every replication finished"]
    assert check.detail.startswith("6 of 6 replications of blast failed; arm blast, replication 0: blast: contact_")
    assert check.advice == "mend the cause and run again"
    assert status(found)["Enough replications"] == status(found)["Pairing is intact"] == "passed"


def test_no_other_arm_is_better_only_of_those_that_finished() -> None:
    arms = {arm: ARMS[arm] for arm in ("restrained", "blast", "do_nothing")}
    usual, found = (compare(experiment(arms=arms, failed=failed)) for failed in ([], NEVER))
    assert usual.headline.startswith("Stay with restrained, no other arm is better")
    assert found.headline.startswith("Stay with restrained, no other arm that finished is better")


def test_an_arm_of_which_one_replication_is_left_is_not_judged_either() -> None:
    found = compare(experiment(failed=NEVER[:5]))
    assert "Nothing is said of blast: 5 of 6 replications failed." in found.headline
    assert status(found)["Enough replications"] == "passed"


@pytest.mark.parametrize(
    ("failed", "says"),
    [
        ([("do_nothing", 1)], "Do not rely on what is said of do_nothing: 1 of 6 replications failed. The verdict on"),
        ([("restrained", 1)], "Do not rely on it: 1 of 6 replications of restrained failed."),
        (
            [*NEVER, ("do_nothing", 1), ("do_nothing", 2)],
            "Do not rely on what is said of do_nothing: 2 of 6 replications failed. Nothing is said of blast: 6 of 6 "
            "replications failed. The verdict on the other arms stands.",
        ),
    ],
)
def test_the_headline_names_what_failed_and_says_what_stands(failed: list[tuple[str, int]], says: str) -> None:
    found = compare(experiment(failed=failed))
    assert found.lead == "frequent"
    assert says in found.headline
    assert ("stands." in found.headline) == ("Do not rely on it" not in found.headline)
    assert "biased" in found.health[0].advice


def test_a_verdict_on_an_arm_that_failed_in_part_is_not_to_be_relied_on() -> None:
    two = {arm: ARMS[arm] for arm in ("restrained", "frequent")}
    found = compare(experiment(arms=two, failed=[("frequent", 1)]))
    assert found.lead == "frequent"
    assert "Do not rely on it: 1 of 6 replications of frequent failed." in found.headline


def test_an_arm_that_failed_in_part_does_not_hide_the_verdict_on_those_that_did_not() -> None:
    found = compare(experiment(failed=[("frequent", 1)]))
    assert found.lead == "blast"
    assert found.headline.startswith("Stay with restrained, no other arm that finished is better: with blast, value ")
    assert found.headline.endswith(
        "Do not rely on what is said of frequent: 1 of 6 replications failed. The verdict on the other arms stands."
    )


def test_what_failed_is_told_without_a_goal() -> None:
    made = experiment(compare=None, failed=[*NEVER, ("do_nothing", 1)])
    assert compare(made).headline == (
        "No verdict: no goal is declared, the other arms are only set against restrained. Do not rely on what is said "
        "of do_nothing: 1 of 6 replications failed. Nothing is said of blast: 6 of 6 replications failed."
    )


def test_with_another_failed_check_nothing_stands() -> None:
    made = changed(
        experiment(failed=[("do_nothing", n) for n in range(6)]), lambda r: replace(r, fans=plus(r.fans, "left", 1))
    )
    found = compare(made)
    assert "Do not rely on it, a check failed: Fans are conserved. Nothing is said of do_nothing" in found.headline
    assert "stands." not in found.headline


def test_failed_redraws_are_told_as_such() -> None:
    made = experiment()
    lost = Failure("blast", 3, "boom", redrawn=True)
    check = compare(replace(made, failures=(lost,))).health[0]
    assert check.detail == "the only redraw of blast failed; arm blast, redraw 3: boom"


def test_worlds_that_failed_are_told_as_left_out_of_the_interval_and_not_as_luck() -> None:
    made = with_redraws(experiment(), {}, 6)
    gone = [("blast", 1), ("blast", 2), *(("do_nothing", n) for n in range(5))]
    left = replace(
        made,
        redrawn=tuple(r for r in made.redrawn if (r.arm, r.replication) not in gone),
        failures=tuple(Failure(arm, n, "boom", redrawn=True) for arm, n in gone),
    )
    found = compare(left)
    assert found.health[0].advice == (
        "mend the cause and run again; until then intervals over the assumptions leave out just the worlds in which "
        "blast (2 of 6) failed and too few redraws of do_nothing finished for an interval over the assumptions"
    )
    assert failed_words(found) == (
        "Intervals over the assumptions leave out just the worlds in which blast (2 of 6) failed. Too few redraws of "
        "do_nothing finished for an interval over the assumptions. The other arms are complete."
    )


def test_a_single_replication_that_failed_is_not_counted() -> None:
    found = compare(experiment(1, compare=None, failed=NEVER[:1]))
    assert found.headline.endswith("Nothing is said of blast: its only replication failed.")
    assert found.health[0].detail.startswith("the only replication of blast failed; ")


def test_too_few_in_common_is_no_lack_of_replications_if_they_failed() -> None:
    found = compare(experiment(arms={a: ARMS[a] for a in ("restrained", "blast")}, failed=NEVER))
    assert found.headline == (
        "No verdict: no replication in common gives no interval, 6 of 6 replications of blast failed."
    )
    assert compare(experiment(1, failed=NEVER[:1])).headline.endswith("run at least 2, better 10.")
