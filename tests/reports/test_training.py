"""A training as it runs."""

import contextlib
import io
import json
import math
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from cnnspec.reports import numbers
from cnnspec.reports.epochs import Row, Subject, epoch_lines
from cnnspec.reports.evaluation import run_json
from cnnspec.reports.live import LiveView, progress_line, training_view
from cnnspec.reports.page import Page, console_for
from cnnspec.reports.training import PlainView, unsaved_lines
from cnnspec.results.events import EpochEnded, EpochStarted, NotSaved, StepsDone
from tests.support.terminal_screen import seen

STEPS = StepsDone(2, 12, 61, 100, {"loss": 0.33117, "accuracy": 0.88992}, rate=12345.6, left=80.4)
EPOCH = EpochEnded(
    epoch=2,
    epochs=12,
    figures={"loss": 0.33117, "accuracy": 0.88992, "val_loss": 0.3, "val_accuracy": 0.9102},
    seconds=8.3,
    learning_rate=1e-3,
    best=True,
)
IMAGES = Subject("images", validated=True, watched="val_accuracy")


def terminal(stream: io.StringIO, width: int, height: int = 40) -> Console:
    return Console(
        file=stream, force_terminal=True, width=width, height=height, color_system=None, legacy_windows=False
    )


def table(lines: list[str]) -> list[list[str]]:
    """The words of each row."""
    return [line.split() for line in lines if re.match(r" +\d+/\d+ ", line)]


def test_without_a_terminal_every_epoch_is_one_plain_line_that_knows_no_later_one() -> None:
    stream = io.StringIO()
    with training_view(console_for(stream), IMAGES) as view:
        assert isinstance(view, PlainView)
        for number in (10, 11):
            view.starting(EpochStarted(number, 12))
            view.running(replace(STEPS, epoch=number))
            view.ended(replace(EPOCH, epoch=number, best=number == 10, left=11 - number))
    assert stream.getvalue().splitlines() == [
        "epoch 11/12  loss 0.3312  accuracy 0.8899  val_loss 0.3000  val_accuracy 0.9102"
        "  learning_rate 0.001  12.3K images/s  took 8.3s  left 1.0s  best so far",
        "epoch 12/12  loss 0.3312  accuracy 0.8899  val_loss 0.3000  val_accuracy 0.9102"
        "  learning_rate 0.001  12.3K images/s  took 8.3s",
    ]


def test_each_line_says_its_phase() -> None:
    stream = io.StringIO()
    with training_view(console_for(stream), IMAGES) as view:
        for number, phase in enumerate(("head", "all")):
            view.starting(EpochStarted(number, 2, phase))
            view.ended(replace(EPOCH, epoch=number, epochs=2, phase=phase))
    assert [line.split("  ")[:2] for line in stream.getvalue().splitlines()] == [
        ["epoch 1/2", "phase head"], ["epoch 2/2", "phase all"],
    ]  # fmt: skip


def test_the_table_has_a_column_of_phases_where_there_are_some() -> None:
    stream = io.StringIO()
    with training_view(terminal(stream, 80), IMAGES) as view:
        for number, phase in enumerate(("head", "all")):
            view.starting(EpochStarted(number, 2, phase))
            view.ended(replace(EPOCH, epoch=number, epochs=2, phase=phase, best=number == 0))
    rows = [line.split() for line in seen(stream.getvalue()) if re.search(r" \d/2 ", line)]
    assert [row[:2] for row in rows] == [["head", "1/2"], ["all", "2/2"]]


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(training_view(Console(file=io.StringIO(), force_terminal=True), IMAGES), PlainView)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_on_a_terminal_the_mark_moves_and_the_whole_table_stays(width: int) -> None:
    """After every epoch one row is marked: the best so far; more epochs than the terminal has lines do not matter."""
    stream = io.StringIO()
    with training_view(terminal(stream, width, height=16), IMAGES) as view:
        assert isinstance(view, LiveView)
        for number in range(30):
            view.starting(EpochStarted(number, 30))
            view.running(replace(STEPS, epoch=number, epochs=30, step=100))
            view.ended(replace(EPOCH, epoch=number, epochs=30, best=number in (0, 1, 17)))
            rows = table(seen(stream.getvalue()))
            marked = [row[0] for row in rows if "best" in row]
            assert marked == ["1/30" if not number else "2/30" if number < 17 else "18/30"]
            assert len(rows) <= 8
    lines = seen(stream.getvalue())
    assert [row[0] for row in table(lines)] == [f"{number}/30" for number in range(1, 31)]
    assert [row[0] for row in table(lines) if "best" in row] == ["18/30"]
    assert all(cell_len(line) < width for line in lines)
    assert sum("train" in line for line in lines) == 1 and "%" not in "".join(lines)


def test_an_interrupted_training_leaves_the_epochs_that_ended() -> None:
    stream = io.StringIO()
    with contextlib.suppress(KeyboardInterrupt), training_view(terminal(stream, 80), IMAGES) as view:
        view.ended(replace(EPOCH, epoch=0))
        view.starting(EpochStarted(1, 12))
        view.running(replace(STEPS, epoch=1))
        raise KeyboardInterrupt
    assert [row[0] for row in table(seen(stream.getvalue()))] == ["1/12"]


def test_the_first_step_is_announced_since_it_takes_seconds() -> None:
    stream = io.StringIO()
    with training_view(terminal(stream, 80), IMAGES) as view:
        view.starting(EpochStarted(0, 12))
        assert "compiling the first step ..." in seen(stream.getvalue())[-1]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("validated", [True, False])
def test_of_many_figures_those_that_matter_most_are_kept_and_the_others_named(width: int, validated: bool) -> None:
    """The loss and what says which epoch is best have room before all others; no line is wider than the page."""
    names = ["loss", *(f"sparse_top_k_categorical_accuracy_{number}" for number in range(6)), "accuracy", "f1_score"]
    figures = dict.fromkeys([*names, *(f"val_{name}" for name in names if validated)], 0.5)
    subject = Subject("images", validated, "val_f1_score" if validated else "f1_score")
    lines = [line.plain for line in epoch_lines([Row(0, 1, figures, 9.0, 0.1, 1.0)], 0, subject, Page(width, True))]
    header = " ".join(lines[:-2])
    assert "epoch" in header and "loss" in header and ("f1_score" in header or width == 40) and "best" in lines[-2]
    assert lines[-1].startswith("  no room for ") and all(cell_len(line) < width for line in lines)


def test_every_figure_of_a_common_training_fits_80_columns() -> None:
    figures = {"loss": 0.3, "accuracy": 0.9, "val_loss": 0.31, "val_accuracy": 0.91}
    lines = epoch_lines([Row(0, 100, figures, 12_345.0, 0.000123, 8.0)], 0, IMAGES, Page(80, True))
    assert lines[-1].plain.split() == [
        "1/100", "best", "0.3000", "0.3100", "0.9000", "0.9100", "0.000123", "12.3K", "8.0s",
    ]  # fmt: skip
    assert [line.plain.split() for line in lines[:-1]] == [
        ["loss", "accuracy", "learning", "images"],
        ["epoch", "train", "val", "train", "val", "rate", "a", "second", "time"],
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_progress_fits_and_names_the_time_that_is_left_first(width: int) -> None:
    line = progress_line(STEPS, Page(width, terminal=True), IMAGES).plain
    assert cell_len(line) < width and "left 1m20s" in line
    assert ("12.3K" in line) == ("12.3K images a second" in line) == (width >= 80)


def test_speed_and_time_left_are_not_shown_before_they_are_known() -> None:
    """The first call of a process is compiled, also where it goes on in the middle of an epoch."""
    line = progress_line(replace(STEPS, rate=None, left=None), Page(80, terminal=True), IMAGES).plain
    assert "left" not in line and "a second" not in line and "step 61/100" in line
    stream = io.StringIO()
    with training_view(console_for(stream), IMAGES) as view:
        view.starting(EpochStarted(2, 12))
        for step, rate in ((60, None), (80, 100.0), (100, 200.0)):
            view.running(replace(STEPS, step=step, rate=rate))
        view.ended(EPOCH)
    assert "133 images/s" in stream.getvalue() and "left" not in stream.getvalue()


def test_a_terminal_shows_at_once_that_the_training_will_stop() -> None:
    """Under the progress, for as long as it goes on, and not after; a pipe has no place for it."""
    stream = io.StringIO()
    with training_view(terminal(stream, 80), IMAGES) as view:
        view.running(STEPS)
        assert view.stopping("stopping: saving")
        assert seen(stream.getvalue())[-1] == "  stopping: saving"
        view.running(replace(STEPS, step=100))
        assert seen(stream.getvalue())[-1] == "  stopping: saving"
        view.ended(EPOCH)
    assert "stopping" not in "".join(seen(stream.getvalue()))
    with training_view(console_for(stream), IMAGES) as view:
        assert not view.stopping("stopping: saving")


def test_a_figure_that_is_no_number_is_null_in_json() -> None:
    assert json.loads(run_json("runs/x", {"loss": math.nan, "accuracy": 0.5})) == {
        "run": "runs/x",
        "metrics": {"loss": None, "accuracy": 0.5},
    }
    assert "\n" not in run_json("runs/x", {"loss": 1.0})


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (912, "912"), (999_999, "1.00M"), (1_814_073_344, "1.81G"), (12_345, "12.3K"), (10**15, "1.00P")],
)
def test_a_count_has_three_digits_and_a_unit(number: int, text: str) -> None:
    assert numbers.scaled(number) == text


def test_a_column_of_multiply_adds_has_one_unit() -> None:
    assert numbers.in_one_unit([118_013_952, 0, 512_000, 12, None]) == ["118.0M", "", "0.5M", "<0.1M", "unknown"]
    assert numbers.in_one_unit([1_387_266_048, 2_048_000]) == ["1,387M", "2M"]
    assert numbers.in_one_unit([640, 10]) == ["640", "10"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.44, "0.4s"), (9.97, "10s"), (59.6, "1m00s"), (80, "1m20s"), (7384, "2h03m"), (-3, "0s")]
)
def test_a_duration_is_short(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


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
