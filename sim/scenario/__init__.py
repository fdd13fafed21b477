"""Scenarios: the typed settings of one experiment, and reading them from YAML."""

from sim.scenario.model import Compare, Criterion, Metric, Scenario, StrategyUse

__all__ = ["Compare", "Criterion", "Metric", "Scenario", "StrategyUse"]
