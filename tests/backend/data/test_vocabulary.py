"""Texts become the ids (or numbers) that Keras' TextVectorization gives, and a vocabulary survives its file."""

import contextlib
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.ids import check_vocabularies
from cnnspec.backend.data.vocabulary import Vocabulary, from_lines, learn, tokens_of
from cnnspec.language.features import TextOptions
from tests.support.often import examples
from tests.support.text_columns import column_of, reads_texts, refusal, softmax

WORDS = ["the", "The", "cat", "cat,", "sat!", "sat", "dog's", "a", "ab", "é", "É", "[UNK]", "7", "\\n", "\\", "x\ty"]
SPACES = [" ", "  ", "\n", "\t", "\u00a0", "\u0085", "\u2028"]
LINE = st.lists(st.sampled_from(WORDS + SPACES), max_size=8).map(" ".join)
ANY = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
TEXTS = st.lists(LINE | ANY, min_size=1, max_size=8)
OPTIONS = {
    "standardize": st.sampled_from(["ascii", "ascii_lower", "ascii_strip_punctuation", None]),
    "split": st.sampled_from(["whitespace", "character", None]),
    "ngrams": st.sampled_from([None, 1, 2, (2,), (1, 3)]),
}


@st.composite
def drawn_options(draw: st.DrawFn) -> TextOptions:
    arguments: dict[str, Any] = {name: draw(values) for name, values in OPTIONS.items()}
    mode = draw(st.sampled_from(["int", "multi_hot", "count", "tf_idf"]))
    arguments["max_tokens"] = draw(st.none() | st.integers(3, 12))
    if mode == "int":
        arguments["output_sequence_length"] = draw(st.none() | st.integers(1, 9))
    elif arguments["max_tokens"] is not None:
        arguments["pad_to_max_tokens"] = draw(st.booleans())
    return TextOptions(output_mode=mode, **arguments)


DEFAULT = "lower_and_strip_punctuation"
OWN = {"ascii": DEFAULT, "ascii_lower": "lower", "ascii_strip_punctuation": "strip_punctuation"}
"""What Keras calls its ways to standardise; of ASCII text ours by these names make the same."""


def layer_of_keras(options: TextOptions) -> Any:
    """Keras' own layer with these arguments."""
    named = {name: value for name, value in options.arguments().items() if name not in ("column", "encoding")}
    named["standardize"] = OWN.get(str(named["standardize"]), named["standardize"])
    return keras.layers.TextVectorization(**named)


def batch(texts: list[str]) -> np.ndarray:
    return np.array(texts, object)[:, None]


def learnt(options: TextOptions, texts: list[str]) -> tuple[Vocabulary, Any] | None:
    """The vocabulary and Keras' own layer, or None where there is no word for Keras either."""
    layer = layer_of_keras(options)
    with contextlib.suppress(tf.errors.InvalidArgumentError, AttributeError):
        layer.adapt(batch(texts))
    if len(layer.get_vocabulary()) > (2 if options.output_mode == "int" else 1):
        return learn(column_of(*texts), options), layer
    assert refusal(lambda: learn(column_of(*texts), options)).startswith("no-words")
    return None


@settings(deadline=None, max_examples=examples(25, 80))
@example(TextOptions(output_mode="tf_idf"), [""], [""])
@given(drawn_options(), TEXTS, TEXTS)
def test_words_and_numbers_are_keras_own(options: TextOptions, texts: list[str], others: list[str]) -> None:
    """In every mode, for the texts that it was learnt from and for others."""
    found = learnt(options, texts)
    if found is None:
        return
    vocabulary, layer = found
    assert list(vocabulary.tokens) == layer.get_vocabulary()
    for each in (texts, others):
        wanted = np.asarray(layer(batch(each)))
        assert np.array_equal(vocabulary.encode(each), wanted), (each, options)


@settings(deadline=None, max_examples=examples(15, 50))
@given(drawn_options(), TEXTS)
def test_a_vocabulary_read_back_is_the_same(options: TextOptions, texts: list[str]) -> None:
    """Whatever its words hold: as one file of lines, whichever way the lines are taken apart."""
    found = learnt(options, texts)
    if found is None:
        return
    vocabulary, _ = found
    file = "".join(f"{line}\n" for line in vocabulary.lines())
    assert file.splitlines() == file.removesuffix("\n").split("\n")
    read = from_lines(file.splitlines(), options)
    assert read == vocabulary
    assert np.array_equal(read.encode(texts), vocabulary.encode(texts))


def test_words_are_sorted_by_how_often_they_occur_and_ties_from_the_last_letter_down() -> None:
    vocabulary = learn(column_of("b a c", "a d"), TextOptions())
    assert vocabulary.tokens == ("", "[UNK]", "a", "d", "c", "b")
    assert vocabulary.encode(["d z a"]).tolist() == [[3, 1, 2]]


def test_texts_are_cut_and_padded_to_the_length_of_the_input() -> None:
    vocabulary = learn(column_of("a b c d e"), TextOptions(), 3)
    assert vocabulary.encode(["a b c d e", "a", ""]).shape == (3, 3)
    assert vocabulary.encode(["a"]).tolist() == [[6, 0, 0]]
    assert vocabulary.encode([]).shape == (0, 3)


def test_many_texts_are_as_long_as_the_longest_of_all() -> None:
    """Also where the longest is in another piece than the first."""
    texts = ["a"] * 3000 + ["a b c"]
    ids = learn(column_of(*texts), TextOptions()).encode(texts)
    assert ids.shape == (3001, 3) and ids.dtype == np.int32
    assert ids[-1].tolist() == [2, 4, 3] and (ids[:-1] == [2, 0, 0]).all()


def test_a_line_for_each_id_in_order() -> None:
    """What would break a line, or be lost at its ends, is written with a backslash."""
    options = TextOptions(split=None, standardize=None)
    vocabulary = learn(column_of("a", "a", "b\nc", "b\nc", "b\nc", " d ", "\\n", "e\u2028"), options)
    assert set(vocabulary.lines()) == {"", "[UNK]", "b\\nc", "a", "\\\\n", "e\\u2028", "\\u0020d\\u0020"}
    assert vocabulary.lines()[:4] == ("", "[UNK]", "b\\nc", "a")


def test_weights_stand_behind_their_words() -> None:
    vocabulary = learn(column_of("a b", "a"), TextOptions(output_mode="tf_idf"))
    assert [line.split("\t")[0] for line in vocabulary.lines()] == ["[UNK]", "a", "b"]
    assert [float(line.split("\t")[1]) for line in vocabulary.lines()] == list(vocabulary.weights)


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (["", "[UNK]"], TextOptions(), "a vocabulary that is damaged; expected one word a line, as train writes it"),
        (["", "[UNK]", "a\t0.5"], TextOptions(), "a vocabulary that is damaged; expected one word a line, as train"),
        (["[UNK]\t1", "a"], TextOptions(output_mode="tf_idf"), "a vocabulary that is damaged; expected one word"),
        (["[UNK]\t1", "a\tx"], TextOptions(output_mode="tf_idf"), "a weight that is no number; expected a number"),
        (["", "[UNK]", "a", "a"], TextOptions(), "a vocabulary with a word twice: a; expected each word once"),
    ],
)
def test_a_damaged_vocabulary_is_refused(lines: list[str], options: TextOptions, message: str) -> None:
    assert refusal(lambda: from_lines(lines, options)).startswith(f"bad-vocabulary: {message}")


def test_words_that_people_take_for_one_have_one_id_in_training_and_later() -> None:
    """Whatever their case, punctuation, spaces and composition; Keras' own way takes them for several."""
    taught = ["Отлично", "“bad” film…", "good\u00a0film", "cafe\u0301", "Été"]
    asked = ["отлично", "BAD “film”", "good film!", "CAFÉ", "e\u0301te\u0301"]
    vocabulary, own = (learn(column_of(*taught), TextOptions(standardize=how)) for how in (DEFAULT, "ascii"))
    assert np.array_equal(vocabulary.encode(asked), vocabulary.encode(taught)) and len(vocabulary) == 2 + 6
    assert not np.array_equal(own.encode(asked), own.encode(taught))


@pytest.mark.parametrize("text", ["The cat, the CAT", "[UNK] a", "a"])
@pytest.mark.parametrize("options", [TextOptions(ngrams=2), TextOptions(split="character", standardize="lower")])
def test_the_tokens_of_a_text_are_those_that_are_counted(text: str, options: TextOptions) -> None:
    layer = layer_of_keras(options)
    layer.adapt(batch([text]))
    ids = np.asarray(layer(batch([text])))[0]
    assert tokens_of(text, options) == tuple(layer.get_vocabulary()[number] for number in ids)


def test_the_tokens_of_a_sentence_are_its_words_in_order() -> None:
    assert tokens_of("The cat, it sat.", TextOptions()) == ("the", "cat", "it", "sat")


@pytest.mark.parametrize(
    ("options", "length", "message"),
    [
        (
            {"output_sequence_length": 9},
            6,
            "text-length: output_sequence_length: 9; expected 6, the length of the input (leave it out, or write that)",
        ),
        (
            {"output_mode": "multi_hot"},
            20,
            "vocabulary-size: a vocabulary of 4 words and output_mode: multi_hot, so 4 numbers a text; "
            "expected 20, the length of the input (write max_tokens: 20, pad_to_max_tokens: true)",
        ),
        (
            {"output_mode": "count", "max_tokens": 30, "pad_to_max_tokens": True},
            20,
            "vocabulary-size: a vocabulary of 4 words and output_mode: count, so 30 numbers a text; "
            "expected 20, the length of the input (write max_tokens: 20, pad_to_max_tokens: true)",
        ),
    ],
)
def test_texts_of_another_length_than_the_input_are_refused(options: Any, length: int, message: str) -> None:
    assert refusal(lambda: learn(column_of("a b c"), TextOptions(**options), length)) == message


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_without_max_tokens_a_text_has_as_many_numbers_as_the_input(mode: Any) -> None:
    """Where more words occur the rarest are left out, and where fewer do zeros follow."""
    texts = ["a b c d e", "a b"]
    assert learn(column_of(*texts), TextOptions(output_mode=mode), 4).encode(texts).shape == (2, 4)
    padded = TextOptions(output_mode=mode, pad_to_max_tokens=True)
    assert learn(column_of(*texts), padded, 9).encode(texts).shape == (2, 9)


def test_texts_without_a_word_are_refused() -> None:
    message = (
        "no-words: no word in 2 texts of texts.txt; expected at least one (look at standardize and split under text)"
    )
    assert refusal(lambda: learn(column_of("", "?!"), TextOptions())) == message


def test_a_vocabulary_larger_than_the_embedding_is_refused_with_both_numbers() -> None:
    graph = reads_texts(softmax(2), rows=4)
    vocabulary = learn(column_of("a b c"), TextOptions(), 6)
    message = refusal(lambda: check_vocabularies({"tokens": vocabulary}, graph))
    assert message.startswith("vocabulary-size: a vocabulary of 5 words")
    assert message.endswith("(write max_tokens: 4)") and "at most 4" in message
    check_vocabularies({"tokens": learn(column_of("a b"), TextOptions(), 6)}, graph)
