"""The page in a real browser: no request, no error, no sideways scrolling, no word cut off or overlapping."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from reports.html import render
from sim.compare import compare
from tests.report_page import page_of
from tests.synthetic import ARMS, COMPARE, experiment

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


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an ordinary report."""
    directory = tmp_path_factory.mktemp("usual")
    page_of(experiment(3, 90), directory)
    return directory


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on twelve arms with long names, ten replications of a year."""
    arms = {f"arm_{n}_with_quite_a_long_name_{'x' * 2 * n}": ARMS["frequent"] for n in range(12)}
    directory = tmp_path_factory.mktemp("crowded")
    page_of(experiment(10, 365, arms=arms, compare={**COMPARE, "baseline": next(iter(arms))}), directory)
    return directory


def test_twelve_arms_over_a_year_stay_within_the_size_of_a_page(crowded):
    assert (crowded / "report.html").stat().st_size < 1_500_000


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
def test_the_page_itself_forbids_requests_and_scripts(tmp_path):
    page = tmp_path / "report.html"
    added = '<img src="http://127.0.0.1:9/a.png"><script>document.title = "ran"</script></body>'
    page.write_text(render(compare(experiment(2, 10)), {}).replace("</body>", added), encoding="utf-8")
    dom, console = _browse(page, tmp_path / "profile")
    assert sum("Content Security Policy" in line for line in console) == 2
    assert "<title>ran</title>" not in dom
