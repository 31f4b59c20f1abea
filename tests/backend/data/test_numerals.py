"""What a cell holds is a number, or it is told what keeps it from being one."""

import math
from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backend.data.numerals import is_number, number_in, seen_number, trouble_with

ANY = st.text(st.sampled_from("0123456789.,-+eE '$%€/:() _xna") | st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.mark.parametrize(
    ("cell", "words", "plain"),
    [
        ("9,42", "with a decimal comma", "9.42"),
        ("1,941.72", "with commas between thousands", "1941.72"),
        ("12,34,567.8", "with commas between thousands", "1234567.8"),
        ("1.941,72", "with dots between thousands and a decimal comma", "1941.72"),
        ("1.234.567", "with dots between thousands", "1234567"),
        ("1,234", "with a comma", None),
        ("0,125", "with a decimal comma", "0.125"),
        ("$9.42", "with a currency", "9.42"),
        ("-$9.42", "with a currency", "-9.42"),
        ("9,42 €", "with a currency and a decimal comma", "9.42"),
        ("USD 1,941.72", "with a currency and commas between thousands", "1941.72"),
        ("9.42 EUR", "with a currency", "9.42"),
        ("1\u00a0234,5", "with blanks or apostrophes between its digits and a decimal comma", "1234.5"),
        ("1'234.5", "with blanks or apostrophes between its digits", "1234.5"),
        ("9%", "with a percent sign", "9"),
        ("9.5 %", "with a percent sign", "9.5"),
        ("(5.00)", "with brackets or a last minus sign for what is negative", "-5.00"),
        ("\u22125", "with digits or signs that are not those of ASCII", "-5"),
        ("\u0661\u0662", "with digits or signs that are not those of ASCII", "12"),
        ("\uff15", "with digits or signs that are not those of ASCII", "5"),
        ("10\u00b2", "with something behind it", None),
        ("1/2", "one number over another", "0.5"),
        ("\u00bd", "one number over another", "0.5"),
    ],
)
def test_a_number_with_marks_is_read_as_people_do_and_its_marks_are_named(
    cell: str, words: str, plain: str | None
) -> None:
    trouble = trouble_with(cell)
    assert not is_number(cell)
    assert (trouble.words, trouble.plain) == (words, plain)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        *((cell, "nothing") for cell in ("NA", "n/a", "NaN", "null", "None", "#N/A", "#DIV/0!", "-", "?", "<NA>")),
        *((cell, "endless") for cell in ("inf", "-Infinity", "1e999")),
        *((cell, "truth") for cell in ("TRUE", "false", "yes", "No")),
        *((cell, "date") for cell in ("2021-05-03", "03/05/2021", "3.5.2021", "12:30", "2021-05-03T12:30:00Z")),
        *(
            (cell, "date")
            for cell in ("3 May 2021", "May 3, 2021", "2021-05-03 12:30", "03-May-21", "2021/5/3, 7:15 pm")
        ),
        *((cell, "unit") for cell in ("5 kg", "12cm", "<0.01", "3.5 km/h", "≥ 7")),
        *((cell, "word") for cell in ("red", "1.2.3", "", "x" * 1000, "1" * 1000, "12-", "e5")),
    ],
)
def test_what_is_no_number_is_told_by_its_kind(cell: str, kind: str) -> None:
    expected = "mark" if cell == "12-" else kind
    assert not is_number(cell) or cell == "1" * 1000
    assert trouble_with(cell).kind == expected


def test_where_the_mark_is_a_comma_it_is_read_and_dots_are_told() -> None:
    assert number_in("9,42", ",") == 9.42 and number_in("-,5e3", ",") == -500
    assert trouble_with("9.42", ",").help == "write 9,42"
    assert trouble_with("1.234", ",").words == "with dots between thousands"
    assert trouble_with("1.234,5", ",").plain == "1234,5"
    assert trouble_with("1,234.5", ",").help == "take that out of the file, as in 1234,5"
    assert seen_number("1.234,5", ",") == seen_number("1,234.5", ",") == 1234.5 and seen_number("1/2", ",") == 0.5


@given(ANY)
def test_a_cell_is_a_number_where_python_reads_a_plain_one(cell: str) -> None:
    """But for underscores, other digits, other blanks, nan and infinity, which no table means."""
    try:
        expected = math.isfinite(float(cell)) and cell.isascii() and "_" not in cell
    except ValueError:
        expected = False
    assert is_number(cell) == (expected and cell.strip() == cell.strip(" "))


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["$", "€ ", "%", "£", "USD "]), st.booleans())
def test_a_number_keeps_its_value_with_marks(number: Decimal, sign: str, behind: bool) -> None:
    """Written with commas between thousands and a sign, as Python formats it."""
    written = f"{number:,}{sign}" if behind else f"{sign}{number:,}"
    assert seen_number(written) == float(number)


@given(ANY)
def test_what_is_seen_in_a_cell_is_the_number_of_its_digits(cell: str) -> None:
    """No digit is dropped or invented, where no bar divides."""
    trouble = trouble_with(cell)
    if is_number(cell) or trouble.plain is None or trouble.kind == "bar":
        return
    try:
        assert math.isfinite(Decimal(trouble.plain))
    except InvalidOperation:
        raise AssertionError(trouble) from None
    digits = [str(int(each)) for each in cell if each.isdecimal()]
    assert len([each for each in trouble.plain if each.isdigit()]) == len(digits) or not cell.isascii()
