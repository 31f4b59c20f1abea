"""Fetches what a spec declares under `pretrained`: the only place that goes to a network for weights.

keras.applications downloads them with its own hash into Keras' cache; what is kept of it for cnnspec is one `.keras`
file with the spec's own names, written whole or not at all.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnspec.backend.keras_errors import refused
from cnnspec.backend.model.build import build_model, save_model
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.transfer import Transfer
from cnnspec.source.route import NOWHERE
from cnnspec.weights.fetched import fetched_file, pretrained_of, undeclared
from cnnspec.weights.mapping import fates, held_for, unused
from cnnspec.weights.matching import match
from cnnspec.weights.refusal import check_fits
from cnnspec.weights.source import Source
from cnnspec.weights.stored import Store, Stored


def fetch(spec: Spec, graph: Graph, name: str = "imagenet") -> tuple[Path, Transfer]:
    """Download the weights of this name and keep them under the spec's names; the file, and what went where.

    Raises Rejected where the spec declares none, where they cannot be had, or where they are not those of its network.
    """
    network = pretrained_of(spec).get(name)
    if network is None:
        raise undeclared(spec, NOWHERE)
    path = fetched_file(network)
    with memory_errors():
        theirs = downloaded(network)
        ours, told = carried(theirs, graph, spec.name, network)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_model(ours, path)
    return path, told


def downloaded(network: str) -> Any:
    """The network of keras.applications with its weights learnt from ImageNet; raises Rejected."""
    help = "try again where there is a network; what Keras has in its cache whole is not fetched twice"
    what = f"its weights, whole, through keras.applications.{network}"
    failed = refused("fetch-failed", f"the weights of {network} could not be fetched", what, help, NOWHERE)
    with failed, contextlib.redirect_stdout(sys.stderr):  # how far the download is
        return getattr(keras.applications, network)(weights="imagenet")


def carried(theirs: Any, graph: Graph, name: str, network: str) -> tuple[Any, Transfer]:
    """A plain Keras model of the graph with the weights of another model of the same structure, and what went where.

    Raises Rejected where one is left on either side.
    """
    store = store_of(theirs, network)
    matching = match(graph, store)
    held = held_for(graph, store, matching)
    weights = tuple(fates(graph, held, matching))
    told = Transfer(f"keras.applications.{network}", {}, True, weights, unused(store, matching), way=matching.way)
    check_fits(told, Source(Path(told.file), True), graph, matching, ())
    model = build_model(graph, name)
    for moved in weights:
        model.get_layer(moved.layer).weights[moved.number].assign(held[moved.layer][moved.number].read())
    return model, told


def store_of(model: Any, name: str) -> Store:
    """A model in memory as a file of it would be read."""
    layers = {
        layer: tuple(_stored(variable, number, layer, name) for number, variable in enumerate(variables))
        for layer, variables in _layers(model, "")
        if variables
    }
    return Store(layers, {"size": 0, "sha256": ""}, config=json.loads(model.to_json()))


def _layers(model: Any, before: str) -> Iterator[tuple[str, list[Any]]]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer, f"{before}{layer.name}/")
        else:
            yield before + layer.name, layer.weights


def _stored(variable: Any, number: int, layer: str, name: str) -> Stored:
    shape = tuple(int(size) for size in variable.shape)
    dtype = str(variable.dtype)
    return Stored(str(number), shape, dtype, lambda rows: np.asarray(variable), Path(name), layer)
