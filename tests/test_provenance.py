from __future__ import annotations

import importlib
import platform
from types import SimpleNamespace

import numpy as np
import pytest

from sim import __version__
from sim.provenance import cpu_level, versions


def test_versions_are_those_in_use() -> None:
    found = versions()
    assert list(found) == ["python", "simrun", "numpy", "scipy", "simpy"]
    assert found["numpy"] == np.__version__
    assert found["simrun"] == __version__
    assert found["python"] == platform.python_version()


def test_the_highest_vector_level_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def numpy_with(**features: bool) -> None:
        module = SimpleNamespace(__cpu_features__=features)
        monkeypatch.setattr(importlib, "import_module", lambda name: module)

    assert cpu_level() != ""
    numpy_with(SSE=True, X86_V2=True, X86_V3=True, X86_V4=False)
    assert cpu_level() == "X86_V3"
    numpy_with(X86_V2=True, X86_V3=True, X86_V4=True, AVX512_ICL=True, AVX512_SPR=False)
    assert cpu_level() == "AVX512_ICL"
    numpy_with(SSE42=False)
    assert cpu_level() == platform.machine()


def test_a_numpy_that_does_not_tell_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert cpu_level() == platform.machine()
