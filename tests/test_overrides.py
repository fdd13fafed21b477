"""`--set key.path=value`: through the same checks as the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenario_examples import FUZZ, SPLICES, VALID, complaints, load, problems


def test_overrides_change_values_deep_down(tmp_path: Path) -> None:
    scenario = load(
        tmp_path,
        VALID,
        "days=10",
        "arms.restrained.0.touches_per_30_days=3.5",
        "arms.restrained[0].channel=sms",
        "channels.sms.reach=0.5",
        "behaviour.leaving={overload_hazard: 0.001, early_days: 3}",
        "behaviour.leaving.early_days=4",
        "arms.new=[]",
    )
    assert scenario.days == 10
    assert scenario.arms["restrained"][0].parameters == {"touches_per_30_days": 3.5, "channel": "sms"}
    assert scenario.channels["sms"].reach == 0.5
    assert (scenario.behaviour.leaving.overload_hazard, scenario.behaviour.leaving.early_days) == (0.001, 4)
    assert scenario.arms["new"] == ()


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("days", "cannot be read, must be key.path=value"),
        ("=3", "cannot be read, must be key.path=value"),
        ("a..b=3", "cannot be read, must be key.path=value"),
        (f"{'a.' * 5000}b=3", "cannot be read, must be key.path=value"),
        ("days=0", "days: too small (0), must be at least 1"),
        ("days=1e2", "days: is text (1e2), must be a whole number; YAML reads 1e2 as text: write 100"),
        ("day=3", "day: unknown key"),
        ("population.trsut.mean=0.3", "population.trsut: unknown key"),
        ("population.trsut.mean=0.3", "did you mean 'trust'?"),
        ("arms.restrained.0.touches=3", "did you mean 'touches_per_30_days'?"),
        ("arms.restrained.1.use=reward", "there is no entry 1 in a list of 1; the first is 0"),
        ("arms.restrained.x.use=reward", "there is no entry x in a list of 1"),
        ("name.x=3", "there is no key x in a single value"),
        ("days=[", "cannot be read as YAML"),
        ("days={3: no}", "days.3: YAML reads the key 3 as a number"),
        ("money={goods_share: .inf}", "money.goods_share: is not finite (.inf)"),
        ("compare.baseline=do_nothin", "did you mean 'do_nothing'?"),
        ("seed=\udc80", "cannot be read"),
        ("arms.restraned.0.channel=sms", "there is no arm 'restraned', arms are restrained"),
        ("arms.restraned.0.channel=sms", "did you mean 'restrained'?"),
        ("premises=[behaviour.trust.gian]", "premises.0: no assumption is called 'behaviour.trust.gian' or lies in it"),
        ("premises=[behaviour.trust.gian]", "did you mean 'behaviour.trust.gain'?"),
        ("premises=[channels.sms.reach]", "premises.0: channels.sms.reach is no assumption but practitioner"),
        ("arms.restrained.0.mix.promotion=0.3", "the scenario does not set mix there, so promotion alone would be all"),
        ("arms.restrained[0].mix={promotion: 0}", "arms.restrained.0.mix: weights that are all 0"),
    ],
)
def test_overrides_go_through_the_same_checks(tmp_path: Path, override: str, expected: str) -> None:
    lines = problems(tmp_path, VALID, override)
    assert all(line.startswith("x.yaml: --set ") for line in lines)
    assert any(expected in line for line in lines)


@FUZZ
@given(st.text(max_size=20), st.text(max_size=20) | st.sampled_from(SPLICES))
def test_any_override_is_accepted_or_a_scenario_error(tmp_path: Path, key: str, value: str) -> None:
    for override in (f"{key}={value}", f"days={value}", f"arms.restrained[0].{key}={value}"):
        assert all(line.startswith("x.yaml:") for line in complaints(tmp_path, VALID, override))
