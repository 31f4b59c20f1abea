"""Every good spec is accepted without a word, and Keras builds from it what the graph says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnspec
from cnnspec.analysis import analyse
from cnnspec.graph.facts import totals
from cnnspec.language.training import Training
from tests.support.often import one_in
from tests.support.places import TESTS
from tests.support.script import run_plain

OK = TESTS / "specs_ok"
SPECS = sorted(OK.glob("*.yaml"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_good_spec_is_fine_in_every_variant(path: Path) -> None:
    analysis = analyse(str(path), every_variant=True)
    assert not analysis.diagnostics and analysis.graph is not None
    for variant in analysis.spec.root.get("variants") or () if analysis.spec else ():
        named = analyse(f"{path}@{variant.key}", every_variant=True)
        assert not named.diagnostics and named.spec is not None and named.spec.variant == variant.key


def _is_named_after(name: str, nodes: set[str]) -> bool:
    """Whether a layer is a node's, or a part of what a node stands for."""
    return name in nodes or name.rpartition(".")[0] in nodes


def shape_of(tensor: Any) -> list[int | None]:
    return list(tensor.shape[1:])


LARGE = {"paper-alexnet", "paper-densenet", "paper-efficientnet-b0", "paper-resnext"}
"""Which are as deep as in their papers; what they are made of stands in smaller specs, too."""
BUILT = one_in(4, SPECS, always=[path for path in SPECS if path.stem not in LARGE])


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
def test_keras_builds_what_the_graph_says(path: Path) -> None:
    """Parameters, those to learn, layer names, and the shapes and types of inputs and outputs."""
    network = cnnspec.load(str(path))
    graph, model = network.graph, network.build()
    facts = totals(graph.nodes)
    assert model.count_params() == facts.params
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == facts.trainable_params
    assert len({node.name for node in graph.nodes}) == len(graph.nodes)
    assert all(_is_named_after(layer.name, {node.name for node in graph.nodes}) for layer in model.layers)
    outputs = model.output if isinstance(model.output, dict) else {next(iter(graph.outputs)): model.output}
    sizes = {
        name: [s if isinstance(s, int) else None for s in graph.nodes[at].output] for name, at in graph.outputs.items()
    }
    assert {name: shape_of(tensor) for name, tensor in outputs.items()} == sizes
    inputs = model.input if isinstance(model.input, dict) else {next(iter(graph.inputs)): model.input}
    assert {name: tensor.dtype for name, tensor in inputs.items()} == graph.dtypes


SAVED = (
    "padding",
    "parallel",
    "reuse-siamese",
    "reuse-of-entries",
    "reuse-without-weights",
    "residual-shortcuts",
    "scopes",
    "layers-of-numbers",
)
LOADER = """
import keras, numpy as np
for name in NAMES:
    given = dict(np.load(f"{name}.in.npz"))
    model = keras.models.load_model(f"{name}.keras")
    result = model(given if len(given) > 1 else next(iter(given.values())))
    result = next(iter(result.values())) if isinstance(result, dict) else result
    np.save(f"{name}.out.npy", result)
"""


def test_what_is_saved_gives_the_same_in_plain_keras(tmp_path: Path) -> None:
    """A process that cannot import cnnspec opens the files and predicts the same."""
    expected = {}
    for name in SAVED:
        network = cnnspec.load(str(OK / f"{name}.yaml"))
        model = network.build(seed=3)
        random = np.random.default_rng(0)
        given = {}
        for key, at in network.graph.inputs.items():
            shape = (2, *(int(str(size)) for size in network.graph.nodes[at].output))
            whole = network.graph.dtypes[key] != "float32"
            given[key] = random.integers(0, 30, shape) if whole else random.normal(size=shape).astype("float32")
        result = model(given if len(given) > 1 else next(iter(given.values())))
        expected[name] = next(iter(result.values())) if isinstance(result, dict) else result
        model.save(tmp_path / f"{name}.keras")
        np.savez(tmp_path / f"{name}.in.npz", **given)
    run_plain(f"NAMES = {SAVED!r}\n{LOADER}", tmp_path)
    for name, result in expected.items():
        assert np.allclose(np.load(tmp_path / f"{name}.out.npy"), result, rtol=1e-4, atol=1e-5), name


def test_the_good_specs_use_every_training_key_and_every_source() -> None:
    specs = [analyse(str(path)).spec for path in SPECS]
    keys = {key for spec in specs if spec and spec.training for key in spec.training.model_fields_set}
    assert keys == set(Training.model_fields)
    sources = {getattr(spec.data, "source", None) for spec in specs if spec and spec.data}
    assert sources == {
        "digits",
        "image_folder",
        "arrays",
        "table",
        "text_lines",
        "synthetic",
        "keras",
        "tfds",
        "huggingface",
    }
