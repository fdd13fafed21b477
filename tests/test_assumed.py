"""What redrawn assumptions make of a comparison: intervals, verdicts, drivers, and the words of the headline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats as oracle

from reports.html import render
from sim.compare import Assumptions, Comparison, compare
from sim.results import Experiment, Failure
from sim.summary import arm_rows
from tests.synthetic import ARMS, experiment, with_redraws

TWO = {arm: ARMS[arm] for arm in ("restrained", "frequent")}
DECLARED = {
    "baseline": "restrained",
    "goal": {"metric": "value_per_fan", "margin": 0.05},
    "guardrail": {"metric": "churn", "margin": 0.03},
}


def made(gain: float, redraws: int = 12) -> Experiment:
    """`frequent` is surely better by luck, by about .3; over the assumptions by .3 +- gain / 2."""
    return with_redraws(experiment(arms=TWO, compare=DECLARED), {"frequent": gain}, redraws)


def found(comparison: Comparison) -> Assumptions:
    assert comparison.assumptions is not None
    return comparison.assumptions


def test_the_interval_is_that_of_one_more_world() -> None:
    e = made(2.0)
    effect = found(compare(e)).of("frequent", "goal")
    values = {arm: [r.metrics["value_per_fan"] or 0.0 for r in e.redrawn_of(arm)] for arm in TWO}
    apart = np.subtract(values["frequent"], values["restrained"])
    q = oracle.t.ppf(0.975, 11) * np.sqrt(13 / 12)
    middle = apart.mean() + apart.std(ddof=1) * oracle.skew(apart) * (q**2 - 1) / 6
    width = q * apart.std(ddof=1)
    assert effect is not None
    assert effect.interval is not None
    assert (effect.interval.low, effect.interval.high) == pytest.approx((middle - width, middle + width))
    assert effect.better == np.mean(apart > 0.0)
    assert effect.n == 12


def test_less_churn_counts_as_better() -> None:
    effect = found(compare(made(2.0))).of("frequent", "guardrail")
    assert effect is not None
    assert effect.interval is not None
    assert effect.interval.low > 0.0, "frequent loses more fans in every world"
    assert effect.better == 0.0
    assert effect.verdict == "held"


@pytest.mark.parametrize(("gain", "verdict", "only_luck"), [(0.1, "better", False), (4.0, "inconclusive", True)])
def test_a_verdict_that_assumptions_do_not_confirm_holds_only_for_luck(
    gain: float, verdict: str, only_luck: bool
) -> None:
    comparison = compare(made(gain))
    worlds = found(comparison)
    effect = worlds.of("frequent", "goal")
    assert effect is not None
    assert (effect.verdict, effect.only_luck) == (verdict, only_luck)
    assert worlds.verdicts == {"frequent": verdict}
    assert worlds.only_luck == (("frequent",) if only_luck else ())
    assert comparison.arm("frequent").verdict == "better", "the verdict by luck stays what it is"


def test_one_replication_gives_no_verdict_however_many_redraws() -> None:
    comparison = compare(with_redraws(experiment(1, arms=TWO, compare=DECLARED), {"frequent": 0.1}))
    assert comparison.headline.startswith("No verdict: 1 replication")
    worlds = found(comparison)
    assert worlds.verdicts == {"frequent": None}
    assert {effect.verdict for effect in worlds.effects} == {None}
    assert worlds.only_luck == ()
    assert [row[-1] for row in arm_rows(comparison)] == ["verdict", "baseline", "-"]
    assert "badge plain" in (page := render(comparison, {}))
    assert not any(f'">{word}</span>' in page for word in ("inconclusive", "better", "worse", "held"))


def test_the_parameter_that_moves_the_difference_is_named_first() -> None:
    effect = found(compare(made(4.0))).of("frequent", "goal")
    assert effect is not None
    assert found(compare(made(4.0))).parameters == ("swing", "idle")
    first, second = effect.drivers
    assert (first.key, first.clear, second.key, second.clear) == ("swing", True, "idle", False)
    assert first.correlation > 0.9
    assert effect.noise is not None
    assert abs(second.correlation) < effect.noise < first.correlation


def test_every_difference_has_its_effect() -> None:
    comparison = compare(with_redraws(experiment(), {}))
    effects = found(comparison).effects
    assert [(e.arm, e.metric, e.role) for e in effects] == [(d.arm, d.metric, d.role) for d in comparison.differences]
    assert {e.verdict for e in effects if e.role == "secondary"} == {None}


def test_redraws_are_paired_by_number_and_keep_their_values() -> None:
    e = made(4.0)
    lost = tuple(r for r in e.redrawn if (r.arm, r.replication) not in {("frequent", 0), ("restrained", 5)})
    whole, part = compare(e), compare(replace(e, redrawn=tuple(reversed(lost))))
    effect = found(part).of("frequent", "goal")
    assert effect is not None
    assert effect.n == 10
    numbers = [n for n in range(12) if n not in (0, 5)]
    swing = [e.redraws[n]["swing"] for n in numbers]
    apart = [
        (a.metrics["value_per_fan"] or 0.0) - (b.metrics["value_per_fan"] or 0.0)
        for a, b in zip(e.redrawn_of("frequent"), e.redrawn_of("restrained"), strict=True)
    ]
    expected = oracle.spearmanr(swing, [apart[n] for n in numbers]).statistic
    assert effect.drivers[0].correlation == pytest.approx(expected)
    assert part.differences[0].ci_low == whole.differences[0].ci_low, "luck is another matter"


def test_without_redraws_there_are_no_assumptions_to_tell_of() -> None:
    comparison = compare(experiment(arms=TWO, compare=DECLARED))
    assert comparison.assumptions is None
    assert "assumptions" not in comparison.headline


def test_one_redraw_gives_no_interval_and_proves_nothing() -> None:
    e = made(4.0)
    one = compare(replace(e, redrawn=tuple(r for r in e.redrawn if r.replication == 3), redraws=e.redraws))
    effect = found(one).of("frequent", "goal")
    assert effect is not None
    assert (effect.n, effect.interval, effect.verdict, effect.only_luck) == (1, None, "inconclusive", False)
    assert found(one).only_luck == ()
    assert one.headline.endswith(
        "frequent cannot be chosen, nothing is known of it over the range of assumptions: fewer than 2 redraws give "
        "a difference."
    )


@pytest.mark.parametrize(("left", "failed"), [("restrained", "frequent"), ("frequent", "restrained")])
def test_an_arm_without_redraws_is_not_proven(left: str, failed: str) -> None:
    e = made(4.0)
    failures = tuple(Failure(failed, n, "boom", redrawn=True) for n in range(12))
    comparison = compare(replace(e, redrawn=e.redrawn_of(left), failures=failures))
    assert found(comparison).verdicts == {"frequent": "inconclusive"}
    assert found(comparison).untested == ("frequent",)
    assert comparison.arm("frequent").verdict == "better", "the verdict by luck stays what it is"
    assert comparison.headline.startswith("Inconclusive, so restrained stands for now: with frequent, value per fan ")
    assert comparison.headline.count(" for luck alone)") == 2, "goal and guardrail"
    assert comparison.headline.endswith(
        "frequent cannot be chosen, nothing is known of it over the range of assumptions: 12 of 12 redraws of "
        f"{failed} failed."
    )
    assert any(row[-1].startswith("inconclusive (luck: better)") for row in arm_rows(comparison))
    shown = render(comparison, {})
    assert '">inconclusive</span>' in shown
    assert not any(f'">{word}</span>' in shown for word in ("better", "held"))


def test_the_headline_rests_on_the_assumptions_and_tells_both_intervals() -> None:
    sure, unsure = compare(made(0.1)).headline, compare(made(4.0)).headline
    assert sure.startswith("Choose frequent over restrained: value per fan rises by ")
    assert unsure.startswith("Inconclusive, so restrained stands for now: with frequent, value per fan changes by ")
    for text in (sure, unsure):
        assert text.count("over the range of assumptions; for luck alone by ") == 2, "goal and guardrail"
    assert "hold only for luck" not in sure
    assert "only for luck" not in sure
    assert unsure.endswith(
        " If all assumptions were exact, frequent would be better: that verdict holds only for luck."
    )


def test_the_figures_of_the_headline_are_those_of_both_intervals() -> None:
    comparison = compare(made(4.0))
    effect, luck = found(comparison).of("frequent", "goal"), comparison.of("frequent", "goal")
    assert effect is not None
    assert effect.interval is not None
    assert luck is not None
    assert f"{effect.interval.low:+.1f} to {effect.interval.high:+.1f} over the range" in comparison.headline
    assert (
        f"for luck alone by {luck.difference:+.3f}, from {luck.ci_low:+.3f} to {luck.ci_high:+.3f})"
        in comparison.headline
    )


def test_every_arm_that_holds_only_for_luck_is_named() -> None:
    settings = {**DECLARED, "guardrail": {"metric": "churn", "margin": 0.5}}
    wild = with_redraws(experiment(compare=settings), dict.fromkeys(ARMS, 0.0) | {"frequent": 9.0, "do_nothing": 9.0})
    text = compare(wild).headline
    assert "frequent would be better and do_nothing would be worse: these verdicts hold only for luck." in text


def test_a_direction_that_assumptions_turn_around_is_told_as_such() -> None:
    """Better by luck, surely worse over the assumptions: the sentence falls, and the luck beside it is negative."""
    e = made(0.05)
    worse = tuple(
        replace(
            r, metrics={**r.metrics, "value_per_fan": (r.metrics["value_per_fan"] or 0.0) - 2.0 * (r.arm == "frequent")}
        )
        for r in e.redrawn
    )
    text = compare(replace(e, redrawn=worse)).headline
    assert text.startswith("Stay with restrained, no other arm is better: with frequent, value per fan falls by 1.7")
    assert "for luck alone by -0.2" in text
    assert text.endswith("frequent would be better: that verdict holds only for luck.")


def test_the_share_of_luck_is_that_of_the_variances() -> None:
    e = made(2.0)
    effect = found(compare(e)).of("frequent", "goal")
    variances = []
    for runs in (e.of, e.redrawn_of):
        mine, base = ([r.metrics["value_per_fan"] or 0.0 for r in runs(arm)] for arm in ("frequent", "restrained"))
        variances.append(np.var(np.subtract(mine, base), ddof=1))
    assert effect is not None
    assert effect.luck == pytest.approx(variances[0] / variances[1])


@pytest.mark.parametrize(
    ("gain", "redraws", "status", "said"),
    [
        (2.0, 24, "passed", ["24 of them"]),
        (2.0, 12, "warning", ["12 redraws show little"]),
        (0.0, 24, "warning", ["luck makes"]),
        (0.0, 12, "warning", ["12 redraws show little", "luck makes"]),
    ],
)
def test_redraws_that_show_little_are_a_warning(gain: float, redraws: int, status: str, said: list[str]) -> None:
    e = made(gain, redraws)
    churn = [replace(r, metrics={**r.metrics, "churn": 0.1 + 0.01 * (r.replication % 5)}) for r in e.redrawn]
    [check] = [c for c in compare(replace(e, redrawn=tuple(churn))).health if c.name == "Redraws show the assumptions"]
    assert check.status == status
    assert check.detail.startswith(said[0])
    assert all(part in check.detail for part in said)
    assert ("the second interval is unreliable" in check.advice) == (status == "warning")


def test_redraws_that_differ_by_rounding_alone_show_nothing() -> None:
    e = made(0.0)
    churn = {"restrained": 0.1, "frequent": 0.11375}
    still = tuple(
        replace(r, metrics={**r.metrics, "churn": churn[r.arm] + 0.01 * (r.replication % 5)}) for r in e.redrawn
    )
    effect = found(compare(replace(e, redrawn=still))).of("frequent", "guardrail")
    assert effect is not None
    assert effect.interval is not None
    assert effect.interval.high - effect.interval.low < 1e-15
    assert (effect.luck, effect.drivers) == (None, ())


def test_luck_makes_no_more_than_all_of_what_redraws_show() -> None:
    e = made(0.0)
    calm = [
        replace(r, metrics={**r.metrics, "churn": 0.1 + 1e-5 * (r.arm == "frequent") * r.replication})
        for r in e.redrawn
    ]
    effect = found(compare(replace(e, redrawn=tuple(calm)))).of("frequent", "guardrail")
    assert effect is not None
    assert effect.luck is not None
    assert effect.luck > 1.0
    [check] = [c for c in compare(replace(e, redrawn=tuple(calm))).health if c.name == "Redraws show the assumptions"]
    assert "luck makes all of their variance in churn of frequent" in check.detail


def test_parameters_of_what_never_happened_are_not_named() -> None:
    """Rewards without an offer, sources without a newcomer, a playbook with nothing to learn, channels not used."""
    e = made(2.0)
    keys = ("behaviour.rewards.b", "market.sources.shop.cost_growth", "market.playbook.sample", "channels.feed.reach")
    worlds = tuple({**world, **dict.fromkeys(keys, world["swing"])} for world in e.redraws)

    def named(made: Experiment) -> set[str]:
        effect = found(compare(made)).of("frequent", "goal")
        assert effect is not None
        return {driver.key for driver in effect.drivers} & set(keys)

    e = replace(e, redraws=worlds)
    alone = tuple(replace(r, fans={**r.fans, "joined": 0}) for r in e.replications)
    lonely = tuple(replace(r, fans={**r.fans, "joined": 0}) for r in e.redrawn)
    proven = {**e.scenario.model_dump(), "market": {"playbook": {"maturity": 1.0}}}
    idle = replace(e, replications=alone, redrawn=lonely, scenario=type(e.scenario).model_validate(proven))
    assert named(idle) == set()
    offered = replace(lonely[-1], daily={**lonely[-1].daily, "offers": np.ones(60)})
    assert named(replace(idle, redrawn=(*lonely[:-1], offered))) == {"behaviour.rewards.b"}
    assert named(replace(idle, redrawn=e.redrawn)) == {"market.sources.shop.cost_growth"}
    fed = replace(lonely[-1], touches={**lonely[-1].touches, "feed": 1})
    assert named(replace(idle, redrawn=(*lonely[:-1], fed))) == {"channels.feed.reach"}
