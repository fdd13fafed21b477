"""The conformance suite: what every strategy has to keep, as tests that the author of a strategy inherits.

    from sim.testing import StrategyConformance

    class TestMine(StrategyConformance):
        strategy = Mine(every_days=14)

Run it with pytest. A failure says what to do. For several parameter sets override the fixture `subject`; for
channels, tags or acquisition sources of one's own override `scenario`. `make_audience` is there for further tests.
"""

from sim.testbed import make_audience, make_fans, small_scenario
from sim.testing.suite import StrategyConformance

__all__ = ["StrategyConformance", "make_audience", "make_fans", "small_scenario"]
