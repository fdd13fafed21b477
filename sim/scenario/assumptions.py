"""What a scenario assumes about fans: every model parameter in it, with the evidence that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from pydantic import BaseModel

from sim.scenario.channels import CHANNEL_EVIDENCE, CHANNEL_PRESETS, Channel
from sim.scenario.model import Scenario
from sim.scenario.parameter import Evidence, Grade


@dataclass(frozen=True)
class ParameterInfo:
    """One model parameter of a scenario.

    `key`: key path in the scenario file. `default`: its value if the file says nothing. `low`, `high`: the range
    that the evidence supports. `outside`: whether `value` lies beyond it.
    """

    key: str
    value: float
    default: float
    unit: str
    about: str
    low: float
    high: float
    source: str
    grade: Grade
    outside: bool


def parameters(scenario: Scenario) -> tuple[ParameterInfo, ...]:
    """Every model parameter, in the order of the schema; one of a channel or a source for each of them."""
    return tuple(_walk(scenario, None, ()))


def uncertain(scenario: Scenario) -> tuple[ParameterInfo, ...]:
    """The parameters to redraw: of grade *assumption*, and no premise of the question."""
    return tuple(p for p in parameters(scenario) if p.grade == "assumption" and not _within(p.key, scenario.premises))


def idle_premises(scenario: Scenario) -> tuple[int, ...]:
    """Places of the premises that hold no assumption."""
    assumed = [p.key for p in parameters(scenario) if p.grade == "assumption"]
    return tuple(
        place for place, key in enumerate(scenario.premises) if not any(_within(one, (key,)) for one in assumed)
    )


def _within(key: str, sections: Sequence[str]) -> bool:
    """Whether a key path is one of these or lies in one of them."""
    return any(key == section or key.startswith(f"{section}.") for section in sections)


def _walk(model: BaseModel, default: BaseModel | None, path: tuple[str, ...]) -> Iterator[ParameterInfo]:
    """The parameters in a section. `default` is the same section when the file says nothing of it."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        usual = getattr(default, name) if type(default) is type(model) else field.default
        here = (*path, name)
        extra = cast(dict[str, Any], field.json_schema_extra or {})
        if "evidence" in extra:
            evidence = _evidence(here, extra["evidence"])
            if evidence is not None:
                yield _info(".".join(here), value, usual, field.description or "", extra["unit"], evidence)
        elif isinstance(value, BaseModel):
            yield from _walk(value, usual if isinstance(usual, BaseModel) else None, here)
        elif isinstance(value, dict):
            for key, entry in value.items():
                if isinstance(entry, BaseModel):
                    yield from _walk(entry, _preset(here, key), (*here, key))


def _preset(path: tuple[str, ...], name: str) -> BaseModel | None:
    """The channel as it is if the file says nothing of it; other named sections have no preset."""
    return Channel(**CHANNEL_PRESETS[name]) if path == ("channels",) and name in CHANNEL_PRESETS else None


def _evidence(path: tuple[str, ...], declared: dict[str, Any]) -> Evidence | None:
    """What is known of a parameter: of a channel that is always there more than of any channel."""
    match path:
        case ("channels", name, parameter) if name in CHANNEL_EVIDENCE:
            return CHANNEL_EVIDENCE[name][parameter]
    return Evidence(**declared)


def _info(key: str, value: float, default: float, about: str, unit: str, evidence: Evidence) -> ParameterInfo:
    """Value and evidence of one parameter."""
    outside = not evidence.low <= value <= evidence.high
    return ParameterInfo(key, value, default, unit, about, **asdict(evidence), outside=outside)
