"""The same fan in two arms, counted by hand and against whole runs."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.compare import compare
from sim.output import results_json
from sim.results import FanOutcomes
from sim.same_fan import QUARTERS, TENURES, TRUST_BANDS, SameFan, same_fans
from sim.scenario.model import Scenario
from sim.world import simulate
from strategies.contact_cadence import ContactCadence
from tests.synthetic import experiment, with_outcomes


def outcomes(left: list[int], spend: list[float], trust: list[float] | None = None) -> FanOutcomes:
    size = len(left)
    return FanOutcomes(
        trust=np.array(trust or [0.5] * size, np.float32),
        tolerance=np.arange(size, dtype=np.float32),
        tenure=np.zeros(size, np.int32),
        left=np.array(left, np.int32),
        cause=np.zeros(size, np.uint8),
        spend=np.array(spend, np.float32),
    )


def same_fan(baseline: str, arm: str, before: FanOutcomes, after: FanOutcomes) -> SameFan | None:
    """One arm against another."""
    return next(same_fans({baseline: before, arm: after}), None)


def test_fates_counted_by_hand() -> None:
    before = outcomes([-1, -1, -1, 10, 10, 20], [1, 1, 1, 1, 1, 1])
    after = outcomes([-1, -1, 5, -1, 10, 3], [2, 2, 2, 2, 2, 8])
    result = same_fan("a", "b", before, after)
    assert result is not None
    fates = result.everyone
    assert (fates.kept_by_both, fates.only_baseline, fates.only_arm, fates.lost_in_both) == (2, 1, 1, 2)
    assert fates.churn_difference == 0
    assert fates.spend_difference == 2


def test_an_empty_pool_has_no_fates() -> None:
    assert same_fan("a", "b", outcomes([], []), outcomes([], [])) is None


@pytest.mark.parametrize(("trust", "band"), [(0.0, "stranger"), (0.2, "social"), (0.599, "general"), (1.0, "intimate")])
def test_trust_bands_begin_at_their_lower_end(trust: float, band: str) -> None:
    fans = outcomes([-1], [0], [trust])
    result = same_fan("a", "b", fans, fans)
    assert result is not None
    assert [s.name for s in result.segments if s.trait == "trust"] == [band]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 1)), min_size=1, max_size=60))
def test_segments_of_a_trait_add_up_to_everyone(fans: list[tuple[bool, bool, float]]) -> None:
    trust = [t for _, _, t in fans]
    before = outcomes([3 if gone else -1 for gone, _, _ in fans], [1.0] * len(fans), trust)
    after = outcomes([3 if gone else -1 for _, gone, _ in fans], [2.0] * len(fans), trust)
    result = same_fan("a", "b", before, after)
    assert result is not None
    for trait in ("trust", "tolerance", "tenure"):
        parts = [s.fates for s in result.segments if s.trait == trait]
        for count in ("fans", "kept_by_both", "only_baseline", "only_arm", "lost_in_both"):
            assert sum(getattr(part, count) for part in parts) == getattr(result.everyone, count)
    names = {s.name for s in result.segments}
    assert names <= {*TRUST_BANDS, *TENURES, *QUARTERS}


def test_fates_of_a_real_run_agree_with_its_churn() -> None:
    scenario = Scenario.model_validate({"name": "x", "days": 120, "population": {"size": 3000}, "arms": {"a": []}})
    calm = simulate(scenario, "a", [], 0)
    loud = simulate(scenario, "a", [ContactCadence(touches_per_30_days=30)], 0)
    assert calm.outcomes is not None
    assert loud.outcomes is not None
    result = same_fan("calm", "loud", calm.outcomes, loud.outcomes)
    assert result is not None
    churn = [run.metrics["churn"] for run in (calm, loud)]
    assert None not in churn
    assert result.everyone.churn_difference == pytest.approx(churn[1] - churn[0])  # type: ignore[operator]
    assert result.everyone.only_baseline > 10 * result.everyone.only_arm
    tolerance = [s.fates.churn_difference for s in result.segments if s.trait == "tolerance"]
    assert tolerance[0] > tolerance[-1], "the least tolerant quarter suffers most"
    assert simulate(scenario, "a", [], 1).outcomes is None


def test_a_comparison_follows_the_fans_that_replication_0_kept_in_every_pair_of_arms() -> None:
    made = compare(with_outcomes(experiment(3, 5, failed=[("blast", 0)])))
    pairs = [(found.baseline, found.arm) for found in (*made.same_fan, *made.other_fans)]
    assert pairs == [("restrained", "frequent"), ("restrained", "do_nothing"), ("frequent", "do_nothing")]
    assert [found.arm for found in made.same_fan] == ["frequent", "do_nothing"]
    kept = {r.arm: r.outcomes for r in made.experiment.replications if r.replication == 0}
    for found in (*made.same_fan, *made.other_fans):
        before, after = kept[found.baseline], kept[found.arm]
        assert before is not None
        assert after is not None
        assert found == same_fan(found.baseline, found.arm, before, after)
        assert found.segments
    written = json.loads(results_json(made))["same_fan"]
    assert [(entry["baseline"], entry["arm"]) for entry in written] == pairs
    assert [entry["everyone"] for entry in written] == [
        vars(found.everyone) for found in (*made.same_fan, *made.other_fans)
    ]
    first, known = written[0]["segments"][0], made.same_fan[0].segments[0]
    assert first == {"trait": known.trait, "name": known.name, **vars(known.fates)}


def test_any_pair_is_given_in_any_order() -> None:
    made = compare(with_outcomes(experiment(2, 5, failed=[("blast", 0)])))
    assert made.fans("restrained", "frequent") is made.same_fan[0]
    kept = {r.arm: r.outcomes for r in made.experiment.replications if r.replication == 0}
    assert kept["do_nothing"] is not None
    assert kept["frequent"] is not None
    turned = made.fans("do_nothing", "frequent")
    assert turned == same_fan("do_nothing", "frequent", kept["do_nothing"], kept["frequent"])
    assert made.fans("frequent", "blast") is None


def test_a_lost_baseline_leaves_the_other_pairs() -> None:
    made = compare(with_outcomes(experiment(2, 5, failed=[("restrained", 0)])))
    assert made.same_fan == ()
    assert [(found.baseline, found.arm) for found in made.other_fans] == [
        ("frequent", "blast"),
        ("frequent", "do_nothing"),
        ("blast", "do_nothing"),
    ]


def test_without_fans_to_follow_there_is_nothing_to_tell() -> None:
    made = with_outcomes(experiment(2, 5), fans=0)
    assert compare(made).same_fan == ()
    assert json.loads(results_json(compare(replace(made, replications=made.replications[1:]))))["same_fan"] == []
    assert compare(experiment(2, 5)).other_fans == ()
