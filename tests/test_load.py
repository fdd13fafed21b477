"""Scenario files: what is read, what is refused, and in which words."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.scenario.load import load_scenario, range_warnings, resolved_yaml
from sim.scenario.model import Scenario
from tests.scenario_examples import FUZZ, REGISTRY, SPLICES, VALID, complaints, load, problems, scenarios

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SHIPPED = sorted(SCENARIOS.glob("*.yaml"))


def small(extra: str) -> str:
    """A valid scenario and something more."""
    return VALID + textwrap.dedent(extra)


# What is read


@FUZZ
@given(scenarios())
def test_a_valid_scenario_and_its_resolved_form_are_equal(tmp_path: Path, data: dict[str, Any]) -> None:
    scenario = load(tmp_path, yaml.safe_dump(data, allow_unicode=True))
    resolved = resolved_yaml(scenario)
    assert load(tmp_path, resolved) == scenario
    assert resolved_yaml(load(tmp_path, resolved)) == resolved


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_are_valid_and_state_their_question(path: Path, tmp_path: Path) -> None:
    scenario = load_scenario(path, REGISTRY)
    assert scenario.name == path.stem
    assert scenario.question
    assert load(tmp_path, resolved_yaml(scenario)) == scenario


def test_there_are_shipped_scenarios() -> None:
    assert SHIPPED


def test_resolved_yaml_follows_the_schema_and_says_everything(tmp_path: Path) -> None:
    resolved = yaml.safe_load(resolved_yaml(load(tmp_path, VALID)))
    assert list(resolved) == list(Scenario.model_fields)
    assert resolved["arms"]["restrained"] == [{"use": "contact_cadence", "touches_per_30_days": 2}]
    assert resolved["behaviour"]["leaving"]["overload_hazard"] == 0.0005


def test_a_channel_may_be_given_in_part(tmp_path: Path) -> None:
    channels = load(tmp_path, small("channels: {sms: {reach: 0.1}, mail: {cost: 0}}")).channels
    assert (channels["sms"].reach, channels["sms"].cost) == (0.1, 0.05)
    assert (channels["mail"].reach, channels["mail"].cost) == (0.25, 0)
    assert list(channels) == ["chat", "group", "feed", "sms", "mail"]


def test_sections_may_be_given_in_part(tmp_path: Path) -> None:
    scenario = load(
        tmp_path,
        small("""\
        population: {basket: {mean: 7}}
        market: {sources: {ads: {trust: {concentration: 3}}}}
        """),
    )
    assert scenario.population.basket.model_dump() == {"distribution": "lognormal", "mean": 7, "sigma": 0.67}
    assert scenario.market.sources["ads"].trust.mean == 0.25


def test_aliases_are_allowed(tmp_path: Path) -> None:
    text = "name: x\narms: {a: &two [{use: contact_cadence}], b: *two}\n"
    scenario = load(tmp_path, text)
    assert scenario.arms["a"] == scenario.arms["b"]
    assert "*" not in resolved_yaml(scenario)


# What is refused, everything at once


def test_all_errors_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
    name: x
    days: 0
    populaton: {size: 5}
    population:
      size: -5
      trust: {mean: 1.5}
    arms:
      frequent:
        - use: contact_cadence
          touches_per_30_dys: 8
          touches_per_30_days: -8
        - use: contact_cadenc
    compare:
      baseline: frequen
      goal: {metric: chrn, margin: 1}
    """
    lines = problems(tmp_path, textwrap.dedent(text), "seed=-1")
    assert [line.split(": ")[:2] for line in lines] == [
        ["x.yaml:2:1", "days"],
        ["x.yaml:3:1", "populaton"],
        ["x.yaml:5:3", "population.size"],
        ["x.yaml:6:11", "population.trust.mean"],
        ["x.yaml:10:7", "arms.frequent.0.touches_per_30_dys"],
        ["x.yaml:11:7", "arms.frequent.0.touches_per_30_days"],
        ["x.yaml:12:7", "arms.frequent.1.use"],
        ["x.yaml:14:3", "compare.baseline"],
        ["x.yaml:15:10", "compare.goal.metric"],
        ["x.yaml", "--set seed=-1"],
    ]
    assert lines[0] == "x.yaml:2:1: days: too small (0), must be at least 1"
    assert lines[7].endswith("unknown arm ('frequen'), arms are frequent; did you mean 'frequent'?")


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("days: 1e3", "days: is text (1e3), must be a whole number; YAML reads 1e3 as text: write 1000"),
        (
            "money: {goods_share: 1e-3}",
            "money.goods_share: is text (1e-3), must be a number; YAML reads 1e-3 as text: write 1.0e-3",
        ),
        ("money: {goods_share: 1.5e3}", "YAML reads 1.5e3 as text: write 1.5e+3"),
        ("money: {goods_share: '0.5'}", "is text ('0.5'), must be a number; remove the quotes"),
        ("money:\n  goods_share: 0,5", "is text (0,5), must be a number; write 0.5"),
        ("money: {goods_share: 20%}", "is text (20%), must be a number; write 0.2"),
        ("money: {goods_share: yes}", "is true (yes), must be a number; YAML reads yes as true"),
        ("money: {goods_share: .inf}", "is not finite (.inf), must be a finite number"),
        ("money: {goods_share: .NaN}", "is not finite (.NaN), must be a finite number"),
        ("money: {goods_share: 1.0e+999}", "is not finite (1.0e+999), must be a finite number"),
        ("question: no", "is false (no), must be text; YAML reads no as false: for text write 'no' in quotes"),
        ("question: 12", "is a number (12), must be text; put it in quotes"),
        ("question:", "is empty, must be text; for an empty text write ''"),
        ("days: 12:30", "YAML reads 12:30 in base 60 (12:30 is 750): put it in quotes, or write the number"),
        ("question: 12:30", "question: YAML reads 12:30 in base 60"),
        ("days: 1:30.5", "YAML reads 1:30.5 in base 60"),
        ("days: 010", "YAML reads 010 in base 8: leave out the leading 0"),
        ("days: 365.0", "days: is a number (365.0), must be a whole number"),
        ("days: 12345678901234567890", "too large (12345678901234567890), must have at most 19 digits"),
        ("channels: {no: {}}", "channels.no: YAML reads the key no as true or false: write 'no' in quotes"),
        ("channels: {1: {}}", "channels.1: YAML reads the key 1 as a number: write '1' in quotes"),
        ("channels: {? [a] : {}}", "channels.?: a key must be a single word, not a list or a mapping"),
        ("channels: {<<: {}}", "merge keys are not supported"),
        ("days: 3\ndays: 4", "x.yaml:10:1: days: is given twice, first at x.yaml:9:1"),
        ("start_date: 2026-02-30", "is text (2026-02-30), must be a date such as 2026-01-31"),
        ("start_date: 9999-12-31", "too large (9999-12-31), must be at most '2200-01-01'"),
        ("replications: {min: 3, max: 9}", "replications.precision: is missing"),
        ("replications: {min: 9, max: 3, precision: 1}", "replications: min (9) is above max (3)"),
        ("replications: {max: 9, precision: 0}", "replications.precision: too small (0), must be more than 0"),
        ("replications: {max: 9, precision: 50%}", "is text (50%), must be a number; write 0.5"),
        ("replications: {max: 9, precision: {chrn: 1}}", "replications.precision.chrn: unknown value ('chrn')"),
        ("replications: {max: 9, precison: 1, precision: 1}", "unknown key, known are min, max, precision, look_ahead"),
        ("replications: [3, 9]", "replications: is a list, must be a whole number"),
        ("replications: many", "replications: is text (many), must be a whole number"),
        ("uncertainty: assumption", "did you mean 'assumptions'"),
        ("redraws: 1", "redraws: too small (1), must be at least 2"),
        ("population: {tags: {vip: 1.5}}", "population.tags.vip: too large (1.5), must be at most 1"),
        ("population: {tags: {' a': 0.5}}", "population.tags. a: wrong characters (' a'), must be printable"),
        ('population: {tags: {"a\\nb": 0.5}}', "population.tags.a\\nb: wrong characters ('a\\nb')"),
        ("population: {basket: {distribution: lognorm}}", "must be one of lognormal, gamma_gamma; did you mean"),
        ("population: {basket: {distribution: gamma_gamma, q: 1}}", "basket.q: too small (1), must be more than 1"),
        ("population: 3", "population: is a number (3), must be a mapping (key: value)"),
        ("rules: {do_not_contact: trst > 1}", "`trst` is unknown, known are trust, tenure_days"),
        ("rules: {do_not_contact: \"'vp' in tags\"}", "unknown tag ('vp'), population.tags are none"),
        ("rules: {quiet_weekdays: monday}", "is text (monday), must be a list"),
        ("rules: {quiet_weekdays: [mondy]}", "rules.quiet_weekdays.0: unknown value (mondy)"),
        ("schema_version: 2", "schema_version: unknown value (2), must be one of 1"),
        ("seed: !!python/object:os.system ls", "is no plain value (ls)"),
        ("market: !thing {}", "market: tag !thing is not allowed"),
        ('question: "\\ud800"', "holds half a character"),
    ],
)
def test_traps_and_impossible_values_are_named(tmp_path: Path, extra: str, expected: str) -> None:
    lines = problems(tmp_path, small(extra))
    assert len(lines) == 1
    assert expected in lines[0]
    assert lines[0].startswith("x.yaml:")


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        ("a:", "x.yaml:2:8: arms.a: is empty, must be a list; write [] for an empty list"),
        ("a: contact_cadence", "arms.a: is text (contact_cadence), must be a list"),
        ("a: [contact_cadence]", "x.yaml:2:12: arms.a.0: is text (contact_cadence), must be a mapping"),
        ("a: [{touches: 3}]", "arms.a.0.use: is missing"),
        ("a: [{use: 3}]", "arms.a.0.use: is a number (3), must be text"),
        ("a: [{use: rewrd}]", "unknown strategy 'rewrd', known are contact_cadence"),
        ("a: [{use: mine.py}]", "for a file write mine.py:ClassName"),
        ("a: [{use: ./mine.py:Mine}]", "no file 'mine.py' in "),
        ("a: [{use: contact_cadence, channel: chatt}]", "unknown channel ('chatt'), known are chat, group"),
        ("a: [{use: contact_cadence, mix: {sale: 1}}]", "arms.a.0.mix.sale: unknown value ('sale')"),
        ("a: [{use: contact_cadence, mix: {}}]", "arms.a.0.mix: weights that are all 0, at least one must be above 0"),
        ("a: [{use: contact_cadence, audience: x > 1}]", "arms.a.0.audience: `x` is unknown"),
        ("a: [{use: contact_cadence, audience: \"'v' in tags\"}]", "arms.a.0.audience: unknown tag ('v')"),
        ("a: [{use: contact_cadence, touches_per_30_days: 1e1}]", "YAML reads 1e1 as text: write 1.0e+1"),
        ("a: [{use: contact_cadence, parameters: {}}]", "arms.a.0.parameters: unknown key"),
        ("a: [{use: scale_first, source: ads}]", "arms.a.0.source: unknown source ('ads'), known are none"),
    ],
)
def test_arms_are_checked_against_the_strategies(tmp_path: Path, arms: str, expected: str) -> None:
    lines = problems(tmp_path, f"name: x\narms: {{{arms}}}\n")
    assert len(lines) == 1
    assert expected in lines[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "x.yaml:1:1: is empty, must be a mapping"),
        ("# nothing\n", "x.yaml:1:1: is empty"),
        ("- a\n", "x.yaml:1:1: is no scenario, must be a mapping"),
        ("name: x\n\tdays: 3\n", "x.yaml:2:1: a tab cannot indent"),
        ("name: x: y\n", "x.yaml:1:8: a second `: ` in a line"),
        ("name: [\n", "x.yaml:1:8: cannot be read as YAML"),
        ("name: x\n---\nname: y\n", "x.yaml:2:1: holds a second document"),
        ("name: *x\n", "x.yaml:1:7: cannot be read as YAML: found undefined alias 'x'"),
        ("name: &x [*x]\n", ": is nested deeper than 40 levels, or holds an alias (*) to itself"),
        ("name: " + "[" * 5000, ": is nested deeper than 40 levels"),
        ("? " * 5000, ": is nested deeper than 40 levels"),
        ("name: x\x00\n", "x.yaml:1:8: character U+0000 is not allowed in YAML"),
        (b"name: x\nquestion: \xe9t\xe9\n", "x.yaml:2:11: is not UTF-8 text"),
        ("name: x".encode("utf-16"), "x.yaml:1:1: is not UTF-8 text"),
        (b"#" * 2_000_000, "x.yaml: is too large"),
        ('name: "\\UFFFFFFFF"', "x.yaml:1:"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str | bytes, expected: str) -> None:
    (line,) = problems(tmp_path, text)
    assert expected in line


def test_alias_bombs_are_stopped(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    (line,) = problems(tmp_path, bomb)
    assert ": has more than 20,000 values; aliases (*) multiply them" in line


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ScenarioError, match=re.escape(f"{path}: cannot be read")):
            load_scenario(path, REGISTRY)


# Garbage: always an error of ours, always a place in the file

MARK = re.compile(r"x\.yaml:(\d+):(\d+): ")
BASE = (SCENARIOS / "snack_rewards.yaml").read_text(encoding="utf-8")


@st.composite
def mutations(draw: st.DrawFn) -> str:
    text = BASE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(st.sampled_from(SPLICES) | st.text(max_size=4)) + text[end:]
    return text


@FUZZ
@given(mutations().map(str.encode) | st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_file_is_a_scenario_or_a_scenario_error(tmp_path: Path, data: bytes) -> None:
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", data.decode("utf-8-sig", "replace"))
    for problem in complaints(tmp_path, data):
        mark = MARK.match(problem)
        assert mark, problem
        line, column = int(mark[1]), int(mark[2])
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
        assert problem.splitlines() == [problem]


# Evidence


def test_values_outside_their_evidence_are_warned_of(tmp_path: Path) -> None:
    assert range_warnings(load(tmp_path, VALID)) == ()
    scenario = load(
        tmp_path, VALID, "behaviour.trust.gain=0.5", "channels.mail.reach=0.9", "market.sources.ads.cost_growth=0"
    )
    warnings = range_warnings(scenario)
    assert [warning.partition(":")[0] for warning in warnings] == [
        "channels.mail.reach",
        "market.sources.ads.cost_growth",
        "behaviour.trust.gain",
    ]
    assert warnings[2].startswith("behaviour.trust.gain: 0.5 is outside the evidence 0-0.1 (")
    assert warnings[2].endswith("; assumption")
