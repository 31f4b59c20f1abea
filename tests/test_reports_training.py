"""A training as it runs."""

import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from rich.cells import cell_len
from rich.console import Console

from cnnspec.reports import numbers
from cnnspec.reports.evaluation import run_json
from cnnspec.reports.page import Page, console_for
from cnnspec.reports.training import LiveView, PlainView, epoch_cells, epoch_columns, running_line, training_view


@dataclass(frozen=True)
class Steps:
    epoch: int = 2
    epochs: int = 12
    step: int = 61
    steps: int = 100
    figures: Mapping[str, float] = field(default_factory=lambda: {"loss": 0.33117, "accuracy": 0.88992})
    rate: float = 12345.6
    left: float = 80.4


@dataclass(frozen=True)
class Epoch:
    epoch: int = 2
    epochs: int = 12
    figures: Mapping[str, float] = field(
        default_factory=lambda: {"loss": 0.33117, "accuracy": 0.88992, "val_loss": 0.3, "val_accuracy": 0.9102}
    )
    seconds: float = 8.3
    learning_rate: float = 1e-3
    best: bool = True


def test_without_a_terminal_every_epoch_is_one_plain_line() -> None:
    stream = io.StringIO()
    with training_view(console_for(stream), "images") as view:
        assert isinstance(view, PlainView)
        for number in range(2):
            view.running(Steps(epoch=number))
            view.ended(Epoch(epoch=number, best=not number))
    assert stream.getvalue().splitlines() == [
        "epoch 1/12  loss 0.3312  accuracy 0.8899  val_loss 0.3000  val_accuracy 0.9102"
        "  learning_rate 0.001  12.3K images/s  8.3s  best",
        "epoch 2/12  loss 0.3312  accuracy 0.8899  val_loss 0.3000  val_accuracy 0.9102"
        "  learning_rate 0.001  12.3K images/s  8.3s",
    ]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_on_a_terminal_a_table_grows_by_a_row_an_epoch(width: int) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=width, color_system=None, legacy_windows=False)
    with training_view(console, "images") as view:
        assert isinstance(view, LiveView)
        for number in range(3):
            view.running(Steps(epoch=number, step=100))
            view.ended(Epoch(epoch=number, best=number == 1))
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    rows = [row for row in re.split(r"[\r\n]+", plain) if re.match(r" +\d+/12  ", row)]
    assert [row.split()[0] for row in rows] == ["1/12", "2/12", "3/12"]
    assert all(cell_len(row) <= width and {"0.3312", "0.3000"} < set(row.split()) for row in rows)
    assert ["best" in row for row in rows] == [False, True, False]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_of_many_figures_those_that_matter_most_are_kept(width: int) -> None:
    """In the order of the events; the others as they fit."""
    names = ["loss", *(f"sparse_top_k_categorical_accuracy_{number}" for number in range(3)), "accuracy", "f1_score"]
    figures = dict.fromkeys([*names, *(f"val_{name}" for name in names)], 0.5)
    cells = epoch_cells(Epoch(figures=figures), 1000.0, "images")
    columns = epoch_columns(cells, width, "val_f1_score")
    kept = [name for name, _ in columns]
    assert {"epoch", "loss", "val_loss", "val_f1_score", ""} <= set(kept)
    assert kept == [name for name in cells if name in kept]
    assert sum(size + 2 for _, size in columns) < width


def test_every_column_of_few_figures_fits_80_columns_but_the_rate() -> None:
    cells = epoch_cells(Epoch(), 1000.0, "examples")
    assert [name for name, _ in epoch_columns(cells, 80)] == [name for name in cells if name != "examples/s"]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_running_line_fits_and_never_cuts_a_figure(width: int) -> None:
    line = running_line(Steps(), Page(width, terminal=True), "images").plain
    assert cell_len(line) <= width and "left 1m20s" in line
    for name, value in (("loss", "0.3312"), ("accuracy", "0.8899"), ("12.3K", "images/s")):
        assert (name in line) == (f"{name} {value}" in line)


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
