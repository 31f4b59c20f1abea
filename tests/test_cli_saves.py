"""What the screen says of saves that fail."""

from cnnspec.cli.reporter import unsaved_lines
from cnnspec.runs.events import NotSaved

WHY = "No space left on device"


def test_the_first_save_that_fails_is_named_with_its_reason_and_what_to_do() -> None:
    """In the middle of an epoch, or at its end."""
    event = NotSaved(((2, 0),), f"cannot write x.checkpoint: {WHY}", "free some space")
    assert unsaved_lines(event) == [
        f"not saved after epoch 2: cannot write x.checkpoint: {WHY}",
        "the training goes on; free some space",
    ]
    assert unsaved_lines(NotSaved(((2, 5),), WHY))[0] == f"not saved after step 5 of epoch 3: {WHY}"


def test_those_after_it_stand_in_one_line_with_where_it_was_over() -> None:
    several = NotSaved(((3, 0), (3, 9)), WHY, "free some space", repeated=True, saved_again=(4, 0))
    assert unsaved_lines(several) == [
        f"not saved for the same reason after epoch 3, step 9 of epoch 4: {WHY}",
        "saved again after epoch 4",
    ]
    assert unsaved_lines(NotSaved((), WHY, repeated=True, saved_again=(4, 0))) == ["saved again after epoch 4"]


def test_a_thousand_places_are_counted() -> None:
    (line,) = unsaved_lines(NotSaved(tuple((epoch, 0) for epoch in range(1, 1001)), WHY, repeated=True))
    assert line.endswith(f"epoch 20, 980 more: {WHY}")
