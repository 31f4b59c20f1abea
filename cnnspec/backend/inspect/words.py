"""Texts: how long they are in tokens, how much of them the vocabulary knows, which words are the most frequent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.data.texts import Texts, texts_of
from cnnspec.backend.data.vocabulary import Vocabulary, learn
from cnnspec.language.features import TextOptions
from cnnspec.results.data import SplitLengths, TextView, Word

_FREQUENT = 20


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What one input's texts hold: the view of it, and how often training has each word."""

    view: TextView
    counts: Mapping[str, int]


def count_words(name: str, splits: tuple[Split, ...], vocabulary: Vocabulary) -> Words:
    """The texts that input `name` reads, cut into tokens as the network's vocabulary cuts them."""
    columns = {split.name: column for split in splits if isinstance(column := split.inputs[name], Texts)}
    every = _every_token(tuple(columns.values()), vocabulary.options)
    known = frozenset(vocabulary.tokens)
    in_vocabulary = np.array([token in known for token in every.tokens])
    counted = {split: _counted(column, every) for split, column in columns.items()}
    length = vocabulary.length if vocabulary.options.output_mode == "int" else None
    lengths = [_lengths(split, *each, in_vocabulary, length) for split, each in counted.items()]
    counts = dict(zip(every.tokens, counted[splits[0].name][1].tolist(), strict=True))
    return Words(_view(name, vocabulary, length, tuple(lengths), counts), counts)


def _view(
    name: str, vocabulary: Vocabulary, length: int | None, lengths: tuple[SplitLengths, ...], counts: Mapping[str, int]
) -> TextView:
    special = 2 if vocabulary.options.output_mode == "int" else 1
    words = [Word(token, id, counts.get(token, 0)) for id, token in enumerate(vocabulary.tokens)][special:]
    distinct = [count for count in counts.values() if count]
    frequent = tuple(sorted(words, key=lambda word: (-word.count, word.id))[:_FREQUENT])
    return TextView(
        name,
        vocabulary.options.output_mode,
        length,
        len(vocabulary),
        special,
        len(distinct),
        distinct.count(1),
        lengths,
        frequent,
    )


def _every_token(columns: tuple[Texts, ...], options: TextOptions) -> Vocabulary:
    """A vocabulary of all that occurs in any split, so that nothing in them is unknown to it."""
    items = [text for column in columns for text in column]
    plain = TextOptions(standardize=options.standardize, split=options.split, ngrams=options.ngrams)
    return learn(texts_of(items, columns[0].origins), plain)


def _counted(column: Texts, every: Vocabulary) -> tuple[Array, Array]:
    """How many tokens each text has, and how often each of all tokens occurs."""
    lengths, counts = [np.zeros(0, np.int64)], np.zeros(len(every), np.int64)
    for ids in every.pieces(column):
        lengths.append((ids > 0).sum(1))
        counts += np.bincount(ids.ravel(), minlength=len(every))
    counts[0] = 0
    return np.concatenate(lengths), counts


def _lengths(name: str, lengths: Array, counts: Array, known: Array, wanted: int | None) -> SplitLengths:
    over = np.maximum(lengths - wanted, 0) if wanted else np.zeros_like(lengths)
    return SplitLengths(
        name,
        len(lengths),
        int(lengths.min()),
        float(np.median(lengths)),
        int(np.percentile(lengths, 95, method="inverted_cdf")),
        int(lengths.max()),
        int((over > 0).sum()),
        int((lengths < wanted).sum()) if wanted else 0,
        int(over.sum()),
        int(counts.sum()),
        int(counts[~known].sum()),
    )
