"""What a run's network looked at, from files and arrays to values and pictures."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.attribution.looking import Looker, Wish, look, look_at_kernels, look_at_split
from cnnspec.backend.attribution.sheet import sheet
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.model.load_model import load_model
from cnnspec.backend.predict import Predictor
from cnnspec.backend.train import train
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.attribution import Look, SeenCurve, SeenNumbers, SeenPicture, SeenWords
from cnnspec.runs.folder import RunFolder, open_run
from cnnspec.source.diagnostic import Rejected
from tests.support.small_runs import TRAINING, examples, small_spec, written_spec

WORDS = """
inputs: {tokens: {shape: [6], dtype: int32}}
model: [embedding: {input_dim: 20, output_dim: 4}, flatten, dense: {units: 3, activation: softmax}]
data: {source: table, train: words.csv, text: {column: text}, label: {column: kind}}
training: {epochs: 1, loss: auto, seed: 1, precision: mixed_bfloat16}
"""
SEVERAL = """
inputs: {wave: [24, 1], age: [1]}
model:
  see: [conv: {filters: 3, kernel_size: 5, activation: relu, from: wave}, global_avg_pool]
  join: [concat: {from: [see, age]}, dense: {units: 1, activation: sigmoid}]
  size: [dense: {units: 1, from: see}]
outputs: {kind: join, size: size}
data: {source: arrays, train: several.npz}
training: {epochs: 1, loss: auto, seed: 1}
"""
PLACES = """
inputs: {image: [8, 8, 1]}
model:
  conv1: [conv: {filters: 4, kernel_size: 3, padding: same, activation: relu}]
  head: [conv: {filters: 3, kernel_size: 1, activation: softmax}]
data: {source: arrays, train: places.npz}
training: {epochs: 1, loss: auto, seed: 1}
"""
Trained = tuple[RunFolder, Spec, Graph]


def trained(folder: Path, spec: Spec, graph: Graph) -> Trained:
    """A run of the spec."""
    return open_run(Path(train(spec, graph, runs_dir=folder / "runs").run)), spec, graph


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("pictures")
    return trained(folder, *small_spec(folder, TRAINING))


def test_a_picture_is_told_by_numbers_and_shown(pictures: Trained) -> None:
    """As `predict` says it, complete, with the Grad-CAM of the last stage that has places, and a picture of all."""
    array = examples(4, 9)[0]
    looks = look(*pictures, given=array)
    predictor = Predictor(*pictures)
    told = [each for some in predictor.predict(predictor.given(array)) for each in some]
    assert [each.said for each in looks] == [each.outputs[0] for each in told]
    for each in looks:
        (seen,) = each.inputs
        assert isinstance(seen, SeenPicture) and each.path and each.target and each.said
        assert each.path.complete and abs(each.path.total - seen.total) < 1e-9
        pixels = np.array(seen.attributions)
        assert pixels.shape == (6, 6) and pixels.sum() == pytest.approx(seen.total)
        assert seen.strongest == np.unravel_index(abs(pixels).argmax(), (6, 6))
        assert each.target.name == each.said.guesses[0].name and each.target.predicted
        assert seen.heat and seen.heat.shape == (4, 4) and len(seen.heat.values) == 16 and min(seen.heat.values) >= 0
        assert [panel.title for panel in seen.panels] == ["read", "Grad-CAM", "integrated gradients"]
        assert Image.open(BytesIO(each.png)).width > max(panel.size[0] for panel in seen.panels)
    whole = Image.open(BytesIO(sheet(looks, "all", look_at_kernels(*pictures))))
    assert whole.height > sum(Image.open(BytesIO(each.png)).height for each in looks)


def test_a_class_and_a_baseline_are_as_asked(pictures: Trained) -> None:
    """The attributions of another class are of its probability; from the picture itself nothing is left."""
    array = np.full((1, 6, 6, 1), 2.0, np.float32)
    (plain,), (asked,) = look(*pictures, given=array), look(*pictures, given=array, wish=Wish(named="2", baseline=2.0))
    assert plain.path and asked.path and asked.target and asked.target.name == "2"
    assert plain.path.baseline == "0 for each number" and asked.path.baseline == "2 for each number"
    assert asked.path.at_example == pytest.approx(asked.path.at_baseline) and asked.path.total == 0


def test_mistakes_are_found_by_the_places_that_an_evaluation_names(pictures: Trained) -> None:
    evaluation = evaluate(*pictures, most=None)
    (output,) = evaluation.outputs
    assert output.mistakes
    worst = output.mistakes.worst[:3]
    looks = look_at_split(*pictures, "test", [each.example.place for each in worst])
    assert [each.name for each in looks] == [each.example.place for each in worst]
    assert [each.target and each.target.name for each in looks] == [getattr(each, "said", "") for each in worst]
    with pytest.raises(Rejected, match="nowhere"):
        look_at_split(*pictures, "test", ["nowhere"])


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Wish(at="nowhere"), "no stage nowhere"),
        (Wish(at="flatten1"), r"flatten1 gives \(64,\); expected a stage with spatial axes"),
        (Wish(maps="dense1"), r"dense1 gives \(3,\); expected a stage with spatial axes"),
        (Wish(named="7"), "no class 7"),
        (Wish(output="kind"), "no output kind"),
    ],
)
def test_what_the_network_has_not_is_refused(wish: Wish, told: str, pictures: Trained) -> None:
    with pytest.raises(Rejected, match=told):
        Looker(*pictures, wish)


def test_a_text_is_attributed_word_by_word(tmp_path: Path) -> None:
    """Summed over each word's vector, from padding: which counts nothing itself, as an empty text counts nothing.

    The run computes in bfloat16, and the attributions are complete nevertheless.
    """
    rows = [f"{word} {word} film,{kind}" for word, kind in (("good", "a"), ("bad", "b"), ("odd", "c"))] * 8
    (tmp_path / "words.csv").write_text("text,kind\n" + "\n".join(rows) + "\n")
    run = trained(tmp_path, *written_spec(tmp_path, WORDS))
    looker = Looker(*run)
    whole, empty, long = looker.all(None, [], ["Good, unheard film!", "", "good bad odd film good bad odd film"])
    (seen,) = whole.inputs
    assert isinstance(seen, SeenWords) and whole.path and whole.path.complete and "float32" in looker.remarks[0]
    assert [(word.text, word.known) for word in seen.words] == [("good", True), ("unheard", False), ("film", True)]
    assert seen.padding == 0 and sum(word.attribution for word in seen.words) == pytest.approx(whole.path.total)
    (nothing,), (cut,) = empty.inputs, long.inputs
    assert isinstance(nothing, SeenWords) and not nothing.words and nothing.total == 0
    assert isinstance(cut, SeenWords) and (len(cut.words), cut.unread) == (6, 2)


def test_several_inputs_share_what_is_divided(tmp_path: Path) -> None:
    """A curve and a number; and the other output is a number, which is attributed itself."""
    random = np.random.default_rng(0)
    wave, age = random.normal(size=(20, 24, 1)).astype("f4"), random.normal(size=(20, 1)).astype("f4")
    kind, size = random.integers(0, 2, 20), random.normal(size=20).astype("f4")
    np.savez(tmp_path / "several.npz", wave=wave, age=age, kind=kind, size=size)
    run = trained(tmp_path, *written_spec(tmp_path, SEVERAL))
    given = {"wave": wave[:1], "age": age[:1]}
    (joined,), (number,) = look(*run, given=given), look(*run, given=given, wish=Wish(output="size", at="see.conv1"))
    curve, single = joined.inputs
    assert isinstance(curve, SeenCurve) and isinstance(single, SeenNumbers) and joined.path and joined.path.complete
    assert curve.total + single.total == pytest.approx(joined.path.total) and len(curve.attributions[0]) == 24
    assert number.target and number.target.probability is None and number.path and number.path.complete
    assert number.said and [number.path.at_example] == pytest.approx(number.said.values, rel=1e-5)
    assert isinstance(number.inputs[0], SeenCurve) and number.inputs[0].heat and len(curve.heats) == 24
    assert curve.heat and curve.heat.stage.told == "see.conv1 (20), the last layer with spatial axes of wave"
    assert all(isinstance(each, Look) for each in (joined, number))


def test_of_a_map_of_classes_the_places_that_are_said_to_be_it_are_asked(tmp_path: Path) -> None:
    """Their mean probability is divided; the Grad-CAM before a layer of one place is its weights times what it reads.

    Without a class that which most places are said to be of is asked.
    """
    x = np.random.default_rng(0).normal(size=(24, 8, 8, 1)).astype("f4")
    np.savez(tmp_path / "places.npz", x=x, y=(x[..., 0] > 0).astype("i4") + (x[..., 0] > 1))
    run = trained(tmp_path, *written_spec(tmp_path, PLACES))
    model = load_model(*run)
    first = np.asarray(model.layers[1](x[:1]))[0]
    probabilities = np.asarray(model(x[:1]))[0]
    decided = probabilities.argmax(axis=-1)
    most = int(np.bincount(decided.ravel()).argmax())
    for wish, number in ((Wish(maps="conv1"), most), (Wish(named="0", steps=9), 0)):
        (seen,) = look(*run, given=x[:1], wish=wish)
        assert seen.path and seen.target and seen.target.name == str(number)
        here = decided == number if (decided == number).any() else np.ones_like(decided, bool)
        assert seen.path.at_example == pytest.approx(probabilities[here][:, number].mean(), rel=1e-5)
        assert seen.target.probability == pytest.approx(seen.path.at_example, rel=1e-5)
        (heat,), kernel = seen.heats, model.layers[-1].get_weights()[0][0, 0, :, number]
        weights = kernel * here.sum() / max(1, here.sum()) / here.size
        np.testing.assert_allclose(np.reshape(heat.values, heat.shape), np.maximum(first @ weights, 0), atol=1e-6)
        assert (seen.maps is not None) == (wish.maps is not None) and "a class at each of 8×8 places" in seen.answer
