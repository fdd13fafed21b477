"""The pages of sweeps and of scenarios compared: structure and words, and in a real browser, wide and narrow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.across import write_across_report
from reports.sweep import render, write_sweep_report
from sim.studies.sweep import Sweep
from sim.studies.sweep_files import sweep_json
from tests.browser import WIDTHS, ask, frame, needs_browser, probed
from tests.report_page import Page, check_structure
from tests.studies import CADENCE, TOLERANCE, hill, swept
from tests.test_across import found
from tests.test_report_browser import LAYOUT

BROKEN = "frequent (touches_per_30_days 2)"
REDRAWN = ["uncertainty=assumptions", "redraws=20"]


def sweeps() -> dict[str, Sweep]:
    """Sweeps of all kinds."""
    return {
        "arm": swept([f"{CADENCE}=1:12:1"], REDRAWN, lambda w, a: (hill(w, a)[0], 0.2)),
        "world": swept([f"{TOLERANCE}=1.2,1.6,2,3,4,5,6,8"], figures=lambda w, a: (hill(w, a)[0], 0.2)),
        "texts": swept(["arms.frequent.0.channel=chat,feed,group,sms"]),
        "grid": swept([f"{CADENCE}=1:10:1", f"{TOLERANCE}=2:9:1"]),
        "tall": swept([f"{CADENCE}=1:14:1", f"{TOLERANCE}=2,9"]),
        "worlds": swept(
            [f"{TOLERANCE}=2:9:1", "money.goods_share=0.1:0.5:0.1"], figures=lambda w, a: (hill(w, a)[0], 0.2)
        ),
        "two": swept([f"{CADENCE}=1,2,3", "arms.restrained.0.touches_per_30_days=1,2"]),
        "failed": swept([f"{CADENCE}=1,2,3"], failed=[BROKEN]),
        "once": swept([f"{CADENCE}=1,2,3"], ["replications=1"]),
    }


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages by name, written once."""
    folder = tmp_path_factory.mktemp("pages")
    written = {name: write_sweep_report(sweep, folder / name) for name, sweep in sweeps().items()}
    two = found()
    written["compare"] = write_across_report(two, folder / "compare")
    values = {arm: (100 + 3 * n, 90 - 2 * n) for n, arm in enumerate(["restrained", "frequent", "blast", "do_nothing"])}
    tied = found({"restrained": (100, 100), "frequent": (100, 110)})
    written["tied"] = write_across_report(tied, folder / "tied")
    written["lost"] = write_across_report(found(values, failed=("restrained",)), folder / "lost")
    return {name: path.read_text(encoding="utf-8") for name, path in written.items()}


@pytest.mark.parametrize("name", ["arm", "world", "texts", "grid", "tall", "worlds", "two", "failed", "once"])
def test_the_page_of_a_sweep_is_whole(pages: dict[str, str], name: str) -> None:
    page = Page(pages[name])
    check_structure(page, pages[name], {"sweep.json", "sweep.csv", "figures/"})
    sections = [a["id"] for tag, a in page.tags if tag == "section"]
    grid = name in ("grid", "tall", "worlds", "two")
    expected = ["curves", "best", *([] if grid else ["crossings"]), "points", "sure", "provenance"]
    assert sections == (["failed"] if name == "failed" else []) + expected


@pytest.mark.parametrize("name", ["compare", "lost"])
def test_the_page_of_scenarios_compared_is_whole(pages: dict[str, str], name: str) -> None:
    page = Page(pages[name])
    check_structure(page, pages[name], {"compare.json", "compare.csv", "figures/"})
    sections = [a["id"] for tag, a in page.tags if tag == "section"]
    expected = ["arms", "regret", "differing", "scenarios", "provenance"]
    assert sections == (["failed"] if name == "lost" else []) + expected


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (f"{CADENCE}=1,2", "2,000 fans at the start, 180 days"),
        ("days=30,60,40", "2,000 fans at the start, 30 to 60 days"),
        ("population.size=500,1000", "500 to 1,000 fans at the start, 180 days"),
    ],
)
def test_a_sweep_heads_itself_with_what_was_run(tmp_path: Path, spec: str, says: str) -> None:
    made = swept([spec])
    assert says in Page(write_sweep_report(made, tmp_path).read_text(encoding="utf-8")).text
    assert json.loads(sweep_json(made))["days"] == (None if spec.startswith("days") else 180)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("arm", "95 % interval 5 to 5; over the range of assumptions"),
        ("arm", "redrawn 20 times within their evidence ranges"),
        ("world", "frequent overtakes restrained at 5"),
        ("world", "median contact pressure that a fan tolerates"),
        ("texts", "No arm surely crosses restrained within these values."),
        ("grid", "Best touches_per_30_days"),
        ("grid", "9 beyond the evidence, 1.2 to 8"),
        ("failed", f"{BROKEN}, replication 1: {BROKEN}: it broke"),
        ("failed", "Replications of frequent failed at 1 value What finished"),
        ("failed", "frequent failed at touches_per_30_days 2, and is left out there."),
        ("texts", "Bars are 95 % intervals."),
        ("once", "No verdict"),
        ("once", "Enough replications? arm restrained has 1: no interval and no verdict"),
        ("arm", "Enough replications: at least 6 in every arm"),
        ("compare", "out: breaks the guardrail in one, two"),
        ("compare", "money.goods_share"),
        ("lost", "out: failed in two"),
        ("lost", "The baseline restrained failed in two (1 of 2 replications): nothing can be chosen there."),
        ("lost", "restrained in two, 1 of 2 replications: restrained: it broke"),
        ("tied", "frequent and restrained are practically equal"),
        ("tied", "better or equal"),
    ],
)
def test_the_page_says(pages: dict[str, str], name: str, words: str) -> None:
    assert words in Page(pages[name]).text


@pytest.mark.parametrize(
    ("specs", "failed", "says"),
    [
        (
            [f"{CADENCE}=4:8:1"],
            [f"frequent (touches_per_30_days {n})" for n in (5, 6, 8)],
            "frequent failed at 3 values",
        ),
        ([f"{TOLERANCE}=2,4"], ["blast", "restrained"], "restrained and blast failed at 2 values"),
        ([f"{CADENCE}=1,3", f"{TOLERANCE}=2,4"], ["frequent (touches_per_30_days 1)"], "frequent failed at 2 points"),
    ],
)
def test_what_failed_is_counted_in_values_and_not_as_arms(specs: list[str], failed: list[str], says: str) -> None:
    assert f"Replications of {says} What finished" in Page(render(swept(specs, failed=failed), {})).text


def test_a_page_names_no_key_as_markup(tmp_path: Path) -> None:
    made = swept(["arms.frequent=[{use: contact_cadence, audience: 'spend < 9'}],[]"])
    text = write_sweep_report(made, tmp_path).read_text(encoding="utf-8")
    assert "spend &lt; 9" in text
    assert "spend < 9" not in text


def test_the_figures_are_beside_the_page_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_sweep_report(swept([f"{CADENCE}=1:4:1"]), tmp_path / name)
    drawn = sorted(path.name for path in (tmp_path / "one" / "figures").iterdir())
    assert drawn == ["goal-difference.svg", "goal.svg", "guardrail-difference.svg", "guardrail.svg"]
    for name in [*(f"figures/{file}" for file in drawn), "report.html"]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@needs_browser
def test_pages_open_without_errors_and_with_every_word_in_its_place(pages: dict[str, str], tmp_path: Path) -> None:
    frames = []
    for name, page in pages.items():
        (tmp_path / f"{name}.html").write_text(probed(page, LAYOUT), encoding="utf-8")
        frames += [frame(f"{name}.html", width) for width in WIDTHS]
    seen, console = ask(frames, tmp_path)
    assert console == []
    assert sorted(view["width"] for view in seen) == sorted(WIDTHS * len(pages))
    for view in seen:
        assert view["overflow"] == 0
        assert view["texts"] == [], view["texts"]
        assert view["drawn"] > 10
