"""Who may import whom: arrows point one way, every outside package has its place, and there are no circles.

`TIERS` is the architecture in one table. A new module of `sim` that no row names belongs to the row "sim".
"""

from __future__ import annotations

import ast
import configparser
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("sim", "strategies", "reports", "benchmarks", "scenarios")

TIERS: tuple[tuple[str, ...], ...] = (
    ("sim.errors", "sim.suggest", "sim.draws", "sim.interrupts", "sim.kernels"),
    ("sim.actions", "sim.fans", "sim.expression_syntax", "sim.expressions", "sim.scenario", "sim.results"),
    ("sim.audience", "sim.desk", "sim.strategy", "sim.population", "sim.state", "sim.events"),
    ("sim.mechanisms", "sim.records"),
    ("sim.world",),
    ("sim", "sim.scenario.load", "sim.scenario.schema"),
    ("strategies", "scenarios"),
    ("reports",),
    ("sim.cli", "sim.commands", "sim.notebook"),
    ("benchmarks",),
)
"""From the ground up: a module imports from its own row and the rows above it in this table."""

ONLY: Mapping[str, tuple[str, ...]] = {
    "sim.errors": (),
    "sim.draws": (),
    "sim.kernels": ("sim.kernels",),
    "sim": ("sim",),
    "sim.cli": ("sim", "strategies", "reports", "scenarios"),
    "sim.commands": ("sim", "strategies", "reports", "scenarios"),
    "sim.notebook": ("sim", "strategies", "reports", "scenarios"),
    "strategies": (
        "strategies",
        "sim.actions",
        "sim.audience",
        "sim.desk",
        "sim.expressions",
        "sim.scenario.parameter",
        "sim.strategy",
    ),
    "scenarios": (),
    "reports": (
        "reports",
        "sim.compare",
        "sim.results",
        "sim.scenario.assumptions",
        "sim.shortfall",
        "sim.studies.across",
        "sim.studies.across_words",
        "sim.studies.sweep",
        "sim.studies.words",
    ),
    "benchmarks": (*PACKAGES, "tests"),
}
"""Of our own modules these may import only those; the longest name that fits counts."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "numpy": ("sim", "strategies", "reports", "benchmarks"),
    "scipy": ("sim.kernels", "sim.stats"),
    "scipy.stats": (),
    "simpy": ("sim.world", "sim.desk", "strategies", "benchmarks"),
    "yaml": ("sim.scenario",),
    "pydantic": (
        "sim.commands",
        "sim.expressions",
        "sim.plugin_files",
        "sim.registry",
        "sim.scenario",
        "sim.testing",
        "strategies",
    ),
    "pydantic_core": ("sim.registry", "sim.scenario", "sim.testing"),
    "pytest": ("sim.testing",),
    "matplotlib": ("reports.charts", "benchmarks.lessons"),
    "jinja2": ("reports.page",),
    "markupsafe": ("reports.page",),
    "click": ("sim.cli", "sim.commands"),
    "click_default_group": ("sim.cli",),
    "distributed": ("sim.cluster",),
    "rich": ("sim.commands", "benchmarks"),
}
"""Outside packages, and the only modules that may import them when they run."""


@dataclass(frozen=True)
class Import:
    """One imported name; `runs` is False for those that only a type checker sees."""

    module: str
    line: int
    target: str
    runs: bool


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of these or inside one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def fitting(name: str, table: Mapping[str, object]) -> str | None:
    """The longest entry of a table that the dotted name is or is inside of."""
    fits = [entry for entry in table if within(name, (entry,))]
    return max(fits, key=len, default=None)


def read(root: Path) -> dict[str, str]:
    """Source text of every module of our packages."""
    files = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    named = {".".join(path.relative_to(root).with_suffix("").parts): path for path in files}
    return {name.removesuffix(".__init__"): path.read_text(encoding="utf-8") for name, path in named.items()}


def imports(sources: Mapping[str, str]) -> Iterator[Import]:
    """All imports, each as the deepest module of ours that it names."""
    for module, text in sources.items():
        tree = ast.parse(text)
        typing_only = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for part in node.body
            for inner in ast.walk(part)
        }
        for node in ast.walk(tree):
            for target in targets(node, sources):
                yield Import(module, getattr(node, "lineno", 0), target, node not in typing_only)


def targets(node: ast.AST, sources: Mapping[str, str]) -> Iterator[str]:
    """What an import statement names: modules, never the functions in them, unless these come from outside."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"relative import in line {node.lineno}: write the whole name"
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            yield whole if whole in sources or not within(str(node.module), PACKAGES) else str(node.module)


def tier(module: str) -> int:
    """Row of a module in `TIERS`, by the longest name that fits."""
    rows = {name: row for row, names in enumerate(TIERS) for name in names}
    entry = fitting(module, rows)
    return len(TIERS) if entry is None else rows[entry]


def wrong_arrows(sources: Mapping[str, str]) -> list[str]:
    """Imports among our own modules that point up, or out of what the module is allowed."""
    wrong = []
    for arrow in imports(sources):
        if not within(arrow.target, (*PACKAGES, "tests")):
            continue
        allowed = ONLY.get(fitting(arrow.module, ONLY) or "", ("sim",))
        if not within(arrow.target, allowed) or (
            tier(arrow.target) > tier(arrow.module) and not within(arrow.target, ("tests",))
        ):
            wrong.append(f"{arrow.module}:{arrow.line} imports {arrow.target}")
    return wrong


def misplaced(sources: Mapping[str, str]) -> list[str]:
    """Imports of outside packages where they do not belong, and of packages that no one knows."""
    wrong = []
    for found in imports(sources):
        top = found.target.partition(".")[0]
        if top in sys.stdlib_module_names or within(found.target, (*PACKAGES, "tests")) or not found.runs:
            continue
        entry = fitting(found.target, PLACES)
        if entry is None or not within(found.module, PLACES[entry]):
            wrong.append(f"{found.module}:{found.line} imports {found.target}")
    return wrong


def circle(sources: Mapping[str, str]) -> list[str]:
    """Modules that import each other in a circle when they run; empty if there are none."""
    graph: dict[str, set[str]] = {module: set() for module in sources}
    for arrow in imports(sources):
        if arrow.runs and arrow.target in sources and arrow.target != arrow.module:
            graph[arrow.module].add(arrow.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


OURS = read(ROOT)
EMPTY = dict.fromkeys(OURS, "")


def test_arrows_point_one_way() -> None:
    assert wrong_arrows(OURS) == []


def test_outside_packages_have_their_place() -> None:
    assert misplaced(OURS) == []


def test_there_is_no_circle() -> None:
    assert circle(OURS) == []


def test_every_name_in_the_tables_exists() -> None:
    listed = {name for names in TIERS for name in names} | set(ONLY) | {m for row in ONLY.values() for m in row}
    listed |= {module for row in PLACES.values() for module in row}
    assert sorted(listed - set(OURS) - {"tests"}) == []


def test_every_package_is_installed() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    ours = {path.parent.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("__init__.py")}
    listed = {Path(*name.split(".")) for name in setup["options"]["packages"].split()}
    assert listed == ours - {Path("benchmarks")}


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("sim.kernels.trust", "from sim import draws"),
        ("sim.kernels.trust", "def f():\n    import sim.world"),
        ("sim.state", "from sim.mechanisms import contact"),
        ("sim.mechanisms.contact", "from sim.world import World"),
        ("sim.world", "from sim.experiment import run_experiment"),
        ("sim.world", "from strategies import BUILTINS"),
        ("sim.experiment", "from reports.html import write_report"),
        ("sim.errors", "if TYPE_CHECKING:\n    from sim.draws import Luck"),
        ("sim.experiment", "from sim.cli import main"),
        ("strategies.reward", "from sim.state import State"),
        ("reports.html", "from sim.world import simulate"),
        ("sim.new_module", "import tests.worlds"),
    ],
)
def test_an_arrow_pointing_back_is_found(module: str, text: str) -> None:
    assert len(wrong_arrows({**EMPTY, module: text})) == 1


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("sim.kernels.trust", "import pydantic"),
        ("sim.kernels.trust", "from scipy import stats"),
        ("sim.stats", "import scipy.stats"),
        ("sim.stats", "from scipy.stats import t"),
        ("sim.draws", "from scipy import special"),
        ("sim.experiment", "from simpy import Environment"),
        ("sim.strategy", "import simpy"),
        ("sim.registry", "from yaml import safe_load"),
        ("reports.html", "from matplotlib import pyplot"),
        ("sim.population", "def f():\n    import pandas"),
    ],
)
def test_a_misplaced_package_is_found(module: str, text: str) -> None:
    assert len(misplaced({**EMPTY, module: text})) == 1


def test_a_circle_is_found_and_types_make_none() -> None:
    ring = {"sim.a": "from sim import b", "sim.b": "from sim.c import f", "sim.c": "def f():\n    import sim.a"}
    assert set(circle(ring)) == {"sim.a", "sim.b", "sim.c"}
    assert circle({**ring, "sim.c": "if typing.TYPE_CHECKING:\n    import sim.a"}) == []
