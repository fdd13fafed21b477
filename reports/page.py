"""What all pages share: the templates with what they may call, and putting page and figures into a folder."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.svg import Chart, inline, standalone
from reports.theme import COLOURS
from reports.units import MINUS, label

REPORT = "report.html"
FIGURES = "figures"
_JOINT = re.compile(r"(?<=\w)[._](?=[A-Za-z])")


def fill(template: str, charts: Mapping[str, Chart], **shown: Any) -> str:
    """A page as text. In its template `chart(name)` is a drawing, `name is drawn` tells whether there is one.

    The page allows no script but its own, whose hash it names.
    """
    return _environment(charts).get_template(template).render(shown)


def _environment(charts: Mapping[str, Chart]) -> Environment:
    """The templates, and what they may call."""
    made = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["breakable"] = _breakable
    made.filters["metric_label"] = label
    made.filters["signed"] = lambda number: f"{number:+.2f}".replace("-", MINUS)
    made.filters["plain"] = lambda number: f"{number:,.10g}"
    made.tests["drawn"] = lambda name: name in charts
    made.tests["drawn_for_some"] = lambda name: any(re.fullmatch(rf"{name}-\d+", known) for known in charts)
    made.globals["chart"] = lambda name: Markup(inline(charts[name]))
    made.globals["colours"] = COLOURS
    script = (resources.files("reports") / "templates" / "script.js").read_text(encoding="utf-8")
    made.globals["script"] = Markup(script)
    made.globals["script_hash"] = f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
    return made


def write_page(directory: Path, page: str, charts: Mapping[str, Chart]) -> Path:
    """Write `report.html` and `figures/*.svg` into `directory` (made if need be); returns the path of the page.

    Raises OSError if the files cannot be written.
    """
    figures = directory / FIGURES
    figures.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        (figures / f"{name}.svg").write_text(standalone(chart), encoding="utf-8", newline="\n")
    path = directory / REPORT
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _breakable(name: str) -> Markup:
    """A name that may go over to the next line after a dot or an underscore between its words."""
    return Markup(_JOINT.sub(r"\g<0><wbr>", str(escape(name))))
