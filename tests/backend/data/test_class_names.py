"""Names that people take for one class are told; names that they tell apart are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backend.data.class_names import near_twins

NAMES = st.lists(
    st.text(st.sampled_from("abcXYZé1 -_\u00a0\u200b") | st.characters(categories=["L", "N", "P"]), max_size=6),
    max_size=8,
)


@pytest.mark.parametrize(
    ("names", "differ"),
    [
        (("cat", "Cat"), "case"),
        (("cat", " cat"), "outer blanks"),
        (("cat", "cat\u00a0"), "outer blanks"),
        (("cat", "CAT "), "case and outer blanks"),
        (("new york", "new_york"), "blanks and dashes"),
        (("new-york", "New  York"), "blanks, dashes and case"),
        (("caf\u00e9", "cafe\u0301"), "characters that cannot be seen or look alike, or in how letters are composed,"),
        (("t-shirt", "t\u2013shirt"), "blanks and dashes"),
        (("yes", "yes."), "outer quotes and marks"),
        (("yes", "\u201cyes\u201d"), "outer quotes and marks"),
        (("cat", "\u0441\u0430t"), "characters that cannot be seen or look alike, or in how letters are composed,"),
        (("cat", "cat\u200b"), "characters that cannot be seen or look alike, or in how letters are composed,"),
    ],
)
def test_twins_are_named_with_what_they_differ_in(names: tuple[str, str], differ: str) -> None:
    (twins,) = near_twins(["dog", *names])
    assert (twins.one, twins.other, twins.differ) == (*names, differ)


@pytest.mark.parametrize(
    "names",
    [
        ("1", "-1"),
        ("a", "b"),
        ("cat", "cats"),
        ("a-b", "ab"),
        ("C", "C++"),
        ("1", "10"),
        ("", "-"),
        ("é", "e"),
        (".5", "5"),
        (".", ","),
        ("C#", "C"),
    ],
)
def test_names_that_say_two_things_are_no_twins(names: tuple[str, str]) -> None:
    assert near_twins(names) == ()


def test_where_case_counts_only_other_differences_are_told() -> None:
    found = near_twins(["a", "A", "A "], case_sensitive=True)
    assert [(twins.one, twins.other) for twins in found] == [("A", "A ")]


@given(NAMES)
def test_of_names_that_differ_in_case_or_outer_blanks_all_but_one_are_told(names: list[str]) -> None:
    """Whatever else is told as well: the judgement here is made anew of every pair."""
    told = {twins.other for twins in near_twins(names)}
    left = [name for name in dict.fromkeys(names) if name not in told]
    seen = [unicodedata.normalize("NFKC", name).strip().lower() for name in left]
    assert len(set(seen)) == len(seen)
    assert all(twins.one in left and twins.one != twins.other for twins in near_twins(names))
