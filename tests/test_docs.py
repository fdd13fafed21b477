"""The documentation is true: its code runs, its links lead somewhere, and nothing that a user can type is missing."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scenarios import shipped
from sim.cli import simrun
from sim.measures import METRICS
from sim.records import SERIES
from sim.registry import Registry
from strategies import BUILTINS
from tests.pages import ROOT, agrees, blocks, commands, run_page

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")

per_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to be in and to import from. What was imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@per_page
def test_the_code_on_a_page_runs(page: Path, folder: Path) -> None:
    run_page(page, folder, full=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_comes_out(page: Path, folder: Path) -> None:
    run_page(page, folder, full=True)


# The harness itself: a comparison that cannot fail would prove nothing


@pytest.mark.parametrize(
    ("shown", "printed", "tolerance", "expected"),
    [
        ("a  b\n", "a b", 0.0, True),
        ("a b", "a c", 0.0, False),
        ("a ... d", "a b\nc d", 0.0, True),
        ("a ... d", "a b c", 0.0, False),
        ("12:1: x", "12:2: x", 0.0, False),
        ("1,738.5 ± 5.1", "1,740.0 ± 5.0", 0.05, True),
        ("1,738.5 ± 5.1", "1,938.5 ± 5.1", 0.05, False),
        ("a\n----", "a\n------", 0.0, True),
        ("", "a warning", 0.0, False),
    ],
)
def test_what_is_shown_is_compared(shown: str, printed: str, tolerance: float, expected: bool) -> None:
    assert agrees(shown, printed, tolerance) is expected


def test_commands_are_read_with_their_output_and_exit_code() -> None:
    first, second = commands("$ simrun a.yaml --set 'b=[1, 2]'\nno\n$ echo $?\n2\n$ simrun validate c.yaml\n")
    assert (first.words, first.shown, first.code) == (["simrun", "a.yaml", "--set", "b=[1, 2]"], "no\n", 2)
    assert (second.words, second.shown, second.code) == (["simrun", "validate", "c.yaml"], "", 0)
    assert first.is_run
    assert not second.is_run


@pytest.mark.parametrize(
    "page",
    [
        "```python\nassert 1 == 2\n```\n",
        "```pycon\n>>> 1 + 1\n3\n```\n",
        "```console\n$ simrun --version\nsimrun 99\n```\n",
        "```console\n$ simrun --version\nsimrun ...\n$ echo $?\n1\n```\n",
    ],
)
def test_a_page_that_is_not_true_is_found_out(page: str, folder: Path) -> None:
    (folder / "page.md").write_text(page, encoding="utf-8")
    with pytest.raises(AssertionError):
        run_page(folder / "page.md", folder, full=False)


# Nothing that a user can type is missing


def test_the_two_commands_are_those_that_are_checked() -> None:
    shown = [block.text.strip() for block in blocks(ROOT / "README.md") if block.language == "sh"]
    checked = re.findall(
        r'^(?:run_it|test_it)="(.*)"$', (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert shown == checked
    assert len(checked) == 2


def _words(command: click.Command, path: str) -> Iterator[str]:
    """Commands and options below a command, as a user types them."""
    for parameter in command.params:
        yield from (name for name in parameter.opts if name.startswith("-"))
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield f"{path} {name}"
            yield from _words(inner, f"{path} {name}")


@pytest.mark.parametrize("word", sorted({*_words(simrun, "simrun"), "--help", "-h"}))
def test_every_command_and_option_is_in_the_readme(word: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", readme)


@pytest.mark.parametrize("name", shipped())
def test_every_scenario_is_in_the_readme(name: str) -> None:
    assert re.search(rf"^{name} ", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", BUILTINS)
def test_every_strategy_has_a_section(name: str) -> None:
    assert f"\n### {name}\n" in (DOCS / "scenario.md").read_text(encoding="utf-8")


def test_every_metric_is_explained() -> None:
    section = _section(DOCS / "scenario.md", "### Metrics")
    explained = re.findall(r"^\| `(\w+)` \| \w.{9,} \| (?:money|share|count|number) \|$", section, re.MULTILINE)
    assert tuple(explained) == METRICS


def test_every_series_is_named() -> None:
    text = _section(DOCS / "writing-a-strategy.md", "## What you can see").partition("**History**")[2]
    assert set(SERIES) <= set(re.findall(r"`(\w+)`", text))


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130])
def test_every_exit_code_is_in_the_readme(code: int) -> None:
    assert f"\n| {code} | " in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_module_is_in_the_layout() -> None:
    layout = blocks(DOCS / "architecture.md")[0].text
    named = set(re.findall(r"[\w.]+(?:/|\.py)", layout))
    inside = {path.name if path.is_file() else f"{path.name}/" for path in (ROOT / "sim").iterdir()}
    missing = {name for name in inside if name.endswith(("/", ".py")) and not name.startswith("__")} - named
    assert not missing, "give these a line in the layout of docs/architecture.md"


def _section(page: Path, heading: str) -> str:
    """The text from a heading to the next one of its level."""
    text = page.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    return re.split(rf"^{heading.partition(' ')[0]} ", text, maxsplit=1, flags=re.MULTILINE)[0]


# Nothing leads nowhere, and no table is stale


@per_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in _anchors(file), f"{page.name}: {target}"


def _anchors(page: Path) -> set[str]:
    """Headings of a page as they stand in links."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_the_picture_is_small_enough_to_load() -> None:
    assert (DOCS / "figures" / "report.png").stat().st_size < 400_000


def _tables(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run docs/parameters.py in a copy of the documentation."""
    words = [sys.executable, str(folder / "parameters.py"), *arguments]
    return subprocess.run(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)


def test_the_generated_tables_are_fresh_and_staleness_is_found(tmp_path: Path) -> None:
    assert _tables(DOCS, "--check").returncode == 0
    copy = Path(shutil.copytree(DOCS, tmp_path / "docs"))
    page = copy / "model.md"
    fresh = page.read_text(encoding="utf-8")
    page.write_text(fresh.replace("| 0.553 |", "| 0.554 |"), encoding="utf-8")
    checked = _tables(copy, "--check")
    assert checked.returncode == 1
    assert "model.md: parameters: stale" in checked.stdout
    assert _tables(copy).returncode == 0
    assert page.read_text(encoding="utf-8") == fresh


def test_the_entry_point_that_is_shown_is_found(folder: Path) -> None:
    files = {block.file: block.text for block in blocks(DOCS / "writing-a-strategy.md")}
    (folder / "welcome.py").write_text(files["welcome.py"], encoding="utf-8")
    setup = configparser.ConfigParser()
    setup.read_string(files["setup.cfg"])
    ((group, declared),) = setup["options.entry_points"].items()
    installed = folder / "my_strategies-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: my-strategies\nVersion: 1.0\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text(f"[{group}]\n{declared.strip()}\n", encoding="utf-8")
    assert Registry({}).find("welcome").__name__ == "Welcome"
