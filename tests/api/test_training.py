"""How far a training is, shown where somebody wants to see it."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest

import cnnspec
from cnnspec.reports.curves_svg import curves_svg
from cnnspec.reports.epochs import Subject
from cnnspec.reports.notebook import NotebookView
from cnnspec.results.events import EpochEnded, EpochStarted, StepsDone


class Displayed:
    """What a notebook's one place shows, as IPython's `display` gives it."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def __call__(self, value: Any, display_id: bool) -> "Displayed":
        assert display_id and not self.shown
        self.update(value)
        return self

    def update(self, value: Any) -> None:
        self.shown.append(value)


def test_a_notebook_has_one_place_that_ends_with_every_epoch_and_no_progress() -> None:
    displayed = Displayed()
    with NotebookView(displayed, Subject("pictures", True, "val_loss")) as view:
        for epoch in range(3):
            figures = {"loss": 1.0 / (epoch + 1), "val_loss": 2.0, "<b>": 1.0}
            view.starting(EpochStarted(epoch, 3))
            view.running(StepsDone(epoch, 3, 5, 10, figures, 100.0, 9.0))
            view.ended(EpochEnded(epoch, 3, figures, 1.5, 0.01, best=epoch == 1))
    assert "compiling" in displayed.shown[0]._repr_html_()
    last = displayed.shown[-1]._repr_html_()
    assert all(f"{epoch}/3" in last for epoch in (1, 2, 3)) and "<progress" not in last
    assert last.count(">best<") == 1 and "&lt;b&gt;" in last and "<b>" not in last


def test_lines_are_drawn_with_gaps_and_names_are_text() -> None:
    drawn = curves_svg({"loss": [3.0, float("nan"), 1.0, 0.5], "</svg><script>": [1.0, 2.0]}, "loss")
    assert drawn.count("<polyline") == 3 and drawn.count("<circle") == 5
    assert "<script" not in drawn and "&lt;script&gt;" in drawn
    assert curves_svg({"loss": [float("nan")]}, "loss") == ""


def test_a_network_is_a_picture_whose_text_says_what_it_is(tmp_path: Path) -> None:
    html = cnnspec.load("digits")._repr_html_()
    (held,) = re.findall(r'alt="the diagram of digits"[^>]*base64,([^"]*)"', html)
    assert base64.b64decode(held).decode().startswith("<svg")
    page = tmp_path / "page.html"
    page.write_text(cnnspec.load("digits").page())
    assert "<svg" in page.read_text()


def test_a_file_that_is_there_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    diagram, path = cnnspec.load("digits").diagram(), tmp_path / "digits.svg"
    assert diagram.save(path) == path
    with pytest.raises(cnnspec.Rejected, match=r"digits.svg is there already\n  help: write force=True"):
        diagram.save(path)
    diagram.save(path, force=True)
    with pytest.raises(cnnspec.Rejected, match=r"ends in .gif; expected one of .svg"):
        diagram.save(tmp_path / "digits.gif")
