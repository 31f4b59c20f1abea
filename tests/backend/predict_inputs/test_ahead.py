"""Reading ahead, working and using side by side change neither the order nor what is raised, and stay within bounds."""

import threading
import time
from collections.abc import Iterator
from itertools import count, islice

import pytest

from cnnspec.backend.predict_inputs.ahead import Timed, ahead, overlapped


def numbers(most: int) -> Iterator[tuple[int, list[int]]]:
    """A number, and as many parts of it."""
    return ((number, [number] * (number % 4)) for number in range(most))


def slow_at_times(number: int) -> int:
    time.sleep(0.002 * (number % 3 == 0))
    return -number


def test_what_is_worked_on_side_by_side_comes_in_order() -> None:
    """Each with what its own parts gave, however long these take; also where there are none."""
    done = list(overlapped(numbers(40), slow_at_times, 3))
    assert done == [(number, [-number] * (number % 4)) for number in range(40)]


def test_only_a_few_are_read_before_they_are_used() -> None:
    read = 0

    def endless() -> Iterator[tuple[int, list[int]]]:
        nonlocal read
        for read in count():
            yield read, [read]

    steps = overlapped(endless(), abs, 2)
    for used in range(20):
        assert next(steps) == (used, [used]) and read <= used + 6
    steps.close()
    time.sleep(0.05)
    held = read
    time.sleep(0.05)
    assert read == held <= 25, "and none after it was given up"


def test_what_is_done_waits_for_nothing_that_is_still_to_be_read() -> None:
    """As where somebody types; and who gives up then waits neither."""
    typed = threading.Semaphore(0)

    def typing() -> Iterator[tuple[int, list[int]]]:
        for number in count():
            typed.acquire()
            yield number, [number]

    before = set(threading.enumerate())
    steps = overlapped(typing(), abs, 2)
    for number in range(5):
        typed.release()
        assert next(steps) == (number, [number])
    steps.close()
    (reader,) = set(threading.enumerate()) - before
    assert reader.daemon, "so that the end of the program does not wait for it"
    typed.release()
    reader.join(10)
    assert not reader.is_alive()


def test_what_reading_raises_is_raised_in_its_place() -> None:
    def failing() -> Iterator[tuple[int, list[int]]]:
        yield from numbers(7)
        raise OSError("the disk is gone")

    steps = overlapped(failing(), slow_at_times, 2)
    assert [number for number, _ in islice(steps, 7)] == list(range(7))
    with pytest.raises(OSError, match="the disk is gone"):
        next(steps)
    assert list(steps) == []


def test_what_work_raises_is_raised_in_its_place_and_ends_all_threads() -> None:
    def work(number: int) -> int:
        if number == 6:
            raise MemoryError
        return number

    before = set(threading.enumerate())
    steps = overlapped(numbers(1000), work, 2)
    assert [number for number, _ in islice(steps, 6)] == list(range(6))
    with pytest.raises(MemoryError):
        next(steps)
    left = set(threading.enumerate()) - before
    for each in left:
        each.join(10)
    assert not any(each.is_alive() for each in left)


def test_threads_are_left_once_what_they_do_is_seen_to_be_short() -> None:
    """And taken again where most of it takes long; the order is kept throughout."""
    here, by = threading.get_ident(), dict[int, int]()

    def call(number: int) -> int:
        by[number] = threading.get_ident()
        time.sleep(0.004 * (100 <= number < 200))
        return number

    timed = Timed(call)
    assert list(ahead(timed, range(200), 8, timed.takes_long)) == list(range(200))
    assert by[0] != here and all(by[number] == here for number in range(30, 100))
    assert all(by[number] != here for number in range(120, 200))
