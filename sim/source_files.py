"""Which source files a module rests on: its own and those of the modules it imports, with the hash of each.

Imports are read from the source text, nothing is imported. Followed are the simulator, the package that was asked for,
and files that are not part of an installation, such as a helper beside a plugin. What Python and installed packages
bring is left out: their versions stand for it.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import site
import sysconfig
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

OURS = ("sim", "strategies")
"""Packages that are followed even where they are installed."""


def module_files(modules: Iterable[str], known: Container[str] = ()) -> dict[str, Path]:
    """Module -> file, for these modules and all that they rest on, but for those that are `known`."""
    walk = _Walk([*OURS, *(module.partition(".")[0] for module in modules)], known)
    return walk.from_modules(modules)


def plugin_files(path: Path, name: str, known: Container[str] = ()) -> dict[str, Path]:
    """The same for a file that is no module by itself: `name` -> `path`, and what it rests on."""
    return _Walk(OURS, known).from_files([(name, path)])


def digests(files: Mapping[str, Path]) -> dict[str, str]:
    """Module -> SHA-256 of its file, ordered by name. Errors: OSError if one cannot be read."""
    return {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in sorted(files)}


class _Walk:
    """One search along imports. `follow`: top-level packages that are followed wherever they are installed."""

    def __init__(self, follow: Iterable[str], known: Container[str]) -> None:
        self._follow = set(follow)
        self._known = known
        self._places: dict[str, tuple[Path, ...]] = {}
        standard = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
        self._installed = [Path(path).resolve() for path in (*standard, *site.getsitepackages())]

    def from_modules(self, modules: Iterable[str]) -> dict[str, Path]:
        """Modules and what they rest on."""
        return self.from_files((name, path) for name in modules if (path := self._file(name)))

    def from_files(self, files: Iterable[tuple[str, Path]]) -> dict[str, Path]:
        """Files and what they rest on."""
        found: dict[str, Path] = {}
        waiting = list(files)
        while waiting:
            name, path = waiting.pop()
            if name in found or name in self._known:
                continue
            found[name] = path
            targets = [target for imported in _imports(path, name) for target in _with_packages(imported)]
            waiting += [(new, file) for new in set(targets) - found.keys() if (file := self._file(new))]
        return found

    def _file(self, module: str) -> Path | None:
        """The source file of a module that is followed; None if there is none, as for an imported function."""
        top, *rest = module.split(".")
        for place in self._followed(top):
            if place.is_file():
                return None if rest else place
            for path in (place.joinpath(*rest, "__init__.py"), place.joinpath(*rest).with_suffix(".py")):
                if path.is_file():
                    return path
        return None

    def _followed(self, top: str) -> tuple[Path, ...]:
        """The file or the folders of a top-level module, none if it is part of an installation."""
        if top not in self._places:
            places = _places(top)
            outside = not any(place.resolve().is_relative_to(home) for place in places for home in self._installed)
            self._places[top] = places if outside or top in self._follow else ()
        return self._places[top]


def _places(top: str) -> tuple[Path, ...]:
    """The source file or the folders of a top-level module; none if there is none."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return ()
    if spec is None:
        return ()
    if spec.submodule_search_locations is not None:
        return tuple(map(Path, spec.submodule_search_locations))
    return (Path(spec.origin),) if spec.origin and spec.origin.endswith(".py") else ()


def _imports(path: Path, module: str) -> Iterator[str]:
    """What a file imports, anywhere in it; nothing if it is not Python."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        yield from _named(node, package)


def _with_packages(module: str) -> list[str]:
    """A module and the packages it is in, whose `__init__` runs first; ours do nothing there."""
    parts = module.split(".")
    return [module] if parts[0] in OURS else [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _named(node: ast.AST, package: str) -> list[str]:
    """What an import statement in a package names: modules, or things in them."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1] if node.level else []
    home = ".".join(filter(None, [*above, node.module]))
    return [home, *(f"{home}.{alias.name}" for alias in node.names)] if home else []
