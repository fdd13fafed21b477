"""Following imports: all that code rests on is found, and nothing that Python or an installed package brings."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cells import ENGINE
from sim.source_files import digests, module_files, plugin_files
from strategies import BUILTINS

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that can be imported from, with a package in it."""
    files = {
        "top.py": "import numpy, json\nimport box.direct\nfrom box import by_name, CONSTANT\n",
        "box/__init__.py": "CONSTANT = 1\n",
        "box/direct.py": "def f():\n    import late\n",
        "box/by_name.py": "from . import sibling\nfrom .deep.down import value\nfrom ... import beyond\n",
        "box/sibling.py": "import sim.draws\n",
        "box/deep/__init__.py": "",
        "box/deep/down.py": "import top\nvalue = 1\n",
        "late.py": "import nowhere, yaml\n",
        "unrelated.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_all_that_a_file_rests_on_is_found(folder: Path) -> None:
    found = plugin_files(folder / "top.py", "Mine")
    own = {name: path for name, path in found.items() if path.is_relative_to(folder)}
    names = ["box", "box.by_name", "box.deep", "box.deep.down", "box.direct", "box.sibling", "late", "top"]
    assert sorted(own) == ["Mine", *names]
    assert own["Mine"] == folder / "top.py"
    assert own["box.deep"] == folder / "box" / "deep" / "__init__.py"
    assert "sim.draws" in found
    assert not {name.partition(".")[0] for name in found} & {"numpy", "json", "yaml"}


def test_what_is_known_is_left_out(folder: Path) -> None:
    found = plugin_files(folder / "top.py", "Mine", known={"box.by_name", "sim.draws"})
    assert sorted(found) == ["Mine", "box", "box.direct", "late"]


def test_a_file_that_is_not_python_rests_on_nothing(folder: Path) -> None:
    (folder / "broken.py").write_text("import late\nimport ???")
    assert plugin_files(folder / "broken.py", "Mine") == {"Mine": folder / "broken.py"}
    assert module_files(["box.nowhere", "nowhere"]) == {}


def test_the_hash_is_that_of_the_content(folder: Path) -> None:
    assert digests({"b": folder / "late.py"}) == {"b": hashlib.sha256((folder / "late.py").read_bytes()).hexdigest()}


@pytest.mark.parametrize("modules", [ENGINE, *([m] for m in sorted({p.partition(":")[0] for p in BUILTINS.values()}))])
def test_whatever_python_loads_of_ours_was_found(modules: list[str]) -> None:
    """Python itself is the oracle: what it has loaded after an import has to be among the files, but for packages."""
    script = (
        f"import sys, json, {', '.join(modules)}\n"
        "ours = [m for n, m in sys.modules.items() if n.partition('.')[0] in ('sim', 'strategies')]\n"
        "print(json.dumps([m.__name__ for m in ours if not hasattr(m, '__path__')]))"
    )
    loaded = json.loads(subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True).stdout)
    assert len(loaded) > 2
    assert set(loaded) <= set(module_files(modules))


def test_the_engine_does_not_rest_on_reports_statistics_or_commands() -> None:
    found = module_files(ENGINE)
    assert not [name for name in found if name.startswith(("sim.stats", "sim.commands", "sim.store", "reports"))]
    assert not [name for name in found if name.startswith("strategies")]
