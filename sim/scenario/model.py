"""The scenario as the rest of the program sees it: typed, frozen, complete."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from sim.scenario.behaviour import Behaviour
from sim.scenario.channels import CHANNEL_PRESETS, Channel
from sim.scenario.market import Market, Money, Rules
from sim.scenario.names import unknown_names
from sim.scenario.parameter import FILE_NAME, Name, Settings, setting
from sim.scenario.population import Population
from sim.scenario.precision import unusable_precision

Metric = Literal[
    "revenue",
    "profit",
    "residual_value",
    "value",
    "value_per_fan",
    "profit_per_fan",
    "revenue_per_fan",
    "churn",
    "exit_rate",
    "churn_30d",
    "orders",
    "touches",
    "withheld",
    "active_fans",
    "mean_trust",
    "annoyed_share",
    "muted_share",
]


class Criterion(Settings):
    """A metric and the smallest difference in it that matters."""

    metric: Metric = Field(description="name of the metric")
    margin: float = setting(..., "smallest difference that matters, in the metric's unit", ge=0)


class Compare(Settings):
    """The pre-declared comparison: every other arm against the baseline."""

    baseline: str = Field(description="name of the arm that the others are compared with")
    goal: Criterion = Field(description="what should improve")
    guardrail: Criterion | None = Field(None, description="what must not get worse by more than its margin")


def _kind(value: Any) -> str:
    """Which of two ways of writing a value it is."""
    return "several settings" if isinstance(value, dict | Settings) else "one number"


HalfWidth = Annotated[float, Field(gt=0)]
Precision = Annotated[
    Annotated[HalfWidth, Tag("one number")]
    | Annotated[dict[Metric, HalfWidth], Field(min_length=1), Tag("several settings")],
    Discriminator(_kind),
]


class UntilPrecise(Settings):
    """As many replications as it takes until the differences from the baseline are known precisely enough."""

    min: int = setting(10, "replications that are run in any case", ge=2, le=10_000)
    max: int = setting(..., "replications at most", ge=2, le=10_000)
    precision: Precision = Field(
        description="half-width that the 95 % interval of every difference shall have: as a share of the margins, or "
        "metric -> half-width in its unit"
    )
    look_ahead: int = setting(5, "further replications after which it still has to be so", ge=0, le=100)

    @model_validator(mode="before")
    @classmethod
    def _fill_min(cls, value: Any) -> Any:
        """Without `min` it is the default, or a lower `max`."""
        if not isinstance(value, dict) or "min" in value or not isinstance(value.get("max"), int):
            return value
        return {**value, "min": max(2, min(cls.model_fields["min"].default, value["max"]))}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse limits that contradict each other."""
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) is above max ({self.max})")
        return self


Replications = Annotated[
    Annotated[int, Field(ge=1, le=10_000), Tag("one number")] | Annotated[UntilPrecise, Tag("several settings")],
    Discriminator(_kind),
]


class StrategyUse(Settings):
    """One strategy in an arm: which plugin, and its parameters (checked against the plugin's own fields)."""

    use: str = Field(description="name of a strategy, or path/file.py:Class")
    parameters: dict[str, Any] = Field({}, description="parameters of the strategy")


class Scenario(Settings):
    """One experiment: a pool, a market, how fans behave, and the arms to compare."""

    schema_version: Literal[1] = Field(1, description="version of this format")
    name: str = Field(description="short name; results go to results/<name>", pattern=FILE_NAME, max_length=100)
    question: str = Field("", description="the question that this scenario answers")
    start_date: datetime.date = Field(
        datetime.date(2026, 1, 1),
        description="first simulated day",
        ge=datetime.date(1900, 1, 1),
        le=datetime.date(2200, 1, 1),
    )
    days: int = setting(365, "horizon", unit="days", ge=1, le=3650)
    currency: str = Field("EUR", description="currency of all money")
    seed: int = setting(1, "seed of all luck", ge=0, lt=2**63)
    replications: Replications = setting(
        10, "how often each arm is run, each time with new luck; or until the differences are precise"
    )
    uncertainty: Literal["none", "assumptions"] = Field(
        "none", description="assumptions: run also with all assumptions redrawn within their evidence ranges"
    )
    redraws: int = setting(40, "how often the assumptions are redrawn", ge=2, le=1000)
    premises: tuple[str, ...] = setting(
        (), "assumptions that the question itself makes, by key or section: they keep their values, and are not redrawn"
    )
    population: Population = Population()
    channels: dict[Name, Channel] = Field(
        {}, description="channels by name; chat, group, feed and sms are there unless overridden"
    )
    market: Market = Market()
    behaviour: Behaviour = Behaviour()
    rules: Rules = Rules()
    money: Money = Money()
    arms: dict[Name, tuple[StrategyUse, ...]] = Field(
        description="arm name -> list of strategies; an empty list does nothing", min_length=1
    )
    compare: Compare | None = Field(None, description="which arm is the baseline, the goal and the guardrail")

    @field_validator("channels", mode="before")
    @classmethod
    def _complete_channels(cls, value: Any) -> Any:
        """Fill in the presets: a scenario names only what it changes."""
        if not isinstance(value, dict):
            return value
        presets: dict[str, Any] = {name: dict(preset) for name, preset in CHANNEL_PRESETS.items()}
        for name, given in value.items():
            presets[name] = {**presets.get(name, {}), **given} if isinstance(given, dict) else given
        return presets

    @field_validator("arms", mode="before")
    @classmethod
    def _gather_parameters(cls, value: Any) -> Any:
        """Read `{use: name, key: value}` as a strategy name and its parameters."""
        if not isinstance(value, dict):
            return value
        return {
            name: tuple(_strategy_use(item) for item in uses) if isinstance(uses, list | tuple) else uses
            for name, uses in value.items()
        }

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        """Refuse references to arms and tags that are not there, and a precision of nothing."""
        data = self.model_dump(include={"compare", "rules", "population", "replications"}) | {"arms": self.arms}
        if wrong := [*unknown_names(data), *unusable_precision(data)]:
            raise ValueError("; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in wrong))
        return self

    @property
    def fewest(self) -> int:
        """Replications of each arm that are run in any case."""
        return self.replications if isinstance(self.replications, int) else self.replications.min

    @property
    def most(self) -> int:
        """Replications of each arm at most."""
        return self.replications if isinstance(self.replications, int) else self.replications.max

    @property
    def redrawn(self) -> int:
        """Replications of each arm with redrawn assumptions."""
        return self.redraws if self.uncertainty == "assumptions" else 0

    @property
    def half_widths(self) -> Mapping[str, float]:
        """Metric -> half-width that its differences shall have; empty if no precision is asked for."""
        if isinstance(self.replications, int):
            return {}
        asked = self.replications.precision
        if isinstance(asked, dict):
            return {str(metric): width for metric, width in asked.items()}
        declared = [self.compare.goal, self.compare.guardrail] if self.compare else []
        widths = sorted(((c.metric, asked * c.margin) for c in declared if c), key=lambda row: -row[1])
        return dict(widths)  # of two margins of the same metric the smaller counts


def _strategy_use(item: Any) -> Any:
    """Split one entry of an arm into the plugin's name and its parameters."""
    if not isinstance(item, dict) or "parameters" in item:
        return item
    parameters = {key: value for key, value in item.items() if key != "use"}
    return {"use": item.get("use"), "parameters": parameters} if "use" in item else item
