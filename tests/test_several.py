"""All arms of an experiment at once: selection by the goal, and the frontier of value and churn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.compare import Comparison, compare
from sim.stats.selection import standings
from tests.synthetic import ARMS, experiment, with_values

BASE = [10.0, 11.0, 12.0, 9.0, 10.5, 11.5]


def selected(comparison: Comparison) -> dict[str, str | None]:
    return {arm.name: arm.selection for arm in comparison.arms}


def goal(metric: str, margin: float) -> dict[str, Any]:
    return {"baseline": "restrained", "goal": {"metric": metric, "margin": margin}}


def moved(by: float) -> list[float | None]:
    return [value + by + 0.01 * (-1) ** i for i, value in enumerate(BASE)]


def ranked(margin: float = 0.1, **made: Any) -> Comparison:
    """Four arms whose values differ by 1, 2 and 2.05."""
    values = dict(zip(ARMS, (moved(0.0), moved(1.0), moved(2.0), moved(2.05)), strict=True))
    values["do_nothing"] = [float(v or 0) + 0.004 * (i % 3) for i, v in enumerate(values["do_nothing"])]
    settings = goal("value_per_fan", margin)
    return compare(with_values(experiment(days=5, compare=settings, **made), "value_per_fan", values))


def test_the_best_arm_is_selected_and_those_within_the_margin_are_tied() -> None:
    expected = {"restrained": "rejected", "frequent": "rejected", "blast": "rejected", "do_nothing": "best"}
    assert selected(ranked(0.01)) == expected
    assert selected(ranked(0.1)) == {**expected, "blast": "tied", "do_nothing": "tied"}


def test_against_best_is_in_the_goal_s_own_sign() -> None:
    churn = compare(experiment(compare=goal("churn", 0.001)))
    assert selected(churn) == {
        "restrained": "rejected",
        "frequent": "rejected",
        "blast": "rejected",
        "do_nothing": "best",
    }
    blast, least = churn.arm("blast").against_best, churn.arm("do_nothing").against_best
    assert blast is not None
    assert least is not None
    assert blast.mean > 0.0, "more churn than the best"
    assert blast.low == 0.0
    assert least.high < 0.0, "less churn than any other, surely"


def test_standings_are_those_of_the_common_replications() -> None:
    found = ranked()
    values = np.stack([found.arm(name).values["value_per_fan"] for name in ARMS], axis=1)
    for arm, standing in zip(found.arms, standings(values, 0.1), strict=True):
        assert (arm.selection, arm.against_best) == (standing.selection, standing.interval)


def test_an_arm_without_two_values_is_left_out_of_the_selection() -> None:
    found = ranked(failed=[("do_nothing", number) for number in range(5)])
    assert selected(found) == {"restrained": "rejected", "frequent": "rejected", "blast": "best", "do_nothing": None}
    assert found.arm("do_nothing").against_best is None


@pytest.mark.parametrize(
    "made",
    [
        experiment(compare=None, days=5),
        experiment(1, days=5),
        experiment(undefined=["value_per_fan"], days=5),
        experiment(arms={"restrained": ARMS["restrained"]}, compare=None, days=5),
        experiment(4, days=5, failed=[*((a, n) for a in ("restrained", "blast", "do_nothing") for n in range(4))]),
    ],
)
def test_without_a_goal_two_arms_and_two_replications_none_is_selected(made: Any) -> None:
    assert set(selected(compare(made)).values()) == {None}


def test_arms_that_share_too_few_replications_are_not_compared() -> None:
    apart = [("restrained", n) for n in (0, 1, 2)] + [("blast", n) for n in (3, 4, 5)]
    assert set(selected(compare(experiment(days=5, failed=apart))).values()) == {None}


def test_the_frontier_is_that_of_value_and_churn() -> None:
    found = compare(experiment()).frontier
    assert found is not None
    assert found.metrics == ("value_per_fan", "churn")
    assert found.probability == {"restrained": 1.0, "frequent": 1.0, "blast": 0.0, "do_nothing": 1.0}
    assert found.n == 6


def test_without_churn_the_frontier_is_that_of_value_and_exit_rate() -> None:
    found = compare(experiment(undefined=["churn"])).frontier
    assert found is not None
    assert found.metrics == ("value_per_fan", "exit_rate")
    assert found.probability["blast"] == 0.0


def test_an_uncertain_place_on_the_frontier_is_between_0_and_1() -> None:
    values: dict[str, list[float | None]] = {"blast": [value + 3.0 * (-1) ** i for i, value in enumerate(BASE)]}
    values |= {arm: list(BASE) for arm in ARMS if arm != "blast"}
    found = compare(with_values(experiment(days=5), "value_per_fan", values)).frontier
    assert found is not None
    assert 0.2 < found.probability["blast"] < 0.8
    assert found.probability["do_nothing"] == 1.0, "least churn of all"


def test_arms_off_the_frontier_for_lack_of_replications_are_left_out() -> None:
    found = compare(experiment(days=5, failed=[("blast", n) for n in range(5)])).frontier
    assert found is not None
    assert list(found.probability) == ["restrained", "frequent", "do_nothing"]
    assert found.n == 6
    assert compare(experiment(1, days=5)).frontier is None
    assert compare(experiment(3, days=5, failed=[("restrained", 0), ("blast", 1), ("frequent", 2)])).frontier is None
