"""From a drawing's SVG text to a file of its own, or to a part of the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, unquote

from reports.theme import COLOURS

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_ROOT = re.compile(r"<svg[^>]*?viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_DROPPED = re.compile(r"<!--.*?-->\s*|<style.*?</style>\s*", re.DOTALL)
_FAMILY = re.compile(r"'DejaVu Sans'[^;\"]*")
_ID = re.compile(r"\sid=\"([^\"]*)\"")
_REFERENCE = re.compile(r"(url\(|xlink:href=\")#([^)\"]*)")
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_TIPS = re.compile(r"<g id=\"(tips|columns):([^\"]*)\">(\s*<defs>.*?</defs>)?", re.DOTALL)
_SIGN = re.compile(r"<(use|path) ([^>]*)/>")
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_VARIABLES = {light: f"var(--{name})" for name, (light, _) in COLOURS.items()}


@dataclass(frozen=True)
class Chart:
    """A drawing: its name (unique in a report), the SVG as drawn, and what it shows in words."""

    name: str
    svg: str
    alt: str


def tips(words: Sequence[str], kind: str = "tips") -> str:
    """An id for a group of signs that carries what is to be said of each of them, in their order."""
    return f"{kind}:" + "|".join(quote(each) for each in words)


def standalone(chart: Chart) -> str:
    """The SVG as a file: any viewer opens it, and the words are its title."""
    drawing = _told(_PROLOGUE.sub("", chart.svg, count=1))
    text = _TAG.sub(lambda tag: _FAMILY.sub(_FONTS, tag[0]), drawing)
    titled = _ROOT.sub(lambda root: f"{root[0]}\n <title>{escape(chart.alt)}</title>", text, count=1)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + titled


def inline(chart: Chart) -> str:
    """The SVG as a part of an HTML page.

    Ids and references to them carry the chart's name, so that charts do not share ids; colours become CSS
    variables; fonts and size are left to the page. Only tags are changed, never the words between them.
    """
    drawing = _told(_DROPPED.sub("", _PROLOGUE.sub("", chart.svg, count=1)))
    used = {target for _, target in _REFERENCE.findall(drawing)}
    text = _TAG.sub(lambda tag: _adapted(tag[0], chart.name, used), drawing)
    return _ROOT.sub(lambda root: _opening(chart, root[1]), text, count=1)


def _told(drawing: str) -> str:
    """Give the signs of groups whose ids carry words these words as titles, which a reader sees who points at them."""
    parts, end = [], 0
    for group in _TIPS.finditer(drawing):
        words = iter(map(unquote, group[2].split("|")))
        parts += [drawing[end : group.start()], f'<g class="{group[1]}">{group[3] or ""}']
        end = group.end()
        for each in words:
            sign = _SIGN.search(drawing, end)
            if sign is not None:
                parts += [
                    drawing[end : sign.start()],
                    f"<{sign[1]} {sign[2]}><title>{escape(each)}</title></{sign[1]}>",
                ]
                end = sign.end()
    return "".join([*parts, drawing[end:]])


def _adapted(tag: str, name: str, used: set[str]) -> str:
    """One tag with the chart's own ids and the page's colours and fonts."""
    tag = _ID.sub(lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", tag)
    tag = _REFERENCE.sub(lambda m: f"{m[1].removeprefix('xlink:')}#{name}-{m[2]}", tag)
    tag = _FAMILY.sub("var(--font)", tag)
    return _COLOUR.sub(lambda m: _VARIABLES.get(m[0], m[0]), tag)


def _opening(chart: Chart, box: str) -> str:
    """The root tag, with the chart's words for those who do not see it."""
    width, height = box.split()[2:]
    title = f"{chart.name}-title"
    return (
        f'<svg viewBox="{box}" width="{width}" height="{height}" role="img" aria-labelledby="{title}">'
        f'<title id="{title}">{escape(chart.alt)}</title>'
    )
