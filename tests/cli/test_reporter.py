"""What the screen says of saves that fail."""

from cnnspec.cli.reporter import unsaved_lines
from cnnspec.results.events import NotSaved

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


def test_ends_of_epochs_that_follow_each_other_are_a_range_and_many_places_are_counted() -> None:
    """A thousand saves that failed are a line of a terminal or a few."""
    places = ((3, 0), (4, 0), (5, 0), (5, 7), (6, 0), (8, 0))
    (line,) = unsaved_lines(NotSaved(places, WHY, repeated=True))
    assert line == f"not saved for the same reason after epochs 3 to 5, step 7 of epoch 6, epoch 6, epoch 8: {WHY}"
    (line,) = unsaved_lines(NotSaved(tuple((epoch, 7) for epoch in range(1000)), WHY, repeated=True))
    assert line.endswith(f"step 7 of epoch 20, 980 more: {WHY}")
