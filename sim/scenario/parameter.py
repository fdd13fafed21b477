"""How a parameter is declared: value, unit, limits, and the evidence that it rests on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Grade = Literal["published", "practitioner", "assumption"]

NAME = r"^[^\s\p{C}]([^\p{C}\p{Zl}\p{Zp}]*[^\s\p{C}])?$"
FILE_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"

Name = Annotated[str, Field(pattern=NAME, max_length=60)]
"""Name of an arm, a channel, a source or a tag: it becomes part of key paths and of tables."""

PERIOD_DAYS = 30.0
"""Contact frequency is counted per 30 days throughout."""


class Settings(BaseModel):
    """Base of all scenario sections: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


@dataclass(frozen=True)
class Evidence:
    """What a parameter's value rests on: the range that is supported, by what, and how well."""

    low: float
    high: float
    source: str
    grade: Grade


def parameter(
    default: Any,
    about: str,
    *,
    unit: str,
    evidence: tuple[float, float],
    source: str,
    grade: Grade,
    **limits: Any,
) -> Any:
    """Declare a model parameter: a claim about fans, with the range that its evidence supports.

    `limits` are hard bounds (`ge`, `gt`, `le`, `lt`): beyond them the value is refused. Outside `evidence` it
    is accepted with a warning that the report repeats.
    """
    extra: dict[str, Any] = {"unit": unit, "evidence": asdict(Evidence(*evidence, source, grade))}
    return Field(default, description=about, json_schema_extra=extra, **limits)


def setting(default: Any, about: str, *, unit: str = "", **limits: Any) -> Any:
    """Declare a fact that the user states or a choice the user makes: no evidence is claimed for it."""
    return Field(default, description=about, json_schema_extra={"unit": unit}, **limits)
