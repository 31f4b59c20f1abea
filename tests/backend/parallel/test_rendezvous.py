"""How the processes of a training find each other, and notice that one is gone; real sockets, one thread each."""

import ctypes
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from cnnspec.backend.parallel import control_channel as channel_module
from cnnspec.backend.parallel.cluster import Cluster
from cnnspec.backend.parallel.control_channel import ControlChannel
from cnnspec.backend.parallel.rendezvous import meet
from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import Rejected


def addresses(count: int) -> tuple[str, ...]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    found = tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)
    for each in sockets:
        each.close()
    return found


@contextmanager
def met(count: int) -> Iterator[list[ControlChannel]]:
    """So many processes of one training that have met."""
    named = addresses(count)
    with ThreadPoolExecutor(count) as pool:
        links = list(pool.map(meet, [Cluster(named, index) for index in range(count)]))
    yield links
    for link in links:
        link.close("the test is over")


def test_everybody_hears_what_the_chief_decides() -> None:
    with met(3) as (chief, *workers):
        for value in ({"steps": 3}, None, [1.5, float("inf")]):
            chief.told(value)
            assert [worker.told("ignored") for worker in workers] == [value, value]


def test_the_chief_goes_on_once_all_are_content() -> None:
    """And not if one is not."""
    with met(3) as (chief, first, second), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(chief.settle)
        first.settle()
        time.sleep(0.3)
        assert not waiting.done()
        second.settle()
        waiting.result(5)
        waiting = pool.submit(chief.settle)
        first.settle()
        second.close("it has other data")
        with pytest.raises(RunFailed, match=r"worker 2 .* has ended: it has other data"):
            waiting.result(5)


def test_a_wish_to_stop_reaches_all_at_the_same_pause() -> None:
    """The chief learns of a worker's signal and tells it with the next steps; no process stops before."""
    with met(3) as (chief, first, second):
        second.wishes = lambda: True
        for _ in range(2):
            chief.pace(8)
            assert {first.pace(1), second.pace(1)} == {8}
            time.sleep(0.2)
        chief.pace(8)
        first.pace(8), second.pace(8)
        assert [link.asked for link in (chief, first, second)] == [True, True, True]


def test_a_process_that_dies_is_named_to_all() -> None:
    """Whoever waits for the chief raises RunFailed, and names the worker that died, not the chief."""
    with met(3) as (chief, first, second):
        first.resumption = "cnnspec train --resume runs/x-1"
        connection = next(iter(second._peers.values()))._socket
        connection.shutdown(socket.SHUT_RDWR)
        for link in (chief, first):
            with pytest.raises(RunFailed, match=r"worker 2 .* has ended"):
                link.refuse_lost(10)
        with pytest.raises(RunFailed, match="worker 2"):
            first.told(None)
        assert "--resume runs/x-1" in first.failure().diagnostics[0].help


def test_who_ends_with_a_reason_gives_it() -> None:
    with met(2) as (chief, worker):
        worker.close("cat.png is damaged")
        with pytest.raises(RunFailed, match=r"worker 1 .* has ended: cat.png is damaged"):
            chief.refuse_lost(10)


def test_a_process_that_stood_still_blames_nobody_for_its_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after Ctrl-Z and fg, or while TensorFlow holds Python's lock: it could not hear anybody."""
    for name, seconds in (("_BEAT", 0.1), ("_LATE", 0.8), ("_SILENCE", 1.5)):
        monkeypatch.setattr(channel_module, name, seconds)
    with met(2) as links:
        time.sleep(0.3)
        ctypes.PyDLL(None).usleep(3_000_000)  # holding Python's lock
        time.sleep(0.5)
        for link in links:
            link.refuse_lost()


def test_who_is_done_is_not_lost() -> None:
    with met(2) as (chief, worker):
        ending = threading.Thread(target=worker.close)
        ending.start()
        chief.close()
        ending.join(10)
        assert not ending.is_alive()
        chief.refuse_lost()


def failure(call: Callable[[], object]) -> str:
    with pytest.raises(RunFailed) as failed:
        call()
    (found,) = failed.value.diagnostics
    assert found.code == "no-worker"
    return found.message


def test_who_does_not_come_is_named_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chief names the worker, and the workers that came are told the same."""
    monkeypatch.setenv("CNNSPEC_CONNECT_SECONDS", "2")
    named = addresses(3)
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(failure, lambda: meet(Cluster(named, 2)))
        said = failure(lambda: meet(Cluster(named, 0)))
        assert said == f"worker 1 ({named[1]}) did not come within 2 s" == worker.result()


def test_a_process_that_is_known_to_have_ended_is_not_waited_for() -> None:
    """The chief says at once how it ended, and the workers that came are told."""
    named = addresses(3)
    ended: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        worker = pool.submit(failure, lambda: meet(Cluster(named, 2)))
        chief = pool.submit(failure, lambda: meet(Cluster(named, 0), lambda: "".join(ended)))
        time.sleep(0.5)
        ended.append("worker 1 has ended by SIGKILL")
        started = time.monotonic()
        assert chief.result() == "worker 1 has ended by SIGKILL before all were there" == worker.result()
        assert time.monotonic() - started < 5


def test_a_worker_that_was_given_other_addresses_is_refused() -> None:
    """Else TensorFlow would wait for somebody who is not there."""
    here, there = addresses(3), addresses(1)
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(failure, lambda: meet(Cluster((here[0], here[1], there[0]), 1)))
        said = failure(lambda: meet(Cluster(here, 0)))
        assert said == f"worker 1 ({here[1]}) names other addresses for the workers than the chief ({here[0]})"
        worker.result()


@pytest.mark.parametrize("written", ["abc", "0", "-5", "nan", "inf", "1e9"])
def test_how_long_to_wait_must_be_seconds(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CONNECT_SECONDS", written)
    with pytest.raises(Rejected, match=f"CNNSPEC_CONNECT_SECONDS is {written}; expected seconds, from 1 to 86,400"):
        meet(Cluster(addresses(2), 0))


def test_a_chief_that_is_not_there_is_named_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CONNECT_SECONDS", "1")
    named = addresses(2)
    said = failure(lambda: meet(Cluster(named, 1)))
    assert said.startswith(f"the chief ({named[0]}) could not be reached within 1 s")


def test_a_name_that_nobody_has_is_an_address_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker and chief both say that it is the name."""
    monkeypatch.setenv("CNNSPEC_CONNECT_SECONDS", "1")
    said = failure(lambda: meet(Cluster(("nowhere.invalid:1234", *addresses(1)), 1)))
    assert said.startswith("the chief (nowhere.invalid:1234) could not be reached within 1 s: ")
    said = failure(lambda: meet(Cluster((*addresses(1), "nowhere.invalid:1234"), 0)))
    assert said.startswith("worker 1 (nowhere.invalid:1234), whose name is not known here (")
