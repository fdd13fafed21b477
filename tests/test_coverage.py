"""How often 95 % intervals hold the truth: on normal data at any n, and what skew takes away at small n."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as oracle

from sim.stats import half_width
from sim.stats.bootstrap import bca_interval, skewed

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]

DRAWS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, shape: rng.normal(size=shape), 0.0),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0),
    "lognormal": (lambda rng, shape: rng.lognormal(0.0, 1.0, shape), float(np.exp(0.5))),
}
"""Paired differences: how they are drawn, and their true mean. Skewness 0, 2 and 6."""

SIZES = (5, 10, 20, 40, 80, 160)

COVERAGE = {
    "normal": (0.950, 0.950, 0.950, 0.950, 0.950, 0.950),
    "exponential": (0.882, 0.899, 0.918, 0.931, 0.940, 0.945),
    "lognormal": (0.822, 0.841, 0.868, 0.893, 0.913, 0.927),
}
"""Coverage of Student's 95 % interval by number of replications, to .01: what to expect, and what to warn of."""


def covered(name: str, n: int, trials: int) -> np.ndarray:
    """For each of `trials` experiments of n replications: whether the interval holds the true mean."""
    draw, mean = DRAWS[name]
    samples = draw(np.random.default_rng([n, len(name)]), (n, trials))
    held: np.ndarray = np.abs(samples.mean(axis=0) - mean) <= half_width(samples)
    return held


@pytest.mark.parametrize("n", [2, 3, 5, 10, 40])
def test_coverage_on_normal_data_is_within_binomial_bounds(n: int) -> None:
    """2,000 repetitions; a correct interval leaves these bounds for 1 seed in 10,000."""
    low, high = oracle.binom.ppf([0.00005, 0.99995], 2_000, 0.95)
    assert low <= covered("normal", n, 2_000).sum() <= high


@pytest.mark.parametrize("name", DRAWS)
def test_the_table_of_coverage_is_true(name: str) -> None:
    """20,000 repetitions, standard error at most .003: .01 is beyond 3.7 of them."""
    found = [covered(name, n, 20_000).mean() for n in SIZES]
    assert found == pytest.approx(COVERAGE[name], abs=0.01)
    assert all(few < many + 0.005 for few, many in itertools.pairwise(found))


def test_the_documentation_has_this_table() -> None:
    text = (Path(__file__).parents[1] / "docs" / "statistics.md").read_text(encoding="utf-8")
    for name, shares in COVERAGE.items():
        assert f"| {name} | {' | '.join(f'.{1000 * share:03.0f}' for share in shares)} |" in text


@pytest.mark.slow
def test_skew_is_reported_where_it_costs_coverage_and_rarely_elsewhere() -> None:
    """Share of 400 experiments that are called skewed; the standard error is at most .025.

    Few replications show little of the skew of what they are drawn from, so a share well below 1 is all there is.
    """
    rng = np.random.default_rng(6)
    for n in (10, 20, 40):
        called = {
            name: np.mean([skewed(bca_interval(sample), n) for sample in draw(rng, (400, n))])
            for name, (draw, _) in DRAWS.items()
        }
        assert called["normal"] < 0.06
        assert called["lognormal"] > 0.15
        assert called["lognormal"] > called["exponential"] > called["normal"]
