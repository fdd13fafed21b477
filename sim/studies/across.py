"""The same arms in several scenarios: verdicts, regret, and whether the choice holds everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.comparison import Comparison, Difference
from sim.differences import Claim
from sim.headline import leading_arm
from sim.measures import MEASURES
from sim.scenario.model import Scenario
from sim.stats import ArmVerdict, GoalVerdict, GuardrailVerdict, Interval
from sim.stats.regret import Regret, regret
from sim.studies.plan import declared
from sim.studies.same_arms import differing

__all__ = ["Across", "Claim", "Comparison", "Difference", "Interval", "Regret", "Verdicts", "across"]


@dataclass(frozen=True)
class Verdicts:
    """How one arm is judged in one scenario: over the range of assumptions if they were redrawn, else by luck.

    `arm` is None for the baseline, without two replications, and if anything of the arm failed.
    """

    arm: ArmVerdict | None
    goal: GoalVerdict | GuardrailVerdict | None
    guardrail: GoalVerdict | GuardrailVerdict | None


@dataclass(frozen=True)
class Across:
    """The same arms in several scenarios, which are called `labels`.

    `regret` judges the arms that finished everywhere and break the guardrail nowhere; None if none did. `out`: the
    others, with the reason. `differing`: key path -> its value in each scenario, for keys in which they differ.
    """

    labels: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    verdicts: Mapping[tuple[str, str], Verdicts]
    regret: Regret | None
    out: Mapping[str, str]
    differing: Mapping[str, tuple[Any, ...]]
    command: str

    @property
    def first(self) -> Scenario:
        """The first scenario; arms, baseline, goal and currency are those of all."""
        return self.comparisons[0].experiment.scenario

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms, the baseline first."""
        return (self.baseline, *(arm for arm in self.first.arms if arm != self.baseline))

    @property
    def baseline(self) -> str:
        """The arm that the others are compared with."""
        return self.comparisons[0].baseline or ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The goal, and the guardrail if there is one; margins are those of the first scenario."""
        return declared(self.first.compare)

    @property
    def failed(self) -> Mapping[str, tuple[str, ...]]:
        """Arm -> the scenarios in which something of it failed, for the arms of which something did."""
        return {arm: labels for arm in self.arms if (labels := self._failed(arm))}

    def _failed(self, arm: str) -> tuple[str, ...]:
        """Where something of an arm failed."""
        return tuple(label for label in self.labels if self.comparison(label).arm(arm).failures)

    def choice(self, label: str) -> str | None:
        """The arm to choose in a scenario, see `choices`.

        None if there is no verdict, or if it is inconclusive: then nothing is known against either.
        """
        return self.choices.get(label)

    @property
    def inconclusive(self) -> tuple[str, ...]:
        """The scenarios in which no arm is better and some may be."""
        leads = {label: self._lead(label) for label in self.labels}
        return tuple(x for x, lead in leads.items() if lead and self.verdicts[lead, x].arm == "inconclusive")

    @property
    def choices(self) -> Mapping[str, str]:
        """The arm to choose in each scenario in which that is decided.

        It is the one with the largest gain of those that are better, else the baseline. But if one and the same arm is
        better in some of them and the baseline's equal in all others, it is to be chosen in those too. An arm that
        failed in any scenario is never chosen; nothing is where the baseline failed.
        """
        return {label: arm or self.baseline for label, arm in self._winners().items()} | self._ties()

    @property
    def ties(self) -> tuple[str, ...]:
        """The scenarios in which an arm is chosen that is better elsewhere, and practically equal there."""
        return tuple(self._ties())

    def _winners(self) -> dict[str, str | None]:
        """The arm that is better than the baseline, if one is, in each scenario in which that is decided."""
        leads = {label: self._lead(label) for label in self.labels if label not in self.inconclusive}
        return {x: arm if self.verdicts[arm, x].arm == "better" else None for x, arm in leads.items() if arm}

    def _lead(self, label: str) -> str | None:
        """The arm that decides in a scenario, of those that failed nowhere; None if the baseline failed there."""
        comparison = self.comparison(label)
        if label in self.failed.get(self.baseline, ()):
            return None
        sound = [d for d in comparison.differences if d.arm not in self.failed]
        return leading_arm(comparison.experiment, self.baseline, sound, comparison.assumptions)

    def _ties(self) -> dict[str, str]:
        """The only winner for each scenario without one, if it is equal in all of these."""
        found = self._winners()
        without = [label for label, arm in found.items() if arm is None]
        winners = {arm for arm in found.values() if arm is not None}
        equal = [arm for arm in winners if all(self.verdicts[arm, label].arm == "equal" for label in without)]
        return dict.fromkeys(without, equal[0]) if len(winners) == len(equal) == 1 else {}

    def deciding(self, arm: str, label: str, claim: Claim) -> Interval | None:
        """The difference that the verdict rests on: over the range of assumptions if redrawn, else that of luck."""
        over = self._over_assumptions(arm, label, claim)
        if over is not None:
            return over
        d = self.comparison(label).of(arm, claim.role)
        return None if d is None or d.ci_low is None else d.by_luck

    def _over_assumptions(self, arm: str, label: str, claim: Claim) -> Interval | None:
        """The difference over the range of assumptions; None if they were not redrawn, or the arm finished too few."""
        worlds = self.comparison(label).assumptions
        effect = worlds.of(arm, claim.role) if worlds else None
        return effect.interval if effect else None

    def by_luck_alone(self, arm: str, label: str, claim: Claim) -> bool:
        """Whether a difference rests on luck alone, though assumptions were redrawn for others."""
        known = self.redrawn and self.deciding(arm, label, claim) is not None
        return known and self._over_assumptions(arm, label, claim) is None

    @property
    def redrawn(self) -> bool:
        """Whether assumptions were redrawn in any of the scenarios."""
        return any(comparison.assumptions for comparison in self.comparisons)

    def comparison(self, label: str) -> Comparison:
        """The comparison of one scenario."""
        return self.comparisons[self.labels.index(label)]

    def everywhere(self, arm: str) -> ArmVerdict | None:
        """The verdict on an arm if it is the same in all scenarios, else None."""
        found = {self.verdicts[arm, label].arm for label in self.labels}
        return found.pop() if len(found) == 1 else None

    @property
    def holds_everywhere(self) -> bool:
        """Whether it is decided in all scenarios which arm to choose, and it is the same."""
        return len(self.choices) == len(self.labels) and not self.depends

    @property
    def depends(self) -> bool:
        """Whether one arm is to be chosen in one scenario, and another in another."""
        return len(set(self.choices.values())) > 1


def across(labels: Sequence[str], comparisons: Sequence[Comparison], command: str = "") -> Across:
    """Put the comparisons of several scenarios side by side."""
    scenarios = [comparison.experiment.scenario for comparison in comparisons]
    arms = tuple(scenarios[0].arms)
    pairs = tuple(zip(labels, comparisons, strict=True))
    verdicts = {(arm, label): _verdicts(comparison, arm) for label, comparison in pairs for arm in arms}
    out = {arm: why for arm in arms if (why := _out(arm, pairs, verdicts))}
    return Across(
        labels=tuple(labels),
        comparisons=tuple(comparisons),
        verdicts=verdicts,
        regret=_regret([arm for arm in arms if arm not in out], comparisons),
        out=out,
        differing=differing(scenarios),
        command=command,
    )


def _verdicts(comparison: Comparison, arm: str) -> Verdicts:
    """How an arm is judged in one scenario; without a verdict of its own if any of it failed."""
    goal, guardrail = comparison.of(arm, "goal"), comparison.of(arm, "guardrail")
    worlds = comparison.assumptions
    effect = worlds.of(arm, "goal") if worlds else None
    whole = not comparison.arm(arm).failures
    if worlds is None or effect is None:
        own = [d.verdict if d else None for d in (goal, guardrail)]
        return Verdicts(comparison.arm(arm).verdict if whole else None, own[0], own[1])
    guarded = worlds.of(arm, "guardrail")
    return Verdicts(worlds.verdicts.get(arm) if whole else None, effect.verdict, guarded.verdict if guarded else None)


def _out(arm: str, pairs: Sequence[tuple[str, Comparison]], verdicts: Mapping[tuple[str, str], Verdicts]) -> str | None:
    """Why an arm cannot be chosen, if it cannot."""
    failed = [label for label, comparison in pairs if comparison.arm(arm).failures]
    broken = [label for label, _ in pairs if verdicts[arm, label].guardrail == "broken"]
    if failed:
        return f"failed in {', '.join(failed)}"
    return f"breaks the guardrail in {', '.join(broken)}" if broken else None


def _regret(arms: Sequence[str], comparisons: Sequence[Comparison]) -> Regret | None:
    """Regret in the goal, in its unit; None without arms, or if one is undefined somewhere."""
    goal = declared(comparisons[0].experiment.scenario.compare)[0].metric
    means = [[comparison.arm(arm).metrics[goal].mean for comparison in comparisons] for arm in arms]
    values = np.array(means, float).reshape(len(arms), len(comparisons)) * MEASURES[goal].improves
    return regret(arms, values) if values.size and np.isfinite(values).all() else None
