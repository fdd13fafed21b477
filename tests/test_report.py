"""The page: structure, safety, what it says for every kind of outcome, and that it opens in a real browser."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.html import render, write_report
from sim.compare import Check, Comparison, compare
from sim.results import Experiment
from tests.synthetic import ARMS, COMPARE, experiment

SECTIONS = ["scorecard", "tradeoff", "time", "exits", "money", "health", "assumptions", "provenance"]
VOID = {"meta", "link", "wbr", "br", "img", "path", "use", "rect"}
TWO = {arm: ARMS[arm] for arm in ("restrained", "do_nothing")}
NASTY = '<script>alert("1")</script> {{ 7 * 7 }} $x$ &amp; \'--><'


class Page(HTMLParser):
    """A page taken apart: tags with their attributes, the words, and whether tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.words += data

    def values(self, attribute: str) -> list[str]:
        """All values of an attribute."""
        return [value for _, attributes in self.tags if (value := attributes.get(attribute))]

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(self.words.split())


def page_of(made: Experiment, directory: Path) -> Page:
    """The report of an experiment, taken apart and checked for what every page must fulfil."""
    text = write_report(compare(made), directory).read_text(encoding="utf-8")
    page = Page(text)
    _check_structure(page, text)
    return page


def _check_structure(page: Page, text: str) -> None:
    """Sections in order; ids unique; references resolve; charts have words; nothing to fetch or to run."""
    assert [a["id"] for tag, a in page.tags if tag == "section" and a["id"] != "failed"] == SECTIONS
    ids = page.values("id")
    assert max(Counter(ids).values()) == 1
    referred = [*page.values("aria-labelledby"), *(h[1:] for h in page.values("href") if h.startswith("#"))]
    referred += re.findall(r"url\(#([^)]*)\)", text)
    assert set(referred) <= set(ids)
    for tag, attributes in page.tags:
        assert tag not in ("script", "iframe", "object", "embed", "img", "image", "base", "form")
        assert not any(name.startswith("on") or name == "src" for name in attributes)
        assert tag != "svg" or (attributes["role"] == "img" and attributes["aria-labelledby"])
    outside = [h for h in page.values("href") if not h.startswith("#")]
    assert set(outside) == {"data:,", "results.json", "replications.csv", "daily.csv", "figures/"}
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert "default-src 'none'" in (page.values("content")[0])


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(experiment(4, 90))


@pytest.fixture(scope="module")
def usual(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an ordinary report."""
    directory = tmp_path_factory.mktemp("usual")
    page_of(comparison.experiment, directory)
    return directory


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on twelve arms with long names, ten replications of a year."""
    arms = {f"arm_{n}_with_quite_a_long_name_{'x' * 2 * n}": ARMS["frequent"] for n in range(12)}
    directory = tmp_path_factory.mktemp("crowded")
    page_of(experiment(10, 365, arms=arms, compare={**COMPARE, "baseline": next(iter(arms))}), directory)
    return directory


def test_the_page_leads_with_the_verdict_and_gives_every_verdict_as_a_word(comparison, usual):
    text = (usual / "report.html").read_text(encoding="utf-8")
    body = Page(text[text.index("<body>") : text.index("<main>")].replace("<body>", "")).text
    assert body.index(comparison.experiment.scenario.question) < body.index(comparison.headline)
    badges = Counter(re.findall(r'<span class="badge \w+">([\w ]+)</span>', text))
    verdicts = [d.verdict for d in comparison.differences if d.verdict] + [a.verdict for a in comparison.arms]
    assert {v: badges[v] for v in set(verdicts) - {None}} == Counter(v for v in verdicts if v)
    assert badges["passed"] == sum(check.status == "passed" for check in comparison.health)


def test_figures_lie_beside_the_page_and_show_what_is_in_it(usual):
    page = Page((usual / "report.html").read_text(encoding="utf-8"))
    files = sorted(path.name for path in (usual / "figures").iterdir())
    assert len(files) == sum(tag == "svg" for tag, _ in page.tags) == 17
    assert all(name.endswith(".svg") for name in files)


def test_two_writes_give_the_same_bytes(comparison, usual, tmp_path):
    write_report(comparison, tmp_path)
    written = [path.relative_to(usual) for path in usual.rglob("*.*")]
    assert len(written) == 18
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
    for words in ("– means undefined", "beyond the range", "did not finish", "declares no goal"):
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
    assert "2 arms did not finish" in page.text
    assert "blast: 3 of 3 replications failed blast: contact_cadence, day 12, line 40: boom" in page.text
    assert "ValueError: boom" in page.text
    assert "no replication in common" in page.text
    assert len(list((tmp_path / "figures").iterdir())) == 2 * 2 + 11


@pytest.mark.parametrize("lost", [("restrained",), tuple(ARMS)], ids=["baseline", "all"])
def test_a_lost_baseline_or_no_result_at_all_still_gives_a_page(lost, tmp_path):
    page = page_of(experiment(2, 20, failed=[(arm, n) for arm in lost for n in range(2)]), tmp_path)
    assert "did not finish" in page.text
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


def test_twelve_arms_over_a_year_stay_within_the_size_of_a_page(crowded):
    assert (crowded / "report.html").stat().st_size < 1_500_000


def test_failed_checks_come_with_advice(comparison):
    check = Check("Some check", "failed", "it is off", "do this")
    broken = dataclasses.replace(comparison, health=(check, *comparison.health))
    text = Page(render(broken, {})).text
    assert "failed Some check: it is off What to do: do this" in text


def test_assumptions_outside_their_evidence_are_flagged():
    made = experiment(2, 20)
    season = made.scenario.market.season.model_copy(update={"amplitude": 0.9})
    market = made.scenario.market.model_copy(update={"season": season})
    scenario = made.scenario.model_copy(update={"market": market})
    page = Page(render(compare(dataclasses.replace(made, scenario=scenario)), {}))
    assert "1 value lies beyond the range that its evidence supports: market.season.amplitude." in page.text
    assert "0.9 outside default 0" in page.text
    assert "Trust and tolerance have no direct measurement" in page.text


# In a browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --enable-logging=stderr --v=0 --virtual-time-budget=8000 --dump-dom"""
PROBE = """<script>
addEventListener("load", () => {
  const texts = [...document.querySelectorAll("svg")].flatMap(svg => {
    const all = [...svg.querySelectorAll("text")], box = svg.viewBox.baseVal, boxes = all.map(t => t.getBBox());
    const cut = all.filter((t, i) => boxes[i].x < -1 || boxes[i].x + boxes[i].width > box.width + 1
      || boxes[i].y < -1 || boxes[i].y + boxes[i].height > box.height + 1).map(t => "cut off: " + t.textContent);
    const met = all.filter((t, i) => boxes.some((b, j) => j < i && b.x < boxes[i].x + boxes[i].width - 1
      && boxes[i].x < b.x + b.width - 1 && b.y < boxes[i].y + boxes[i].height - 4
      && boxes[i].y < b.y + b.height - 4)).map(t => "overlaps: " + t.textContent);
    return cut.concat(met);
  });
  const root = document.documentElement;
  parent.postMessage({width: innerWidth, overflow: root.scrollWidth - root.clientWidth, texts,
    drawn: document.querySelectorAll("svg path").length}, "*");
});
</script></body>"""
FRAMES = """<!DOCTYPE html><body><pre id="seen"></pre><script>
const seen = [];
addEventListener("message", message => {
  seen.push(message.data);
  document.getElementById("seen").textContent = JSON.stringify(seen);
});
</script>"""
WIDTHS = (1280, 390)


def _browse(page: Path, profile: Path) -> tuple[str, list[str]]:
    """Open a page: its DOM after loading, and what the browser's console said."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS.split(), f"--user-data-dir={profile}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def _framed(pages: Mapping[str, Path], directory: Path) -> Path:
    """A page that shows each report as it is, and with a probe in a wide and in a narrow frame."""
    frames = FRAMES
    for name, report in pages.items():
        text = report.read_text(encoding="utf-8")
        probed = text.replace("style-src", "script-src 'unsafe-inline'; style-src", 1).replace("</body>", PROBE)
        (directory / f"{name}.html").write_text(probed, encoding="utf-8")
        sources = [(f"{name}.html", width) for width in WIDTHS]
        sources.append((report.as_uri(), WIDTHS[0]))
        frames += "".join(f'<iframe src="{s}" style="width:{w}px;height:900px"></iframe>' for s, w in sources)
    (directory / "frames.html").write_text(frames, encoding="utf-8")
    return directory / "frames.html"


needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: the page is not opened in a browser")


@needs_browser
def test_pages_open_without_errors_and_with_every_word_in_its_place(usual, crowded, tmp_path):
    pages = {"usual": usual / "report.html", "crowded": crowded / "report.html"}
    dom, console = _browse(_framed(pages, tmp_path), tmp_path / "profile")
    assert console == []
    found = re.search(r'<pre id="seen">(.*?)</pre>', dom)
    assert found is not None
    seen = json.loads(found[1])
    assert sorted(view["width"] for view in seen) == sorted(WIDTHS * len(pages))
    for view in seen:
        assert view["overflow"] == 0
        assert view["texts"] == []
        assert view["drawn"] > 100


@needs_browser
def test_the_page_itself_forbids_requests_and_scripts(comparison, tmp_path):
    page = tmp_path / "report.html"
    added = '<img src="http://127.0.0.1:9/a.png"><script>document.title = "ran"</script></body>'
    page.write_text(render(comparison, {}).replace("</body>", added), encoding="utf-8")
    dom, console = _browse(page, tmp_path / "profile")
    assert sum("Content Security Policy" in line for line in console) == 2
    assert "<title>ran</title>" not in dom
