"""Finding strategies and checking their parameters: built-in, in a file, in an installed package."""

from __future__ import annotations

import pickle
import sys
import textwrap
from pathlib import Path

import pytest

from sim.errors import PluginError, ScenarioError
from sim.registry import ParameterError, Registry
from sim.scenario.load import load_scenario
from sim.scenario.model import StrategyUse
from sim.strategy import Strategy
from strategies import BUILTINS

REGISTRY = Registry(BUILTINS)

PLUGIN = """\
from __future__ import annotations
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated
from pydantic import Field
from sim.strategy import Strategy

if TYPE_CHECKING:
    from sim.audience import Audience

@dataclass(frozen=True)
class Mine(Strategy):
    value: float
    steps: Annotated[int, Field(ge=1)] = 1
    names: list[str] = field(default_factory=list)
    shares: Mapping[str, float] = field(default_factory=dict)
    made: int = field(init=False, default=7)

    def __post_init__(self) -> None:
        if self.value == 13:
            raise ValueError("13 brings bad luck")
        if self.value == 14:
            raise KeyError("14")

    def decide(self, day: int, audience: Audience) -> list:
        return []
"""
HEAD = "from dataclasses import dataclass\nfrom sim.strategy import Strategy\n"
BODY = "    def decide(self, day, audience): return []\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a plugin in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(PLUGIN)
    return tmp_path


def build(use: str = "mine.py:Mine", **parameters: object) -> Strategy:
    return REGISTRY.build(StrategyUse(use=use, parameters=parameters))


# Finding


@pytest.mark.parametrize("name", BUILTINS)
def test_every_built_in_is_found(name: str) -> None:
    strategy = REGISTRY.find(name)
    module, _, cls = BUILTINS[name].partition(":")
    assert (strategy.__module__, strategy.__name__) == (module, cls)


def test_a_registry_travels() -> None:
    assert pickle.loads(pickle.dumps(REGISTRY)) == REGISTRY
    assert REGISTRY.names()[: len(BUILTINS)] == tuple(BUILTINS)


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    assert Registry({"ghost": "no.such.module:Ghost"}).names()[0] == "ghost"
    with pytest.raises(PluginError, match="ModuleNotFoundError: No module named 'no'"):
        Registry({"ghost": "no.such.module:Ghost"}).find("ghost")


@pytest.mark.parametrize("use", ["mine.py:Mine", "./mine.py:Mine"])
def test_a_file_in_the_working_directory(folder: Path, use: str) -> None:
    path = list(sys.path)
    built = build(use, value=2, steps=3, shares={"a": 1})
    assert (built.value, built.steps, built.shares, built.made) == (2.0, 3, {"a": 1.0}, 7)
    assert sys.path == path
    assert not list(folder.glob("__pycache__"))
    assert pickle.loads(pickle.dumps(built)) == built


def test_the_working_directory_comes_before_the_scenarios_folder(folder: Path) -> None:
    beside = folder / "plans"
    beside.mkdir()
    (beside / "mine.py").write_text(PLUGIN.replace("made: int", "other: int"))
    (beside / "yours.py").write_text(PLUGIN.replace("class Mine", "class Yours"))
    assert "made" in REGISTRY.find("mine.py:Mine", beside).__annotations__
    assert REGISTRY.find("yours.py:Yours", beside).__name__ == "Yours"
    assert REGISTRY.locate("mine.py:Mine", beside) == "mine.py:Mine"
    assert REGISTRY.locate("yours.py:Yours", beside) == "plans/yours.py:Yours"
    assert REGISTRY.locate("contact_cadence", beside) == "contact_cadence"


def test_a_loaded_scenario_finds_its_plugin_without_knowing_its_folder(folder: Path) -> None:
    (folder / "plans").mkdir()
    (folder / "plans" / "yours.py").write_text(PLUGIN.replace("class Mine", "class Yours"))
    text = "name: x\narms: {a: [{use: ./yours.py:Yours, value: 2}]}\n"
    (folder / "plans" / "x.yaml").write_text(text)
    scenario = load_scenario(Path("plans/x.yaml"), REGISTRY)
    assert scenario.arms["a"][0].use == "plans/yours.py:Yours"
    assert REGISTRY.build(scenario.arms["a"][0]).value == 2


def test_the_module_name_depends_on_path_and_content_alone(folder: Path) -> None:
    first = REGISTRY.find("mine.py:Mine")
    assert REGISTRY.find("./mine.py:Mine") is first
    del sys.modules[first.__module__]
    again = REGISTRY.find("mine.py:Mine")
    assert (again is not first, again.__module__) == (True, first.__module__)
    (folder / "mine.py").write_text(PLUGIN.replace("made", "mode"))
    assert "mode" in REGISTRY.find("mine.py:Mine").__annotations__


def test_what_a_plugin_prints_goes_to_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.py").write_text(PLUGIN + "print('hello')\n")
    build(value=1)
    assert capsys.readouterr() == ("", "hello\n")


def test_an_installed_package_offers_strategies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = folder / "others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[simrun.strategies]\ntheirs = others_strategies:Mine\nbroken = others_strategies:Nothing\nreward = os:path\n"
    )
    (folder / "others_strategies.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(folder))
    assert {"theirs", "broken"} <= set(REGISTRY.names())
    assert build("theirs", value=3).value == 3
    assert REGISTRY.find("reward").__module__ == "strategies.reward"
    with pytest.raises(PluginError, match="AttributeError"):
        REGISTRY.find("broken")


@pytest.mark.parametrize(
    ("source", "use", "expected"),
    [
        ("", "mine.py:Mine", "has no class 'Mine', strategies in it are none"),
        (PLUGIN, "mine.py:Mien", "has no class 'Mien', strategies in it are Mine; did you mean 'Mine'?"),
        ("x = 1\ny = x / 0\n", "mine.py:Mine", "mine.py:2: ZeroDivisionError: division by zero"),
        ("import json\n\njson.loads('')\n", "mine.py:Mine", "mine.py:3: JSONDecodeError"),
        ("x = 1\ndef f(:\n", "mine.py:Mine", "mine.py:2: SyntaxError"),
        ("import sys\nsys.exit(3)\n", "mine.py:Mine", "mine.py:2: SystemExit: 3"),
        ("import no_such_thing\n", "mine.py:Mine", "mine.py:1: ModuleNotFoundError"),
        ("x = '\x00'\n", "mine.py:Mine", "null bytes"),
        ("Mine = 3\n", "mine.py:Mine", "is no class that derives from sim.strategy.Strategy"),
        ("class Mine: pass\n", "mine.py:Mine", "is no class that derives from sim.strategy.Strategy"),
        (f"{HEAD}class Mine(Strategy):\n{BODY}", "mine.py:Mine", "write @dataclass(frozen=True) above class Mine"),
        (f"{HEAD}@dataclass\nclass Mine(Strategy):\n{BODY}", "mine.py:Mine", "write @dataclass(frozen=True)"),
        (f"{HEAD}@dataclass(frozen=True)\nclass Mine(Strategy): pass\n", "mine.py:Mine", "class Mine lacks decide"),
        (
            f"{HEAD}@dataclass(frozen=True)\nclass Mine(Strategy):\n    use: str = ''\n{BODY}",
            "mine.py:Mine",
            "a parameter cannot be called 'use'; rename the field",
        ),
        (PLUGIN, "mine.py", "for a file write mine.py:ClassName"),
        (PLUGIN, "mnie.py:Mine", "no file 'mnie.py' in "),
        (PLUGIN, "mnie.py:Mine", "did you mean 'mine.py'?"),
        (PLUGIN, "rewards", "did you mean 'reward'?"),
        (PLUGIN, "os:path", "unknown strategy 'os:path'"),
        (PLUGIN, "a\0/b.py:C", "no file"),
        (PLUGIN, "x" * 5000 + ".py:C", "no file"),
    ],
)
def test_what_cannot_be_found_is_told(folder: Path, source: str, use: str, expected: str) -> None:
    (folder / "mine.py").write_text(source)
    loaded = set(sys.modules)
    with pytest.raises(PluginError) as caught:
        REGISTRY.find(use)
    assert expected in str(caught.value)
    if "Error" in expected or "Exit" in expected:
        assert not any(name.startswith("simrun_plugin_mine") for name in set(sys.modules) - loaded)


def test_a_scenario_runs_no_code_but_the_strategies_it_names(folder: Path) -> None:
    (folder / "other.py").write_text("raise SystemExit('other.py was run')\n")
    (folder / "x.yaml").write_text("name: x\narms: {a: [{use: mine.py:Mine, value: 1}]}\n")
    before = set(sys.modules)
    load_scenario(folder / "x.yaml", REGISTRY)
    assert [name for name in set(sys.modules) - before if "mine" in name or "other" in name] == [
        REGISTRY.find("mine.py:Mine").__module__
    ]


# Parameters


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["mine.py:Mine.value: is missing"]),
        ({"value": "2"}, ["mine.py:Mine.value: is text ('2'), must be a number; remove the quotes"]),
        ({"value": True}, ["mine.py:Mine.value: is true (true), must be a number"]),
        ({"value": 1, "steps": 0}, ["mine.py:Mine.steps: too small (0), must be at least 1"]),
        ({"value": 1, "steps": 1.5}, ["mine.py:Mine.steps: is a number (1.5), must be a whole number"]),
        ({"value": 1, "names": "a"}, ["is text ('a'), must be a list"]),
        ({"value": 1, "names": ["a", 3]}, ["mine.py:Mine.names.1: is a number (3), must be text"]),
        ({"value": 1, "made": 3}, ["mine.py:Mine.made: unknown key, known are value, steps, names, shares"]),
        ({"vlue": 1, "steps": -1}, ["did you mean 'value'?", "value: is missing", "steps: too small"]),
        ({"value": 13}, ["mine.py:Mine: 13 brings bad luck"]),
    ],
)
def test_parameters_must_fit_the_fields(folder: Path, parameters: dict[str, object], expected: list[str]) -> None:
    with pytest.raises(ParameterError) as caught:
        build(**parameters)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(expected)
    assert all(part in line for part, line in zip(expected, lines, strict=True))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_errors_of_a_plugins_own_name_its_line(folder: Path) -> None:
    line = PLUGIN.splitlines().index('            raise KeyError("14")') + 1
    with pytest.raises(PluginError, match=f"mine.py:{line}: KeyError: '14'"):
        build(value=14)


def test_annotations_that_cannot_be_checked(folder: Path) -> None:
    (folder / "mine.py").write_text(PLUGIN.replace("value: float", "value: open"))
    with pytest.raises(PluginError, match="Pydantic"):
        build(value=1)


def test_problems_are_placed_in_the_scenario(folder: Path) -> None:
    text = """\
    name: x
    arms:
      a:
        - use: mine.py:Mine
          value: 13
        - use: mine.py:Mine
          value: 1
          names: [a, no]
        - use: mine.py:Mien
    """
    (folder / "x.yaml").write_text(textwrap.dedent(text))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(Path("x.yaml"), REGISTRY)
    first, second, third = caught.value.problems
    assert first == "x.yaml:4:7: arms.a.0: 13 brings bad luck"
    assert second.startswith("x.yaml:8:18: arms.a.1.names.1: is false (no), must be text; YAML reads no as false")
    assert third.startswith("x.yaml:9:7: arms.a.2.use: mine.py: has no class 'Mien'")


def test_a_fixed_file_counts_as_it_was_and_need_not_be_there(folder: Path) -> None:
    fixed = REGISTRY.fixed(["mine.py:Mine", "contact_cadence"])
    (folder / "mine.py").write_text("raise RuntimeError")
    assert fixed.find("mine.py:Mine").__name__ == "Mine"
    (folder / "mine.py").unlink()
    assert pickle.loads(pickle.dumps(fixed)).find("mine.py:Mine").__name__ == "Mine"
    assert fixed.source("mine.py:Mine") == PLUGIN.encode()
    assert fixed.source("contact_cadence") is None
    with pytest.raises(PluginError, match="no file"):
        REGISTRY.fixed(["mine.py:Mine"])
