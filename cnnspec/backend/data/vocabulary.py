"""Text to ids: the words of the training split, learnt and looked up by Keras' TextVectorization."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnnspec.backend.data.standardize import standardised
from cnnspec.backend.data.texts import Texts, length_of
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import TextOptions
from cnnspec.language.sources.section import DataSection
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_lines
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE, FeatureAt

OUT_OF_VOCABULARY = "[UNK]"
_PIECE = 1024
_DTYPES = {"int": np.int32, "multi_hot": np.uint8, "count": np.int32, "tf_idf": np.float32}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that have ids: `tokens[id]` is the word, padding and out of vocabulary included.

    `length` is how many ids (or numbers, in the other modes) the network's input has, None if any.
    `weights` are the words' inverse document frequencies, for tf_idf alone.
    """

    options: TextOptions
    tokens: tuple[str, ...]
    length: int | None = None
    weights: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)

    def lines(self) -> tuple[str, ...]:
        """One line for each id in order, with a tab and the weight where there are weights.

        What would break a line is written with a backslash, so that `from_lines` reads the same words.
        """
        written = tuple(_escaped(token) for token in self.tokens)
        if not self.weights:
            return written
        return tuple(f"{token}\t{weight!r}" for token, weight in zip(written, self.weights, strict=True))

    def _layer(self) -> Any:
        """A Keras TextVectorization that knows these words; it reads standardised strings of shape (n, 1)."""
        layer = keras.layers.TextVectorization(**_arguments(self.options, self.length))
        special = _special(self.options)
        weights = {"idf_weights": list(self.weights)} if self.weights else {}
        layer.set_vocabulary(list(self.tokens[special:]) if not weights else list(self.tokens), **weights)
        return layer

    def encode(self, texts: Iterable[str]) -> NDArray[Any]:
        """Texts as the network reads them: (n, length) of ids, or (n, words) in the other modes."""
        pieces = list(self.pieces(texts))
        if not pieces:
            return np.zeros((0, self.length or 0), _DTYPES[self.options.output_mode])
        longest = max(piece.shape[1] for piece in pieces)
        return np.concatenate([np.pad(piece, ((0, 0), (0, longest - piece.shape[1]))) for piece in pieces])

    def pieces(self, texts: Iterable[str]) -> Iterator[NDArray[Any]]:
        """The same, some texts at a time; without a length each piece is as long as its longest text."""
        layer, dtype = self._layer(), _DTYPES[self.options.output_mode]
        for piece in _pieces(texts, self.options):
            yield np.asarray(layer(piece)).astype(dtype)


def from_lines(lines: Iterable[str], options: TextOptions, length: int | None = None) -> Vocabulary:
    """The vocabulary that `lines` were written from; raises Rejected where they are damaged."""
    listed = list(lines)
    weighted = options.output_mode == "tf_idf"
    if any(line.count("\t") != weighted for line in listed) or len(listed) <= _special(options):
        raise rejected(
            "bad-vocabulary", "a vocabulary that is damaged", "one word a line, as train writes it", at=NOWHERE
        )
    tokens = tuple(_unescaped(line.partition("\t")[0]) for line in listed)
    if len(set(tokens)) < len(tokens):
        ((twice, _),) = Counter(tokens).most_common(1)
        raise rejected("bad-vocabulary", f"a vocabulary with a word twice: {twice}", "each word once", at=NOWHERE)
    try:
        weights = tuple(float(line.partition("\t")[2]) for line in listed) if weighted else ()
    except ValueError:
        raise rejected("bad-vocabulary", "a weight that is no number", "a number after each word", at=NOWHERE) from None
    return Vocabulary(options, tokens, length, weights)


def tokens_in(lines: Iterable[str]) -> tuple[str, ...]:
    """The words alone of what `Vocabulary.lines` wrote, in the order of their ids, whatever it was learnt for."""
    return tuple(_unescaped(line.partition("\t")[0]) for line in lines)


def learn(texts: Texts, options: TextOptions, length: int | None = None, name: str = "") -> Vocabulary:
    """The vocabulary of these texts, which are the training split's; raises Rejected if there is no word in them.

    `name` is the input that reads them, `length` its length: without `output_sequence_length` every text has
    so many ids, and in the modes other than `int` it is the size of the vocabulary without `max_tokens`.
    """
    if options.output_sequence_length not in (None, length) and length is not None:
        received = f"output_sequence_length: {options.output_sequence_length}"
        expected, at = f"{length}, the length of the input", FeatureAt(name, ("text", "output_sequence_length"))
        raise rejected("text-length", received, expected, "leave it out, or write that", at=at)
    layer = _adapted(texts, options, length)
    tokens = tuple(str(token) for token in layer.get_vocabulary())
    if len(tokens) <= _special(options):
        received = f"no word in {len(texts):,} texts of {texts.origins.named}"
        help = "look at standardize and split under text"
        raise rejected("no-words", received, "at least one", help, at=FeatureAt(name, ("text",)))
    _check_width(options, len(tokens), length, name)
    return Vocabulary(options, tokens, length, _weights(layer, len(tokens)) if options.output_mode == "tf_idf" else ())


def _adapted(texts: Iterable[str], options: TextOptions, length: int | None) -> Any:
    """A layer that has counted the words; Keras fails where all are empty or `[UNK]`, and has none then."""
    layer = keras.layers.TextVectorization(**_arguments(options, length))
    try:
        layer.adapt(_pieces(texts, options))
    except (tf.errors.InvalidArgumentError, AttributeError) as error:
        if not re.search("cannot be empty|idf_weights", str(error)):
            raise
    return layer


def _check_width(options: TextOptions, words: int, length: int | None, name: str) -> None:
    """Raise Rejected where the numbers of a text, one a word, are not as many as the input has."""
    width = options.max_tokens if options.pad_to_max_tokens and options.max_tokens else words
    if options.pad_to_max_tokens and options.max_tokens is None:
        width = length or words
    if options.output_mode == "int" or length in (None, width):
        return
    received = f"a vocabulary of {words:,} words and output_mode: {options.output_mode}, so {width:,} numbers a text"
    help = f"write max_tokens: {length}, pad_to_max_tokens: true"
    raise rejected(
        "vocabulary-size", received, f"{length:,}, the length of the input", help, at=FeatureAt(name, ("text",))
    )


def _weights(layer: Any, count: int) -> tuple[float, ...]:
    """What Keras saves of the inverse document frequencies, without the zeros after the last word."""
    saved: dict[str, Any] = {}
    layer.save_own_variables(saved)
    return tuple(float(weight) for weight in saved["idf_weights"][:count])


def tokens_of(text: str, options: TextOptions) -> tuple[str, ...]:
    """The tokens of one text, in order and whether or not a vocabulary holds them."""
    plain = TextOptions(standardize=options.standardize, split=options.split, ngrams=options.ngrams)
    layer = _adapted([text], plain, None)
    known = layer.get_vocabulary()
    (piece,) = _pieces([text], plain)
    return tuple(str(known[number]) for number in np.asarray(layer(piece))[0]) if len(known) > 2 else ()


def _arguments(options: TextOptions, length: int | None) -> dict[str, Any]:
    """Keras' arguments. The layer sees UTF-8 whatever encoding the file has, and standardised text already."""
    arguments = {name: getattr(options, name) for name in _PASSED_ON} | {"standardize": None}
    if options.output_mode == "int":
        arguments["output_sequence_length"] = options.output_sequence_length or length
    elif options.max_tokens is None:
        arguments["max_tokens"] = length
    return arguments


_PASSED_ON = ("max_tokens", "split", "ngrams", "output_mode", "pad_to_max_tokens")


def _special(options: TextOptions) -> int:
    """How many tokens stand for no word: padding, which only ids have, and out of vocabulary."""
    return 2 if options.output_mode == "int" else 1


def _pieces(texts: Iterable[str], options: TextOptions) -> Iterator[NDArray[Any]]:
    """(n, 1) of standardised texts: with a single axis Keras would take all for one document where nothing is split."""
    waiting = iter(texts)
    while piece := list(islice(waiting, _PIECE)):
        yield np.array([standardised(text, options.standardize) for text in piece], dtype=object)[:, None]


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MUST_ESCAPE = re.compile("[\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|^ | $")
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|(.))")
_MEANT = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def _escaped(token: str) -> str:
    return _MUST_ESCAPE.sub(lambda match: _ESCAPES.get(match[0], f"\\u{ord(match[0]):04x}"), token)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else _MEANT.get(match[2], match[2]), text)


def read_vocabularies(folder: RunFolder, section: DataSection, graph: Graph) -> dict[str, Vocabulary]:
    """The run's own vocabularies by input, for the inputs that are texts; raises Rejected where one is missing."""
    several = len(graph.inputs) > 1
    found = {}
    for name, feature in section.features(graph.inputs).items():
        if feature.text is None:
            continue
        path = folder.vocabulary(name if several else "")
        lines = read_lines(path)
        if lines is None:
            received = f"{folder.path} has no {path.name}"
            raise rejected(
                "no-run", received, "the words that the run knows", "copy the run's folder again", at=NOWHERE
            )
        found[name] = from_lines(lines, feature.text, length_of(graph, name))
    return found
