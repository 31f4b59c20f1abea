"""How alike words are, against a count by trying everything; and what is suggested for the words that people type."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.source.diagnostic import likely, nearest
from cnnspec.source.likeness import mistakes

WORDS = st.text("abc", max_size=6)


@cache
def by_definition(one: str, other: str) -> int:
    """Optimal string alignment, as it is defined: letters are changed, put in, left out, or two are swapped."""
    if not one or not other:
        return len(one) + len(other)
    found = [
        by_definition(one[:-1], other) + 1,
        by_definition(one, other[:-1]) + 1,
        by_definition(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[-2:][::-1]:
        found.append(by_definition(one[:-2], other[:-2]) + 1)
    return min(found)


@given(WORDS, WORDS, st.integers(0, 7))
def test_mistakes_are_counted_as_they_are_defined(one: str, other: str, most: int) -> None:
    """Up to a limit, beyond which it is just too many."""
    assert mistakes(one, other, most) == min(by_definition(one, other), most + 1)


TRAINING = ("epochs", "batch_size", "optimizer", "watch", "early_stopping", "checkpoint", "seed")
OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw", "adamax", "nadam", "adadelta", "adagrad")
LAYERS = ("conv", "conv_transpose", "crop", "dropout", "dense", "max_pool", "maximum", "batch_norm", "normalization")
MEANT = [
    ("batch", TRAINING, "batch_size"),
    ("epoch", TRAINING, "epochs"),
    ("early", TRAINING, "early_stopping"),
    ("optimiser", TRAINING, "optimizer"),
    ("adma", OPTIMIZERS, "adam"),
    ("AdamW", OPTIMIZERS, "adamw"),
    ("drop", LAYERS, "dropout"),
    ("desne", LAYERS, "dense"),
    ("maxpool", LAYERS, "max_pool"),
    ("con", LAYERS, "conv"),
    ("vali", ("train", "validation", "test"), "validation"),
]


@pytest.mark.parametrize(("typed", "words", "meant"), MEANT)
def test_a_beginning_comes_before_what_is_alike_and_swapped_letters_are_one_mistake(
    typed: str, words: tuple[str, ...], meant: str
) -> None:
    assert nearest(typed, words) == meant


ALIKE = [
    ("unit_normalization", LAYERS),
    ("alpha_dropout", LAYERS),
    ("min_pool", LAYERS),
    ("float16", ("float32", "mixed_float32")),
    ("crossentropy", ("poisson", "hinge")),
    ("resnet-51", ("resnet-50", "resnet-18")),
    ("it", ("is", "at")),
]


@pytest.mark.parametrize(("typed", "words"), ALIKE)
def test_what_merely_sounds_alike_is_not_meant(typed: str, words: tuple[str, ...]) -> None:
    """Another word beside the same one, another number, another short word."""
    assert nearest(typed, words) is None


def test_a_beginning_of_several_words_names_them_all() -> None:
    assert likely("max", LAYERS) == ("max_pool", "maximum")
    assert likely("pool", LAYERS) == ("max_pool",)
