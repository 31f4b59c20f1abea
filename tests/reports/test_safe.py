"""Text from outside is visible wherever it lands, and steers nothing."""

import json
import math
import re
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from cnnspec.reports.safe import json_text, latex, markdown, shown

escapes = ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\rb", "\u202eevil", "\x9b2J", "\u2028", "\ud800", "\x7f"]
hostile = st.text(max_size=40) | st.sampled_from(escapes)


@given(hostile)
def test_shown_text_is_printable(text: str) -> None:
    assert shown(text).isprintable()


def test_printable_text_is_shown_as_it_is() -> None:
    assert shown("3×3, 日本語 [red]é") == "3×3, 日本語 [red]é"


def test_what_is_not_visible_is_written_out() -> None:
    assert shown("a\x1b[31m\n\u202e\u00a0b") == "a\\x1b[31m\\n\\u202e b"


leaves = hostile | st.integers() | st.none()


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(hostile, inner)))
def test_json_is_visible_and_says_the_same(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert text.replace("\n", "").isprintable()


def test_a_number_that_is_none_is_null_wherever_it_stands() -> None:
    value = {"a": (math.inf, MappingProxyType({"b": math.nan, "c": [1.5]}))}
    assert json.loads(json_text(value, indent=None)) == {"a": [None, {"b": None, "c": [1.5]}]}


@given(hostile)
def test_markdown_keeps_a_text_in_its_cell(text: str) -> None:
    escaped = markdown(text)
    assert escaped.isprintable()
    assert not re.search(r"(?<!\\)(\\\\)*[|<>\[\]*_`]", escaped)


@given(st.text('\\{}$&#_%~^<>|"[]ab\x1b\n', max_size=30))
def test_latex_leaves_nothing_that_acts(text: str) -> None:
    escaped = latex(text)
    plain = re.sub(r"\\[{}$&#_%]|\\text[a-z]+\{\}|\{[\[\]]\}", "", escaped)
    assert not re.search(r"[\\{}$&#_%~^]", plain)
