"""Taking a report apart, for the tests of it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping
from html.parser import HTMLParser
from pathlib import Path

from reports.html import write_report
from sim.compare import compare
from sim.results import Experiment

SECTIONS = [
    *("rule", "scorecard", "precision", "pairs", "time", "convergence", "fans", "segments", "tradeoff", "exits"),
    *("money", "touches", "health", "assumptions", "luck", "provenance"),
]
OF_TWO = {"precision", "pairs", "convergence", "fans", "segments", "luck"}
FILES = {"results.json", "replications.csv", "daily.csv", "summary.md", "figures/"}
VOID = {"meta", "link", "wbr", "br", "img", "path", "use", "rect"}


class Page(HTMLParser):
    """A page taken apart: tags with their attributes, words and scripts, and whether tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.words = ""
        self.scripts: list[str] = []
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
        if self._open[-1:] == ["script"]:
            self.scripts.append(data)
        else:
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
    check_structure(page, text)
    sections = [s for s in SECTIONS if len(made.scenario.arms) > 1 or s not in OF_TWO]
    assert [a["id"] for tag, a in page.tags if tag == "section" and a["id"] != "failed"] == sections
    assert [h[1:] for h in page.values("href") if h.startswith("#")][: len(sections)] == sections
    return page


def check_structure(page: Page, text: str, files: Collection[str] = frozenset(FILES)) -> None:
    """Ids unique; references resolve; charts have words; nothing to fetch; one script, which the policy names."""
    ids = page.values("id")
    assert max(Counter(ids).values()) == 1
    referred = [*page.values("aria-labelledby"), *(h[1:] for h in page.values("href") if h.startswith("#"))]
    referred += re.findall(r"url\(#([^)]*)\)", text)
    assert set(referred) <= set(ids)
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "img", "image", "base", "form")
        assert not any(name.startswith("on") or name == "src" for name in attributes)
        assert tag != "svg" or (attributes["role"] == "img" and attributes["aria-labelledby"])
    outside = [h for h in page.values("href") if not h.startswith("#")]
    assert set(outside) == {"data:,", *files}
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = dict(rule.strip().split(" ", 1) for rule in page.values("content")[0].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'sha256-{digest}'"
