"""The shipped scenarios: each opens with its question, and comes out as its comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import shipped
from sim.compare import Comparison, compare
from sim.experiment import run_experiment
from sim.registry import Registry
from sim.scenario.load import load_scenario, range_warnings
from strategies import BUILTINS

REGISTRY = Registry(BUILTINS)
SMALLER = {
    "womenswear": (
        "population.size=20000",
        "market.sources.shop.organic_per_day=4",
        "money.staff_per_day=500",
        "replications=5",
    ),
    "no_fatigue": ("population.size=5000", "replications=4"),
    "snack_rewards": ("population.size=10000", "replications=4"),
    "mvp_first": ("replications=4",),
}


def compared(name: str, *overrides: str) -> Comparison:
    """A scenario with luck alone, as its comments speak of it."""
    settings = (*SMALLER.get(name, ()), "uncertainty=none", *overrides)
    scenario = load_scenario(shipped()[name], REGISTRY, settings)
    return compare(run_experiment(scenario, REGISTRY))


def verdicts(name: str, *overrides: str) -> dict[str, str | None]:
    """Arm -> verdict."""
    comparison = compared(name, *overrides)
    return {arm.name: arm.verdict for arm in comparison.arms if arm.name != comparison.baseline}


@pytest.mark.parametrize("path", shipped().values(), ids=lambda path: path.stem)
def test_a_scenario_opens_with_its_question(path: Path) -> None:
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    assert first.startswith("# ")
    assert second.startswith("#")
    assert "?" in first + second
    assert load_scenario(path, REGISTRY).question.endswith("?")


@pytest.mark.parametrize("path", shipped().values(), ids=lambda path: path.stem)
def test_a_scenario_stays_within_the_evidence(path: Path) -> None:
    assert range_warnings(load_scenario(path, REGISTRY)) == ()


@pytest.mark.parametrize("path", shipped().values(), ids=lambda path: path.stem)
def test_a_scenario_asks_for_more_than_luck(path: Path) -> None:
    assert load_scenario(path, REGISTRY).redrawn >= 10


def test_in_the_classroom_restraint_wins() -> None:
    assert verdicts("classroom") == {"frequent": "worse", "blast": "worse", "do_nothing": "worse"}


@pytest.mark.slow
def test_a_blast_breaks_the_guardrail_and_weekly_contact_does_not() -> None:
    comparison = compared("womenswear")
    assert {arm.name: arm.verdict for arm in comparison.arms[1:]} == {
        "frequent": "equal",
        "blast": "worse",
        "do_nothing": "worse",
    }
    churn = {pair.arm: pair.verdict for pair in comparison.differences if pair.metric == "churn"}
    assert churn == {"frequent": "held", "blast": "broken", "do_nothing": "held"}
    restrained = comparison.arms[0].metrics["annoyed_share"].mean
    assert restrained is not None
    assert 0.05 <= restrained <= 0.10  # the share that a restrained operator annoys


@pytest.mark.slow
def test_without_fatigue_more_is_better_until_it_costs_too_much() -> None:
    assert verdicts("no_fatigue") == {
        "frequent": "better",
        "blast": "better",
        "blast_by_hand": "worse",
        "do_nothing": "worse",
    }


@pytest.mark.slow
def test_the_hard_reward_loses_until_the_margin_is_thin() -> None:
    assert verdicts("snack_rewards") == {"hard": "worse", "no_reward": "equal"}
    assert verdicts("snack_rewards", "money.goods_share=0.9") == {"hard": "better", "no_reward": "better"}


@pytest.mark.slow
def test_the_pilot_wins_unless_the_playbook_is_mature() -> None:
    assert verdicts("mvp_first") == {"mvp_first": "better"}
    assert verdicts("mvp_first", "market.playbook.maturity=1") == {"mvp_first": "worse"}
