"""Columns are divided into parts that are told apart by their names."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.beside import texts_of_column
from cnnspec.backend.scores.groups import MOST_NUMBERS, parts_of


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.floats(-1e300, 1e300), st.floats(1.0, 1.0000001), st.integers(20240101, 20240131)),
        min_size=MOST_NUMBERS + 1,
        max_size=60,
        unique_by=float,
    )
)
def test_names_of_ranges_tell_them_apart(numbers: list[float]) -> None:
    """No two are alike, and each example lies where its range's name says, within what the name's digits hold."""
    parts = list(parts_of(np.array([repr(number) for number in numbers], object)))
    names = [name for name, _ in parts]
    assert len(set(names)) == len(names) > 1
    assert sorted(row for _, rows in parts for row in rows) == list(range(len(numbers)))
    for name, rows in parts:
        held = [float(numbers[row]) for row in rows]
        ends = name.split(" to ")
        assert len(ends) == (1 if len(set(held)) == 1 else 2)
        assert np.allclose([float(ends[0]), float(ends[-1])], [min(held), max(held)], rtol=1e-5, atol=0)


def test_dates_are_named_in_full_and_codes_with_underscores_are_no_numbers() -> None:
    dates = np.array([str(20240101 + day) for day in range(31)] * 3, object)
    assert next(parts_of(dates))[0] == "20240101 to 20240107"
    codes = np.array([f"{row}_{column}" for row in range(1, 5) for column in range(5)], object)
    assert [(name, len(rows)) for name, rows in parts_of(codes)][:2] == [("1_0", 1), ("1_1", 1)]


def test_numbers_beside_the_data_keep_their_digits() -> None:
    """Whole ones without a point, others in as few digits as their precision needs; what is not finite is empty."""
    assert texts_of_column(np.arange(1234560.0, 1234565.0)).tolist() == [str(1234560 + at) for at in range(5)]
    assert texts_of_column(np.array([0.1, 16777215.0, np.nan], np.float32)).tolist() == ["0.1", "16777215", ""]
    assert texts_of_column([1700000000.25, True, b"ward", None]).tolist() == ["1700000000.25", "1", "ward", ""]
