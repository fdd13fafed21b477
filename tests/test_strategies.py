"""The built-in strategies: the conformance suite over several parameter sets, and what each of them promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest

from sim.actions import Offer, Recruit, Review, Touch
from sim.audience import Audience
from sim.registry import Registry
from sim.results import Replication
from sim.strategy import Strategy
from sim.testbed import add_newcomers, make_audience, make_fans, small_scenario
from sim.testing import StrategyConformance
from strategies import BUILTINS
from strategies.contact_cadence import ContactCadence
from strategies.mvp_first import MvpFirst, ScaleFirst, wilson_bound
from strategies.reward import HighFrictionReward, LowFrictionReward, Reward
from tests.worlds import UNCOUPLED, live, scenario

CONFORMING: list[Strategy] = [
    ContactCadence(),
    ContactCadence(touches_per_30_days=0),
    ContactCadence(touches_per_30_days=8, audience="spend_rank <= 0.2 and tenure_days > 30", channel="sms"),
    ContactCadence(touches_per_30_days=45, mix={"care": 1, "invitation": 2, "promotion": 0}, discount=0.1),
    ContactCadence(touches_per_30_days=2.5, spread="waves", mix={"promotion": 1}, audience="'vip' in tags"),
    Reward(),
    Reward(value=3, steps=5, effort=2, every_days=7.5, start_day=10, offers_per_fan=2, audience="trust > 0.3"),
    LowFrictionReward(every_days=10),
    HighFrictionReward(offers_per_fan=1),
    ScaleFirst(source="ads", budget_per_day=50, review_every_days=7),
    MvpFirst(),
    MvpFirst(source="ads", budget_per_day=50, pilot_fans=100, review_every_days=7, level=0.0, confidence=0.5),
    MvpFirst(gate="exit_rate", level=20, source="ads", budget_per_day=5, review_every_days=10, spread="waves"),
]


class TestConformance(StrategyConformance):
    @pytest.fixture(params=CONFORMING, ids=lambda strategy: type(strategy).__name__)
    def subject(self, request: pytest.FixtureRequest) -> Strategy:
        return cast(Strategy, request.param)


def test_every_built_in_is_put_to_the_suite() -> None:
    registry = Registry(BUILTINS)
    assert {registry.find(name) for name in BUILTINS} == {type(strategy) for strategy in CONFORMING}


def touches(strategy: ContactCadence, days: int, audience: Audience | None = None) -> NDArray[np.intp]:
    """Planned touches, shape (days, fans, purposes of the mix)."""
    audience = audience or make_audience()
    counts = np.zeros((days, audience.size, len(strategy.mix)), np.intp)
    for day in range(days):
        audience.day = day
        for action in strategy.decide(day, audience):
            assert isinstance(action, Touch)
            np.add.at(counts[day, :, list(strategy.mix).index(action.purpose)], action.fans, 1)
    return counts


class TestContactCadence:
    @pytest.mark.parametrize("spread", ["even", "waves"])
    @pytest.mark.parametrize("cadence", [1, 2, 4, 7.5, 30, 45])
    def test_each_fan_gets_the_cadence(self, cadence: float, spread: Any) -> None:
        audience = make_audience()
        planned = touches(ContactCadence(cadence, spread=spread), 120, audience).sum(axis=2)[:, audience.reachable]
        np.testing.assert_array_equal(planned.sum(axis=0), 4 * cadence)
        for first in (0, 17, 90):
            month = planned[first : first + 30].sum(axis=0)
            assert np.abs(month - cadence).max() < 1
        assert planned.max() == np.ceil(cadence / 30)

    @pytest.mark.parametrize("cadence", [1, 2, 4, 30, 45])
    def test_the_cadence_is_delivered(self, cadence: int) -> None:
        setting = scenario(200, 60, population={"dropout": {"s": 0.01, "beta": 1e9}}, behaviour=UNCOUPLED)
        _, record = live(setting, ContactCadence(cadence))
        assert record.metrics["touches"] == 200 * 2 * cadence

    def test_even_means_a_day_of_ones_own_and_waves_the_same_day(self) -> None:
        audience = make_audience()
        even = touches(ContactCadence(2), 30, audience).sum(axis=(1, 2))
        waves = touches(ContactCadence(2, spread="waves"), 30, audience).sum(axis=(1, 2))
        everyone = len(audience.reachable)
        assert even.max() < everyone / 5
        assert sorted(waves)[-2:] == [everyone, everyone]
        assert waves.sum() == even.sum() == 2 * everyone

    @pytest.mark.parametrize("cadence", [4, 30, 45])
    @pytest.mark.parametrize("mix", [{"content": 1, "promotion": 1}, {"care": 1, "promotion": 2, "invitation": 5}])
    def test_purposes_come_in_the_proportions_of_the_mix(self, cadence: float, mix: Any) -> None:
        audience = make_audience()
        planned = touches(ContactCadence(cadence, mix=mix), 240, audience).sum(axis=0)[audience.reachable]
        wanted = np.array(list(mix.values())) / sum(mix.values())
        each = planned / planned.sum(axis=1, keepdims=True)
        assert np.abs(each - wanted).max() < 0.1
        assert np.abs(each.mean(axis=0) - wanted).max() < 0.01

    @pytest.mark.parametrize("expression", ["trust > 0.4", "'vip' in tags", "spend_rank <= 0.2 and tenure_days > 30"])
    def test_it_keeps_to_its_audience(self, expression: str) -> None:
        audience = make_audience()
        planned = touches(ContactCadence(30, audience=expression), 1, audience).sum(axis=(0, 2))
        chosen = audience.where(expression)
        assert 0 < len(chosen) < len(audience.reachable)
        np.testing.assert_array_equal(np.flatnonzero(planned), chosen)

    def test_discounts_are_for_promotions(self) -> None:
        actions = ContactCadence(30, mix={"care": 1, "promotion": 1}, discount=0.2).decide(0, make_audience())
        assert {(touch.purpose, touch.discount) for touch in cast(list[Touch], actions)} == {
            ("care", 0.0),
            ("promotion", 0.2),
        }

    def test_newcomers_are_included_the_day_after(self) -> None:
        setting = small_scenario()
        table = make_fans(setting)
        audience = make_audience(setting, fans=table)
        before = table.size
        touches(ContactCadence(30), 1, audience)
        add_newcomers(table, setting, day=1, first=100)
        assert touches(ContactCadence(30), 2, audience)[1, before:].sum() == table.size - before


def test_cadences_in_two_channels_meet_by_chance_alone() -> None:
    """Each reaches a fan on one of 15 days: together on 1 in 15, and then with the same purpose half of the time."""
    audience = make_audience(fans=make_fans(small_scenario(), size=3_000))
    fans = len(audience.reachable)
    chat, group = (touches(ContactCadence(2, channel=name), 15, audience) for name in ("chat", "group"))
    together = (chat.sum(axis=2) > 0) & (group.sum(axis=2) > 0)
    assert binomtest(int(together.sum()), fans, 1 / 15).pvalue > 1e-4
    same = chat.argmax(axis=2)[together] == group.argmax(axis=2)[together]
    assert binomtest(int(same.sum()), len(same), 0.5).pvalue > 1e-4


def offers(strategy: Reward, days: int, audience: Audience) -> NDArray[np.intp]:
    """Offers, shape (days, fans)."""
    counts = np.zeros((days, audience.size), np.intp)
    for day in range(days):
        audience.day = day
        for action in strategy.decide(day, audience):
            assert isinstance(action, Offer)
            assert (action.value, action.steps, action.effort) == (strategy.value, strategy.steps, strategy.effort)
            counts[day, action.fans] += 1
    return counts


class TestReward:
    def test_each_fan_has_a_turn_in_a_period_from_the_start_day_on(self) -> None:
        audience = make_audience()
        given_ = offers(Reward(every_days=20, start_day=15), 75, audience)[:, audience.reachable]
        assert not given_[:15].any()
        np.testing.assert_array_equal(given_[15:35].sum(axis=0), 1)
        np.testing.assert_array_equal(given_.sum(axis=0), 3)

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_no_fan_gets_more_than_the_limit(self, limit: int) -> None:
        setting = small_scenario()
        table = make_fans(setting, day=0)
        audience = make_audience(setting, fans=table)
        strategy = Reward(every_days=10, start_day=5, offers_per_fan=limit)
        before = offers(strategy, 30, audience)
        first_newcomer = table.size
        add_newcomers(table, setting, day=30, first=100)
        after = np.zeros((50, table.size), np.intp)
        for day in range(30, 80):
            audience.day = day
            for action in strategy.decide(day, audience):
                after[day - 30, cast(Offer, action).fans] += 1
        total = after.sum(axis=0)
        total[:first_newcomer] += before.sum(axis=0)
        np.testing.assert_array_equal(total[audience.reachable], limit)

    def test_it_keeps_to_its_audience(self) -> None:
        audience = make_audience()
        given_ = offers(Reward(every_days=1, audience="orders >= 3"), 1, audience)[0]
        np.testing.assert_array_equal(np.flatnonzero(given_), audience.where("orders >= 3"))

    def test_the_presets_differ_in_the_way_to_the_reward_alone(self) -> None:
        low, high = vars(LowFrictionReward()), vars(HighFrictionReward())
        assert {name for name in low if low[name] != high[name]} == {"steps", "effort"}
        assert low["steps"] == 1 < high["steps"] == 20
        assert low["effort"] < high["effort"]

    def test_completion_falls_with_steps_as_the_model_says(self) -> None:
        shares = [self.completion(steps) for steps in (1, 2, 5, 20)]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] > 5 * shares[-1]

    @staticmethod
    def completion(steps: int) -> float:
        """Claims per offer; within four standard errors of the product of the step probabilities."""
        size, a, e = 3000, 0.5, 2.0
        rewards = {**UNCOUPLED["rewards"], "a": a, "b": 0, "e": e}
        setting = scenario(
            size,
            steps + 2,
            population={"dropout": {"s": 0.01, "beta": 1e9}},
            behaviour={**UNCOUPLED, "rewards": rewards},
        )
        _, record = live(setting, Reward(steps=steps, every_days=1, offers_per_fan=1))
        expected = float(np.prod(1 / (1 + np.exp(-a - e * np.arange(steps) / steps))))
        share = record.daily["claims"].sum() / record.daily["offers"].sum()
        assert record.daily["offers"].sum() == size
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / size)
        return float(share)


@given(trials=st.integers(1, 5000), share=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
@settings(max_examples=60, deadline=None)
def test_the_bound_is_wilsons(trials: int, share: float, confidence: float) -> None:
    """Oracle: scipy's two-sided Wilson interval, whose ends are one-sided bounds."""
    hits = round(share * trials)
    interval = binomtest(hits, trials).proportion_ci(confidence_level=2 * confidence - 1, method="wilson")
    z = MvpFirst(confidence=confidence)._z()
    ends = [wilson_bound(np.array([float(hits)]), np.array([float(trials)]), sign * z)[0] for sign in (-1, 1)]
    assert ends == pytest.approx([interval.low, interval.high], abs=1e-9)


def test_without_trials_nothing_is_proved() -> None:
    none = np.zeros(1)
    assert wilson_bound(none, none, -1.0) == [0.0]
    assert wilson_bound(none, none, 1.0) == [1.0]


CYCLE = 10
GATED = MvpFirst(
    30, pilot_fans=100, review_every_days=CYCLE, level=0.01, confidence=0.9, source="ads", budget_per_day=7
)


def piloted(*cycles: tuple[float, float]) -> Callable[[int], Audience]:
    """An audience on a day, after cycles with these (promotions, caused orders)."""
    history = {
        name: np.repeat([cycle[place] / CYCLE for cycle in [*cycles, (0, 0)]], CYCLE)
        for place, name in enumerate(("promotions", "caused_orders"))
    }
    return lambda day: make_audience(day=day, history=history)


class TestMvpFirst:
    @given(cycles=st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 0.05)), min_size=1, max_size=4))
    @settings(max_examples=40, deadline=None)
    def test_the_gate_opens_at_the_review_that_reaches_the_bound(self, cycles: list[tuple[int, float]]) -> None:
        figures = [(float(promotions), np.floor(promotions * share)) for promotions, share in cycles]
        at = piloted(*figures)
        proved = False
        for number, (promotions, caused) in enumerate(figures):
            for day in (number * CYCLE, number * CYCLE + 3, (number + 1) * CYCLE - 1):
                assert GATED.is_open(day, at(day)) == proved
            low = wilson_bound(np.array([caused]), np.array([promotions]), -GATED._z())[0]
            proved = proved or bool(low >= GATED.level)
        end = len(figures) * CYCLE
        assert GATED.is_open(end, at(end)) == proved

    def test_a_good_average_on_a_small_sample_does_not_open_the_gate(self) -> None:
        assert not GATED.is_open(CYCLE, piloted((100, 2))(CYCLE))
        assert GATED.is_open(CYCLE, piloted((10_000, 200))(CYCLE))

    def test_a_gate_on_exits_opens_when_few_leave(self) -> None:
        strategy = MvpFirst(gate="exit_rate", level=2.0, review_every_days=CYCLE)
        for exits, opens in ((0.5, True), (1.9, False), (4.0, False)):
            history = {"exits": np.full(CYCLE, exits), "active_fans": np.full(CYCLE, 1000.0)}
            assert strategy.is_open(CYCLE, make_audience(day=CYCLE, history=history)) == opens

    def test_only_the_pilot_is_touched_before_the_gate_and_everyone_after_it(self) -> None:
        closed, opened = piloted((1000, 0))(CYCLE), piloted((1000, 100))(CYCLE)
        before, after = (_touched(list(GATED.decide(CYCLE, audience))) for audience in (closed, opened))
        pool = make_fans(small_scenario())
        np.testing.assert_array_equal(before, closed.sample("pilot", GATED.pilot_fans / pool.size))
        np.testing.assert_array_equal(after, opened.reachable)
        assert 0.15 < len(before) / len(after) < 0.5

    def test_it_recruits_only_after_the_gate_and_reviews_all_along(self) -> None:
        for day in (0, 3, CYCLE, CYCLE + 1):
            kinds = [type(action) for action in GATED.decide(day, piloted((1000, 0))(day))]
            assert Recruit not in kinds
            assert kinds.count(Review) == (day == CYCLE)
        kinds = [type(action) for action in GATED.decide(CYCLE, piloted((1000, 100))(CYCLE))]
        assert kinds.count(Recruit) == kinds.count(Review) == 1

    def test_in_a_world_nobody_is_bought_before_the_playbook_is_proved(self) -> None:
        record = grown(MvpFirst(6, **GROWTH, pilot_fans=1000, level=0.02))
        joined = record.daily["joined"]
        days = np.flatnonzero(joined)
        opened = int(days[0]) - 1
        assert opened > 0
        assert opened % GROWTH["review_every_days"] == 0
        promotions, caused = (
            record.daily[name][:opened].reshape(-1, GROWTH["review_every_days"]).sum(axis=1)
            for name in ("promotions", "caused_orders")
        )
        proved = wilson_bound(caused, promotions, -MvpFirst()._z()) >= 0.02
        assert proved.tolist() == [False] * (len(proved) - 1) + [True]
        assert record.daily["touches"][opened] > 1.5 * record.daily["touches"][opened - 1]


class TestScaleFirst:
    def test_it_recruits_and_touches_everyone_from_the_first_day(self) -> None:
        audience = make_audience()
        actions = list(ScaleFirst(30, source="ads", budget_per_day=7).decide(0, audience))
        np.testing.assert_array_equal(_touched(actions), audience.reachable)
        assert [action for action in actions if isinstance(action, Recruit)] == [Recruit("ads", 7)]

    def test_without_a_source_or_a_budget_nobody_is_bought(self) -> None:
        for strategy in (ScaleFirst(budget_per_day=7), ScaleFirst(source="ads")):
            assert not any(isinstance(action, Recruit) for action in strategy.decide(0, make_audience()))

    def test_in_a_world_market_and_budget_are_kept(self) -> None:
        record = grown(ScaleFirst(6, **GROWTH))
        assert record.daily["joined"][0] == 0 < record.daily["joined"][1]
        assert record.fans["joined"] == MARKET
        assert record.money["acquisition"] <= GROWTH["budget_per_day"] * 60
        assert record.daily["maturity"][-1] > 0.9


GROWTH: dict[str, Any] = {"review_every_days": 10, "source": "ads", "budget_per_day": 300.0, "mix": {"promotion": 1}}
MARKET = 700


def grown(strategy: Strategy) -> Replication:
    """Sixty days with a young playbook and a market of 700 fans that costs less than 60 days' budget."""
    sources = {"ads": {"cost": 10, "cost_growth": 1, "market_size": MARKET}}
    playbook = {"maturity": 0.05, "learning": 0.5, "sample": 100}
    market = {"sources": sources, "playbook": playbook}
    _, record = live(scenario(2000, 60, market=market, channels={"chat": {"conversion": 0.3}}), strategy)
    return record


def _touched(actions: list[Any]) -> NDArray[np.intp]:
    """Everyone named in a touch, ascending."""
    return np.unique(np.concatenate([action.fans for action in actions if isinstance(action, Touch)]))
