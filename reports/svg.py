"""From a drawing's SVG text to a file of its own, or to a part of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from reports.theme import COLOURS

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_ROOT = re.compile(r"<svg[^>]*?viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_DROPPED = re.compile(r"<!--.*?-->\s*|<style.*?</style>\s*", re.DOTALL)
_FAMILY = re.compile(r"'DejaVu Sans'[^;\"]*")
_ID = re.compile(r"\sid=\"([^\"]*)\"")
_REFERENCE = re.compile(r"(url\(|xlink:href=\")#([^)\"]*)")
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_VARIABLES = {light: f"var(--{name})" for name, (light, _) in COLOURS.items()}


@dataclass(frozen=True)
class Chart:
    """A drawing: its name (unique in a report), the SVG as drawn, and what it shows in words."""

    name: str
    svg: str
    alt: str


def standalone(chart: Chart) -> str:
    """The SVG as a file: any viewer opens it, and the words are its title."""
    drawing = _PROLOGUE.sub("", chart.svg, count=1)
    text = _TAG.sub(lambda tag: _FAMILY.sub(_FONTS, tag[0]), drawing)
    titled = _ROOT.sub(lambda root: f"{root[0]}\n <title>{escape(chart.alt)}</title>", text, count=1)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + titled


def inline(chart: Chart) -> str:
    """The SVG as a part of an HTML page.

    Ids and references to them carry the chart's name, so that charts do not share ids; colours become CSS
    variables; fonts and size are left to the page. Only tags are changed, never the words between them.
    """
    drawing = _DROPPED.sub("", _PROLOGUE.sub("", chart.svg, count=1))
    used = {target for _, target in _REFERENCE.findall(drawing)}
    text = _TAG.sub(lambda tag: _adapted(tag[0], chart.name, used), drawing)
    return _ROOT.sub(lambda root: _opening(chart, root[1]), text, count=1)


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
