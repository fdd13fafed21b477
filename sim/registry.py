"""Finding strategies: a name in a scenario -> a class, and its parameters -> a strategy.

A strategy is found as a built-in name, as `path/file.py:Class`, or by an entry point of the group
`simrun.strategies`. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NoReturn, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, to_json

from sim.errors import PluginError
from sim.plugin_files import existing_file, guarded, load_class
from sim.scenario.model import StrategyUse
from sim.scenario.plain import explain, show
from sim.source_files import module_files, plugin_files
from sim.strategy import Strategy
from sim.suggest import choices

GROUP = "simrun.strategies"
"""Entry-point group by which installed packages offer strategies."""

RESERVED = frozenset({"use", "parameters"})
"""Names that a strategy's field cannot have, since they mean something else in a scenario."""

_FILE = re.compile(r"(?P<file>.+\.py):(?P<name>[^:\\/]*)", re.DOTALL)


class ParameterError(PluginError):
    """Parameters that do not fit a strategy.

    `details`: pydantic's account of each, with the path inside the parameters. `known`: the strategy's own names.
    """

    def __init__(self, message: str, details: Sequence[ErrorDetails] = (), known: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)
        self.known = tuple(known)


@dataclass(frozen=True)
class Registry:
    """All strategies that a scenario may name. Can be sent to a worker.

    `builtins`: name -> `module:Class`. `sources`: file of the user's -> what counts as its content.
    """

    builtins: Mapping[str, str]
    sources: Mapping[str, bytes] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Built-in names in their order, then those of installed packages."""
        return tuple(dict.fromkeys([*self.builtins, *sorted(entry.name for entry in _entries())]))

    def find(self, use: str, base: Path | None = None) -> type[Strategy]:
        """The class that `use` names.

        A file is looked for in the working directory, then in `base` (the scenario's folder). Errors: PluginError
        if there is none, it cannot be imported, or it is no frozen dataclass that derives from Strategy.
        """
        if place := _FILE.fullmatch(use):
            source = self.sources.get(place["file"])
            path = existing_file(Path(place["file"]), base) if source is None else Path(place["file"])
            return _checked(use, load_class(path, place["name"], source))
        if use in self.builtins:
            return _checked(use, guarded(use, lambda: _imported(self.builtins[use])))
        for entry in _entries():
            if entry.name == use:
                return _checked(use, guarded(use, entry.load))
        self._refuse(use)

    def locate(self, use: str, base: Path) -> str:
        """The same strategy, named so that it is found from the working directory without `base`."""
        place = _FILE.fullmatch(use)
        if place is None or (path := existing_file(Path(place["file"]), base)) == Path(place["file"]):
            return use
        path, here = path.resolve(), Path.cwd().resolve()
        return f"{(path.relative_to(here) if path.is_relative_to(here) else path).as_posix()}:{place['name']}"

    def fixed(self, uses: Iterable[str]) -> Registry:
        """The same, with the files of these strategies as they are now: whatever happens to them later does not count.

        Errors: PluginError if there is no such file.
        """
        files = {place["file"] for use in uses if (place := _FILE.fullmatch(use))}
        return replace(self, sources={file: existing_file(Path(file), None).read_bytes() for file in sorted(files)})

    def source(self, use: str) -> bytes | None:
        """What counts as the content of the file of a strategy, if it was fixed."""
        place = _FILE.fullmatch(use)
        return self.sources.get(place["file"]) if place else None

    def place(self, use: str) -> str:
        """Where a strategy's class is: `module:Class`, or the class alone for one in a file of the user's.

        Errors: PluginError for an unknown name.
        """
        if place := _FILE.fullmatch(use):
            return place["name"]
        entry = next((entry.value for entry in _entries() if entry.name == use), None)
        return self.builtins.get(use) or entry or self._refuse(use)

    def files(self, use: str, known: Container[str] = ()) -> dict[str, Path]:
        """Module -> source file of a strategy and of all that it imports, but for what is `known`.

        A file of the user's goes by its class. Errors: PluginError as in `place`, or if there is no such file.
        """
        if place := _FILE.fullmatch(use):
            return plugin_files(existing_file(Path(place["file"]), None), place["name"], known)
        return module_files([self.place(use).partition(":")[0]], known)

    def build(self, use: StrategyUse, base: Path | None = None) -> Strategy:
        """The strategy with its parameters, which must fit its fields.

        Errors: PluginError as in `find`; ParameterError for parameters that are unknown, missing or not allowed.
        """
        strategy = self.find(use.use, base)
        known = parameter_names(strategy)
        wrong = [_unknown(key, value) for key, value in use.parameters.items() if key not in known]
        own = {key: value for key, value in use.parameters.items() if key in known}
        built = None
        try:
            built = guarded(
                use.use, lambda: adapter(strategy).validate_json(to_json(own), strict=True), _home(strategy)
            )
        except ValidationError as error:
            wrong += error.errors(include_url=False)
        if built is None or wrong:
            raise ParameterError(_message(use.use, wrong, known), wrong, known)
        return built

    def _refuse(self, use: str) -> NoReturn:
        """Say that there is no such strategy. Errors: PluginError."""
        hint = f"for a file write {use}:ClassName" if use.endswith(".py") else f"known are {choices(use, self.names())}"
        raise PluginError(f"unknown strategy {show(use)}, {hint}")


def parameter_names(strategy: type[Strategy]) -> tuple[str, ...]:
    """The fields that a scenario can set."""
    return tuple(entry.name for entry in fields(cast(Any, strategy)) if entry.init)


@cache
def adapter(strategy: type[Strategy]) -> TypeAdapter[Strategy]:
    """What checks and describes a strategy's parameters."""
    return TypeAdapter(strategy)


def _entries() -> Iterable[EntryPoint]:
    """What installed packages offer."""
    return entry_points(group=GROUP)


def _imported(place: str) -> object:
    """The object at `module:Name`."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _checked(use: str, found: object) -> type[Strategy]:
    """Make sure that it is a strategy. Errors: PluginError."""
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise PluginError(f"{use}: is no class that derives from sim.strategy.Strategy")
    settings = vars(found).get("__dataclass_params__")
    if settings is None or not settings.frozen:
        raise PluginError(f"{use}: write @dataclass(frozen=True) above class {found.__name__}")
    if inspect.isabstract(found):
        raise PluginError(f"{use}: class {found.__name__} lacks {', '.join(sorted(found.__abstractmethods__))}")
    if taken := RESERVED.intersection(parameter_names(found)):
        raise PluginError(f"{use}: a parameter cannot be called '{min(taken)}'; rename the field")
    return found


def _home(strategy: type[Strategy]) -> Path:
    """The file that a strategy is written in, as tracebacks name it."""
    return Path(getattr(sys.modules[strategy.__module__], "__file__", None) or "")


def _unknown(key: str, value: Any) -> ErrorDetails:
    """A parameter that the strategy does not have, as pydantic would report it."""
    return {"type": "extra_forbidden", "loc": (key,), "msg": "unknown key", "input": value}


def _message(use: str, wrong: Iterable[ErrorDetails], known: Sequence[str]) -> str:
    """One line for each wrong parameter."""
    lines = []
    for detail in wrong:
        path = ".".join(map(str, (use, *detail["loc"])))
        lines.append(f"{path}: {explain(detail, known if len(detail['loc']) == 1 else ())}")
    return "\n".join(lines)
