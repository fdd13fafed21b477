from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim.cli
from sim.interrupts import held_back, interrupted, kept_from_children
from sim.store import Ledger


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def as_in_a_terminal() -> Iterator[None]:
    """Ctrl-C raises, whatever started the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits_for_the_end_of_the_block_and_of_the_outermost_one() -> None:
    done = []

    def work() -> None:
        with held_back():
            with held_back():
                ctrl_c()
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["inner", "outer"]
    with pytest.raises(KeyboardInterrupt):
        ctrl_c()


def test_an_interrupt_is_not_lost_if_the_block_fails() -> None:
    def fail() -> None:
        with held_back():
            ctrl_c()
            raise ValueError

    with pytest.raises(KeyboardInterrupt) as caught:
        fail()
    assert isinstance(caught.value.__context__, ValueError)


def test_without_an_interrupt_nothing_is_raised() -> None:
    with held_back(), kept_from_children():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_and_an_ignored_ctrl_c_are_left_alone() -> None:
    ended = []

    def block() -> None:
        with held_back():
            ended.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with held_back():
        ctrl_c()
    assert ended == [signal.default_int_handler]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_an_interrupt_in_the_middle_of_a_transaction_comes_after_it(tmp_path: Path) -> None:
    def write(ledger: Ledger) -> None:
        with ledger.transaction():
            ledger._connection.execute("INSERT INTO part VALUES ('before', '')")
            ctrl_c()
            ledger._connection.execute("INSERT INTO part VALUES ('after', '')")

    with Ledger(tmp_path) as ledger:
        with pytest.raises(KeyboardInterrupt):
            write(ledger)
        found = ledger._connection.execute("SELECT digest FROM part ORDER BY digest").fetchall()
    assert found == [("after",), ("before",)]


def test_an_error_that_other_code_makes_of_an_interrupt_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def close_badly(_: object) -> None:
        try:
            ctrl_c()
        finally:
            raise ValueError("cannot be closed now")

    monkeypatch.setattr(sim.cli.simrun, "invoke", close_badly)
    assert sim.cli.main(["scenarios"]) == sim.cli.INTERRUPTED
    assert capsys.readouterr().err == "simrun: interrupted\n"
    assert not interrupted(ValueError())
