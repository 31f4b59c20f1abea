"""Texts: tokens, vocabulary, ids, padding, one-hot rows, and the embedding as their product with a table."""

from collections import Counter
from collections.abc import Iterator

from cnnspec.layers.base import Layer
from cnnspec.layers.shape import Shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Grid, Paragraph, Section
from cnnspec.reports.explain.pictures import beside, rows_of

TEXTS, NEW = ("a fine film", "a fine end", "a film"), "A dull film!"
_TABLE = ((0.0, 0.0), (0.1, -0.1), (0.5, 0.2), (-0.3, 0.8), (0.9, -0.6))
_LENGTH = 5


def vocabulary() -> list[str]:
    """Padding, out of vocabulary, then the words of the texts by how often they occur; those used once are left out."""
    found = Counter(word for text in TEXTS for word in text.split())
    return ["", "[UNK]", *(word for word, times in found.most_common() if times > 1)]


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """The way of a text to what the layer gives, on three short texts and a new one."""
    known = vocabulary()
    tokens = "".join(each for each in NEW.lower() if each.isalpha() or each == " ").split()
    ids = [known.index(token) if token in known else 1 for token in tokens]
    padded = [*ids, *[0] * (_LENGTH - len(ids))]
    hot = [[int(column == each) for column in range(len(known))] for each in padded]
    vectors = [[sum(h * _TABLE[k][axis] for k, h in enumerate(row)) for axis in range(2)] for row in hot]
    steps = (
        ("training texts", " / ".join(TEXTS)),
        ("vocabulary", ", ".join(f"{number} {word or 'padding'}" for number, word in enumerate(known))),
        ("a new text", NEW),
        ("tokens", " | ".join(tokens)),
        ("ids", " ".join(map(str, ids)) + "    (1 for what is not in the vocabulary)"),
        (f"padded to {_LENGTH}", " ".join(map(str, padded))),
    )
    table = [list(row) for row in _TABLE[: len(known)]]
    blocks = [("one-hot rows", rows_of(hot)), ("times a table", rows_of(table)), ("give its rows", rows_of(vectors))]
    yield Section(
        "an example: from a text to vectors",
        (
            Grid("", steps),
            Drawing("", beside(blocks)),
            Paragraph(
                "A one-hot row times the table is one of its rows, so an embedding looks it up and multiplies nothing. "
                "The table is learnt as all other weights are."
            ),
            *_own(network),
        ),
    )


def _own(network: Network) -> Iterator[Paragraph]:
    """What shows the way of a text of the spec's own, where it reads some."""
    data = network.spec.data
    features = data.features(tuple(network.graph.inputs)).values() if data is not None else ()
    if any(feature.text is not None for feature in features):
        yield Paragraph(f'The way of a text of your own shows: cnnspec data {network.argument} --text "..."')
