from __future__ import annotations

import pytest

from sim.scenario.model import Scenario
from sim.workload import PROCESS_SECONDS, REPORT_SECONDS, choose_workers, cpu_seconds, wall_seconds


def scenario(fans: int, days: int = 365, replications: int = 10) -> Scenario:
    return Scenario.model_validate(
        {
            "name": "any",
            "days": days,
            "replications": replications,
            "population": {"size": fans},
            "arms": {"a": [], "b": []},
        }
    )


@pytest.fixture(autouse=True)
def four_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.workload.available_cpus", lambda: 4)


def test_a_small_job_stays_in_one_process_and_a_large_one_uses_all_cpus() -> None:
    assert choose_workers(scenario(50, 10), None) == 1
    assert choose_workers(scenario(200_000), None) == 4


def test_the_number_asked_for_is_used_but_no_more_than_there_are_replications() -> None:
    assert choose_workers(scenario(50, 10), 2) == 2
    assert choose_workers(scenario(200_000), 1) == 1
    assert choose_workers(scenario(200_000, replications=1), 16) == 2


def test_work_grows_with_fans_days_and_replications() -> None:
    base = cpu_seconds(scenario(100_000))
    assert base < cpu_seconds(scenario(200_000)) < 2 * base
    assert cpu_seconds(scenario(100_000, replications=20)) == pytest.approx(2 * base)
    assert base < cpu_seconds(scenario(100_000, days=730)) < 2 * base


def test_workers_share_the_work_and_take_time_to_start() -> None:
    job = scenario(200_000)
    assert wall_seconds(job, 1) == cpu_seconds(job) + REPORT_SECONDS
    assert wall_seconds(job, 4) == pytest.approx(cpu_seconds(job) / 4 + PROCESS_SECONDS + REPORT_SECONDS)
