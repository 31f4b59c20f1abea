"""What cannot be classes is told with its row and what it is: two spellings of one, numbers to learn, nothing."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backend.data.cells import Cells
from cnnspec.backend.data.labels import read_labels, read_several
from cnnspec.backend.data.origins import Origins
from cnnspec.graph.heads import Head
from cnnspec.source.diagnostic import Rejected
from cnnspec.source.route import FILE
from tests.support.text_columns import refusal, refusals


def cells_of(values: Sequence[str], decimal: str = ".") -> Cells:
    """A column of a table with these cells."""
    rows = np.arange(1, len(values) + 1)
    return Cells("column kind", values, Origins(("t.csv",), rows * 0, rows + 1, rows, (FILE,)), "kind", decimal)


def head_of(units: int, activation: str = "softmax") -> Head:
    return Head("output", (units,), activation, "the output")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            ["cat", "dog", "Cat", "cat"],
            "bad-label: t.csv, row 1 (line 2), row 3 (line 4): column kind is cat and Cat, which differ in case alone; "
            "expected one spelling for each class "
            "(write cat everywhere; if they are two classes write case_sensitive: true in the label)",
        ),
        (
            ["dog ", "dog", "dog ", "cat"],
            'bad-label: t.csv, row 1 (line 2), row 2 (line 3): column kind is "dog " and dog, which differ in outer '
            'blanks alone; expected one spelling for each class (write "dog " everywhere)',
        ),
        (
            ["café", "x", "cafe\u0301"],
            "bad-label: t.csv, row 1 (line 2), row 3 (line 4): column kind is 'caf\\xe9' and 'cafe\\u0301', which "
            "differ in characters that cannot be seen or look alike, or in how letters are composed, alone; "
            "expected one spelling for each class (write 'caf\\xe9' everywhere)",
        ),
        (
            ["a", "NaN", "b"],
            "missing-cell: t.csv, row 2 (line 3): column kind is NaN, which is no class; "
            "expected a class in every row (fill it in, or take the row out)",
        ),
        (
            ["0.5", "1.5", "1.5"],
            "label-kind: t.csv, row 1 (line 2), row 2 (line 3), row 3 (line 4): column kind is 0.5, a fraction; "
            "expected classes, as the output has 2 units "
            "(give the last layer 1 unit to learn numbers; for classes write words)",
        ),
        (
            ["$9.50", "$8.50", "$7"],
            "label-kind: t.csv, row 1 (line 2), row 2 (line 3), row 3 (line 4): column kind is $9.50, with a currency; "
            "expected classes, as the output has 2 units "
            "(give the last layer 1 unit to learn numbers; take that out of the file, as in 9.50)",
        ),
    ],
)
def test_what_cannot_be_a_class_is_refused_under_a_softmax(values: list[str], message: str) -> None:
    assert refusal(lambda: read_labels([cells_of(values)], head_of(2))) == message


@pytest.mark.parametrize("activation", ["linear", "sigmoid"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["9,42", "6,80", "1,79"], "9,42, with a decimal comma"),
        (["1,941.72", "2,016.35", "1,200"], "1,941.72, with commas between thousands"),
        (["$9.42", "$6.80", "$1"], "$9.42, with a currency"),
        (["9%", "7%", "10%"], "9%, with a percent sign"),
        (["2021-05-03", "2021-05-04", "2022-01-01"], "2021-05-03, a date or time"),
        (["9,4", "6,8"], "9,4, with a decimal comma"),
    ],
)
def test_numbers_with_marks_are_told_as_numbers_where_one_unit_learns_them(
    values: list[str], words: str, activation: str
) -> None:
    (diagnostic,) = refusals(lambda: read_labels([cells_of(values)], head_of(1, activation)))
    where = ", ".join(f"row {row} (line {row + 1})" for row in range(1, len(values) + 1))
    assert diagnostic.message == f"t.csv, {where}: column kind is {words}; expected a number"
    assert diagnostic.code == "not-numbers" and diagnostic.help


def test_all_reasons_of_a_column_are_told_at_once_each_with_its_rows() -> None:
    values = ["1.5", "2,5", "NA", "true", "$3", "2,500", "n/a", "5 kg"]
    found = refusals(lambda: read_labels([cells_of(values)], head_of(1, "linear")))
    said = [diagnostic.message.partition(": column kind is ")[2].partition(";")[0] for diagnostic in found]
    assert said == [
        "2,5, with a decimal comma",
        "NA, which says that there is no value",
        "true, a truth value",
        "$3, with a currency",
        "5 kg, with something behind it",
    ]
    assert found[0].message.startswith("t.csv, row 2 (line 3), row 6 (line 7): ")
    assert found[1].message.startswith("t.csv, row 3 (line 4), row 7 (line 8): ")


def test_a_comma_before_three_digits_is_what_the_others_in_its_column_are() -> None:
    """And where nobody can tell, both are told."""
    message = refusal(lambda: read_labels([cells_of(["1,500", "2.5"])], head_of(1, "linear")))
    assert "with commas between thousands; expected a number (take that out of the file, as in 1500)" in message
    message = refusal(lambda: read_labels([cells_of(["1,500", "2"])], head_of(1, "linear")))
    assert message.endswith(
        'column kind is 1,500, with a comma; expected a number (if it stands before decimals write decimal: "," '
        "under data; if it stands between thousands take it out of the file)"
    )


def test_with_a_decimal_comma_numbers_are_learnt_and_fractions_are_no_classes() -> None:
    learnt = read_labels([cells_of(["9,5", "-1", ",5"], ",")], head_of(1, "linear"))
    assert learnt.classes is None and learnt.arrays[0].tolist() == [9.5, -1, 0.5]
    message = refusal(lambda: read_labels([cells_of(["9,5", "1", "2"], ",")], head_of(3)))
    assert message.startswith("label-kind: t.csv, row 1 (line 2): column kind is 9,5, a fraction")


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["yes", "no"], ("no", "yes")),
        (["1.0", "2.0"], ("1.0", "2.0")),
        (["10%", "20%"], ("10%", "20%")),
        (["1st", "2nd"], ("1st", "2nd")),
        (["none", "NA"], ("NA", "none")),
        (["v1.5", "1.5"], ("1.5", "v1.5")),
    ],
)
def test_names_and_whole_numbers_are_classes(values: list[str], classes: tuple[str, ...]) -> None:
    assert read_labels([cells_of(values)], head_of(2)).classes == classes


def test_where_case_counts_names_that_differ_in_it_are_classes() -> None:
    assert read_labels([cells_of(["a", "A"])], head_of(2), case_sensitive=True).classes == ("A", "a")


def test_twins_among_several_classes_of_a_cell_are_told_with_the_rows_of_the_cells() -> None:
    message = refusal(lambda: read_several([cells_of(["a|b", "c", "B | a"])], "|", head_of(4, "sigmoid")))
    assert message.startswith("bad-label: t.csv, row 1 (line 2), row 3 (line 4): column kind is b and B, which differ")


@given(
    st.lists(st.sampled_from(["cat", "Cat", "dog", " dog", "0.5", "1.5", "2", "9,4", "$5", "nan"]), min_size=1),
    st.integers(2, 4),
)
def test_classes_are_as_many_as_people_count_or_refused(values: list[str], units: int) -> None:
    """Never two of one name, never a fraction, whatever is drawn."""
    try:
        classes = read_labels([cells_of(values)], head_of(units)).classes
    except Rejected:
        return
    assert classes is not None and len({name.strip().lower() for name in classes}) == len(classes) == units
    assert not all(any(digit.isdigit() for digit in name) for name in classes) or not {"0.5", "1.5", "9,4"} & set(
        classes
    )
