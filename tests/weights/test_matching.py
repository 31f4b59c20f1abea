"""Which layer of a file is which of a network: right, or refused; never guessed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnspec
from cnnspec.graph.nodes import Graph
from cnnspec.weights.matching import Matching, match
from cnnspec.weights.stored import Form, Store, Stored
from tests.support.drawn_networks import NETWORKS, Conv, Items, keras_model, torch_names, written
from tests.support.spec_texts import graph_of
from tests.support.torchvision_names import MODELS

MARK: Any = {"size": 0, "sha256": ""}


def stored(name: str, shape: tuple[int, ...], layer: str) -> Stored:
    """A weight of which only the shape matters."""
    return Stored(name, shape, "float32", lambda rows: np.zeros(shape), Path("f"), layer)


def weighted(graph: Graph) -> list[str]:
    """The layers of a network that have weights, in the spec's order."""
    return [node.name for node in graph.nodes if node.facts.weights]


def keras_store(model: Any) -> Store:
    """What a file of the model says of its layers."""
    layers = {
        layer.name: tuple(stored(str(at), tuple(each.shape), layer.name) for at, each in enumerate(layer.weights))
        for layer in sorted(model.layers, key=lambda layer: layer.name)
        if layer.weights
    }
    return Store(layers, MARK, "numbered", json.loads(model.to_json()))


def right_or_refused(found: Matching, truth: Mapping[str, str]) -> None:
    """What has a place has the right one."""
    assert {name: layer for name, layer in found.layers.items() if truth[name] != layer} == {}


@settings(deadline=None, max_examples=15)  # Keras takes half a second to make a network
@given(NETWORKS, st.integers(0, 2**31))
def test_layers_that_are_called_otherwise_are_found_or_refused(items: Items, seed: int) -> None:
    """By what reads what: what could be one of two is told, itself among them, and a new head changes nothing.

    By names that only count, as Keras numbers layers as they were made, whatever path they are on.
    """
    graph, wider = graph_of(written(items)), graph_of(written(items, 7))
    model, told = keras_model(items, seed)
    truth = dict(zip(weighted(graph), told, strict=True))
    store = keras_store(model)
    found = match(graph, store)
    right_or_refused(found, truth)
    assert found.way == "structure" and found.layers.keys() | found.unclear.keys() == truth.keys()
    assert all(truth[name] in layers for name, layers in found.unclear.items())
    head = [at for at, node in enumerate(wider.nodes) if node.name.startswith("head.")]
    body = {name: layer for name, layer in found.layers.items() if not name.startswith("head.")}
    assert match(wider, store, head).layers == body
    counted = names_that_count(model)
    by_number = match(graph, Store({counted[name]: held for name, held in store.layers.items()}, MARK))
    right_or_refused(by_number, {name: counted[layer] for name, layer in truth.items()})
    if all(isinstance(item, Conv) for item in items):
        assert found.layers == truth and by_number.layers.keys() == truth.keys()


def names_that_count(model: Any) -> dict[str, str]:
    """What Keras would call the layers of a model by itself."""
    made: dict[str, int] = {}
    named: dict[str, str] = {}
    for layer in (layer for layer in model.layers if layer.weights):
        kind = type(layer).__name__.lower()
        named[layer.name] = f"{kind}_{made.get(kind, 0)}"
        made[kind] = made.get(kind, 0) + 1
    return named


def torch_store(graph: Graph, names: list[str], shuffled: Callable[[list[str]], list[str]]) -> Store:
    """Tensors as PyTorch names and lays them out, in any order."""
    layers = {}
    for name, node in zip(names, (node for node in graph.nodes if node.facts.weights), strict=True):
        layers[name] = tuple(stored(*torch_weight(weight.name, weight.shape), name) for weight in node.facts.weights)
    form: Form = "torch"
    return Store({name: layers[name] for name in shuffled(list(layers))}, MARK, form)


def torch_weight(name: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """A weight as PyTorch has it."""
    called = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    if name == "kernel":
        return "weight", (shape[-1], shape[-2], *shape[:-2])
    return called.get(name, name), shape


@settings(deadline=None, max_examples=60)
@given(NETWORKS, st.randoms(use_true_random=False))
def test_tensors_of_pytorch_are_found_by_their_modules(items: Items, random: Any) -> None:
    """Side by side, where two look alike, they are refused, as numbers say nothing of paths; a row is always found."""
    graph = graph_of(written(items))
    names = [*torch_names(items), "head.fc"]
    store = torch_store(graph, names, lambda names: random.sample(names, len(names)))
    found = match(graph, store)
    right_or_refused(found, dict(zip(weighted(graph), names, strict=True)))
    if all(isinstance(item, Conv) for item in items):
        assert len(found.layers) == len(names)


@pytest.mark.parametrize("spec", MODELS)
def test_every_layer_of_torchvisions_models_is_found(spec: str) -> None:
    """By the names of modules, as a file sorts them, where dozens of layers look alike and shortcuts stand aside."""
    graph, held = cnnspec.load(spec).graph, dict[str, list[Stored]]()
    for name, shape in MODELS[spec].items():
        layer, _, role = name.rpartition(".")
        held.setdefault(layer, []).append(stored(role, shape, layer))
    store = Store({layer: tuple(held[layer]) for layer in sorted(held)}, MARK, "torch")
    assert match(graph, store).layers == dict(zip(weighted(graph), held, strict=True))
