"""What a simulation leaves behind: frozen records, enough to compare arms and redraw every report.

Money is in the scenario's currency, time in days. Day series are float64 arrays of shape (days,).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.model import Scenario

CAUSES = (
    "natural",
    "lost_trust",
    "onboarding",
    "overload",
    "early_promotion",
    "reward_abandoned",
    "bad_product",
)
"""Why fans leave. Exits of a replication add up over these."""

MONEY_PARTS = ("revenue", "goods", "rewards", "touches", "staff", "acquisition")
"""profit = revenue - goods - rewards - touches - staff - acquisition. Revenue is net of discounts and refunds."""

RULES = ("quiet_weekdays", "do_not_contact", "per_30_days", "per_day")
"""The contact rules in the order in which they are asked: a touch is withheld by the first that forbids it."""


@dataclass(frozen=True, eq=False)
class FanOutcomes:
    """What became of each fan of the starting pool, in the order that all arms of a replication share.

    Traits at the start: `trust`, `tolerance` (touches per 30 days), `tenure` (days). Outcome: `left` (day, -1 for
    those who stayed), `cause` (place in CAUSES), `spend` (money paid within the horizon). Arrays of shape (fans,).
    """

    trust: NDArray[np.float32]
    tolerance: NDArray[np.float32]
    tenure: NDArray[np.int32]
    left: NDArray[np.int32]
    cause: NDArray[np.uint8]
    spend: NDArray[np.float32]


@dataclass(frozen=True)
class Replication:
    """One arm lived through once.

    `metrics`: metric name -> value, None where it is undefined. `daily`: series name -> one value a day.
    `exits`: cause -> fans. `money`: part -> amount, with `discounts` and `refunds` beside `MONEY_PARTS`: revenue is
    what is left after both, so they are not to be taken off once more.
    `fans`: `started`, `joined`, `left`, `present`, `muted` counts, for the conservation checks.
    `touches`: channel -> touches delivered. `withheld`: channel -> touches that a contact rule held back, and
    `withheld_by_rule`: the same by rule, for each of `RULES`; both are empty in a replication recorded before they were
    counted. `outcomes`: fan by fan, for replication 0 alone.
    """

    arm: str
    replication: int
    metrics: Mapping[str, float | None]
    daily: Mapping[str, NDArray[np.float64]]
    exits: Mapping[str, int]
    money: Mapping[str, float]
    fans: Mapping[str, int]
    touches: Mapping[str, int]
    withheld: Mapping[str, int]
    withheld_by_rule: Mapping[str, int]
    outcomes: FanOutcomes | None = None


def canonical(r: Replication) -> Replication:
    """The same replication with numbers as they come back from a database: Python's own, and zero without a sign.

    A metric that is not a number is None.
    """
    return replace(
        r,
        metrics={name: _metric(value) for name, value in r.metrics.items()},
        money={name: float(value) + 0.0 for name, value in r.money.items()},
        exits={name: int(value) for name, value in r.exits.items()},
        fans={name: int(value) for name, value in r.fans.items()},
        touches={name: int(value) for name, value in r.touches.items()},
        withheld={name: int(value) for name, value in r.withheld.items()},
        withheld_by_rule={rule: int(value) for rule, value in r.withheld_by_rule.items()},
    )


def _metric(value: float | None) -> float | None:
    """One metric, None if it is undefined."""
    return None if value is None or math.isnan(value) else float(value) + 0.0


@dataclass(frozen=True)
class Failure:
    """A replication that did not finish, and why: `message` is one line for the user, `trace` the full traceback.

    `redrawn`: `replication` counts the redraws of the assumptions. `command`: the line that repeats it, if known.
    `cell`: key under which a ledger knows what determined it; empty if none does.
    """

    arm: str
    replication: int
    message: str
    trace: str = ""
    redrawn: bool = False
    command: str = ""
    cell: str = field(default="", compare=False)


@dataclass(frozen=True)
class Provenance:
    """What is needed to get the same bytes again. No wall-clock time and no host name.

    `scenario_yaml`: the resolved scenario. `versions`: package -> version. `command`: the line that repeats the run.
    """

    scenario_yaml: str
    seed: int
    command: str
    versions: Mapping[str, str]
    cpu_features: str

    def as_json(self) -> dict[str, Any]:
        """The same for a JSON file, versions by name."""
        return {
            "command": self.command,
            "seed": self.seed,
            "versions": dict(sorted(self.versions.items())),
            "cpu_features": self.cpu_features,
            "scenario_yaml": self.scenario_yaml,
        }


@dataclass(frozen=True)
class Experiment:
    """Everything that came out of one run: all replications of all arms, in the order of the arms.

    `redraws`: values of the assumptions, key path -> value, one entry for each time that they were redrawn; what the
    arms did then is in `redrawn`, whose replication numbers count these entries from 0. Both empty if none were.
    `cells`: keys under which a ledger has `replications` and then `redrawn`; empty if none is kept.
    """

    scenario: Scenario
    replications: tuple[Replication, ...]
    provenance: Provenance
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    redrawn: tuple[Replication, ...] = ()
    redraws: tuple[Mapping[str, float], ...] = ()
    cells: tuple[str, ...] = ()

    def of(self, arm: str) -> tuple[Replication, ...]:
        """Finished replications of one arm, ordered by replication number."""
        return _in_order(self.replications, arm)

    def redrawn_of(self, arm: str) -> tuple[Replication, ...]:
        """Finished replications of one arm under redrawn assumptions, ordered by the number of the redraw."""
        return _in_order(self.redrawn, arm)

    def failed(self, arm: str) -> tuple[Failure, ...]:
        """Failed replications of one arm."""
        return tuple(f for f in self.failures if f.arm == arm)


def _in_order(replications: Iterable[Replication], arm: str) -> tuple[Replication, ...]:
    """Those of one arm, by their number."""
    return tuple(sorted((r for r in replications if r.arm == arm), key=lambda r: r.replication))
