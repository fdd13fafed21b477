"""Loading a strategy from a file of the user's, and running plugin code so that what it raises names its place."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from pydantic import ValidationError

from sim.errors import PluginError
from sim.strategy import Strategy
from sim.suggest import choices, did_you_mean

_Result = TypeVar("_Result")


def existing_file(path: Path, base: Path | None) -> Path:
    """The plugin's file, from the working directory or from `base`. Errors: PluginError if there is none."""
    folders = [Path()] if base is None else [Path(), base]
    near: list[str] = []
    with contextlib.suppress(OSError, ValueError):
        for folder in folders:
            if (folder / path).is_file():
                return folder / path
        near = [str(path.with_name(other.name)) for f in folders for other in (f / path).parent.glob("*.py")]
    where = " or ".join(dict.fromkeys(str(folder.absolute()) for folder in folders))
    raise PluginError(f"no file '{path}' in {where}{did_you_mean(str(path), near)}")


def load_class(path: Path, name: str, source: bytes | None = None) -> object:
    """What a plugin file calls `name`; with `source`, that is what counts as the file's content.

    Errors: PluginError naming file and line if the file cannot be imported, or the classes in it if it has no such.
    """
    module = guarded(str(path), lambda: _module(path, path.read_bytes() if source is None else source), path)
    if name in vars(module):
        return vars(module)[name]
    raise PluginError(f"{path}: has no class '{name}', strategies in it are {choices(name, _strategies(module))}")


def guarded(subject: str, call: Callable[[], _Result], path: Path | None = None) -> _Result:
    """Run a plugin's code; what it prints goes to stderr, since stdout belongs to results.

    Errors: PluginError with file and line (of `path`, if given), or `subject` where there is none, for whatever
    is raised but a ValidationError.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return call()
    except (ValidationError, PluginError):
        raise
    except (Exception, SystemExit) as error:
        first = (error.msg if isinstance(error, SyntaxError) else str(error)).partition("\n")[0]
        raise PluginError(f"{_place(error, path) or subject}: {type(error).__name__}: {first}") from error


def _module(path: Path, source: bytes) -> ModuleType:
    """The module of a plugin file, imported once for each content that the file has had.

    `sys.path` is left alone. The name follows from path and content, so that it is the same in every process.
    """
    digest = hashlib.blake2b(str(path.resolve()).encode() + source, digest_size=8).hexdigest()
    name = f"simrun_plugin_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _strategies(module: ModuleType) -> list[str]:
    """Names of the strategies that a module defines itself."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__module__ == module.__name__
    ]


def _place(error: BaseException, path: Path | None) -> str:
    """`file:line` of the plugin's last line before an error, or of the last line of all."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if path is not None and frame.filename == str(path)]
    last = own or ([] if path is not None else frames)
    return f"{last[-1].filename}:{last[-1].lineno}" if last else ""
