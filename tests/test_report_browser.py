"""The page in a real browser: no request, no error, no sideways scrolling, words in their place, scripts that work."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.html import render
from sim.compare import compare
from tests.browser import WIDTHS, ask, browse, frame, needs_browser, probed, silent
from tests.report_page import page_of
from tests.synthetic import ARMS, COMPARE, experiment, with_outcomes, with_redraws

LAYOUT = """
addEventListener("load", () => {
  document.querySelectorAll("details").forEach(each => { each.open = true; });
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
    drawn: [...document.querySelectorAll("svg path")].filter(p => p.getBBox().width > 0).length}, "*");
});
"""
SORT = """
addEventListener("load", () => {
  const orders = [];
  for (const table of document.querySelectorAll("table.sortable")) {
    const read = column => [...table.tBodies[0].rows].map(row => [row.cells[column].dataset.value ?? null,
      row.cells[column].textContent.trim(), row.className, row.cells[0].textContent.trim()]);
    for (const head of table.tHead.rows[0].cells) {
      const click = () => {
        head.querySelector("button").click();
        orders.push({column: head.textContent, way: head.getAttribute("aria-sort"), rows: read(head.cellIndex),
          marked: table.querySelectorAll("[aria-sort]").length});
      };
      if (head.tagName === "TH") { click(); click(); }
    }
  }
  parent.postMessage(orders, "*");
});
"""
POINT = """
addEventListener("load", () => {
  const tip = document.querySelector(".tip"), told = [];
  const point = target => target.dispatchEvent(new PointerEvent("pointermove",
    {bubbles: true, clientX: innerWidth - 3, clientY: innerHeight - 3}));
  for (const name of [".tips use", ".tips > path", ".columns use"]) {
    point(document.querySelector(name));
    const box = tip.getBoundingClientRect();
    told.push({name, hidden: tip.hidden, words: tip.textContent, inside: box.right <= innerWidth && box.left >= 0
      && box.bottom <= innerHeight && box.top >= 0});
    point(document.querySelector("h1"));
    told.push({hidden: tip.hidden});
  }
  const titles = document.querySelectorAll(".tips title, .columns title").length;
  parent.postMessage({told, titles}, "*");
});
"""
UNSCRIPTED = """{
  buttons: page.querySelectorAll("thead button").length,
  tips: page.querySelectorAll(".tips title, .columns title").length,
  overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
  seen: [...page.querySelectorAll("h1, section > h2, td.number, li, dd")].filter(e => !e.closest("details"))
    .map(e => e.getBoundingClientRect().height),
  sections: [...page.querySelectorAll("section")].map(s => s.id),
  closed: [...page.querySelectorAll("details")].map(d => [d.open, d.querySelector("summary").offsetHeight]),
}"""


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An ordinary report."""
    directory = tmp_path_factory.mktemp("usual")
    page_of(with_redraws(with_outcomes(experiment(4, 90)), {"frequent": 3.0}), directory)
    return (directory / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report on twelve arms with long names, ten replications of a year."""
    arms = {f"arm_{n}_with_quite_a_long_name_{'x' * 2 * n}": ARMS["frequent"] for n in range(12)}
    directory = tmp_path_factory.mktemp("crowded")
    made = experiment(10, 365, arms=arms, compare={**COMPARE, "baseline": next(iter(arms))})
    page_of(with_redraws(with_outcomes(made), {}, arms=arms), directory)
    return (directory / "report.html").read_text(encoding="utf-8")


def test_twelve_arms_over_a_year_stay_within_the_size_of_a_page(crowded: str) -> None:
    assert len(crowded.encode()) < 2_500_000


@needs_browser
def test_pages_open_without_errors_and_with_every_word_in_its_place(usual: str, crowded: str, tmp_path: Path) -> None:
    frames = []
    for name, page in {"usual": usual, "crowded": crowded}.items():
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
        (tmp_path / f"{name}-probed.html").write_text(probed(page, LAYOUT), encoding="utf-8")
        frames += [frame(f"{name}-probed.html", width) for width in WIDTHS] + [frame(f"{name}.html", WIDTHS[0])]
    seen, console = ask(frames, tmp_path)
    assert console == []
    assert sorted(view["width"] for view in seen) == sorted(WIDTHS * 2)
    for view in seen:
        assert view["overflow"] == 0
        assert view["texts"] == [], view["texts"]
        assert view["drawn"] > 300


@needs_browser
def test_tables_are_sorted_by_the_column_that_is_clicked(usual: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(probed(usual, SORT), encoding="utf-8")
    (orders,), console = ask([frame("page.html", WIDTHS[0])], tmp_path)
    assert console == []
    numeric = 0
    for down, up in zip(orders[::2], orders[1::2], strict=True):
        assert (down["way"], up["way"]) == ("descending", "ascending")
        assert down["marked"] == up["marked"] == 1
        assert sorted(down["rows"], key=str) == sorted(up["rows"], key=str)
        for order, sign in ((down, -1), (up, 1)):
            sums = [row for row in order["rows"] if row[2] == "strong"]
            assert order["rows"][len(order["rows"]) - len(sums) :] == sums
            values = [float(value) * sign for value, _, kind, _ in order["rows"] if value is not None and not kind]
            assert values == sorted(values)
        numeric += len({row[0] for row in down["rows"]}) > 2
    assert numeric > 10
    names = [[row[3] for row in order["rows"]] for order in orders if order["column"] == "Arm"]
    assert sorted(ARMS) in names
    assert sorted(ARMS, reverse=True) in names


@needs_browser
def test_a_point_says_what_it_stands_for_inside_the_window(usual: str, tmp_path: Path) -> None:
    for width in WIDTHS:
        (tmp_path / f"{width}.html").write_text(probed(usual, POINT), encoding="utf-8")
    seen, console = ask([frame(f"{width}.html", width) for width in WIDTHS], tmp_path)
    assert console == []
    assert len(seen) == 2
    for view in seen:
        assert view["titles"] == 0, "the browser's own tips would cover ours"
        for shown, left in zip(view["told"][::2], view["told"][1::2], strict=True):
            assert not shown["hidden"]
            assert shown["inside"]
            assert len(shown["words"]) > 10
            assert left["hidden"]


@needs_browser
def test_without_scripts_everything_is_there_to_read(usual: str, tmp_path: Path) -> None:
    seen, console = ask([silent(usual, width, UNSCRIPTED) for width in WIDTHS], tmp_path)
    assert [line for line in console if "sandboxed" not in line] == []
    assert len(seen) == 2
    for view in seen:
        assert view["buttons"] == 0
        assert view["tips"] > 300, "the browser shows them by itself"
        assert view["overflow"] == 0
        assert len(view["seen"]) > 100
        assert min(view["seen"]) > 0
        assert len(view["sections"]) == 16
        assert all(height > 0 for _, height in view["closed"])


@needs_browser
def test_the_page_itself_forbids_requests_and_foreign_scripts(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    added = '<img src="http://127.0.0.1:9/a.png"><script>document.title = "ran"</script></body>'
    page.write_text(render(compare(experiment(2, 10)), {}).replace("</body>", added), encoding="utf-8")
    dom, console = browse(page, tmp_path / "profile")
    assert sum("Content Security Policy" in line for line in console) == 2
    assert "<title>ran</title>" not in dom
    assert '<button title="Sort">' in dom
