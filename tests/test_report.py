"""The page: structure, safety, and what it says for every kind of outcome."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from reports.charts import draw
from reports.html import render, write_report
from sim.compare import Check, Comparison, compare
from sim.results import Experiment, Failure
from tests.report_page import Page, page_of
from tests.synthetic import ARMS, experiment, with_outcomes, with_redraws

TWO = {arm: ARMS[arm] for arm in ("restrained", "do_nothing")}
NASTY = '<script>alert("1")</script> {{ 7 * 7 }} $x$ &amp; \'--><'


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(with_redraws(with_outcomes(experiment(4, 90)), {"frequent": 3.0}))


@pytest.fixture(scope="module")
def usual(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an ordinary report."""
    directory = tmp_path_factory.mktemp("usual")
    page_of(comparison.experiment, directory)
    return directory


def test_the_page_leads_with_the_verdict_and_gives_every_verdict_as_a_word(comparison, usual):
    text = (usual / "report.html").read_text(encoding="utf-8")
    body = Page(text[text.index("<body>") : text.index("<main>")].replace("<body>", "")).text
    assert body.index(comparison.experiment.scenario.question) < body.index(comparison.headline)
    badges = Counter(re.findall(r'<span class="badge \w+">([\w ]+)</span>', text))
    assert comparison.assumptions is not None
    verdicts = [e.verdict for e in comparison.assumptions.effects] + list(comparison.assumptions.verdicts.values())
    assert {v: badges[v] for v in set(verdicts) - {None}} == Counter(v for v in verdicts if v)
    assert badges["passed"] == sum(check.status == "passed" for check in comparison.health)


def test_without_redraws_the_badges_are_those_of_luck():
    made = compare(experiment(4, 20))
    text = render(made, {})
    badges = Counter(re.findall(r'<span class="badge \w+">([\w ]+)</span>', text))
    verdicts = [d.verdict for d in made.differences if d.verdict] + [a.verdict for a in made.arms]
    assert {v: badges[v] for v in set(verdicts) - {None}} == Counter(v for v in verdicts if v)
    assert "tells of luck alone: the assumptions were not redrawn" in Page(text).text


def test_a_verdict_that_holds_only_for_luck_says_so(comparison, usual):
    assert comparison.assumptions is not None
    text = Page((usual / "report.html").read_text(encoding="utf-8")).text
    told = len(re.findall("for luck alone (better|equal|worse),", text))
    assert told == len(comparison.assumptions.only_luck) > 0


def test_figures_lie_beside_the_page_and_show_what_is_in_it(comparison, usual):
    page = Page((usual / "report.html").read_text(encoding="utf-8"))
    files = sorted(path.name for path in (usual / "figures").iterdir())
    assert len(files) == sum(tag == "svg" for tag, _ in page.tags)
    assert files == sorted(f"{name}.svg" for name in draw(comparison))


def test_two_writes_give_the_same_bytes(comparison, usual, tmp_path):
    write_report(comparison, tmp_path)
    written = [path.relative_to(usual) for path in usual.rglob("*.*")]
    assert len(written) > 30
    for path in written:
        assert (usual / path).read_bytes() == (tmp_path / path).read_bytes()


def test_zero_is_shown_and_undefined_is_explained(tmp_path):
    page = page_of(experiment(2, 20, arms=TWO, undefined=("churn", "churn_30d")), tmp_path)
    assert re.search(r"Touches delivered [\d,.]+ ± [\d.]+ .*0 ± 0[.0]* Withheld", page.text)
    assert re.search(r"30-day churn of newcomers % share of newcomers who leave within 30 days – – ", page.text)
    assert "– means undefined" in page.text
    assert "Value per fan against exits per 1,000 fan-days" in page.text


def test_what_is_not_the_case_is_not_explained(usual):
    text = (usual / "report.html").read_text(encoding="utf-8")
    for words in ("– means undefined", "beyond the range", "Replications failed", "declares no goal"):
        assert words not in text


def test_one_replication_gives_no_interval_and_no_verdict(tmp_path):
    page = page_of(experiment(1, 30, arms=TWO), tmp_path)
    assert page.text.count("no interval from one replication") >= 2
    assert "Bands are" not in page.text


def test_without_a_goal_there_are_figures_but_no_verdicts(tmp_path):
    page = page_of(experiment(3, 30, arms=TWO, compare=None), tmp_path)
    assert "The scenario declares no goal, so there are no verdicts" in page.text
    assert "All figures" in page.text
    assert not list((tmp_path / "figures").glob("goal-*"))


def test_failed_arms_say_why_and_the_rest_is_shown(tmp_path):
    failed = [("blast", number) for number in range(3)] + [("frequent", 1)]
    page = page_of(experiment(3, 30, failed=failed), tmp_path)
    assert "Replications failed in 2 arms" in page.text
    assert "blast: 3 of 3 replications failed blast: contact_cadence, day 12, line 40: boom" in page.text
    assert "Too little of blast finished to say anything of it. Judge frequent with care" in page.text
    assert (
        "each run 3 times with the same luck failed: 1 of 3 replications of frequent, 3 of 3 replications of blast"
        in page.text
    )
    assert "Nothing is known of blast." in page.text
    assert "ValueError: boom" in page.text
    assert "no replication in common" in page.text
    drawn = {path.stem for path in (tmp_path / "figures").iterdir()}
    by_arm = {f"{role}-{kind}" for role in ("goal", "guardrail") for kind in ("2", "4", "pairs-2", "pairs-4")}
    assert {name for name in drawn if name.startswith(("goal", "guardrail"))} == (
        by_arm | {"goal-convergence-4", "guardrail-convergence-4"}
    )
    assert "the-same-fan" not in drawn


def test_failures_are_told_apart_from_those_of_redraws_and_with_what_repeats_them(tmp_path):
    made = with_redraws(experiment(3, 30, arms=TWO), {})
    failures = [Failure("do_nothing", n, "boom", redrawn=True, command="simrun it --set redraws=2") for n in (1, 2)]
    redrawn = tuple(r for r in made.redrawn if r.arm != "do_nothing" or r.replication not in (1, 2))
    page = page_of(dataclasses.replace(made, redrawn=redrawn, failures=tuple(failures)), tmp_path)
    assert "do_nothing: 2 of 12 redraws failed boom To repeat the first: simrun it --set redraws=2" in page.text
    assert "each run 3 times" in page.text
    assert "failed 2 of 12 redraws" in page.text


@pytest.mark.parametrize("lost", [("restrained",), tuple(ARMS)], ids=["baseline", "all"])
def test_a_lost_baseline_or_no_result_at_all_still_gives_a_page(lost, tmp_path):
    page = page_of(experiment(2, 20, failed=[(arm, n) for arm in lost for n in range(2)]), tmp_path)
    assert "Replications failed in" in page.text
    assert "Differences from" not in page.text


def test_a_single_arm_of_one_day_and_a_pool_without_money(tmp_path):
    made = experiment(2, 1, arms={"only": dataclasses.replace(ARMS["restrained"], revenue=0.0)}, compare=None)
    page = page_of(made, tmp_path)
    assert "Nothing to draw" not in page.text
    assert "loss" in page.text


def _renamed(made: Experiment, names: Mapping[str, str]) -> Experiment:
    """The same experiment with other names for its arms, allowed or not."""
    scenario = made.scenario
    assert scenario.compare is not None
    changed = {
        "arms": {names[arm]: uses for arm, uses in scenario.arms.items()},
        "compare": scenario.compare.model_copy(update={"baseline": names[scenario.compare.baseline]}),
        "question": NASTY,
        "name": NASTY,
        "currency": NASTY,
    }
    return dataclasses.replace(
        made,
        scenario=scenario.model_copy(update=changed),
        replications=tuple(dataclasses.replace(r, arm=names[r.arm]) for r in made.replications),
        failures=tuple(dataclasses.replace(f, arm=names[f.arm], trace=NASTY) for f in made.failures),
        provenance=dataclasses.replace(made.provenance, scenario_yaml=NASTY, command=NASTY, versions={NASTY: NASTY}),
        warnings=(NASTY,),
    )


def test_hostile_names_are_shown_as_they_are_and_do_nothing(tmp_path):
    names = {arm: f"{NASTY} {number}" for number, arm in enumerate(TWO)}
    page = page_of(_renamed(experiment(3, 20, arms=TWO, failed=[("do_nothing", 0)]), names), tmp_path)
    assert page.text.count(NASTY) > 20
    for figure in (tmp_path / "figures").iterdir():
        assert "<script" not in figure.read_text(encoding="utf-8")


def test_failed_checks_come_with_advice(comparison):
    check = Check("Some check", "failed", "it is off", "do this")
    broken = dataclasses.replace(comparison, health=(check, *comparison.health))
    text = Page(render(broken, {})).text
    assert "failed Some check? it is off What to do: do this" in text


def test_assumptions_outside_their_evidence_are_flagged():
    made = experiment(2, 20)
    season = made.scenario.market.season.model_copy(update={"amplitude": 0.9})
    market = made.scenario.market.model_copy(update={"season": season})
    scenario = made.scenario.model_copy(update={"market": market})
    page = Page(render(compare(dataclasses.replace(made, scenario=scenario)), {}))
    assert "1 value lies beyond the range that its evidence supports: market.season.amplitude." in page.text
    assert "0.9 outside default 0" in page.text
    assert "Trust and tolerance have no direct measurement" in page.text
