"""What an evaluation came to, as tables that can be read and as JSON that holds everything."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.reports.evaluation import evaluation_json, evaluation_sheets
from cnnspec.reports.page import Page
from cnnspec.reports.terminal import lay_out
from cnnspec.results.evaluation import ClassFigures, Confusion, Evaluation, OutputFigures, Residuals


def row(name: str, support: int = 8, predicted: int | None = 4) -> ClassFigures:
    """A class of which a part is found."""
    return ClassFigures(name, 0.5, 0.25, 1 / 3, support, predicted, 2)


AVERAGES = (row("macro", predicted=None), row("weighted", predicted=None))
OUTPUT = OutputFigures("output", "class", 0.75, averages=AVERAGES)
SCORED = Evaluation("runs/digits-1", "test", 1360, 0.1234, {"accuracy": 0.97221}, "best.keras", ())


def told(names: list[str], largest: int = 100) -> OutputFigures:
    """An output whose classes are these, each taken for the next one now and then."""
    size = len(names)
    cells = [[largest * (i == j) + (j - i) % size * (j == (i + 1) % size) for j in range(size)] for i in range(size)]
    pairs = [Confusion(names[i], names[(i + 1) % size], size - i, 1 / (i + 1)) for i in range(size)]
    return replace(OUTPUT, classes=tuple(map(row, names)), confusions=tuple(pairs), matrix=tuple(map(tuple, cells)))


def text_of(output: OutputFigures, width: int = 80) -> str:
    """What is printed on a page of this width."""
    sheets = evaluation_sheets(replace(SCORED, outputs=(output,)), width)
    return lay_out(sheets, Page(width, terminal=True)).plain


def test_an_evaluation_is_a_table_and_a_json_object() -> None:
    evaluation = replace(SCORED, outputs=(replace(OUTPUT, form="values", values={"r2_score": 0.5}),))
    text = lay_out(evaluation_sheets(evaluation, 80), Page(80)).plain
    assert "test split, 1,360 examples" in text and "0.9722" in text and "r2_score" in text
    assert "last" not in text
    assert json.loads(evaluation_json(evaluation)) == {
        "run": "runs/digits-1", "split": "test", "count": 1360, "weights": "best.keras", "loss": 0.1234,
        "metrics": {"accuracy": 0.97221}, "outputs": {"output": {"form": "values", "r2_score": 0.5}},
    }  # fmt: skip


def test_residuals_are_told_in_the_unit_of_the_labels_by_number() -> None:
    """A row for each number of several, whole at 80 columns; JSON has the same figures."""
    rows = tuple(Residuals(unit, -123456.7, 0.25, 1e-7, 80, 12.345678, 1e9) for unit in (0, 1))
    output = replace(OUTPUT, form="values", values={"r2_score": 0.5}, residuals=rows)
    printed = " ".join(text_of(output).split())
    assert "residuals prediction minus label, in the unit of the labels" in printed
    assert "number smallest mean deviation largest half within 90 % within" in printed
    assert "[0] -1.235e+05 0.25 1e-07 80 12.35 1e+09 [1]" in printed
    (one,) = json.loads(evaluation_json(replace(SCORED, outputs=(replace(output, residuals=rows[1:]),))))[
        "outputs"
    ].values()
    assert one["residuals"] == [
        {
            "unit": 1,
            "least": -123456.7,
            "mean": 0.25,
            "deviation": 1e-7,
            "most": 80,
            "half": 12.345678,
            "nine_tenths": 1e9,
        }
    ]
    alone = replace(output, residuals=(replace(rows[0], unit=None),))
    assert "number" not in text_of(alone) and "unit" not in evaluation_json(replace(SCORED, outputs=(alone,)))


def test_the_weights_of_the_last_epoch_are_called_so() -> None:
    text = lay_out(evaluation_sheets(replace(SCORED, weights="last.keras"), 80), Page(80)).plain
    assert "weights of last.keras: no epoch ended, so there is no best.keras" in text


def test_json_holds_every_class_and_the_whole_matrix_a_row_a_line() -> None:
    names = [f"class [\n1, 2\n] {number}" for number in range(30)]
    output = told(names)
    text = evaluation_json(replace(SCORED, outputs=(output,)))
    held = json.loads(text)["outputs"]["output"]
    assert [row["name"] for row in held["classes"]] == names
    assert held["matrix"] == [list(row) for row in output.matrix or ()] and len(held["confusions"]) == 30
    assert held["averages"]["macro"] == {"precision": 0.5, "recall": 0.25, "f1": 1 / 3}
    assert sum(line.strip().startswith("[") for line in text.splitlines()) == 30


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "names",
    [
        ["no", "yes"],
        [f"digit {number}" for number in range(10)],
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        ["an unusually long name of a class that nobody would type", "an unusually long name of another class"],
        ["Straßenbahn", "犬の写真", "猫の写真", "Ω", "naïve"],
    ],
)
def test_a_small_matrix_is_shown_whole_and_fits(names: list[str], width: int) -> None:
    """Every row has its numbers, every column a heading of its own: a name, one that is seen to be cut, a number."""
    text = text_of(told(names), width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    table = text[text.index("rows are the true classes") :].splitlines()[2:]
    rows = [line.split() for line in table[2:] if line.split()[-1].isdigit() or line.split()[-1] == "."]
    assert len(rows) == len(names) and all(row.count("100") == 1 for row in rows)
    headings = table[0].removeprefix(" true").split("  ")
    assert len({heading for heading in headings if heading}) == len(names)
    assert all(each in names or each.endswith("…") or each.isdigit() for each in map(str.strip, headings) if each)


def test_names_that_begin_alike_are_numbered() -> None:
    """The numbers stand before the names, too."""
    text = text_of(told([f"a kind of flower, number {number}" for number in range(12)]))
    assert "\n 12 a kind of " in text and "  10   11   12\n" in text


@pytest.mark.parametrize("width", [80, 120])
def test_of_a_hundred_classes_the_worst_confusions_are_listed(width: int) -> None:
    text = text_of(told([f"flower {number}" for number in range(100)]), width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    worst = text[text.index("the worst confusions") :]
    lines = worst.splitlines()
    assert lines[2].split() == ["true", "taken", "for", "count", "share"]
    assert lines[4].split() == ["flower", "0", "flower", "1", "100", "100.0%"]
    assert lines[-1].strip() == "and 85 more pairs of classes, 3,655 examples"


def test_what_counts_as_nothing_is_said() -> None:
    """A class never predicted has no precision, one without examples no recall."""
    rows = (row("cat", predicted=0), row("dog", support=0), row("emu"))
    text = " ".join(text_of(replace(OUTPUT, classes=rows, absent=("fox",), matrix=((1, 1, 1),) * 3)).split())
    assert "never predicted, so precision counts as 0: cat" in text
    assert "without examples, so recall counts as 0: dog" in text
    assert "neither here nor predicted: fox" in text


def test_several_outputs_are_told_apart_and_labels_have_no_matrix() -> None:
    both = (
        replace(OUTPUT, output="kind", classes=(row("cat"),), matrix=((8,),)),
        replace(OUTPUT, output="tags", form="labels", classes=(row("red"),)),
    )
    evaluation = replace(
        SCORED, outputs=(*both, replace(OUTPUT, output="size", form="values", values={"r2_score": 0.5}))
    )
    text = lay_out(evaluation_sheets(evaluation, 80), Page(80)).plain
    assert "output kind" in text and "output tags    every label right 0.7500" in text and "size_r2_score" in text
    assert text.count("rows are the true classes") == 1


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=40), st.sampled_from([40, 80, 120]))
def test_whatever_classes_are_called_the_page_holds_and_nothing_steers_the_terminal(
    names: list[str], width: int
) -> None:
    text = text_of(told(names), width)
    assert all(line.isprintable() for line in text.splitlines())
    assert all(cell_len(line) <= width for line in text.splitlines())
    json.loads(evaluation_json(replace(SCORED, outputs=(told(names),))))
