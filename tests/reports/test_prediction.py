"""Predictions as they are written: rows that fit the page, JSON lines and CSV that programs read back."""

import csv
import io
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.reports.guesses import GuessTable
from cnnspec.reports.numbers import quantity
from cnnspec.reports.page import Page
from cnnspec.reports.prediction import CsvRows, JsonLines
from cnnspec.results.prediction import Guess, Output, Prediction, Told
from cnnspec.source.diagnostic import Diagnostic


def chosen_from(classes: tuple[str, ...] = (), name: str = "output", size: int | None = 1) -> Output:
    """An output that chooses from these classes, or gives so many numbers."""
    return Output(name, classes, size)


def told(guesses: tuple[Guess, ...] = (), values: object = None, output: str = "output") -> Told:
    """What an output says, its form that of what it says."""
    return Told(output, "class" if guesses else "values", guesses, values)


BAD = Prediction("bad.png", None, problems=(Diagnostic("bad-picture", "bad.png is none"),))


def guessed(name: str, classes: tuple[str, ...], text: str | None = None) -> Prediction:
    """A prediction of these classes, each half as likely as the one before."""
    guesses = tuple(Guess(each, 0.5 ** (at + 1)) for at, each in enumerate(classes))
    return Prediction(name, text, (told(guesses),))


def table(outputs: list[Output], predictions: list[Prediction], width: int, top: int = 3) -> list[str]:
    """The lines of a table under its heading and rule."""
    view = GuessTable(outputs, top, Page(width, terminal=True))
    head = view.head().plain.splitlines()
    assert len(head) == 2 and all(cell_len(line) <= width for line in head)
    return view.rows(predictions).plain.splitlines()


def test_few_short_classes_stand_beside_each_other() -> None:
    classes = ("cat", "dog", "emu")
    lines = table([chosen_from(classes, size=3)], [guessed("1.jpg", classes), BAD, guessed("2.jpg", classes)], 80)
    assert [line.split() for line in lines] == [
        ["1.jpg", "cat", "50.0%", "dog", "25.0%", "emu", "12.5%"],
        ["2.jpg", "cat", "50.0%", "dog", "25.0%", "emu", "12.5%"],
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_long_classes_stand_under_each_other(width: int) -> None:
    """Each in as many lines as it needs, and beside them as much of the input."""
    classes = tuple(f"a kind of flower with a name that nobody remembers, number {at}" for at in range(100))
    lines = table([chosen_from(classes, size=100)], [guessed("x", classes[:3], text="so many words " * 80)], width)
    assert all(cell_len(line) <= width for line in lines)
    assert [line.split()[-1] for line in lines if "%" in line] == ["50.0%", "25.0%", "12.5%"]
    assert sum("remembers" in line for line in lines) == 3
    assert "…" in lines[-1] and lines[0].startswith(" so many words")


@pytest.mark.parametrize("width", [40, 80])
def test_numbers_fit_a_narrow_page(width: int) -> None:
    said = (told(values=[-12345.678] * 9, output="a long name"), told(values=[1.0], output="b"))
    lines = table(
        [chosen_from((), "a long name", 9), chosen_from((), "b", 1)], [Prediction("x.npy[10]", None, said)], width
    )
    assert all(cell_len(line) <= width for line in lines)


def test_several_outputs_are_named() -> None:
    answers = [
        chosen_from(("cat", "dog"), "kind", 2),
        chosen_from((), "sizes", 6),
        chosen_from(("a", "b"), "map", None),
    ]
    said = (
        told((Guess("cat", 0.75), Guess("dog", 0.25)), output="kind"),
        told(values=[1.0, 20000.0, -3.5, 0.0001, 5.0, 6.0], output="sizes"),
        told(values=[[0, 1, 1], [1, 1, 0]], output="map"),
    )
    lines = table(answers, [Prediction("x.npy[0]", None, said)], 80)
    assert lines[0].split() == ["x.npy[0]", "kind", "cat", "75.0%"] and lines[1].split() == ["dog", "25.0%"]
    joined = " ".join(" ".join(lines).split())
    assert "sizes 1 20000 -3.5 0.0001 and 2 more" in joined and "map 2×3 numbers" in joined


@settings(deadline=None)
@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=12, unique=True),
    st.text(max_size=200),
    st.sampled_from([40, 80, 120]),
    st.integers(1, 15),
)
def test_whatever_is_given_the_page_holds_and_nothing_steers_the_terminal(
    names: list[str], given: str, width: int, top: int
) -> None:
    classes = tuple(names)
    lines = table([chosen_from(classes, size=len(classes))], [guessed(given, classes[:top])], width, top)
    assert all(line.isprintable() and cell_len(line) <= width for line in lines)


def test_json_lines_hold_the_input_and_its_guesses_or_its_error() -> None:
    rows = JsonLines([chosen_from(("cat", "dog"), size=2)])
    given = [guessed("1.jpg", ("cat", "dog")), BAD, guessed("a.txt:1", ("dog",), text="line\u2028end")]
    lines = (rows.head() + rows.rows(given)).splitlines()
    assert len(lines) == 3 and "\\u2028" in lines[2]
    assert [json.loads(line) for line in lines] == [
        {"input": "1.jpg", "top": [{"class": "cat", "probability": 0.5}, {"class": "dog", "probability": 0.25}]},
        {"input": "bad.png", "error": "bad.png is none"},
        {"input": "a.txt:1", "text": "line\u2028end", "top": [{"class": "dog", "probability": 0.5}]},
    ]


def test_json_lines_of_several_outputs_name_them_and_hold_numbers_exactly() -> None:
    """Single precision comes back bit by bit; what is no number is null."""
    third = 0.3333333432674408
    said = (told((Guess("cat", math.nan),), output="kind"), told(values=[[third, math.inf]], output="map"))
    (line,) = (
        JsonLines([chosen_from(("cat",), "kind"), chosen_from((), "map", None)])
        .rows([Prediction("x", None, said)])
        .splitlines()
    )
    held = json.loads(line)["outputs"]
    assert held["kind"] == {"top": [{"class": "cat", "probability": None}]}
    assert held["map"]["values"][0][1] is None
    assert abs(held["map"]["values"][0][0] - third) < 1e-9


def test_csv_has_a_row_for_everything_that_is_given() -> None:
    """A guess's class and probability, side by side; what cannot be read has empty cells."""
    classes = ("cat, tame", 'dog "wild"')
    rows = CsvRows(
        [chosen_from(classes, "kind", 2), chosen_from((), "size", 2), chosen_from((), "map", None)], top=5, texts=True
    )
    said = (
        told((Guess(classes[1], 0.75), Guess(classes[0], 0.25))),
        told(values=[1.5, -2.0]),
        told(values=[[1, 2], [3, 4]]),
    )
    text = rows.head() + rows.rows([Prediction("a:1", "x,y\nz", said), BAD])
    assert list(csv.reader(io.StringIO(text))) == [
        ["input", "text", "kind_class_1", "kind_probability_1", "kind_class_2", "kind_probability_2",
         "size_value_1", "size_value_2", "map_values"],
        ["a:1", "x,y\\nz", 'dog "wild"', "0.75", "cat, tame", "0.25", "1.5", "-2", "[[1, 2], [3, 4]]"],
        ["bad.png", *[""] * 8],
    ]  # fmt: skip


def test_csv_of_a_single_guess_has_no_numbers_in_its_header() -> None:
    assert CsvRows([chosen_from(("a", "b"), size=2)], top=1, texts=False).head() == "input,class,probability\n"
    assert CsvRows([chosen_from((), size=1)], top=3, texts=False).head() == "input,value\n"


def test_labels_that_hold_are_marked() -> None:
    """In the table, as JSON and as CSV; of classes, of which one holds, there is nothing to mark."""
    output = Output("output", ("red", "blue"), 2, labels=True)
    said = Prediction("1.png", None, (Told("output", "labels", (Guess("red", 0.9, True), Guess("blue", 0.2, False))),))
    (line,) = table([output], [said], 80)
    assert line.split() == ["1.png", "red", "90.0%", "✓", "blue", "20.0%"]
    assert [each["holds"] for each in json.loads(JsonLines([output]).rows([said]))["top"]] == [True, False]
    rows = CsvRows([output], top=2, texts=False)
    assert rows.head() == "input,class_1,probability_1,holds_1,class_2,probability_2,holds_2\n"
    assert rows.rows([said]) == "1.png,red,0.9,yes,blue,0.2,no\n"


def test_all_labels_that_hold_are_told_however_few_are_asked_for() -> None:
    """In the table below those beside each other; in CSV there is room for all, and what follows keeps its columns."""
    names = tuple("abcdefg")
    tags = Output("tags", names, 7, labels=True)
    holding = Told("tags", "labels", tuple(Guess(name, 0.9, True) for name in names[:5]))
    lines = table([tags], [Prediction("1.png", None, (holding,))], 80)
    assert [line.split()[line.count("1.png") :: 3] for line in lines] == [["a", "b", "c"], ["d", "e"]]
    size = Output("size", (), 1)
    both = Prediction("1.png", None, (holding, Told("size", "values", values=[2.5])))
    rows = CsvRows([tags, size], top=3, texts=False)
    (read,) = csv.DictReader(io.StringIO(rows.head() + rows.rows([both])))
    assert [read[f"tags_class_{at}"] for at in range(1, 8)] == [*"abcde", "", ""] and read["size_value"] == "2.5"


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_predicted_number_keeps_six_digits(number: float) -> None:
    """And needs no power of ten where people write none."""
    said = quantity(number)
    assert float(said) == pytest.approx(number, rel=5e-6)
    assert ("e" not in said) or not 1e-4 <= abs(number) < 1e9
    assert len(said) <= 12
