"""Buying fans at a rising marginal cost from a finite market."""

from __future__ import annotations

from math import exp, expm1, log1p


def won_after(budget: float, won: float, market: float, cost: float, growth: float) -> float:
    """Fans won in total after spending `budget` more, at most `market`.

    The marginal cost of the next fan is cost exp(growth won / market); its integral from `won` to the result equals
    `budget`. Money and fans; `market` > 0, `cost` > 0, `growth` >= 0.
    """
    if growth < 1e-9:
        return min(market, won + budget / cost)
    raised = budget * growth / (cost * market) * exp(-growth * won / market)
    return min(market, won + market / growth * log1p(raised))


def cost_between(start: float, end: float, market: float, cost: float, growth: float) -> float:
    """Money that winning the fans from `start` to `end` costs: the integral that `won_after` inverts."""
    if growth < 1e-9:
        return (end - start) * cost
    return cost * market / growth * exp(growth * start / market) * expm1(growth * (end - start) / market)
