"""Every kind of layer is written as stock Keras, with the arguments that it has."""

import json
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnspec.analysis import Analysis, analyse
from cnnspec.backend.model.build import build_model
from cnnspec.reports.code.program import keras_code
from tests.support.code_child import ask, shapes
from tests.support.layers_drawn import KINDS, Case, cases
from tests.support.layers_read import inferred
from tests.support.often import examples

EXAMPLES = settings(
    max_examples=examples(20, 40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
pytestmark = pytest.mark.filterwarnings("ignore:.*You are using a softmax over axis:UserWarning")


def analysed(case: Case) -> Analysis:
    """A spec with the layer alone, reading inputs of these shapes."""
    dtype = "int32" if case.kind in ("embedding", "one_hot") else "float32"
    names = [f"x{place}" for place in range(len(case.shapes))]
    inputs = {name: {"shape": list(shape), "dtype": dtype} for name, shape in zip(names, case.shapes, strict=True)}
    entry = {case.kind: {**case.arguments, "from": names if len(names) > 1 else names[0]}}
    spec = {"cnnspec": 1, "name": "one", "inputs": inputs, "model": {"stage": [entry]}}
    return analyse("-", standard_input=lambda: json.dumps(spec).encode())


def written(analysis: Analysis) -> Any:
    """The model that the code builds."""
    spec, graph = analysis.require()
    names: dict[str, Any] = {"__name__": "written"}
    exec(compile(str(keras_code(spec, graph)), "written", "exec"), names)
    return names["build_model"]()


def configurations(model: Any) -> dict[str, Any]:
    """What each layer of Keras says of itself, by name; operations say nothing."""
    return {layer.name: layer.get_config() for layer in model.layers if isinstance(layer, keras.layers.Layer)}


@EXAMPLES
@given(st.data())
def test_a_drawn_layer_is_what_build_makes(data: st.DataObject) -> None:
    """Weights, configurations of all layers that have a name, and outputs with the same weights."""
    case = data.draw(cases(data.draw(st.sampled_from(KINDS))))
    assume(inferred(case) is not None)
    assume(case.kind != "embedding" or case.arguments["input_dim"] > 1)  # ids are zeros and ones
    analysis = analysed(case)
    assume(not analysis.wrong)
    spec, graph = analysis.require()
    ours, theirs = build_model(graph, spec.name), written(analysis)
    assert shapes(theirs) == shapes(ours)
    mine, said = configurations(ours), configurations(theirs)
    assert all(said[name] == config for name, config in mine.items() if graph.nodes[-1].name == name and name in said)
    one, other = ask(ours), ask(theirs)
    for name, expected in one.items():
        np.testing.assert_allclose(other[name], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["time_distributed", "spectral_norm"])
def test_what_is_within_a_frozen_layer_is_frozen_too(kind: str) -> None:
    """As `build` has it: a batch normalisation within, say, would else learn from what it reads."""
    within = {"conv": {"filters": 2, "kernel_size": 1}}
    analysis = analysed(Case(kind, {"layer": within, "trainable": False}, ((3, 4, 2),)))
    spec, graph = analysis.require()
    theirs = configurations(written(analysis))[graph.nodes[-1].name]
    assert theirs == configurations(build_model(graph, spec.name))[graph.nodes[-1].name]
    assert theirs["layer"]["config"]["trainable"] is False
