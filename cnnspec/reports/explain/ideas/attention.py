"""Attention: scores, weights that add up to one, and the mean that they make, for a query and three keys."""

from collections.abc import Iterator
from math import exp, sqrt

from cnnspec.layers.attending import three
from cnnspec.layers.base import Layer
from cnnspec.layers.shape import Shape, product
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Paragraph, Points, Section
from cnnspec.reports.explain.pictures import tidy
from cnnspec.reports.numbers import count

_QUERY, _KEYS, _VALUES = (2.0, 0.0), ((2.0, 0.0), (1.0, 1.0), (0.0, 2.0)), (10.0, 20.0, 30.0)


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """How many scores there are, and an example of one query."""
    points = tuple(_counts(layer, shapes))
    if points:
        yield Section("how many scores", (Points(points),))
    scores = [sum(q * k for q, k in zip(_QUERY, key, strict=True)) / sqrt(len(_QUERY)) for key in _KEYS]
    whole = sum(map(exp, scores))
    weights = [exp(score) / whole for score in scores]
    gathered = sum(weight * value for weight, value in zip(weights, _VALUES, strict=True))
    rows = (
        ("key", *(f"({tidy(one)}, {tidy(two)})" for one, two in _KEYS)),
        ("score", *map(tidy, scores)),
        ("weight", *map(tidy, weights)),
        ("value", *map(tidy, _VALUES)),
    )
    sums = " + ".join(f"{tidy(w)} · {tidy(v)}" for w, v in zip(weights, _VALUES, strict=True))
    yield Section(
        "an example of one query and three keys",
        (
            Paragraph(
                "The query is (2, 0). Scores are its products with the keys by the root of their size, "
                "weights are a softmax of the scores:"
            ),
            Grid("", rows),
            Paragraph(f"It gathers {sums} = {tidy(gathered)}."),
        ),
    )


def _counts(layer: Layer, shapes: tuple[Shape, ...]) -> Iterator[str]:
    query, value, _ = three(shapes)
    heads = getattr(layer, "num_heads", getattr(layer, "num_query_heads", 1))
    pairs = product((query[0], value[0])) if len(query) == 2 else None
    if isinstance(pairs, int):
        yield f"{query[0]} queries with {value[0]} keys: {count(pairs)} scores" + (
            f" in each of {heads} heads" if heads > 1 else ""
        )
        yield "twice as long a sequence has four times as many scores"
    if getattr(layer, "use_causal_mask", False):
        yield "causal: a query does not see the keys after it, whose weights are 0"
    if getattr(layer, "sliding_window", None):
        yield f"a query sees no further than {getattr(layer, 'sliding_window', 0)} steps, itself counted"
