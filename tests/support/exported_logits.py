"""Networks with drawn weights in other runtimes, without the activation at their end, held against float64.

    python -m tests.support.exported_logits SPEC [...]

Of a thousand classes an untrained network says 0.001 each, whatever went wrong in it; what is compared here is what its
last layer adds up, and its batch normalisations have the statistics of a batch. Prints a row for each spec: how far
Keras and each runtime are from the same network in float64, as shares of its largest number; and how much its answers
to four drawn examples differ from their mean, which must be far more.
"""

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np

import cnnspec
from cnnspec.backend.export.network import Network
from cnnspec.backend.export.standalone import loaded
from cnnspec.backend.model.build import build_model
from cnnspec.graph.nodes import Graph
from cnnspec.results.exported import KINDS, Format, Precision
from tests.support.exported_specs import drawn

RUNTIMES = (Format.onnx, Format.litert, Format.openvino)


def row(name: str) -> str:
    """What is told of one."""
    keras.utils.set_random_seed(0)
    graph = cnnspec.load(name).graph
    batch, inputs = (_inputs(graph, count) for count in (8, 4))
    model = _open_ended(build_model(graph, name.partition("@")[0]))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(_given(batch), training=True)
    truth = _said(_exact(model)(_given(inputs), training=False))
    scale = np.abs(truth).max()
    cells = [np.abs(_said(model(_given(inputs), training=False)) - truth).max() / scale]
    cells += [np.abs(_in_runtime(model, graph, format, inputs) - truth).max() / scale for format in RUNTIMES]
    spread = np.abs(truth - truth.mean(axis=0)).max() / scale
    return f"| {name} | {' | '.join(f'{cell:.0e}' for cell in cells)} | {spread:.0e} |"


def _inputs(graph: Graph, count: int) -> dict[str, Any]:
    arrays = drawn(graph, count)[0]
    return arrays if isinstance(arrays, dict) else {next(iter(graph.inputs)): arrays}


def _given(arrays: dict[str, Any]) -> Any:
    return arrays if len(arrays) > 1 else next(iter(arrays.values()))


def _open_ended(model: Any) -> Any:
    """The model with no function at its end."""
    ends = [tensor._keras_history.operation for tensor in model.outputs]
    for layer in ends:
        if hasattr(layer, "activation"):
            layer.activation = keras.activations.linear
    return model


def _exact(model: Any) -> Any:
    """The same network with the same weights, all of it in double precision."""

    def layer(each: Any) -> Any:
        config = each.get_config()
        return type(each).from_config(config if isinstance(each, keras.layers.InputLayer) else _doubled(config))

    exact = keras.models.clone_model(model, clone_function=layer)
    exact.set_weights(model.get_weights())
    assert all(each.compute_dtype == "float64" for each in exact.layers if each.weights)
    return exact


def _doubled(config: Any) -> Any:
    """A layer's configuration, and those of layers in it, with another dtype."""
    if isinstance(config, dict):
        return {key: "float64" if key == "dtype" else _doubled(value) for key, value in config.items()}
    return config


def _said(found: Any) -> Any:
    """All outputs in a row, by their names."""
    named = found if isinstance(found, dict) else {"": found}
    flat = [np.asarray(named[name], np.float64).reshape(len(named[name]), -1) for name in sorted(named)]
    return np.concatenate(flat, axis=1)


def _in_runtime(model: Any, graph: Graph, format: Format, inputs: dict[str, Any]) -> Any:
    about = json.dumps({"inputs": list(graph.inputs), "outputs": list(graph.outputs)})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{KINDS[format].ending}"
        network = Network(model, graph, about, Precision.float32, lambda: iter(()))
        import_module(f"cnnspec.backend.export.formats.{format}").write(network, path)
        run, _ = loaded(path)
        ready = {name: np.ascontiguousarray(each, graph.dtypes.get(name, "float32")) for name, each in inputs.items()}
        return _said(run(ready))


if __name__ == "__main__":
    print(
        "| spec | keras | onnx | litert | openvino | answers |\n| --- | ---: | ---: | ---: | ---: | ---: |", flush=True
    )
    for each in sys.argv[1:]:
        keras.backend.clear_session()
        print(row(each), flush=True)
