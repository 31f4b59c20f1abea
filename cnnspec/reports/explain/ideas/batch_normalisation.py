"""Batch normalisation as algorithm 1 of Ioffe and Szegedy: its counts in this layer, and a batch of four numbers."""

from collections.abc import Iterator
from math import sqrt

from cnnspec.layers.base import Layer, place_of
from cnnspec.layers.shape import Shape, product
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Paragraph, Points, Section
from cnnspec.reports.explain.pictures import tidy
from cnnspec.reports.numbers import count

_BATCH = (1.0, 3.0, 3.0, 5.0)
_GAMMA, _BETA = 2.0, 1.0
_STEPS = 100


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """Over what the mean is taken, how many numbers that are, what the moving averages remember."""
    shape, epsilon = shapes[0], float(getattr(layer, "epsilon", 0.0))
    channel = place_of(shape, getattr(layer, "axis", -1))
    points = tuple(_counts(network, layer, shape, channel))
    yield Section("what is counted", (Points(points),))
    mean = sum(_BATCH) / len(_BATCH)
    variance = sum((x - mean) ** 2 for x in _BATCH) / len(_BATCH)
    normed = [(x - mean) / sqrt(variance + epsilon) for x in _BATCH]
    rows = {"x": [*_BATCH], "z": normed, "y": [_GAMMA * z + _BETA for z in normed]}
    yield Section(
        "an example of four numbers in a channel",
        (
            Paragraph(
                f"Their mean is {tidy(mean)} and their variance {tidy(variance)}; "
                f"let gamma be {tidy(_GAMMA)} and beta {tidy(_BETA)}:"
            ),
            Grid("", tuple((name, *map(tidy, values)) for name, values in rows.items())),
        ),
    )


def _counts(network: Network, layer: Layer, shape: Shape, channel: int) -> Iterator[str]:
    places = product((*shape[:channel], *shape[channel + 1 :]))
    training = network.spec.training
    size = training.batch_size if training is not None else None
    axes = ", ".join(str(axis) for axis in range(len(shape) + 1) if axis != channel + 1)
    size_there = shape[channel]
    yield f"axis {channel + 1} has the channels: {size_there} means and as many variances, each over axes {axes}"
    if isinstance(places, int) and isinstance(size, int):
        yield f"with batches of {size} a mean is over {size} · {count(places)} = {count(size * places)} numbers"
    elif isinstance(places, int):
        yield f"a mean is over the batch times {count(places)} numbers"
    stays = layer.remembers
    yield (
        f"momentum {tidy(stays)}: after {_STEPS} steps the moving averages hold {tidy(stays)}^{_STEPS} = "
        f"{tidy(100 * stays**_STEPS)} % of what they began as"
    )
    yield "gamma and beta are learnt by gradient; the moving mean and variance are not, and serve outside training"
