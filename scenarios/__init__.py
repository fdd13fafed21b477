"""The scenarios that come with simrun: YAML files, each named after the question it was made for."""

from importlib.resources import files
from pathlib import Path


def shipped() -> dict[str, Path]:
    """Name -> file of every scenario that comes with simrun, in alphabetical order."""
    paths = (Path(str(entry)) for entry in files(__name__).iterdir() if entry.name.endswith(".yaml"))
    return {path.stem: path for path in sorted(paths)}
