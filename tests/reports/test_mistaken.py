"""Mistaken examples: a table of the worst that fits the page, and CSV that programs read back."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.reports.evaluation import evaluation_json
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.mistaken import mistaken_sheets, mistakes_csv
from cnnspec.reports.page import Page
from cnnspec.reports.spreadsheet import cell
from cnnspec.reports.terminal import lay_out
from cnnspec.results.evaluation import Evaluation, OutputFigures, with_worst
from cnnspec.results.mistaken import Example, Mistake, Mistakes, Residual, WrongClass, WrongLabels, WrongPlaces

PLACE = Example("photos/validation/siberian husky/a photograph of a dog 0001.jpg")
ROW = Example("reviews.csv, row 3 (line 7)", "a film that is neither here nor there, " * 6)
MISTAKES: dict[str, Mistake] = {
    "class": WrongClass(PLACE, "siberian husky", "wolf", 0.98765, 0.012),
    "labels": WrongLabels(ROW, ("sad", "slow"), ("slow", "loud"), 0.75),
    "values": Residual(ROW, (250_000.0,), (241_500.5,), -8_499.5),
    "several": Residual(PLACE, (1.0, 2.0, 3.0, 4.0, 5.0), (1.5,) * 5, 2.1),
    "places": WrongPlaces(PLACE, 30, 1200),
}


def evaluation(*found: Mistakes) -> Evaluation:
    """An evaluation of outputs with these mistakes."""
    names = "abc"[: len(found)]
    outputs = [OutputFigures(name, each.form, mistakes=each) for name, each in zip(names, found, strict=True)]
    return Evaluation("runs/small-1", "test", 40, 0.5, {}, "best.keras", tuple(outputs))


def of(kind: str, wrong: int = 25, worst: int = 10) -> Mistakes:
    """So many mistakes of a kind, of which some are here."""
    return Mistakes({"several": "values"}.get(kind, kind), wrong, 40, (MISTAKES[kind],) * worst)


def printed(kind: str, width: int = 80, wrong: int = 25, worst: int = 10, file: str = "") -> str:
    (output,) = evaluation(of(kind, wrong, worst)).outputs
    return lay_out(mistaken_sheets(output, False, file), Page(width)).plain


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("kind", MISTAKES)
def test_the_worst_fit_the_page_and_the_rest_is_counted(kind: str, width: int) -> None:
    """With the way to all of them; a file that has all is named."""
    text = printed(kind, width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "and 15 more" in text and "--mistakes FILE.csv" in " ".join(text.split())
    named = printed(kind, width, file="wrong.csv")
    assert "all of them: wrong.csv" in named and "--mistakes" not in named
    assert "all of them" not in printed(kind, width, wrong=10)


def test_each_kind_says_what_was_wrong() -> None:
    assert "25 of 40 examples mistaken, the surest first" in printed("class")
    assert "wolf" in printed("class") and "98.8%" in printed("class")
    labels = printed("labels", 120)
    assert "sad" in labels and "loud" in labels and "slow" not in labels
    assert "250000" in printed("values") and "-8499.5" in printed("values")
    assert "1, 2, 3, 4 and 1 more" in printed("several", 120)
    assert "30" in printed("places") and "1,200" in printed("places") and "2.5%" in printed("places")


def test_without_a_mistake_nothing_is_said() -> None:
    (output,) = evaluation(Mistakes("class", 0, 40)).outputs
    assert mistaken_sheets(output, False) == ()


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=5))
def test_a_file_of_mistakes_reads_back_and_nothing_in_it_is_computed(texts: list[tuple[str, str, str]]) -> None:
    """A row for each mistake; texts as `cell` makes them, numbers as numbers."""
    worst = tuple(WrongClass(Example(place, text), name, "=1+1", 0.75, 0.25) for place, text, name in texts)
    lines = "".join(mistakes_csv(evaluation(Mistakes("class", len(worst), 40, worst))))
    head, *rows = csv.reader(io.StringIO(lines))
    assert head[0] == "example" and len(rows) == len(texts)
    for row, (place, text, name) in zip(rows, texts, strict=True):
        assert dict(zip(head, row, strict=True)) == {
            "example": cell(place), "text": cell(text), "true": cell(name), "predicted": "'=1+1",
            "probability": "0.75", "true_probability": "0.25",
        }  # fmt: skip


def test_outputs_of_several_kinds_share_a_file() -> None:
    """Each with its name; what an output does not say is an empty cell."""
    lines = "".join(mistakes_csv(evaluation(of("class", 1, 1), of("labels", 1, 1), of("several", 1, 1))))
    one, two, three = csv.DictReader(io.StringIO(lines))
    assert (one["output"], one["true"], one["missed"], one["true_1"]) == ("a", "siberian husky", "", "")
    assert (two["output"], two["true"], two["missed"], two["added"]) == ("b", "sad; slow", "sad", "loud")
    assert (three["output"], three["true_5"], three["predicted_1"], three["error"]) == ("c", "5", "1.5", "2.1")


def test_json_has_the_worst_with_the_same_names() -> None:
    found = json.loads(evaluation_json(with_worst(evaluation(of("values", 40, 40)))))
    mistakes = found["outputs"]["a"]["mistakes"]
    assert (mistakes["count"], mistakes["of"], len(mistakes["worst"])) == (40, 40, 10)
    assert mistakes["worst"][0] == {
        "example": ROW.place, "text": ROW.text, "true": 250000.0, "predicted": 241500.5, "error": -8499.5,
    }  # fmt: skip


@given(st.text("ab /.", max_size=60), st.integers(4, 20))
def test_a_line_that_is_broken_loses_nothing_but_the_spaces_at_its_breaks(text: str, width: int) -> None:
    """A word that is too long for a line is parted, and what follows it still stands apart from it."""
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(text.split()) == "".join("".join(lines).split())
    for word in "".join(f"{line}\n" for line in lines).split():
        assert word in text
