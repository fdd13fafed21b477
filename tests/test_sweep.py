"""A sweep: what is run, what is made of it, and how it is told."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.compare import compare
from sim.errors import ScenarioError, UsageError
from sim.experiment import Progress
from sim.health import enough
from sim.results import Failure
from sim.stats import paired_interval
from sim.studies.axes import read_axes
from sim.studies.curves import summarise
from sim.studies.plan import plan_sweep
from sim.studies.running import run_all
from sim.studies.sweep import Sweep
from sim.studies.sweep_files import sweep_csv, sweep_json
from sim.studies.sweep_text import sweep_text
from sim.studies.words import headline
from tests.studies import CADENCE, REGISTRY, TOLERANCE, Figures, hill, lived, load, plan, swept, touches
from tests.synthetic import ARMS, PROVENANCE
from tests.synthetic import replication as synthetic

OTHER = "arms.restrained.0.touches_per_30_days"

# What is run


def test_values_of_an_arm_are_arms_of_one_experiment_and_the_baseline_is_run_once() -> None:
    (world,) = plan([f"{CADENCE}=1:4:1"]).worlds
    variants = [f"frequent (touches_per_30_days {n})" for n in (1, 2, 3, 4)]
    assert list(world.scenario.arms) == ["restrained", *variants]
    assert list(world.names.values()) == variants
    assert [world.scenario.arms[name][0].parameters["touches_per_30_days"] for name in variants] == [1, 2, 3, 4]


def test_values_of_the_world_are_experiments_of_all_arms() -> None:
    made = plan([f"{TOLERANCE}=2,4"], ["uncertainty=assumptions"])
    assert [world.scenario.population.tolerance.median for world in made.worlds] == [2, 4]
    assert made.arms == tuple(load().arms)
    for world in made.worlds:
        assert world.scenario.arms == load().arms
        assert world.scenario.redrawn == 0


def test_a_grid_of_arm_and_world_has_an_experiment_for_each_world() -> None:
    made = plan([f"{TOLERANCE}=2,4", f"{CADENCE}=1,2,3"])
    assert made.arms == ("frequent",)
    assert [len(world.scenario.arms) for world in made.worlds] == [4, 4]
    assert [sorted(place for _, place in world.names) for world in made.worlds] == [
        [(0, 0), (0, 1), (0, 2)],
        [(1, 0), (1, 1), (1, 2)],
    ]


def test_a_swept_baseline_is_compared_with_itself_as_the_scenario_has_it() -> None:
    (world,) = plan([f"{OTHER}=1,3"]).worlds
    assert world.scenario.compare is not None
    assert world.scenario.compare.baseline == "restrained"
    assert world.scenario.arms["restrained"] == load().arms["restrained"]
    assert len(world.scenario.arms) == 3


def test_all_points_run_the_fewest_replications_and_redraw_if_the_scenario_does() -> None:
    settings = ["replications={min: 4, max: 9, precision: 1}", "uncertainty=assumptions", "redraws=7"]
    (world,) = plan([f"{CADENCE}=1,2"], settings).worlds
    assert (world.scenario.fewest, world.scenario.most, world.scenario.redrawn) == (4, 4, 7)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("arms.frequent.0.touches_per_30_day=1,2", "did you mean 'touches_per_30_days'"),
        ("arms.frequent.0.touches_per_30_days=800,900,1000", "must be at most 900"),
        ("arms.frequent.1.touches_per_30_days=1,2", "no entry 1"),
        ("population.tolerance.media=1,2", "did you mean 'median'"),
        ("population.tolerance.median=one,two", "a number"),
        ("population.tolerance.median='a,2", "--over population.tolerance.median='a"),
    ],
)
def test_a_wrong_point_is_refused_before_anything_runs(spec: str, says: str) -> None:
    with pytest.raises(ScenarioError) as error:
        plan([spec])
    assert says in str(error.value)
    assert "--over " in str(error.value)
    assert "--set" not in str(error.value)


def test_a_scenario_without_a_comparison_cannot_be_swept() -> None:
    def bare(settings: object) -> Any:
        return load().model_copy(update={"compare": None})

    with pytest.raises(UsageError, match=r"^x\.yaml: a sweep needs `compare`"):
        plan_sweep(bare, read_axes(["days=1,2"], "x.yaml"), "x.yaml")


@pytest.mark.parametrize(
    ("spec", "about", "unit", "evidence"),
    [
        (f"{CADENCE}=1,2", "touches of each fan in 30 days", "", None),
        (f"{TOLERANCE}=1,2", "median contact pressure that a fan tolerates", "touches / 30 days", (1.2, 8.0)),
        ("days=1,2", "horizon", "days", None),
        ("channels.chat.reach=0.1,0.2", "", "", ()),
        ("arms.frequent=[],[{use: contact_cadence}]", "", "", None),
    ],
)
def test_a_swept_key_is_described(spec: str, about: str, unit: str, evidence: Any) -> None:
    (axis,) = plan([spec]).axes
    assert axis.about.startswith(about)
    assert axis.unit == unit or not unit
    assert axis.evidence == evidence or evidence == ()


def test_progress_counts_all_experiments_and_keeps_metrics_alone() -> None:
    tiny = ["population.size=20", "days=3", "replications=2", "uncertainty=none"]
    scenarios = [world.scenario for world in plan([f"{TOLERANCE}=2,4,8"], tiny).worlds]
    seen: list[Progress] = []
    made = run_all(scenarios, REGISTRY, workers=1, on_progress=seen.append, metrics_alone=True)
    assert {now.total for now in seen} == {24}
    assert [now.share for now in seen] == sorted(now.share for now in seen)
    assert (seen[-1].finished, seen[-1].share) == (24, pytest.approx(1.0))
    whole = run_all(scenarios[:1], REGISTRY, workers=1)
    assert [r.metrics for r in made[0].replications] == [r.metrics for r in whole[0].replications]
    assert not any(r.daily or r.outcomes for experiment in made for r in experiment.replications)
    assert all(r.daily for r in whole[0].replications)


# What is made of it


def test_best_value_and_crossings_are_those_of_the_curve() -> None:
    """Value 100 - (x - 5)^2 against the baseline's 91 at 2 touches: best at 5, equal at 2 and 8."""
    found = swept([f"{CADENCE}=1:10:1"], figures=lambda w, a: (hill(w, a)[0], 0.2), own=0.05)
    (best,) = found.best
    assert best.place == (4,)
    assert found.interval(best, 0) == (5, 5)
    first, second = found.crossings["frequent"]
    assert first.at == pytest.approx(2.0, abs=0.05)
    assert first.rises
    assert second.at == pytest.approx(8.0, abs=0.05)
    assert not second.rises
    for crossing, root in ((first, 2.0), (second, 8.0)):
        assert crossing.low - 0.05 <= root <= crossing.high + 0.05


def test_no_crossing_is_told_that_the_differences_do_not_support() -> None:
    """As in `classroom` over 1 to 8 touches: nothing at 2, which is the baseline, and a gain at 3 that may be luck."""
    gains = {1.0: -2.0, 2.0: 0.0, 3.0: 0.3, 4.0: -2.0}
    found = swept([f"{CADENCE}=1:4:1"], figures=lambda w, a: (100.0 + gains[touches(w, a)], 0.2), own=0.4)
    nothing, gained = (found.results["frequent", (n,)].goal.difference for n in (1, 2))
    assert nothing is not None
    assert gained is not None
    assert (nothing.ci_low, nothing.ci_high) == (0.0, 0.0)
    assert gained.ci_low is not None
    assert gained.difference is not None
    assert gained.ci_low < 0.0 < gained.difference
    assert found.crossings == {"frequent": ()}


def test_the_guardrail_moves_the_best_value() -> None:
    """Churn may rise by .02 over that of 2 touches, .005 each: so at most 5.9 touches, with some luck."""
    found = swept([f"{CADENCE}=1:10:1"], figures=lambda w, a: (hill(w, a)[0] + 10 * (a != "restrained"), hill(w, a)[1]))
    (best,) = found.best
    assert best.place == (4,)
    tight = swept([f"{CADENCE}=1:10:1"], ["compare.guardrail.margin=0.01"])
    (best,) = tight.best
    assert best.free is not None
    assert best.free.place == 4
    assert best.place is not None
    assert best.place < (4,)
    assert "Without the guardrail it would be touches_per_30_days 5." in headline(tight)


def test_points_are_judged_as_a_run_judges_its_arms() -> None:
    """Oracle: the comparison of the whole experiment."""
    planned = plan([f"{CADENCE}=1:10:3"], ["replications=6", "uncertainty=none"])
    found = swept([f"{CADENCE}=1:10:3"])
    made = lived(planned.worlds[0].scenario)
    whole = [
        replace(synthetic(r.arm, r.replication, arms={r.arm: ARMS["blast"]}), metrics=r.metrics)
        for r in made.replications
    ]
    judged = compare(replace(made, replications=tuple(whole)))
    for (arm, place), name in planned.worlds[0].names.items():
        result, summary = found.results[arm, place], judged.arm(name)
        assert result.verdict == summary.verdict
        assert result.goal.estimate == summary.metrics["value_per_fan"]
        for reading, role in zip(result.readings, ("goal", "guardrail"), strict=True):
            d = judged.of(name, "goal" if role == "goal" else "guardrail")
            assert d is not None
            assert reading.difference is not None
            assert (reading.difference.ci_low, reading.difference.ci_high) == (d.ci_low, d.ci_high)
            assert reading.difference.verdict == d.verdict


def test_over_a_world_each_arm_has_its_curve_and_the_leader_changes() -> None:
    """Best touches are the tolerance; 2 for restrained, 8 for frequent, so that they are equal at 5."""
    found = swept([f"{TOLERANCE}=2:8:2"], figures=lambda w, a: (hill(w, a)[0], 0.2))
    assert found.arms == ("restrained", "frequent", "blast", "do_nothing")
    assert [found.leader(place) for place in found.places] == ["restrained", "restrained", "frequent", "frequent"]
    (crossing,) = found.crossings["frequent"]
    assert crossing.at == pytest.approx(5.0, abs=0.1)
    assert "restrained" not in found.crossings
    assert "frequent overtakes restrained at" in headline(found)
    assert ", between 4 and 6 (95 % interval" in headline(found)
    assert headline(found).endswith(" Refine there.")
    assert json.loads(sweep_json(found))["crossings"][0]["between"] == [4, 6]
    assert "restrained from 2 to 4, frequent from 6 to 8" in headline(found)


def test_where_arms_are_inconclusive_the_choice_is_open() -> None:
    """Value differs at tolerance 2 and 8 alone, by much more than luck."""

    def figures(world: Any, arm: str) -> tuple[float, float]:
        gain = {2.0: -50.0, 8.0: 50.0}.get(world.population.tolerance.median, 0.0)
        return 100.0 + gain * (arm == "frequent"), 0.2

    kept = ["arms={restrained: [{use: contact_cadence}], frequent: [{use: contact_cadence, touches_per_30_days: 8}]}"]
    found = swept([f"{TOLERANCE}=2,4,6,8"], [*kept, "compare.goal.margin=1"], figures, own=3.0)
    assert [found.leader(place) for place in found.places] == ["restrained", None, None, "frequent"]
    told = "By tolerance.median, the arm to choose is restrained at 2, open from 4 to 6, frequent at 8."
    assert headline(found).startswith(told)
    assert [point["choice"] for point in json.loads(sweep_json(found))["points"]][1:3] == [None, None]
    nothing = swept([f"{TOLERANCE}=4,6"], [*kept, "compare.goal.margin=1"], figures, own=3.0)
    assert headline(nothing).startswith("By tolerance.median, the arm to choose is open from 4 to 6.")


def test_nothing_lies_between_two_seeds() -> None:
    """`frequent` is behind at one and ahead at the others, so that it would cross between numbers."""

    def figures(world: Any, arm: str) -> tuple[float, float]:
        return 100.0 + (-50.0 if world.seed == 1 else 50.0) * (arm == "frequent"), 0.2

    found = swept(["seed=1:8:1"], figures=figures)
    assert not any(found.crossings.values())
    assert all(found.interval(best, 0) is None for best in found.best)
    assert headline(found) == "By seed, the arm to choose is restrained at 1, frequent at 7 values."


def test_in_each_world_of_a_grid_there_is_a_best_value() -> None:
    found = swept([f"{CADENCE}=1:6:1", f"{TOLERANCE}=3,5"], figures=lambda w, a: (hill(w, a)[0], 0.2))
    assert [best.place for best in found.best] == [(2, 0), (4, 1)]
    assert headline(found) == "Best touches_per_30_days of frequent by tolerance.median: 3 at 3, 5 at 5."


def test_keys_of_two_arms_do_not_blur_each_others_best_values() -> None:
    found = swept([f"{CADENCE}=4:6:1", f"{OTHER}=3:5:1"], figures=lambda w, a: (hill(w, a)[0], 0.2), own=0.05)
    assert [(best.arm, best.place) for best in found.best] == [("frequent", (1, 0)), ("restrained", (0, 2))]
    assert len(set(found.names)) == 2


def test_redrawn_assumptions_widen_the_interval_of_the_best_value() -> None:
    settings = ["uncertainty=assumptions", "redraws=40"]
    found = swept([f"{CADENCE}=3:7:1"], settings, figures=lambda w, a: (hill(w, a)[0], 0.2), own=0.3)
    (best,) = found.best
    luck, worlds = found.interval(best, 0), found.world_interval(best, 0)
    assert luck == (5, 5)
    assert worlds is not None
    assert worlds[0] < 5 < worlds[1]
    assert best.redrawn is not None
    assert worlds == (3 + np.flatnonzero(best.redrawn)[0], 3 + np.flatnonzero(best.redrawn)[-1])
    assert "over the range of assumptions" in headline(found)
    assert json.loads(sweep_json(found))["best"][0]["intervals_assumptions"] == {CADENCE: list(worlds)}


def test_a_point_that_failed_is_told_and_left_out() -> None:
    broken = "frequent (touches_per_30_days 5)"
    found = swept([f"{CADENCE}=1:7:1"], figures=lambda w, a: (hill(w, a)[0], 0.2), own=0.05, failed=[broken])
    (best,) = found.best
    assert best.place in ((3,), (5,))
    assert [failure.arm for failure in found.failures] == [broken]
    assert len(found.crossings["frequent"]) == 1
    points = json.loads(sweep_json(found))["points"]
    assert [point["arms"]["frequent"].get("error") for point in points if "error" in point["arms"]["frequent"]] == [
        f"{broken}: it broke"
    ]
    assert "failed" in sweep_text(found)


def test_a_point_of_which_some_redraws_failed_is_best_in_none_of_the_worlds() -> None:
    """The best value by far lacks one redraw, the baseline two others: the value is left out, and two of the worlds."""
    planned = plan([f"{CADENCE}=3:6:1"], ["replications=6", "uncertainty=assumptions", "redraws=9"])
    made = lived(planned.worlds[0].scenario, lambda w, a: (100.0 + 500.0 * touches(w, a), 0.2))
    lost = {("frequent (touches_per_30_days 6)", 4), ("restrained", 1), ("restrained", 2)}
    kept = tuple(r for r in made.redrawn if (r.arm, r.replication) not in lost)
    broke = tuple(Failure(arm, n, "it broke", redrawn=True) for arm, n in sorted(lost))
    found = summarise(planned, [replace(made, redrawn=kept, failures=broke)], PROVENANCE, ())
    (best,) = found.best
    assert (found.world_interval(best, 0), best.worlds) == ((5, 5), 7)
    assert "over the range of assumptions 5 to 5, the smallest and largest of 7 worlds" in headline(found)
    assert json.loads(sweep_json(found))["best"][0]["worlds"] == 7


def test_a_point_of_which_some_replications_failed_is_left_out_too() -> None:
    planned = plan([f"{TOLERANCE}=4,8"], ["replications=6", "uncertainty=none"])
    whole = [lived(world.scenario, lambda w, a: (hill(w, a)[0], 0.2)) for world in planned.worlds]
    partly = [replace(made, failures=(Failure("frequent", 6, "it broke"),)) for made in whole]
    sound, found = (summarise(planned, experiments, PROVENANCE, ()) for experiments in (whole, partly))
    assert [sound.leader(place) for place in sound.places] == ["restrained", "frequent"]
    assert len(sound.crossings["frequent"]) == 1
    assert [found.leader(place) for place in found.places] == ["restrained", "restrained"]
    assert found.crossings["frequent"] == ()
    assert "frequent failed everywhere, and is left out." in headline(found)


def test_where_the_baseline_failed_in_part_nothing_is_chosen_and_it_is_told_what_is_left() -> None:
    planned = plan([f"{TOLERANCE}=4,8"], ["replications=6", "uncertainty=none"])
    first, second = (lived(world.scenario, lambda w, a: (hill(w, a)[0], 0.2)) for world in planned.worlds)
    broke = (Failure("restrained", 6, "it broke"), Failure("restrained", 7, "it broke"))
    found = summarise(planned, [first, replace(second, failures=broke)], PROVENANCE, ())
    assert [found.leader(place) for place in found.places] == ["restrained", None]
    assert found.results["frequent", (1,)].verdict == "better"
    assert headline(found).endswith(
        "The baseline restrained failed at tolerance.median 8 in 2 of 8 replications: "
        "differences from it there rest on 6 of 8 replications."
    )


def test_a_baseline_that_failed_in_redraws_is_told_with_their_number() -> None:
    planned = plan([f"{CADENCE}=3:5:1"], ["replications=6", "uncertainty=assumptions", "redraws=9"])
    made = lived(planned.worlds[0].scenario)
    kept = tuple(r for r in made.redrawn if (r.arm, r.replication) != ("restrained", 4))
    broke = (Failure("restrained", 4, "it broke", redrawn=True),)
    found = summarise(planned, [replace(made, redrawn=kept, failures=broke)], PROVENANCE, ())
    assert headline(found).endswith(
        "The baseline restrained failed in 1 of 9 redraws: differences from it rest on 8 of 9 redraws."
    )


@pytest.mark.parametrize(
    ("specs", "failed", "says"),
    [
        (
            [f"{CADENCE}=1:7:1"],
            [f"frequent (touches_per_30_days {n})" for n in (5, 6)],
            "frequent failed at touches_per_30_days 5, 6, and is left out there.",
        ),
        ([f"{TOLERANCE}=2,4"], ["blast"], "blast failed everywhere, and is left out."),
        (
            [f"{CADENCE}=1,2", f"{TOLERANCE}=2,4"],
            ["frequent (touches_per_30_days 1)"],
            "frequent failed at 2 points, and is left out there.",
        ),
        ([f"{CADENCE}=1,2"], ["restrained"], "No verdict: it takes at least 2 replications"),
        ([f"{CADENCE}=1,2"], ["restrained"], "The baseline restrained failed in 1 of 2 replications: differences"),
        ([f"{TOLERANCE}=2,4"], ["restrained"], "The baseline restrained failed in 2 of 4 replications: differences"),
    ],
)
def test_the_headline_tells_what_failed(specs: list[str], failed: list[str], says: str) -> None:
    told = headline(swept(specs, failed=failed))
    assert says in told
    assert told.count(" failed ") == 1
    assert " failed " not in headline(swept(specs))


def test_without_a_second_replication_there_is_no_verdict() -> None:
    found = swept([f"{CADENCE}=1,2"], ["replications=1"])
    assert headline(found).startswith("No verdict")
    assert found.best[0].place is None
    assert json.loads(sweep_json(found))["best"][0]["values"] is None


def constant(world: Any, arm: str) -> tuple[float, float]:
    return 100.0, 0.5 if arm != "restrained" else 0.2


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        (hill, "frequent does best at touches_per_30_days 3 (95 % interval 3 to 3): against restrained, value per"),
        (hill, "3 is the end of what was tried: a better value may lie beyond."),
        (constant, "For frequent no value is known to keep the guardrail; value per fan alone is highest at touches"),
    ],
)
def test_the_headline_says_what_matters(figures: Figures, says: str) -> None:
    assert says in headline(swept([f"{CADENCE}=1:3:1"], figures=figures))


def test_a_verdict_that_hangs_on_picking_the_best_of_many_values_says_so() -> None:
    """All ten values are worth the same, .4 more than the baseline, or 4 more; luck of a difference is .3 sqrt(2)."""

    def better(gain: float) -> Figures:
        return lambda world, arm: (100.0 + gain * (arm != "restrained"), 0.2)

    found = swept([f"{CADENCE}=1:10:1"], ["compare.goal.margin=0"], better(0.4))
    (best,) = found.best
    assert best.place is not None
    d = found.results["frequent", best.place].goal.difference
    assert d is not None
    assert d.simultaneous is not None
    assert d.simultaneous == paired_interval(d.paired[:, 0], d.paired[:, 1], 1 - 0.05 / 10)
    assert d.verdict == "better"
    assert d.simultaneous.low < 0
    assert ", better by itself, but not with all values judged together (-" in headline(found)
    assert "judged together" not in headline(swept([f"{CADENCE}=1:10:1"], ["compare.goal.margin=0"], better(4.0)))


def test_a_sweep_with_redraws_says_that_its_verdicts_are_those_of_luck() -> None:
    shaken = swept([f"{CADENCE}=3:7:1"], ["uncertainty=assumptions", "redraws=10"])
    plain = swept([f"{CADENCE}=3:7:1"])
    assert "against restrained and for luck alone, value per fan" in headline(shaken)
    assert "the smallest and largest of 10 worlds" in headline(shaken)
    assert sweep_text(shaken).endswith(
        "\n\n± is half the width of a 95 % interval. Intervals and verdicts of differences are for luck alone."
    )
    assert "luck alone" not in sweep_text(plain)


@pytest.mark.parametrize(
    ("replications", "status", "says"),
    [
        (1, "failed", "arm restrained has 1: no interval and no verdict (run at least 2, better 10)"),
        (4, "warning", "arm restrained has 4: intervals are wide (run at least 5)"),
        (5, "passed", ""),
    ],
)
def test_few_replications_are_warned_of_as_in_a_run(replications: int, status: str, says: str) -> None:
    for spec in (f"{CADENCE}=1,4", f"{TOLERANCE}=3,5"):
        found = swept([spec], [f"replications={replications}"])
        (told,) = (check for check in json.loads(sweep_json(found))["health"] if check["name"] == "Enough replications")
        assert told == vars(enough(lived(found.worlds[0])))
        assert told["status"] == status
        words = " ".join(sweep_text(found).split())
        assert words.endswith(f" {status}: Enough replications? {says}") == bool(says)


def test_differences_that_never_vary_are_warned_of_but_not_those_of_the_baseline_itself() -> None:
    found = swept([f"{CADENCE}=2,4"], figures=lambda w, a: (100.0 + touches(w, a), 0.2), own=0.0)
    (told,) = (check for check in found.health if check.name == "Differences vary")
    assert told.status == "warning"
    assert "value_per_fan of frequent (touches_per_30_days 4)" in told.detail
    assert "(touches_per_30_days 2)" not in told.detail


def test_a_check_that_does_not_pass_in_some_worlds_names_them() -> None:
    planned = plan([f"{TOLERANCE}=2,4,6,8"], ["replications=5", "uncertainty=none"])
    made = [lived(world.scenario) for world in planned.worlds]

    def checked(counts: dict[int, int]) -> str:
        """What is said if `blast` has so many replications in these worlds, and 5 in the others."""
        kept = [
            replace(e, replications=tuple(r for r in e.replications if r.arm != "blast" or r.replication < fewest))
            for e, fewest in zip(made, (counts.get(n, 5) for n in range(4)), strict=True)
        ]
        (told,) = (c for c in summarise(planned, kept, PROVENANCE, ()).health if c.name == "Enough replications")
        return told.detail

    says = "arm blast has 4: intervals are wide"
    assert checked({}) == "at least 5 in every arm"
    assert checked({1: 4}) == f"at tolerance.median 4: {says}"
    assert checked(dict.fromkeys(range(4), 4)) == says
    assert checked({0: 4, 1: 4}) == f"at tolerance.median 2, tolerance.median 4: {says}"
    assert checked({1: 4, 3: 3}) == f"at tolerance.median 4: {says}; it does not pass in 1 other either"


def test_a_map_marks_guardrails_that_are_not_held_and_explains_its_signs() -> None:
    """Churn rises by .005 a touch, and may by .02 over that of 2 touches: by 5 it does for sure, at 6 perhaps."""
    found = swept([f"{CADENCE}=4,6,9", f"{TOLERANCE}=2,6"])
    verdicts = [found.results["frequent", (n, 0)].guardrail for n in range(3)]
    assert [r.difference.verdict for r in verdicts if r and r.difference] == ["held", "unproven", "broken"]
    lines = sweep_text(found).splitlines()
    held, unproven, broken = (next(line for line in lines if line.startswith(start)) for start in ("4 ", "6 ", "9 "))
    assert not held.endswith(("!", "?"))
    assert unproven.endswith("?")
    assert broken.endswith("!")
    assert "value per fan of frequent less restrained, CNY:" in lines
    assert lines[-1] == "± is half the width of a 95 % interval. Guardrail: ! broken, ? unproven."
    assert "Guardrail" not in sweep_text(swept([f"{CADENCE}=4,6", f"{TOLERANCE}=2,6"], ["compare.guardrail=null"]))


# How it is told


SWEEPS: dict[str, list[str]] = {
    "arm": [f"{CADENCE}=1:4:1"],
    "world": [f"{TOLERANCE}=2:8:3"],
    "texts": ["arms.frequent.0.channel=chat,sms"],
    "grid": [f"{CADENCE}=1:3:1", f"{TOLERANCE}=2,6"],
    "worlds": ["money.goods_share=0.3,0.5", f"{TOLERANCE}=2,6"],
    "baseline": [f"{OTHER}=1,2,3"],
}


@pytest.fixture(params=SWEEPS)
def usual(request: pytest.FixtureRequest) -> Sweep:
    return swept(SWEEPS[request.param])


def strict(text: str) -> dict[str, Any]:
    """Read JSON that must not contain NaN or infinity."""
    content: dict[str, Any] = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    return content


def test_json_and_csv_have_every_arm_at_every_point_with_the_same_figures(usual: Sweep) -> None:
    content = strict(sweep_json(usual))
    rows = list(csv.DictReader(io.StringIO(sweep_csv(usual))))
    assert len(rows) == len(usual.places) * len(usual.arms)
    told = [(point["values"], arm, result) for point in content["points"] for arm, result in point["arms"].items()]
    for row, (values, arm, result) in zip(rows, told, strict=True):
        assert row["arm"] == arm
        assert [row[key] for key in values] == [str(value) for value in values.values()]
        assert float(row["goal"]) == result["goal"]["mean"]
        assert row["goal_ci_low"] == ("" if "ci_low" not in result["goal"] else repr(result["goal"]["ci_low"]))
        assert row["verdict"] == (result["verdict"] or "")
    assert content["headline"] == headline(usual)
    assert len(content["axes"]) == len(usual.axes)


def test_a_sweep_is_told_the_same_way_each_time(usual: Sweep) -> None:
    again = replace(usual)
    assert sweep_json(again) == sweep_json(usual)
    assert sweep_csv(again) == sweep_csv(usual)


def test_the_terminal_shows_every_value(usual: Sweep) -> None:
    text = sweep_text(usual)
    for axis in usual.axes:
        assert all(words in text for words in axis.texts)
    assert not any(line.endswith(" ") for line in text.splitlines())


@settings(max_examples=5)
@given(order=st.permutations([1, 2, 3, 5, 8]))
def test_the_order_in_which_values_are_written_changes_nothing(order: list[int]) -> None:
    made = swept([f"{CADENCE}={','.join(map(str, order))}"])
    usual = swept([f"{CADENCE}=1,2,3,5,8"])
    assert sweep_csv(made) == sweep_csv(usual)
    assert np.array_equal(made.best[0].held.often, usual.best[0].held.often)  # type: ignore[union-attr]
