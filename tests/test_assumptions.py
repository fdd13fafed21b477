"""What a scenario assumes: every model parameter, wherever it stands."""

from __future__ import annotations

from typing import Any

from sim.scenario.assumptions import parameters
from sim.scenario.model import Scenario


def scenario(**settings: Any) -> Scenario:
    return Scenario.model_validate({"name": "x", "arms": {"a": []}, **settings})


def declared(schema: Any) -> int:
    """How many parameters with evidence the schema declares, counted another way."""
    if isinstance(schema, dict):
        return ("evidence" in schema) + sum(declared(value) for value in schema.values())
    return sum(map(declared, schema)) if isinstance(schema, list) else 0


def test_every_declared_parameter_is_there() -> None:
    definitions = Scenario.model_json_schema()["$defs"]
    several = {"Channel": 4, "Source": 2, "GammaGammaBasket": 0}  # four presets, two sources, not in use
    expected = sum(declared(schema) * several.get(name, 1) for name, schema in definitions.items())
    expected += 2 * declared(definitions["Trust"])  # the initial trust of each source
    expected -= 1  # the intrusiveness of a chat message is the unit
    found = parameters(scenario(market={"sources": {"ads": {}, "shop": {}}}))
    assert len({info.key for info in found}) == len(found) == expected


def test_every_key_leads_to_its_value() -> None:
    subject = scenario(population={"basket": {"distribution": "gamma_gamma"}}, market={"sources": {"ads": {}}})
    plain = subject.model_dump()
    for info in parameters(subject):
        value: Any = plain
        for part in info.key.split("."):
            value = value[part]
        assert value == info.value
        assert info.about
        assert info.source
        assert info.grade in ("published", "practitioner", "assumption")


def test_what_is_known_of_a_channel_is_known_of_that_channel() -> None:
    found = {info.key: info for info in parameters(scenario(channels={"own": {}, "sms": {"reach": 0.2}}))}
    assert "channels.chat.intrusiveness" not in found
    assert [key for key, info in found.items() if key.startswith("channels.") and info.grade != "assumption"] == [
        "channels.sms.reach"
    ]
    assert found["channels.sms.reach"].outside
    assert (found["channels.own.reach"].low, found["channels.own.reach"].high) == (0.02, 0.6)
    assert found["channels.feed.reach"].high < found["channels.chat.reach"].high


def test_defaults_are_what_a_silent_scenario_has() -> None:
    assert all(info.value == info.default for info in parameters(scenario(channels={"own": {}})))
    changed = scenario(
        channels={"chat": {"reach": 0.5}},
        market={"sources": {"ads": {"trust": {"mean": 0.3}}}},
        population={"basket": {"distribution": "gamma_gamma", "q": 2}},
    )
    differs = {info.key: (info.value, info.default) for info in parameters(changed) if info.value != info.default}
    assert differs == {
        "channels.chat.reach": (0.5, 0.35),
        "market.sources.ads.trust.mean": (0.3, 0.25),
        "population.basket.q": (2, 3.74),
    }


def test_the_ends_of_the_evidence_are_inside() -> None:
    for gain, outside in ((0.0, False), (0.1, False), (0.1001, True)):
        found = {info.key: info for info in parameters(scenario(behaviour={"trust": {"gain": gain}}))}
        info = found["behaviour.trust.gain"]
        assert (info.low, info.high, info.outside) == (0, 0.1, outside)


def test_defaults_lie_within_their_evidence() -> None:
    silent = scenario(market={"sources": {"ads": {}}})
    assert [info.key for info in parameters(silent) if info.outside] == []
