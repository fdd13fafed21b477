"""What the same bytes depend on beside the scenario: versions, and the vector instructions in use."""

from __future__ import annotations

import importlib
import platform
from importlib.metadata import version

from sim import __version__
from sim.results import Provenance
from sim.scenario.load import resolved_yaml
from sim.scenario.model import Scenario

LIBRARIES = ("numpy", "scipy", "simpy")
"""Libraries that a figure can depend on."""

CPU_LEVELS = (
    "AVX512_SPR",
    "AVX512_ICL",
    "X86_V4",
    "AVX512_SKX",
    "X86_V3",
    "AVX2",
    "X86_V2",
    "SSE42",
    "SVE",
    "ASIMD",
    "VSX4",
    "VXE2",
)
"""Levels that numpy may dispatch on, the highest first; a sum may round differently from one to the next."""


def provenance(scenario: Scenario, command: str) -> Provenance:
    """What is needed to repeat this run."""
    return Provenance(
        scenario_yaml=resolved_yaml(scenario),
        seed=scenario.seed,
        command=command,
        versions=versions(),
        cpu_features=cpu_level(),
    )


def versions() -> dict[str, str]:
    """Package -> version, Python first."""
    ours = {"python": platform.python_version(), "simrun": __version__}
    return ours | {name: version(name) for name in LIBRARIES}


def cpu_level() -> str:
    """The highest level of vector instructions that numpy uses; the machine's name if numpy does not tell."""
    try:
        features = importlib.import_module("numpy._core._multiarray_umath").__cpu_features__
    except (ImportError, AttributeError):
        return platform.machine()
    return next((level for level in CPU_LEVELS if features.get(level)), platform.machine())
