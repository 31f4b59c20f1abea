"""Expressions mean what Python means by them, and nothing that they say can run, hang or fill the memory."""

import math
import time
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.language.arithmetic import FUNCTIONS
from cnnspec.language.evaluate_expression import evaluate
from cnnspec.language.expression import ExpressionError, parse
from tests.support.often import examples

NAMES: dict[str, Any] = {
    "a": 7, "b": -2, "half": 0.5, "yes": True, "word": "relu", "items": [3, 1, 2], "nested": [[1, 2], [3, 4]],
}  # fmt: skip
PYTHON = {
    "true": True, "false": False, "null": None, "floor": math.floor, "ceil": math.ceil, **NAMES, "__builtins__": {},
    "min": min, "max": max, "round": round, "abs": abs, "len": len, "sum": sum,
}  # fmt: skip
NARROWER = ("not a number", "64 bits", "not finite", "root of a negative", "whole number", "without numbers", "no list")
"""Where expressions are narrower than Python: numbers are no booleans, and stay small."""


def ours(text: str) -> object:
    return evaluate(parse(text), NAMES.__getitem__, lambda: list(NAMES))


ATOMS = st.one_of(
    st.integers(0, 30).map(str),
    st.sampled_from(["0.5", "1.5", "2.", ".25", "1e2", "true", "false", "null", "'relu'", '"x"']),
    st.sampled_from(list(NAMES)),
    st.sampled_from(["items[:2]", "items[1:]", "[4, 5, 6][:-1]", "nested[1:][0]", "word[1:3]"]),
    st.sampled_from(["items[0]", "items[-1]", "nested[1][0]", "[1, 2, 3][1]", "[]", "[4, 5]"]),
)


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arithmetic = st.sampled_from(["+", "-", "*", "/", "//", "%"])
    compared = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    bound = st.sampled_from(["", "0", "1", "-1", "2", "9", "a", "b", "null", "half", "len(items)"])
    one, two = st.sampled_from(["floor", "ceil", "abs", "round", "len", "sum", "min"]), st.sampled_from(["min", "max"])
    return st.one_of(
        st.tuples(inner, arithmetic, inner).map(" ".join),
        st.tuples(inner, compared, inner).map(" ".join),
        st.tuples(inner, compared, inner, compared, inner).map(" ".join),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        st.tuples(inner, st.integers(0, 3)).map(lambda pair: f"({pair[0]}) ** {pair[1]}"),
        inner.map("-{}".format),
        inner.map("+{}".format),
        inner.map("not {}".format),
        inner.map("({})".format),
        st.tuples(inner, inner, inner).map(lambda three: f"{three[0]} if {three[1]} else {three[2]}"),
        st.tuples(inner, inner).map(lambda pair: f"[{pair[0]}, {pair[1]}]"),
        st.tuples(inner, bound, bound).map(lambda three: f"({three[0]})[{three[1]}:{three[2]}]"),
        st.tuples(inner, bound, bound, bound).map(lambda four: f"({four[0]})[{':'.join(four[1:])}]"),
        st.tuples(one, inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(two, inner, inner).map(lambda three: f"{three[0]}({three[1]}, {three[2]})"),
    )


EXPRESSIONS = st.recursive(ATOMS, _wider, max_leaves=8)


@settings(max_examples=examples(500, 1500), deadline=None)
@given(EXPRESSIONS)
def test_an_expression_has_pythons_value_and_type(text: str) -> None:
    """Or it is refused, where Python refuses it, too, or where expressions are narrower."""
    try:
        with warnings.catch_warnings():
            # Of a slice of a number, which Python need not come to.
            warnings.simplefilter("ignore", SyntaxWarning)
            expected = eval(text, dict(PYTHON))
    except SyntaxError:
        with pytest.raises(ExpressionError):
            ours(text)
        return
    except Exception as error:
        expected = error
    try:
        value = ours(text)
    except ExpressionError as refused:
        assert isinstance(expected, Exception) or any(part in refused.message for part in NARROWER), refused.message
        return
    assert not isinstance(expected, Exception), (text, value, expected)
    assert value == expected and type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("2 ** 3 ** 2", 512),
        ("7 // -2", -4),
        ("7 % -2", -1),
        ("-7 // 2", -4),
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("not 1 == 2", True),
        ("1 < 2 < 3", True),
        ("3 > 2 > 2", False),
        ("1 == 1 != 2", True),
        ("0 or 'x'", "x"),
        ("'' and 1 / 0", ""),
        ("1 if 0 else 2 if 0 else 3", 3),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("round(2.675, 2)", 2.67),
        ("min([3, 1, 2])", 1),
        ("sum([])", 0),
        ("len('relu')", 4),
        ("'relu'[0]", "r"),
        ("[1, 2,]", [1, 2]),
        ("sum(items[:2])", 4),
        ("items[1:]", [1, 2]),
        ("items[:0]", []),
        ("items[::-1]", [2, 1, 3]),
        ("items[5:9]", []),
        ("nested[1:][0][-1]", 4),
        ("'relu'[1:3]", "el"),
        ("divisible(21.9, 8)", 24),
        ("divisible(18.6, 8, 0)", 16),
        ("divisible(17, 8, 1)", 24),
        ("True", True),
        ("None", None),
    ],
)
def test_values_that_are_known(text: str, value: object) -> None:
    assert ours(text) == value and type(ours(text)) is type(value)


@given(
    st.lists(st.integers(-9, 9), max_size=6),
    *(st.one_of(st.none(), st.integers(-8, 8)) for _ in range(3)),
)
def test_a_slice_is_pythons(items: list[int], start: int | None, stop: int | None, step: int | None) -> None:
    """A step of zero is refused, as Python does."""
    text = "items[" + ":".join("" if bound is None else str(bound) for bound in (start, stop, step)) + "]"
    try:
        expected = items[start:stop:step]
    except ValueError:
        with pytest.raises(ExpressionError, match="zero"):
            evaluate(parse(text), {"items": items}.__getitem__)
        return
    assert evaluate(parse(text), {"items": items}.__getitem__) == expected


@given(st.floats(1, 5000), st.integers(1, 64), st.floats(0, 1))
def test_divisible_never_gives_less_than_its_floor(x: float, by: int, floor: float) -> None:
    """One more multiple where the nearest is below it; with a floor of zero the nearest stands."""
    nearest = max(by, int(x + by / 2) // by * by)
    found = evaluate(parse("divisible(x, by, floor)"), {"x": x, "by": by, "floor": floor}.__getitem__)
    assert found == (nearest if nearest >= floor * x else nearest + by)


@pytest.mark.parametrize("floor", ["-0.1", "1.5", "'0.5'", "true"])
def test_a_floor_is_a_share(floor: str) -> None:
    with pytest.raises(ExpressionError):
        ours(f"divisible(17, 8, {floor})")


@given(st.floats(1, 5000), st.integers(1, 64))
def test_divisible_is_mobilenets_rounding(x: float, by: int) -> None:
    """As in the models of keras.applications: the nearest multiple, and one more where that loses over a tenth."""
    nearest = max(by, int(x + by / 2) // by * by)
    expected = nearest + by if nearest < 0.9 * x else nearest
    found = evaluate(parse(f"divisible(x, {by})"), {"x": x}.__getitem__)
    assert found == expected and isinstance(found, int) and found % by == 0 and found >= 0.9 * x


RUNS_CODE = [
    "__import__('os')", "(1).__class__", "a.b", "open('x')", "lambda: 1", "[x for x in items]", "{1: 2}", "{1}",
    "a := 1", "a = 1", "exec('1')", "f'{a}'", "a @ b", "a if b", "*items", "a; b", "a ^ b", "~a",
    "a in items", "a is b", "print(a)", "items.sort()", "0x10", "1_000", "1j", "'a\\n'", "...",
]  # fmt: skip


@pytest.mark.parametrize("text", RUNS_CODE)
def test_nothing_else_can_be_read(text: str) -> None:
    with pytest.raises(ExpressionError):
        ours(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        ours(text)
    except ExpressionError as error:
        assert 0 <= error.offset <= len(text) and error.width >= 1 and error.message


def _nested_chain(depth: int) -> str:
    return "1" if depth == 0 else f"(1 == {_nested_chain(depth - 1)} == 1)"


HEAVY = {
    "a power tower": "9**9**9**9",
    "a large power": "2.0**99999",
    "a long sum": "+".join("1" * 500),
    "many signs": "-" * 999 + "1",
    "many nots": "not " * 240 + "1",
    "many ors": " or ".join("0" * 200),
    "a chain of chains": _nested_chain(22),
    "many parentheses": "(" * 500 + "1" + ")" * 400,
    "many brackets": "[" * 900,
    "an index of an index": "items" + "[0]" * 300,
    "a long text": "1" * 100_000,
    "a large number": "1" * 900,
    "many powers": "**".join("1" * 300),
    "choices": " if 1 else ".join("1" * 100),
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY.keys())
def test_an_expression_ends_soon_whatever_it_says(text: str) -> None:
    start = time.perf_counter()
    try:
        assert isinstance(ours(text), (int, float))
    except ExpressionError as error:
        assert len(error.message) < 200
    assert time.perf_counter() - start < 5, "far more than it takes"


def test_the_functions_are_those_that_are_documented() -> None:
    assert set(FUNCTIONS) == {"min", "max", "round", "floor", "ceil", "abs", "len", "sum", "divisible"}
