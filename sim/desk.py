"""The desk: where a strategy's SimPy process hands over its actions and gets word of what came of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import simpy

from sim.actions import PURPOSES, Action, IntArray, Offer, Recruit, Review, Touch
from sim.audience import Audience
from sim.errors import PluginError
from sim.scenario.model import Scenario


@dataclass(frozen=True, eq=False)
class Receipt:
    """What came of one day's actions of one strategy, batch by batch."""

    deliveries: tuple[IntArray, ...]
    openings: tuple[IntArray, ...]

    @property
    def delivered(self) -> IntArray:
        """Fans who got at least one touch, ascending."""
        return np.unique(np.concatenate([np.empty(0, np.intp), *self.deliveries]))

    @property
    def opened(self) -> IntArray:
        """Fans who opened at least one, ascending."""
        return np.unique(np.concatenate([np.empty(0, np.intp), *self.openings]))


@dataclass(frozen=True)
class Submission:
    """Actions handed over by one strategy, and the event that fires when the day's touches are delivered."""

    actions: tuple[Action, ...]
    done: simpy.Event


class Desk:
    """One strategy's counter: `day` and `audience` to look at, `submit` to act.

    `submit(actions)` returns a SimPy event; `receipt = yield desk.submit(actions)` waits until the touches of the
    day are out and gives a `Receipt`. PluginError when an action is impossible.
    """

    def __init__(self, env: simpy.Environment, audience: Audience, scenario: Scenario, inbox: list[Submission]) -> None:
        self._env = env
        self._scenario = scenario
        self._inbox = inbox
        self.audience = audience

    @property
    def day(self) -> int:
        """Today, counted from 0."""
        return self.audience.day

    def submit(self, actions: Iterable[Action]) -> simpy.Event:
        """Hand over today's actions, in the order in which they shall happen."""
        if not isinstance(actions, Iterable):
            raise PluginError(f"got {type(actions).__name__} in place of actions; return a list of them, or yield each")
        checked = tuple(self._checked(action) for action in actions)
        submission = Submission(checked, self._env.event())
        self._inbox.append(submission)
        return submission.done

    def _checked(self, action: Any) -> Action:
        """The action with its fans as distinct ascending row numbers, or a PluginError that says what is wrong."""
        match action:
            case Touch():
                _known("channel", action.channel, self._scenario.channels)
                _known("purpose", action.purpose, PURPOSES)
                _within("discount", action.discount, 0 <= action.discount < 1, "in [0, 1)")
                fans = self._rows(action.fans)
                return Touch(fans, action.channel, action.purpose, action.discount)
            case Offer():
                _within("value", action.value, 0 < action.value < inf, "above 0 and finite")
                _within("steps", action.steps, 1 <= action.steps <= 255, "from 1 to 255")
                _within("effort", action.effort, 0 <= action.effort < inf, "at least 0 and finite")
                return Offer(self._rows(action.fans), action.value, int(action.steps), action.effort)
            case Recruit():
                _known("source", action.source, self._scenario.market.sources)
                _within("budget", action.budget, 0 <= action.budget < inf, "at least 0 and finite")
                return action
            case Review():
                return action
        raise PluginError(f"{action!r} is not an action; actions are Touch, Offer, Recruit and Review")

    def _rows(self, fans: Any) -> IntArray:
        """Fan numbers as an ascending array without repeats."""
        rows = np.asarray(fans)
        if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
            raise PluginError(
                f"fans must be a one-dimensional array of fan numbers, not {rows.dtype} {rows.shape}; "
                "select them with audience.where, audience.due or audience.reachable"
            )
        rows = rows.astype(np.intp, copy=False)
        if rows.size and not (rows[1:] > rows[:-1]).all():
            rows = np.unique(rows)
        if rows.size and (rows[0] < 0 or rows[-1] >= self.audience.size):
            wrong = rows[0] if rows[0] < 0 else rows[-1]
            raise PluginError(f"fan number {wrong} does not exist; numbers are 0 to {self.audience.size - 1}")
        return rows


def _known(what: str, name: str, names: Iterable[str]) -> None:
    """PluginError unless the scenario knows the name."""
    if name not in names:
        raise PluginError(f"unknown {what} '{name}'; there are {', '.join(names) or 'none'}")


def _within(what: str, value: float, holds: bool, allowed: str) -> None:
    """PluginError unless the value is allowed (NaN never is)."""
    if not holds:
        raise PluginError(f"{what} is {value}, must be {allowed}")
