"""The comparison as Markdown: complete, and with nothing in it that is taken for markup."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.compare import Comparison, compare
from sim.markdown import code, markdown_table, plain, summary_markdown
from sim.summary import arm_rows, difference_rows
from tests.synthetic import ARMS, experiment, with_redraws


def read_table(text: str) -> list[list[str]]:
    """The cells of a table, with escapes undone."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in row] for row in cells]


@pytest.fixture(scope="module")
def usual() -> Comparison:
    return compare(with_redraws(experiment(), {"frequent": 3.0}))


def test_the_page_tells_what_the_terminal_tells(usual: Comparison) -> None:
    text = summary_markdown(usual)
    parts = text.split("\n\n")
    assert parts[0] == "# synthetic"
    assert parts[2] == f"**{plain(usual.headline)}**"
    tables = [read_table(part) for part in parts if part.startswith("|")]
    for shown, known in zip(tables, (arm_rows(usual), difference_rows(usual)), strict=False):
        assert [shown[0], *shown[2:]] == known
    assert [row[0] for row in tables[2][2:]] == [row[0] for row in difference_rows(usual)[1:]]
    assert "Repeat with `simrun synthetic --seed 7`, seed 7." in text
    assert text.endswith("\n")


def test_precision_is_told_in_the_unit_of_the_metric(usual: Comparison) -> None:
    rows = read_table(summary_markdown(usual).partition("## Precision")[2])
    d = usual.of("blast", "guardrail")
    assert d is not None
    assert d.precision is not None
    row = next(row for row in rows if row[0] == "blast: churn, points")
    assert float(row[2]) == pytest.approx(100 * d.precision.half_width, rel=0.05)
    assert (row[1], row[3], row[5]) == ("6", "3.0", "0")


def test_values_outside_their_evidence_are_told_and_nothing_in_them_is_markup() -> None:
    warnings = ("market.season.amplitude: 0.9 is outside *the* evidence 0-0.5",)
    text = summary_markdown(compare(replace(experiment(), warnings=warnings)))
    assert "- **warning**: market.season.amplitude: 0.9 is outside \\*the\\* evidence 0-0.5\n- 11 of 11" in text
    assert "**warning**" not in summary_markdown(compare(experiment()))


def test_problems_come_with_advice_and_zero_is_no_blank() -> None:
    text = summary_markdown(compare(experiment(3, failed=[("blast", 1)])))
    assert "- **failed**: Every replication finished? 1 of 3 replications of blast failed; arm blast" in text
    assert "mend the cause and run again" in text
    assert "checks passed" in text
    nothing = summary_markdown(compare(experiment(1, compare=None)))
    assert "## Differences" not in nothing
    assert "## Precision" not in nothing


def test_a_goal_that_is_zero_is_shown_as_zero() -> None:
    free = {arm: replace(ARMS[arm], cadence=0.0) for arm in ("restrained", "frequent")}
    goal = {"baseline": "restrained", "goal": {"metric": "touches", "margin": 1.0}}
    rows = read_table(summary_markdown(compare(experiment(3, 5, arms=free, compare=goal))))
    assert [row[1] for row in rows[2:4]] == ["0 ± 0", "0 ± 0"]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))))
def test_nothing_in_a_name_is_markup(name: str) -> None:
    shown = plain(name)
    assert re.sub(r"\\(.)", r"\1", shown) == " ".join(name.split())
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`<|\[]", shown)
    assert len(read_table(markdown_table([["a", "b"], [name, name]]))[0]) == 2
    assert html.escape(shown).count("\n") == 0


@given(st.text("a`", min_size=1))
def test_code_is_fenced_by_more_backticks_than_it_holds(text: str) -> None:
    shown = code(text)
    fence = re.match("`+", shown)
    assert fence is not None
    assert fence[0] not in text
    assert shown.strip("`").strip() == text.strip("`").strip() or "`" in text
