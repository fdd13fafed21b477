"""Made-up experiments that look like real ones, for tests of statistics, tables and reports.

No simulation is run. Arms of one replication share their luck, so that their figures move together; fans are
conserved, exits add up over causes and money adds up from its parts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from sim.results import CAUSES, RULES, Experiment, Failure, FanOutcomes, Provenance, Replication
from sim.scenario.model import Metric, Scenario

METRICS: tuple[str, ...] = get_args(Metric)
STARTED = 20_000


@dataclass(frozen=True)
class Behaviour:
    """How the fans of one arm fare: rates per fan-day, money per fan-day, touches per 30 days."""

    exits: float
    revenue: float
    cadence: float
    trust: float
    annoyed: float
    causes: tuple[float, ...]


ARMS: Mapping[str, Behaviour] = {
    "restrained": Behaviour(0.0016, 0.30, 2.0, 0.44, 0.06, (0.55, 0.20, 0.10, 0.08, 0.02, 0.03, 0.02)),
    "frequent": Behaviour(0.0019, 0.34, 6.0, 0.38, 0.22, (0.42, 0.22, 0.09, 0.20, 0.03, 0.02, 0.02)),
    "blast": Behaviour(0.0042, 0.37, 30.0, 0.25, 0.71, (0.18, 0.21, 0.06, 0.47, 0.06, 0.00, 0.02)),
    "do_nothing": Behaviour(0.0015, 0.21, 0.0, 0.35, 0.00, (0.70, 0.19, 0.09, 0.00, 0.00, 0.00, 0.02)),
}
COMPARE = {
    "baseline": "restrained",
    "goal": {"metric": "value_per_fan", "margin": 0.5},
    "guardrail": {"metric": "churn", "margin": 0.03},
}


def experiment(
    replications: int = 6,
    days: int = 60,
    *,
    compare: Mapping[str, Any] | None = COMPARE,
    arms: Mapping[str, Behaviour] = ARMS,
    failed: Collection[tuple[str, int]] = (),
    undefined: Collection[str] = (),
) -> Experiment:
    """Plausible figures; `failed` (arm, replication) pairs have no result, `undefined` metrics are None."""
    made = tuple(
        replication(name, number, days, arms=arms, undefined=undefined)
        for name in arms
        for number in range(replications)
        if (name, number) not in failed
    )
    failures = tuple(
        Failure(name, number, f"{name}: contact_cadence, day 12, line 40: boom", "Traceback ...\nValueError: boom")
        for name, number in failed
    )
    return Experiment(scenario(replications, days, compare, tuple(arms)), made, PROVENANCE, failures)


def scenario(
    replications: int, days: int, compare: Mapping[str, Any] | None, arms: tuple[str, ...] = tuple(ARMS)
) -> Scenario:
    """The settings that such an experiment would have had."""
    uses = {arm: [{"use": "contact_cadence", "touches_per_30_days": 2.0}] for arm in arms}
    if "do_nothing" in uses:
        uses["do_nothing"] = []
    settings = {
        "name": "synthetic",
        "question": "Restrained, frequent, blast or nothing?",
        "currency": "CNY",
        "days": days,
        "seed": 7,
        "replications": replications,
        "population": {"size": STARTED},
        "arms": uses,
        "compare": compare,
    }
    return Scenario.model_validate(settings)


PROVENANCE = Provenance(
    scenario_yaml="schema_version: 1\nname: synthetic\ncurrency: CNY\n",
    seed=7,
    command="simrun synthetic --seed 7",
    versions={"simrun": "0.1.0", "numpy": "2.0.0"},
    cpu_features="AVX2 FMA3",
)


def replication(
    arm: str,
    number: int,
    days: int = 60,
    *,
    arms: Mapping[str, Behaviour] = ARMS,
    undefined: Collection[str] = (),
) -> Replication:
    """One arm lived through once; arms of the same `number` share most of their luck."""
    behaviour = arms[arm]
    shared = np.random.default_rng([7, number])
    own = np.random.default_rng([7, number, list(arms).index(arm)])
    luck = shared.normal(0.0, 0.03) + own.normal(0.0, 0.006)
    weather = np.exp(luck + shared.normal(0.0, 0.05, days) + own.normal(0.0, 0.01, days))
    daily = _daily(behaviour, weather, days)
    money = _money(daily)
    exits = _by_cause(behaviour, int(daily["exits"].sum()), own)
    daily["profit"] = daily["revenue"] * 0.45 - daily["touches"] * 0.02 - 150.0
    fans = _fans(daily)
    metrics = _metrics(daily, money, fans)
    return Replication(
        arm,
        number,
        {m: None if m in undefined else metrics[m] for m in METRICS},
        daily,
        exits,
        money,
        fans,
        {"chat": int(daily["touches"].sum()), "group": 0, "feed": 0, "sms": 0},
        {"chat": int(daily["withheld"].sum()), "group": 0, "feed": 0, "sms": 0},
        {**dict.fromkeys(RULES, 0), "per_30_days": int(daily["withheld"].sum())},
    )


def _daily(b: Behaviour, weather: NDArray[np.float64], days: int) -> dict[str, NDArray[np.float64]]:
    """All day series but profit, which needs the money."""
    day = np.arange(days, dtype=np.float64)
    joined = np.round(12.0 * weather)
    exits = np.round(STARTED * b.exits * weather * np.exp(-day / 200.0))
    active = STARTED + np.cumsum(joined - exits)
    touches = np.round(active * b.cadence / 30.0)
    annoyed = b.annoyed * (1.0 - np.exp(-day / 15.0))
    weekly = 1.0 + 0.15 * np.sin(2.0 * np.pi * day / 7.0)
    revenue = active * b.revenue * weather * weekly
    caused = np.round(touches * 0.004 * np.exp(-annoyed))
    return {
        "active_fans": active,
        "joined": joined,
        "exits": exits,
        "churn": 0.98 * np.cumsum(exits) / STARTED,
        "muted": np.round(active * annoyed * 0.2),
        "orders": np.round(revenue / 60.0) + caused,
        "caused_orders": caused,
        "revenue": revenue,
        "touches": touches,
        "opened": np.round(touches * 0.4 * np.exp(-annoyed)),
        "withheld": np.round(touches * 0.05),
        "mean_trust": 0.40 + (b.trust - 0.40) * (1.0 - np.exp(-day / 30.0)),
        "annoyed_share": annoyed,
        "maturity": np.full(days, 0.8),
        "offers": np.zeros(days),
    }


def _money(daily: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """Money parts of the horizon, with discounts and refunds beside them."""
    revenue, touches = float(daily["revenue"].sum()), float(daily["touches"].sum())
    staff = 100.0 * len(daily["revenue"])
    return {
        "revenue": revenue,
        "goods": 0.5 * revenue,
        "rewards": 0.05 * revenue,
        "touches": 0.02 * touches,
        "staff": staff,
        "acquisition": 0.5 * staff,
        "discounts": 0.08 * revenue,
        "refunds": 0.03 * revenue,
    }


def _by_cause(b: Behaviour, total: int, rng: np.random.Generator) -> dict[str, int]:
    """Spread the exits over the causes."""
    return {cause: int(n) for cause, n in zip(CAUSES, rng.multinomial(total, b.causes), strict=True)}


def _fans(daily: Mapping[str, NDArray[np.float64]]) -> dict[str, int]:
    """Counts that are conserved: started + joined = present + left."""
    joined, left = int(daily["joined"].sum()), int(daily["exits"].sum())
    present = STARTED + joined - left
    return {
        "started": STARTED,
        "joined": joined,
        "left": left,
        "present": present,
        "muted": int(daily["muted"][-1]),
    }


def _metrics(
    daily: Mapping[str, NDArray[np.float64]], money: Mapping[str, float], fans: Mapping[str, int]
) -> dict[str, float]:
    """Every metric, from the day series, the money and the counts."""
    spent = sum(money[part] for part in ("goods", "rewards", "touches", "staff", "acquisition"))
    profit = money["revenue"] - spent
    residual = 9.0 * fans["present"] * float(daily["mean_trust"][-1])
    everyone = fans["started"] + fans["joined"]
    return {
        "revenue": money["revenue"],
        "profit": profit,
        "residual_value": residual,
        "value": profit + residual,
        "value_per_fan": (profit + residual) / everyone,
        "profit_per_fan": profit / everyone,
        "revenue_per_fan": money["revenue"] / everyone,
        "churn": 0.98 * fans["left"] / fans["started"],
        "exit_rate": 1000.0 * fans["left"] / float(daily["active_fans"].sum()),
        "churn_30d": 0.10 + 0.5 * fans["left"] / fans["started"],
        "orders": float(daily["orders"].sum()),
        "touches": float(daily["touches"].sum()),
        "withheld": float(daily["withheld"].sum()),
        "active_fans": float(fans["present"]),
        "mean_trust": float(daily["mean_trust"][-1]),
        "annoyed_share": float(daily["annoyed_share"].mean()),
        "muted_share": fans["muted"] / fans["present"],
    }


def with_values(made: Experiment, metric: str, values: Mapping[str, list[float | None]]) -> Experiment:
    """The same experiment with one metric replaced: arm -> one value a replication, in their order."""
    changed = [
        replace(r, metrics={**r.metrics, metric: values[r.arm][r.replication]}) if r.arm in values else r
        for r in made.replications
    ]
    return replace(made, replications=tuple(changed))


def with_redraws(
    made: Experiment, gains: Mapping[str, float], redraws: int = 12, *, arms: Mapping[str, Behaviour] = ARMS
) -> Experiment:
    """The same experiment with its assumptions redrawn: value per fan of an arm moves by its gain * (`swing` - 1/2).

    `swing` and `idle` are redrawn between 0 and 1; `idle` moves nothing.
    """
    worlds = tuple({"swing": (7 * i % redraws) / (redraws - 1), "idle": (5 * i % 3) / 2} for i in range(redraws))
    redrawn = []
    for arm in made.scenario.arms:
        for number, world in enumerate(worlds):
            r = replication(arm, number, made.scenario.days, arms=arms)
            moved = (r.metrics["value_per_fan"] or 0.0) + gains.get(arm, 0.0) * (world["swing"] - 0.5)
            redrawn.append(replace(r, metrics={**r.metrics, "value_per_fan": moved}))
    return replace(made, redrawn=tuple(redrawn), redraws=worlds)


def with_outcomes(made: Experiment, fans: int = 400) -> Experiment:
    """The same experiment with what became of each fan in replication 0: the share that leaves is the arm's churn."""
    kept = [replace(r, outcomes=_outcomes(r, fans)) if r.replication == 0 else r for r in made.replications]
    return replace(made, replications=tuple(kept))


def _outcomes(r: Replication, fans: int) -> FanOutcomes:
    """Fans of whom the least tolerant leave first; all arms share the traits, and the luck of who is annoyed."""
    luck = np.random.default_rng([11, fans])
    trust, tolerance, annoyed = luck.random(fans), luck.lognormal(1.5, 0.5, fans), luck.random(fans)
    gone = np.argsort(np.argsort(tolerance * annoyed)) < round((r.metrics["churn"] or 0.0) * fans)
    return FanOutcomes(
        trust=trust.astype(np.float32),
        tolerance=tolerance.astype(np.float32),
        tenure=luck.integers(0, 1000, fans, np.int32),
        left=np.where(gone, 5, -1).astype(np.int32),
        cause=np.zeros(fans, np.uint8),
        spend=(luck.exponential(50.0, fans) * (1 - 0.5 * gone)).astype(np.float32),
    )
