"""How long a training will still take, as far as it is known."""

import pytest

from cnnspec.backend.loop.time_left import TimeLeft


def test_nothing_is_known_before_a_second_call_and_the_first_does_not_count() -> None:
    """TensorFlow compiles in the first call of a process."""
    pace = TimeLeft(100)
    assert pace.left(10) is None
    assert not pace.stepped(1, 30.0)
    assert pace.left(10, 1) is None
    assert pace.stepped(10, 1.0)
    assert pace.left(10, 11) == pytest.approx(0.1 * 989)


def test_after_a_resumption_only_what_is_left_counts() -> None:
    """Of 3 epochs of 8 steps, from the sixth step of the second on: two steps of it and all of the third."""
    pace = TimeLeft(8)
    pace.stepped(1, 5.0)
    pace.stepped(1, 0.5)
    assert pace.left(2, 6) == pytest.approx(0.5 * 10)


def test_the_time_between_epochs_counts_once_an_epoch() -> None:
    """Validation, and what is written."""
    pace = TimeLeft(10)
    pace.stepped(1, 5.0)
    pace.stepped(9, 9.0)
    pace.rested(3.0)
    assert pace.left(2, 0) == pytest.approx(2 * 10 + 2 * 3)


def test_a_machine_that_gets_slower_is_noticed() -> None:
    """What was measured a minute ago counts an eighth: 0.1 s a step for long, then 0.3 s for a minute."""
    pace = TimeLeft(1)
    pace.stepped(1, 5.0)
    for _ in range(600):
        pace.stepped(10, 1.0)
    for _ in range(60):
        pace.stepped(10, 3.0)
    assert 0.29 < (pace.left(1) or 0) < 0.3
    for _ in range(60):
        pace.stepped(10, 1.0)
    assert 0.1 < (pace.left(1) or 0) < 0.14
