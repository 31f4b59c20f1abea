"""What is read without a mistake is what libyaml reads, down to the last tab; what libyaml refuses is a mistake."""

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.values import Mapping, Scalar, Sequence, Value
from cnnspec.source.yaml import read_yaml

INDENTS = st.text(" \t", max_size=5)
CONTENTS = st.sampled_from(
    [
        "a: 1", "b: |-", "c: |+", "d: >", "e: |2", "- x", "- - y", "- z: |", "bar", "\tbar", "# note", "", "'q", "q'",
        '"p', 'p"', "f: {g: 1, h: [2,", "3]}", "? k", ": v", "w\ttab", "i:\tj", "-\tk", "l: 'm' # n",
        "{ ?o: p }", "[?r]",
    ]
)  # fmt: skip
LINES = st.builds("{}{}{}".format, INDENTS, CONTENTS, st.sampled_from(["", " ", "\t", "  # c"]))
TEXTS = st.builds(
    "{}{}".format, st.lists(LINES, max_size=7).map("\n".join), st.sampled_from(["", "\n", "\n\n", "\n  "])
)


def ours(value: Value) -> Any:
    """The value with its scalars as they are written, whatever they mean."""
    if isinstance(value, Scalar):
        return value.text
    if isinstance(value, Sequence):
        return [ours(item) for item in value.items]
    return [(entry.key, ours(entry.value)) for entry in value]


def libyamls(node: Any) -> Any:
    """The same of what libyaml composes."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [libyamls(item) for item in node.value]
    return [(libyamls(key), libyamls(value)) for key, value in node.value]


@given(TEXTS)
@example("description: |-\n \tbar\n")
@example("a: |\n\n\t\n b\n")
@example("a: |2\n  \tb\n")
@example("- |+\n   ")
@example("a:\n\tb: 1\n")
@example("a: 'x\n\ty'\n")
def test_a_text_is_read_as_libyaml_reads_it_or_refused(text: str) -> None:
    found: list[Diagnostic] = []
    value = read_yaml(text, "f", found.append)
    try:
        expected = yaml.compose(text, Loader=yaml.CLoader)
    except yaml.YAMLError:
        assert found
        return
    if not found:
        assert value is not None and expected is not None
        assert ours(value) == libyamls(expected)


@pytest.mark.parametrize("text", ["k: |-\n \tbar\n", "k: >\n\n  \tbar\n", "a: 1\nk: |\n   \t x\n"])
def test_a_tab_that_hides_how_far_a_text_is_indented_is_told_where_it_stands(text: str) -> None:
    """It is neither indentation nor text, and was once lost without a word."""
    found: list[Diagnostic] = []
    read_yaml(text, "f", found.append)
    line = next(number for number, each in enumerate(text.split("\n"), 1) if "\t" in each)
    assert [(each.code, each.span and each.span.line) for each in found] == [("tab-indent", line)]
    help = found[0].help
    assert "|2" in help
    value = read_yaml("k: |2-\n  \tbar\n", "f", pytest.fail)
    assert isinstance(value, Mapping) and ours(value) == [("k", "\tbar")]
