"""A model's own weights in the network that is imported from it, and what is said of them."""

import shlex
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from cnnspec.analysis import analyse
from cnnspec.cli.app import carried_out
from cnnspec.weights.mapping import mapped
from cnnspec.weights.source import source_of

TO_BUILD = "to have a model with them: cnnspec "
IN_SPEC = "to start from them, write in spec.yaml: "


def ended(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ending:
        raise SystemExit(carried_out(list(arguments)))
    return int(str(ending.value.code or 0))


def drawn(model: keras.Model) -> keras.Model:
    """A model with weights that differ everywhere, so that two of one shape cannot be taken for each other."""
    random = np.random.default_rng(3)
    for weight in model.weights:
        weight.assign(random.uniform(0.1, 0.6, weight.shape))
    return model


def masked() -> keras.Model:
    """Words with a mask, which Keras keeps as operations: recurrent layers, one both ways, attention, a join."""
    words, more = keras.Input((6,), dtype="int32", name="words"), keras.Input((6,), dtype="int32", name="more")
    embed = layers.Embedding(9, 4, mask_zero=True)
    x = layers.LSTM(4, return_sequences=True)(embed(words))
    x = layers.Concatenate()([x, layers.LSTM(4, return_sequences=True)(embed(more))])
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True))(x)
    x = layers.LayerNormalization()(layers.MultiHeadAttention(2, 3)(x, x))
    return drawn(keras.Model([words, more], layers.Dense(2)(layers.LSTM(5)(x)), name="masked"))


def pictures() -> keras.Model:
    """A residual network, its norm and activation in layers of their own."""
    image = keras.Input((8, 8, 3), name="image")
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", use_bias=False)(image)))
    x = layers.Add()([x, layers.Conv2D(4, 3, padding="same")(x)])
    return drawn(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)), name="pictures"))


def examples(model: keras.Model) -> list[Any]:
    """Three inputs, of words with padding behind them, or of pixels."""
    random = np.random.default_rng(4)
    if model.name != "pictures":
        held = [random.integers(1, 9, (3, each.shape[1])) for each in model.inputs]
        for each in held:
            each[1, 3:] = 0
        return held
    return [random.uniform(size=(3, *each.shape[1:])).astype("float32") for each in model.inputs]


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("made", [masked, pictures])
def test_what_weights_says_gives_the_same_outputs(
    made: Any, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that it prints builds the model anew with all its weights; the line for the spec takes them, too."""
    monkeypatch.chdir(tmp_path)
    model = made()
    model.save(f"model{ending}")
    capsys.readouterr()
    assert ended("import", f"model{ending}", "-o", "spec.yaml", "--weights") == 0
    told = capsys.readouterr().out.splitlines()
    count = len([weight for weight in model.weights if "seed" not in weight.name])
    assert f"weights: {count} of {count} are in model{ending}, found by structure" in told
    (command,) = [line.removeprefix(TO_BUILD) for line in told if line.startswith(TO_BUILD)]
    assert ended(*shlex.split(command)) == 0
    again = keras.models.load_model("spec.keras", compile=False)
    given = examples(model)
    by_name = {each.name: held for each, held in zip(model.inputs, given, strict=True)}
    here, there = (by_name, given) if len(given) > 1 else (given[0], given[0])
    np.testing.assert_allclose(again(here), model(there), rtol=0, atol=1e-6)
    (line,) = [line.removeprefix(IN_SPEC) for line in told if line.startswith(IN_SPEC)]
    Path("spec.yaml").write_text(Path("spec.yaml").read_text() + line + "\n")
    analysis = analyse("spec.yaml")
    assert analysis.spec is not None
    assert analysis.graph is not None
    assert not analysis.diagnostics
    source = source_of(analysis.spec)
    assert source is not None
    assert mapped(source, analysis.graph)[0].count("loaded") == count


class Shifting(layers.Layer):
    """A layer of somebody's own, with a weight."""

    def build(self, shape: Any) -> None:
        """A number for each channel."""
        self.shift = self.add_weight(shape=(shape[-1],), name="shift")

    def call(self, inputs: Any) -> Any:
        """The input, shifted."""
        return inputs + self.shift


def shifting() -> keras.Model:
    """A network with a layer that no spec can say."""
    image = keras.Input((8, 8, 3), name="image")
    x = Shifting(name="own")(layers.Conv2D(4, 3)(image))
    return drawn(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)), name="shifting"))


def test_a_layer_that_is_passed_over_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard error says that the network is another, printed or written; what only it had of weights is told."""
    monkeypatch.chdir(tmp_path)
    shifting().save("model.keras")
    said = "1 layer is left out: the spec computes something else than the model"
    assert ended("import", "model.keras") == 1
    printed = capsys.readouterr()
    assert said in printed.err
    assert "left out: the layer own of class Shifting" in printed.err
    assert said not in printed.out
    assert ended("import", "model.keras", "-o", "spec.yaml", "--weights") == 1
    written = capsys.readouterr()
    assert said in written.err
    assert Path("spec.yaml").read_text() == printed.out
    assert "weights: 4 of 4 are in model.keras" in written.out
    assert "left in the file: own" in written.out


def test_weights_that_are_not_there_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration has none, and nothing is ignored where no spec is written."""
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(pictures().to_json())
    assert ended("import", "model.json", "-o", "spec.yaml", "--weights") == 1
    assert "model.json is no file of weights" in capsys.readouterr().err
    assert ended("import", "model.json", "--weights") == 2
    assert "help: cnnspec import model.json -o model.yaml --weights" in capsys.readouterr().err
    flat = keras.Sequential([keras.Input((4, 4, 1)), layers.MaxPooling2D()])
    flat.save("flat.keras")
    assert ended("import", "flat.keras", "-o", "flat.yaml", "--weights") == 0
    assert "the network has no weights" in capsys.readouterr().out


def test_weights_outside_of_the_spec_are_for_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A spec names nothing outside its folder, so that no such line is told; a model beside the spec is not named."""
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path / "specs")
    pictures().save("../model.keras")
    Path("spec.keras").write_text("mine")
    capsys.readouterr()
    assert ended("import", "../model.keras", "-o", "spec.yaml", "--weights") == 0
    told = capsys.readouterr().out
    assert "start_from:" not in told
    assert f"{TO_BUILD}build spec.yaml --start-from ../model.keras -o spec_built.keras" in told
