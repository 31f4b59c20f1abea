"""Networks drawn at random: each as a spec, as a Keras model made without cnnspec, and by names as in PyTorch.

Widths are drawn from few, so that many layers look alike and only what reads what, or their order, tells them apart.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from hypothesis import strategies as st

SIZE = 4


@dataclass(frozen=True)
class Conv:
    """A convolution with so many filters and a window, with a normalisation or without."""

    filters: int
    window: int
    norm: bool
    depthwise: bool = False


@dataclass(frozen=True)
class Paths:
    """What runs side by side on one input and is joined: `add` (one path may be empty), or `concat`."""

    join: str
    paths: tuple[tuple[Any, ...], ...]


Items = tuple[Any, ...]
CONVS = st.builds(Conv, st.sampled_from([2, 3]), st.sampled_from([1, 3]), st.booleans())
SUMS = st.builds(
    lambda width, first, second, skip: Paths(
        "add", ((*first, Conv(width, 3, True)), (Conv(width, 1, True),) if skip else (*second, Conv(width, 1, False)))
    ),
    st.sampled_from([2, 3]),
    st.lists(CONVS, max_size=2),
    st.lists(CONVS, max_size=1),
    st.booleans(),
)
CHAINS = st.lists(CONVS, min_size=1, max_size=2).map(tuple)
JOINS = st.lists(CHAINS, min_size=2, max_size=3).map(lambda paths: Paths("concat", tuple(paths)))
NETWORKS = st.lists(st.one_of(CONVS, SUMS, JOINS), min_size=1, max_size=4).map(tuple)


def convs(items: Items) -> Iterator[Conv]:
    """All convolutions in the spec's order."""
    for item in items:
        if isinstance(item, Conv):
            yield item
        else:
            for path in item.paths:
                yield from convs(path)


def written(items: Items, units: int = 3) -> str:
    """The spec's model, without its first two lines."""
    head = [{"global_avg_pool": {}}, {"dense": {"units": units}}]
    return f"inputs: {{image: [{SIZE}, {SIZE}, 3]}}\nmodel: {json.dumps({'body': _entries(items), 'head': head})}\n"


def _entries(items: Items) -> list[Any]:
    return [_entry(item) for item in items]


def _entry(item: Any) -> Any:
    if isinstance(item, Conv):
        norm = {"norm": "batch"} if item.norm else {}
        return {
            "conv": {
                "filters": item.filters,
                "kernel_size": item.window,
                "padding": "same",
                "activation": "relu",
                **norm,
            }
        }
    return {"parallel": {"merge": item.join, "branches": [_entries(path) for path in item.paths]}}


def keras_model(items: Items, seed: int, units: int = 3) -> tuple[Any, list[str]]:
    """The model with names and an order of making that say nothing; the names of its layers in the spec's order."""
    random = np.random.default_rng(seed)
    free = [f"{''.join(random.choice(list('abcdef'), 4))}_{number}" for number in random.permutation(200)]
    image = keras.Input((SIZE, SIZE, 3))

    def conv(layer: Conv, read: Any) -> tuple[Any, list[str]]:
        own = [free.pop()]
        made = keras.layers.Conv2D(layer.filters, layer.window, padding="same", use_bias=not layer.norm, name=own[0])(
            read
        )
        if layer.norm:
            own.append(free.pop())
            made = keras.layers.BatchNormalization(name=own[1])(made)
        return keras.layers.ReLU()(made), own

    def run(items: Items, read: Any) -> tuple[Any, list[str]]:
        told: list[str] = []
        for item in items:
            if isinstance(item, Conv):
                read, own = conv(item, read)
                told += own
                continue
            made: dict[int, tuple[Any, list[str]]] = {}
            for at in random.permutation(len(item.paths)):
                made[int(at)] = run(item.paths[at], read)
            join = keras.layers.Add() if item.join == "add" else keras.layers.Concatenate()
            order = range(len(item.paths)) if item.join == "concat" else random.permutation(len(item.paths))
            read = join([made[int(at)][0] for at in order])
            told += [name for at in range(len(item.paths)) for name in made[at][1]]
        return read, told

    made, told = run(items, image)
    told.append(free.pop())
    output = keras.layers.Dense(units, name=told[-1])(keras.layers.GlobalAveragePooling2D()(made))
    return keras.Model(image, output), told


def torch_names(items: Items, before: str = "body") -> Iterator[str]:
    """What the layers are called where each part is a module: numbered in a row, side by side by a word."""
    for at, item in enumerate(items):
        place = f"{before}.{at}"
        if isinstance(item, Conv):
            yield f"{place}.conv"
            if item.norm:
                yield f"{place}.bn"
        else:
            for number, path in enumerate(item.paths):
                yield from torch_names(path, f"{place}.branches.{number}")
