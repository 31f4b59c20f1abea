"""What an input read of an example, with what each part of it counts: as a picture, words, a curve, or numbers."""

from dataclasses import dataclass

import numpy as np

from cnnspec.backend.attribution.panels import picture_panels, spread
from cnnspec.backend.attribution.places import points_of
from cnnspec.backend.data.splits import Array
from cnnspec.backend.data.vocabulary import OUT_OF_VOCABULARY, Vocabulary, tokens_of
from cnnspec.backend.predict_inputs.inputs import Takes
from cnnspec.backend.predict_inputs.pixels import AsArray
from cnnspec.graph.nodes import Graph
from cnnspec.results.attribution import Heat, SeenCurve, SeenInput, SeenNumbers, SeenPicture, SeenWords, Word

_MOST_CURVES = 6
"""Channels that are drawn as curves; more of them as the rows of a picture."""
_MOST_NAMED = 48
"""Numbers without an order that are drawn each for itself; more of them as a curve."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An input of the network, as far as that says how to show what it reads.

    `ends` are what is black and white in a picture, None where that is not known; `names` are those of its columns.
    """

    name: str
    rank: int
    of_ids: bool
    vocabulary: Vocabulary | None
    picture: bool
    ends: tuple[float, float] | None
    names: tuple[str, ...]

    @property
    def counted(self) -> bool:
        """Whether it reads a number for each word of a vocabulary."""
        return self.vocabulary is not None and self.vocabulary.options.output_mode != "int"


def reading_of(name: str, graph: Graph, takes: Takes, vocabulary: Vocabulary | None) -> Reading:
    """How to show what the input of this name reads."""
    shape = graph.nodes[graph.inputs[name]].output
    way, feature = takes.ways.get(name), takes.features.get(name)
    of_ids = any(point.of_ids for point in points_of(graph) if point.input == name)
    ends = None if way is None else way.ends if isinstance(way, AsArray) else (0.0, 255.0)
    names = () if feature is None or feature.columns is None else tuple(feature.columns)
    return Reading(name, len(shape), of_ids, vocabulary, way is not None or len(shape) == 3, ends, names)


def seen_input(
    reading: Reading, text: str | None, read: Array, attributions: Array, heat: tuple[Heat, Array] | None
) -> SeenInput:
    """What the input `read` of an example, and what each number of it (or id) counts: arrays of one shape."""
    total = float(attributions.sum())
    if reading.counted:
        return _counted(reading, read, attributions)
    if reading.of_ids:
        return _words(reading, text, np.ravel(read), np.ravel(attributions), heat)
    if reading.rank == 4:
        deepest = int(np.abs(attributions).sum(axis=(1, 2, 3)).argmax())
        layer = None if heat is None else (heat[0], heat[1][min(len(heat[1]) - 1, deepest * len(heat[1]) // len(read))])
        return _picture(reading, read[deepest], attributions[deepest], layer, total)
    if reading.picture or (reading.rank == 2 and read.shape[-1] > _MOST_CURVES):
        if reading.rank == 3:
            return _picture(reading, read, attributions, heat, total)
        return _picture(reading, _flat(reading, read), _flat(reading, attributions), None, total)
    if reading.rank == 2 or (not reading.names and read.size > _MOST_NAMED):
        return _curve(reading, read, attributions, heat)
    names = reading.names or ((reading.name,) if read.size == 1 else tuple(map(str, range(read.size))))
    numbers = [tuple(map(float, np.ravel(each))) for each in (read, attributions)]
    return SeenNumbers(reading.name, names, numbers[0], numbers[1], total)


def _flat(reading: Reading, array: Array) -> Array:
    """(h, w) as a picture; of (length, channels) each channel as a row."""
    return array[..., None] if reading.picture else array.T[..., None]


def _picture(
    reading: Reading, picture: Array, attributions: Array, heat: tuple[Heat, Array] | None, total: float
) -> SeenPicture:
    ends = reading.ends or (min(0.0, float(picture.min())), float(picture.max()))
    panels = picture_panels(picture, attributions, None if heat is None else heat[1], ends)
    summed = attributions.sum(axis=-1)
    row, column = divmod(int(np.abs(summed).argmax()), summed.shape[1])
    rows = tuple(map(tuple, summed.tolist()))
    return SeenPicture(reading.name, tuple(panels), (row, column), total, None if heat is None else heat[0], rows)


def _curve(reading: Reading, read: Array, attributions: Array, heat: tuple[Heat, Array] | None) -> SeenCurve:
    length = len(read)
    channels = [tuple(tuple(map(float, row)) for row in each.reshape(length, -1).T) for each in (read, attributions)]
    heats = () if heat is None else tuple(map(float, spread(heat[1], length)))
    total = float(attributions.sum())
    return SeenCurve(reading.name, channels[0], channels[1], total, heats, None if heat is None else heat[0])


def _words(
    reading: Reading, text: str | None, ids: Array, attributions: Array, heat: tuple[Heat, Array] | None
) -> SeenWords:
    tokens = _tokens(reading.vocabulary, text, ids)
    heats = None if heat is None else spread(heat[1], len(ids))
    count = min(len(tokens), len(ids))
    words = tuple(
        Word(token, float(attributions[at]), None if heats is None else float(heats[at]), known)
        for at, (token, known) in enumerate(tokens[:count])
    )
    vocabulary = reading.vocabulary
    split = "whitespace" if vocabulary is None else vocabulary.options.split
    return SeenWords(
        input=reading.name,
        words=words,
        padding=float(attributions[count:].sum()),
        total=float(attributions.sum()),
        between="" if split == "character" else " ",
        unread=len(tokens) - count,
        heat=None if heat is None else heat[0],
    )


def _tokens(vocabulary: Vocabulary | None, text: str | None, ids: Array) -> list[tuple[str, bool]]:
    """What stands for each id, and whether the vocabulary has it: the words of the text, without one its own."""
    if vocabulary is None:
        return [(str(int(number)), True) for number in ids]
    known = set(vocabulary.tokens)
    if text is not None:
        return [(token, token in known) for token in tokens_of(text, vocabulary.options)]
    read = ids[: int(np.max(np.nonzero(ids)[0], initial=-1)) + 1]
    return [(vocabulary.tokens[int(number)], vocabulary.tokens[int(number)] != OUT_OF_VOCABULARY) for number in read]


def _counted(reading: Reading, read: Array, attributions: Array) -> SeenWords:
    """The words whose numbers are not zero."""
    assert reading.vocabulary is not None
    tokens = reading.vocabulary.tokens
    there = np.flatnonzero(read).tolist()
    words = tuple(Word(tokens[at], float(attributions[at]), None, tokens[at] != OUT_OF_VOCABULARY) for at in there)
    rest = float(attributions.sum()) - sum(word.attribution for word in words)
    return SeenWords(reading.name, words, rest, float(attributions.sum()))
