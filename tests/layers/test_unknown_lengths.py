"""Unknown lengths: the sizes that Keras leaves open are ours as formulas, and the formulas hold."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnspec.layers.base import Misfit
from cnnspec.layers.shape import Atom, Dim, Shape, Unknown, ceil_div, product, unknown, write_shape
from tests.support.layers_drawn import KINDS, Case, cases
from tests.support.layers_oracle import apply, construct, unfilled
from tests.support.layers_read import inferred, read
from tests.support.often import examples

EXAMPLES = settings(
    max_examples=examples(24, 66),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
Lengths = dict[str, int]
STRICTER = ("slice", "local_response_norm")
"""Which need a size that Keras could do without."""
LATE = (
    "dropout",
    "alpha_dropout",
    "rescaling",
    "lstm",
    "gru",
    "simple_rnn",
    "conv_lstm",
    "attention",
    "additive_attention",
    "dot",
    "adaptive_avg_pool",
    "adaptive_max_pool",
)
"""Whose lists, `unroll` or sizes Keras looks at only when they run."""


def value(size: Dim, lengths: Lengths) -> int:
    """What a size is once the lengths are known."""
    if isinstance(size, int):
        return size
    return size.constant + sum(factor * _atom(atom, lengths) for atom, factor in size.terms)


def _atom(atom: Atom, lengths: Lengths) -> int:
    if isinstance(atom, str):
        return lengths[atom]
    if atom[0] == "floor":
        _, inner, by = atom
        assert isinstance(inner, (int, Unknown)) and isinstance(by, int)
        return value(inner, lengths) // by
    result = 1
    for factor in atom[1:]:
        assert isinstance(factor, (str, tuple))
        result *= _atom(factor, lengths)
    return result


@st.composite
def opened(draw: st.DrawFn, case: Case) -> tuple[tuple[Shape, ...], Lengths]:
    """The case's shapes with some axes unknown, and how long these are."""
    lengths: Lengths = {}
    shapes: list[Shape] = []
    hidden = draw(st.sets(st.integers(1, 4), min_size=1))
    for shape in case.shapes:
        sizes: list[Dim] = list(shape)
        for place, size in enumerate(shape):
            # Counted from the end, as inputs of different ranks are aligned; a 1 stays, to spread.
            name = f"axis{len(shape) - place}of{size}"
            if len(shape) - place in hidden and size > 1:
                lengths[name] = size
                sizes[place] = unknown(name)
        shapes.append(tuple(sizes))
    return tuple(shapes), lengths


def as_keras(shape: Shape) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)


def in_keras(case: Case, shapes: tuple[Shape, ...]) -> tuple[int | None, ...]:
    """What Keras' layer makes of these shapes; raises what Keras raises."""
    with unfilled():
        oracle = construct(case.kind, len(case.shapes[0]) - 1, case.arguments)
        return apply(oracle, case.kind, tuple(map(as_keras, shapes))).output


def refused(case: Case, shapes: tuple[Shape, ...]) -> bool:
    """Whether Keras raises, whatever it is that it raises."""
    try:
        in_keras(case, shapes)
    except Exception:
        return True
    return False


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(data=st.data())
def test_open_sizes_are_keras_none_and_come_true(kind: str, data: st.DataObject) -> None:
    """What is unknown is None in Keras, what is known is the same; with lengths put in, sizes are Keras' for these."""
    case = data.draw(cases(kind))
    known = inferred(case)
    assume(known is not None)
    shapes, lengths = data.draw(opened(case))
    assume(lengths)
    layer = read(kind, case.arguments)
    try:
        facts = layer.infer(*shapes)
    except Misfit:
        if kind not in (*LATE, *STRICTER):
            assert refused(case, shapes)
        return
    assert as_keras(facts.output) == in_keras(case, shapes)
    assert known is not None
    assert tuple(value(size, lengths) for size in facts.output) == known[1].output
    assert facts.weights == known[1].weights
    assert value(facts.macs, lengths) == known[1].macs


@pytest.mark.parametrize("kind", ["add", "multiply", "maximum", "concat"])
def test_different_lengths_do_not_merge(kind: str) -> None:
    """Two unknown lengths agree only if they are the same function of the input; a number never agrees with one."""
    length, other = unknown("left[0]"), unknown("right[0]")
    layer = read(kind, {})
    assert layer.infer((length + 1, 3), (1 + length, 3)).output[0] == length + 1
    for size in (other, length + 2, 5):
        with pytest.raises(Misfit):
            layer.infer((length, 3), (size, 3))


LEAVES = st.one_of(st.integers(-4, 9), st.sampled_from(["a", "b", "c"]))
POLYNOMIALS = st.recursive(LEAVES, lambda inner: st.tuples(st.sampled_from("+-*"), inner, inner), max_leaves=8)
SIZES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+-*"), inner, inner),
        st.tuples(st.just("//"), inner, st.integers(1, 5)),
    ),
    max_leaves=8,
)


def symbolic(tree: object) -> Dim:
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return unknown(tree)
    assert isinstance(tree, tuple)
    return combined(tree[0], symbolic(tree[1]), symbolic(tree[2]))


def combined(operation: str, one: Dim, other: Dim) -> Dim:
    if operation == "+":
        return one + other
    if operation == "-":
        return one - other
    if operation == "*":
        return one * other
    assert isinstance(other, int)
    return one // other


def numeric(tree: object, lengths: Lengths) -> int:
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return lengths[tree]
    assert isinstance(tree, tuple)
    result = combined(tree[0], numeric(tree[1], lengths), numeric(tree[2], lengths))
    assert isinstance(result, int)
    return result


LENGTHS = st.fixed_dictionaries({name: st.integers(0, 50) for name in "abc"})


@settings(max_examples=500, deadline=None)
@given(tree=SIZES, lengths=LENGTHS)
def test_arithmetic_on_unknown_sizes_is_that_of_numbers(tree: object, lengths: Lengths) -> None:
    """Putting lengths into a formula gives what the same operations give on the lengths."""
    assert value(symbolic(tree), lengths) == numeric(tree, lengths)


@settings(max_examples=200, deadline=None)
@given(one=SIZES, other=SIZES, third=SIZES)
def test_equal_sizes_are_written_the_same(one: object, other: object, third: object) -> None:
    """Sums and products do not depend on their order, and a product spreads over a sum."""
    a, b, c = symbolic(one), symbolic(other), symbolic(third)
    assert a + b == b + a and (a + b) + c == a + (b + c)
    assert a * b == b * a and (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - a == 0 and a - b == -1 * (b - a)
    assert product((a, b, c)) == product((c, a, b))
    assert str(a + b) == str(b + a)


@settings(max_examples=200, deadline=None)
@given(tree=POLYNOMIALS, one=st.integers(1, 7), other=st.integers(1, 7))
def test_halving_twice_is_quartering(tree: object, one: int, other: int) -> None:
    """Strides one after the other are their product: two paths with the same strides agree."""
    size = symbolic(tree)
    assert ceil_div(ceil_div(size, one), other) == ceil_div(size, one * other)
    assert size // one // other == size // (one * other)


def test_an_unknown_size_is_written_as_a_question_mark() -> None:
    """Messages and tables show shapes so."""
    assert write_shape((unknown("x[0]"), 3)) == "(?, 3)"
    assert write_shape((7,)) == "(7,)"
    assert str(unknown("x[0]") // 2 + 1) == "floor((x[0]) / 2) + 1"
