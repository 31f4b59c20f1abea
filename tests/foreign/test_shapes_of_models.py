"""Models within models, layers applied twice, several inputs and outputs, and what no spec can say."""

import json
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from cnnspec.analysis import analyse
from cnnspec.cli.app import carried_out
from cnnspec.foreign.keras_channels import Unclear
from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.spec_of import spec_of
from tests.support.imported import folded


def body(text: str) -> str:
    """The model of a spec."""
    return text.partition("model:")[2]


def encoder() -> keras.Model:
    """A sequence of layers."""
    parts = [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3)]
    return keras.Sequential([keras.Input((12, 12, 1)), *parts], name="encoder")


def twin() -> keras.Model:
    """Two pictures go through one sequence."""
    left, right, encode = keras.Input((12, 12, 1), name="left"), keras.Input((12, 12, 1), name="right"), encoder()
    apart = layers.Subtract(name="apart")([encode(left), encode(right)])
    return keras.Model([left, right], layers.Dense(1, name="score")(apart), name="twin")


def test_a_model_that_is_applied_twice_is_a_stage_that_is_reused() -> None:
    """The stage is called as the model is, and its weights count once."""
    model = twin()
    text, graph = folded(model, "twin")
    assert "reuse: {entry: encoder, from: right}" in text
    assert sum(weight.size for node in graph.nodes if node.shared is None for weight in node.facts.weights) == (
        model.count_params()
    )


def test_a_model_within_a_model_is_opened() -> None:
    """Its layers stand in a stage that is called as it is."""
    image = keras.Input((12, 12, 1), name="image")
    text, _ = folded(keras.Model(image, layers.Dense(2, name="head")(encoder()(image)), name="whole"), "whole")
    assert "\n  encoder:" in text


def test_outputs_keep_their_names() -> None:
    """Those of a dictionary, as far as they can be names."""
    image = keras.Input((8, 8, 3), name="image")
    hidden = layers.Conv2D(4, 3, name="hidden")(image)
    model = keras.Model(image, {"flat": layers.Flatten()(hidden), "the most": layers.GlobalMaxPooling2D()(hidden)})
    _, graph = folded(model, "two")
    assert list(graph.outputs) == ["flat", "the_most"]


def test_a_lambda_is_never_run_and_is_told(tmp_path: Path) -> None:
    """What it would do stands nowhere in the spec, and the file it would write is not there."""
    trace = tmp_path / "it_ran"
    image = keras.Input((8, 8, 3), name="image")
    code = layers.Lambda(lambda tensor, path=str(trace): (Path(path).touch(), tensor)[1], name="sly")(image)
    model = keras.Model(image, layers.Conv2D(2, 3)(code), name="sly")
    trace.unlink(missing_ok=True)
    found = spec_of(keras_network(json.loads(model.to_json())), "sly.json")
    assert "the layer sly of class Lambda, reads image: a function in Python, which is not run" in found.left_out
    assert "# - the layer sly of class Lambda" in found.text
    assert not trace.exists()
    assert analyse("-", standard_input=found.text.encode).graph is not None


class Doubling(layers.Layer):
    """A layer of somebody's own."""

    def call(self, inputs: Any) -> Any:
        """Twice the input."""
        return inputs * 2


def test_a_class_of_somebodys_own_is_told_with_its_settings() -> None:
    """The rest of the network is imported without it."""
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, layers.Conv2D(2, 3)(Doubling(name="own")(image)), name="own")
    found = spec_of(keras_network(json.loads(model.to_json())), "own.json")
    assert found.left_out == ("the layer own of class Doubling, reads image",)
    assert "conv: {filters: 2, kernel_size: 3}" in body(found.text)


def test_a_small_file_cannot_stand_for_an_endless_network() -> None:
    """Models within models are counted by the layers that they come to."""
    held = json.loads(encoder().to_json())
    for depth in range(6):
        reference = {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": ["x", 0, 0]}}
        calls = [{"args": [reference], "kwargs": {}} for _ in range(40)]
        inner = {**held, "name": "inner", "inbound_nodes": calls}
        start = {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [None, 12, 12, 1], "name": "x"}}
        config = {"name": f"m{depth}", "layers": [{**start, "inbound_nodes": []}, inner]}
        held = {"class_name": "Functional", "config": {**config, "input_layers": ["x", 0, 0]}}
        held["config"]["output_layers"] = ["inner", 39, 0]
    with pytest.raises(Unclear, match="more than 20,000 layers"):
        keras_network(held)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model.json", "-o", "there.yaml"], "there.yaml is there already"),
        (["model.json", "-o", "nowhere/spec.yaml"], "there is no folder nowhere"),
        (["model.json", "-o", "spec.txt"], "does not end in .yaml"),
        (["nothing.keras"], "there is no nothing.keras"),
    ],
)
def test_a_place_that_does_not_hold_is_told_first(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is overwritten, and nothing is written beside it."""
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(encoder().to_json())
    Path("there.yaml").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(carried_out(["import", *arguments]))
    assert ended.value.code in (1, 2)
    assert said in capsys.readouterr().err
    assert Path("there.yaml").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "there.yaml"]
