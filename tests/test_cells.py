"""Recipes: what changes the result of a cell changes its key, and nothing else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import cells
from sim.cells import ENGINE, NOT_WORLD, Cell, Recipes
from sim.registry import Registry
from sim.scenario.assumptions import parameters
from sim.scenario.model import Scenario
from sim.source_files import module_files
from strategies import BUILTINS

REGISTRY = Registry(BUILTINS)
ENTRIES = {
    "name": "one",
    "days": 20,
    "population": {"size": 50},
    "market": {"sources": {"shop": {"organic_per_day": 1}}},
    "arms": {"a": [{"use": "contact_cadence", "touches_per_30_days": 2}], "quiet": []},
}
PLUGIN = """\
from dataclasses import dataclass
from sim.strategy import Strategy

@dataclass(frozen=True)
class Mine(Strategy):
    def decide(self, day, audience):
        return []
"""


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate(ENTRIES | changes)


def key(made: Scenario) -> str:
    return Recipes(made, REGISTRY).of(Cell("a", 0)).key


FILES = module_files(ENGINE)
KEY = key(scenario())


@pytest.fixture(autouse=True)
def known_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of the simulator are looked for once: they stay the same during the tests."""
    monkeypatch.setattr(cells, "module_files", lambda modules: FILES)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "two"},
        {"question": "Why?"},
        {"currency": "CNY"},
        {"replications": 99},
        {"premises": ["behaviour.trust"]},
        {"compare": {"baseline": "quiet", "goal": {"metric": "value", "margin": 1}}},
        {"arms": {"quiet": [], "other": [{"use": "reward"}], "a": ENTRIES["arms"]["a"]}},  # type: ignore[index]
    ],
)
def test_what_the_world_does_not_know_does_not_matter(changes: dict[str, Any]) -> None:
    assert key(scenario(**changes)) == KEY


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 2},
        {"days": 21},
        {"start_date": "2026-02-01"},
        {"population": {"size": 51}},
        {"rules": {"per_day": 1}},
        {"money": {"goods_share": 0.123}},
        {"channels": {"mail": {}}},
        {"arms": {"a": [], "quiet": []}},
        {"arms": {"a": [{"use": "contact_cadence", "touches_per_30_days": 3}]}},
        {"arms": {"a": [*ENTRIES["arms"]["a"], {"use": "reward"}]}},  # type: ignore[index]
    ],
)
def test_what_the_world_or_the_arm_knows_matters(changes: dict[str, Any]) -> None:
    assert key(scenario(**changes)) != KEY


def test_every_setting_is_in_the_world_or_is_known_not_to_be() -> None:
    """A setting that is new matters until someone says that it does not."""
    world = Recipes(scenario(), REGISTRY).of(Cell("a", 0)).world.content
    for name in Scenario.model_fields:
        assert (f'"{name}":' in world) != (name in NOT_WORLD), name


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_parameter_matters(data: st.DataObject) -> None:
    info = data.draw(st.sampled_from(parameters(scenario())))
    content = scenario().model_dump()
    *sections, name = info.key.split(".")
    place = content
    for section in sections:
        place = place[section]
    place[name] = info.low if info.value != info.low else info.high
    assert key(Scenario.model_validate(content)) != KEY


def test_each_cell_has_a_key_of_its_own() -> None:
    recipes = Recipes(scenario(), REGISTRY)
    keys = [recipes.of(Cell(arm, n, redrawn)).key for arm in ("a", "quiet") for n in range(5) for redrawn in (0, 1)]
    assert len(set(keys)) == 20


def test_arms_that_do_the_same_share_their_cells() -> None:
    recipes = Recipes(scenario(arms={"a": [], "b": []}), REGISTRY)
    assert recipes.of(Cell("a", 3)) == recipes.of(Cell("b", 3))


def test_redrawn_cells_hold_the_redrawn_world_and_the_same_luck() -> None:
    recipes = Recipes(scenario(), REGISTRY)
    plain, redrawn = recipes.of(Cell("a", 2)), recipes.of(Cell("a", 2, redrawn=True))
    assert plain.world != redrawn.world
    assert (plain.seed, plain.replication, plain.strategies) == (redrawn.seed, redrawn.replication, redrawn.strategies)
    assert (plain.redraw, redrawn.redraw) == (None, 2)


@pytest.mark.parametrize("part", ["cpu_level", "versions"])
def test_versions_and_processor_matter(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cells.versions()
    monkeypatch.setattr(cells, part, {"cpu_level": lambda: "X", "versions": lambda: real | {"numpy": "9"}}[part])
    assert key(scenario()) != KEY


def test_the_simulators_code_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "trust.py"
    changed.write_text("# other kernels")
    assert "sim.kernels.trust" in FILES
    monkeypatch.setattr(cells, "module_files", lambda modules: FILES | {"sim.kernels.trust": changed})
    assert key(scenario()) != KEY


def test_a_strategys_code_matters_to_the_arms_that_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = cells.digests
    monkeypatch.setattr(
        cells, "digests", lambda files: {n: d + "x" * (n == "strategies.reward") for n, d in real(files).items()}
    )
    assert key(scenario()) == KEY
    both = scenario(arms={"a": [{"use": "reward"}]})
    changed = key(both)
    monkeypatch.undo()
    assert key(both) != changed


def test_a_plugin_counts_by_its_content_and_not_by_its_path(tmp_path: Path) -> None:
    def key_of(path: Path, text: str) -> str:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return key(scenario(arms={"a": [{"use": f"{path}:Mine"}]}))

    first = key_of(tmp_path / "here" / "mine.py", PLUGIN)
    assert key_of(tmp_path / "there" / "yours.py", PLUGIN) == first
    assert key_of(tmp_path / "here" / "mine.py", PLUGIN + "# better\n") != first


def test_a_helper_beside_a_plugin_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine.py").write_text(f"import helper_of_mine\n{PLUGIN}")
    (tmp_path / "helper_of_mine.py").write_text("SIZE = 1\n")
    made = scenario(arms={"a": [{"use": f"{tmp_path / 'mine.py'}:Mine"}]})
    first = key(made)
    (tmp_path / "helper_of_mine.py").write_text("SIZE = 2\n")
    assert key(made) != first


def test_a_plugin_that_is_changed_meanwhile_is_noticed_unless_it_was_fixed(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN)
    made = scenario(arms={"a": [{"use": f"{path}:Mine"}], "b": []})
    fixed = REGISTRY.fixed([f"{path}:Mine"])
    recipes, same = Recipes(made, REGISTRY), Recipes(made, fixed)
    assert recipes.of(Cell("a", 0)) == same.of(Cell("a", 0))
    assert recipes.changed("a") is None
    path.write_text(PLUGIN + "# better\n")
    assert recipes.changed("a") == path
    assert recipes.changed("b") is None
    assert same.changed("a") is None
    assert Recipes(made, fixed).of(Cell("a", 0)) == same.of(Cell("a", 0))
    path.unlink()
    assert recipes.changed("a") == path
