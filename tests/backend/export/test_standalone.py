"""The predict.py beside an exported file: it reads texts and pictures as a run does, and says what a run says."""

import ast
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnspec.backend.data.formats.decode_picture import read_picture
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.export import standalone, standalone_inputs
from cnnspec.backend.export.about import _output, _text
from cnnspec.backend.export.script import predict_script
from cnnspec.backend.objective.output_reading import answer_of
from cnnspec.backend.predict import tell
from cnnspec.graph.heads import heads
from cnnspec.language.features import TextOptions
from cnnspec.reports.prediction import JsonLines
from cnnspec.results.prediction import Prediction
from tests.support.spec_texts import graph_of

WORDS = ("", "[UNK]", "good", "film", "a", "not", "good film", "é", "ﬁlm", "g", "o")
TEXTS = st.lists(
    st.sampled_from([*WORDS, " ", "\t", "\u00a0", "\u2003", "Good!", "FILM", "it's", "ß", "\u0130"])
    | st.text(max_size=4),
    max_size=8,
).map(" ".join)
OPTIONS: tuple[tuple[dict[str, Any], int | None], ...] = (
    ({}, 6),
    ({}, None),
    ({"standardize": "ascii", "ngrams": 2}, 5),
    ({"standardize": None, "split": "character"}, 7),
    ({"split": None}, 2),
    ({"standardize": "web", "ngrams": [1, 3], "output_sequence_length": 4}, 4),
    ({"output_mode": "multi_hot"}, None),
    ({"output_mode": "count", "ngrams": [2]}, None),
    ({"output_mode": "tf_idf", "max_tokens": 15, "pad_to_max_tokens": True}, 15),
)


@settings(deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=5), drawn=st.sampled_from(OPTIONS))
def test_a_text_becomes_the_ids_of_the_training(texts: list[str], drawn: tuple[dict[str, Any], int | None]) -> None:
    written, length = drawn
    options = TextOptions(**written)
    tokens = WORDS if options.output_mode == "int" else WORDS[1:]
    weights = tuple(0.5 + number for number in range(len(tokens))) if options.output_mode == "tf_idf" else ()
    vocabulary = Vocabulary(options, tokens, length, weights)
    how = _text(vocabulary)
    for text, expected in zip(texts, vocabulary.encode(texts), strict=True):
        found = standalone_inputs.ids(text, how, length)
        if options.output_mode == "int" and length is None:  # alone, it is as long as it is, and at least one
            expected = expected[: max(1, int(np.max(np.nonzero(expected)[0], initial=0)) + 1)]
            found = found[: len(expected)] if not found[len(expected) :].any() else found
        np.testing.assert_array_equal(found, expected)


def pictures(folder: Path) -> list[Path]:
    """In every depth and with every kind of opacity that files have, and one large enough to be shrunk."""
    random = np.random.default_rng(0)
    colour = Image.fromarray(random.integers(0, 256, (30, 50, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.fromarray(np.kron(random.integers(0, 256, (16, 16, 3), np.uint8), np.ones((160, 160, 1), np.uint8)))
    sixteen = Image.fromarray(random.integers(0, 65536, (20, 20), np.uint16))
    made = {
        "colour.png": colour, "grey.png": colour.convert("L"), "palette.png": colour.quantize(),
        "bits.png": colour.convert("1"), "clear.png": colour.convert("RGBA"), "sixteen.png": sixteen,
        "colour.bmp": colour, "colour.gif": colour, "colour.webp": colour, "photo.jpg": colour, "large.jpg": large,
    }  # fmt: skip
    made["clear.png"].putalpha(colour.convert("L"))
    for name, image in made.items():
        image.save(folder / name, **({"exif": exif} if name == "photo.jpg" else {}))
    colour.quantize().save(folder / "hole.png", transparency=3)
    return [folder / name for name in (*made, "hole.png")]


@pytest.mark.parametrize(
    "reading",
    [
        Reading(12, 20, 3),
        Reading(9, 9, 1, "crop", "area"),
        Reading(14, 8, 4, "pad", "lanczos3"),
        Reading(50, 30, 3, "stretch", "nearest"),
    ],
    ids=str,
)
def test_a_picture_becomes_the_numbers_of_the_training(reading: Reading, tmp_path: Path) -> None:
    how = {"reading": {name: getattr(reading, name) for name in reading.__slots__}, "ends": None, "whole": False}
    for path in pictures(tmp_path):
        np.testing.assert_array_equal(
            standalone_inputs.picture(path, how, reading.shape), read_picture(path, reading), path.name
        )


HEADS = {
    "softmax": ("dense: {units: 4, activation: softmax}", "sparse_categorical_crossentropy"),
    "logits": ("dense: 4", "sparse_categorical_crossentropy: {from_logits: true}"),
    "one of two": ("dense: {units: 1, activation: sigmoid}", "binary_crossentropy"),
    "one logit": ("dense: 1", "binary_crossentropy: {from_logits: true}"),
    "labels": ("dense: {units: 5, activation: sigmoid}", "binary_crossentropy"),
    "sides": ("dense: {units: 1, activation: tanh}", "hinge"),
    "numbers": ("dense: 3", "mean_squared_error"),
}


@pytest.mark.parametrize(("layer", "loss"), HEADS.values(), ids=HEADS)
def test_numbers_say_what_predict_says(layer: str, loss: str) -> None:
    text = f"inputs: {{x: [4]}}\nmodel: [{layer}]\ntraining: {{loss: {{{loss}}}}}\n" if ":" in loss else ""
    graph = graph_of(text or f"inputs: {{x: [4]}}\nmodel: [{layer}]\ntraining: {{loss: {loss}}}\n")
    (head,) = heads(graph)
    answer = answer_of(head, tuple("abcde"[: max(2, head.units)]))
    numbers = np.random.default_rng(1).normal(0.4, 0.5, (20, head.units)).astype("float32")
    for row, told in zip(numbers, tell(answer, numbers, 3), strict=True):
        said = standalone.tell(_output(answer), row, 3)
        if told.values is not None:
            assert said["values"] == pytest.approx(told.values, rel=1e-8)
            continue
        assert [(each["class"], each.get("holds")) for each in said["top"]] == [
            (guess.name, guess.holds) for guess in told.guesses
        ]
        probabilities = [guess.probability for guess in told.guesses]
        assert [each["probability"] for each in said["top"]] == pytest.approx(probabilities, abs=1e-6)


@pytest.mark.parametrize("layer", ["dense: {units: 2, activation: softmax}", "dense: 2"])
def test_numbers_that_are_not_finite_are_null_as_predict_has_them(layer: str) -> None:
    graph = graph_of(f"inputs: {{x: [4]}}\nmodel: [{layer}]\ntraining: {{loss: auto}}\n")
    answer = answer_of(heads(graph)[0], ("a", "b") if "softmax" in layer else ())
    numbers = np.array([np.nan, np.inf], "float32")
    ours = Prediction("x.npy", None, tuple(tell(answer, numbers[None], 2)))
    line = standalone.json_line({"input": "x.npy"} | standalone.tell(_output(answer), numbers, 2))
    assert json.loads(line, parse_constant=pytest.fail) == json.loads(JsonLines([answer]).rows([ours]))
    assert line.count("null") == 2


GREY = {"name": "image", "shape": [4, 3, 1], "dtype": "float32", "ids": None, "picture": None, "text": None}
WORDS_READ = GREY | {"name": "tokens", "shape": [3], "dtype": "int32", "ids": 9}
NUMBERS = np.arange(24, dtype="float64").reshape(2, 4, 3, 1)


@pytest.mark.parametrize(
    ("array", "count"),
    [(NUMBERS, 2), (NUMBERS[0], 1), (NUMBERS[..., 0], 2), (NUMBERS[0, ..., 0], 1), (NUMBERS.astype("int8"), 2)],
    ids=lambda each: str(getattr(each, "shape", "")),
)
def test_an_example_alone_and_a_picture_without_channels_are_read(array: Any, count: int, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", array)
    found = [pieces["image"] for _, _, pieces in standalone_inputs.examples([GREY], [str(tmp_path / "a.npy")], [])]
    np.testing.assert_array_equal(found, NUMBERS[:count])


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (NUMBERS[:, 1:], r"image has shape \(2, 3, 3, 1\); expected \(n, 4, 3, 1\)"),
        (NUMBERS[:0], "holds no examples"),
        (NUMBERS * np.nan, "image holds NaN or infinite numbers"),
        (np.array(["a"]), "image is <U1; expected numbers"),
        (b"no array", "is no file of numbers or texts"),
        (None, "No such file"),
        ({"x": NUMBERS}, "has x; expected image, tokens"),
        ({"image": NUMBERS, "tokens": np.zeros((3, 3))}, "2 of image, 3 of tokens"),
        ({"image": NUMBERS, "tokens": np.full((2, 3), 0.5)}, "tokens holds fractions"),
        ({"image": NUMBERS, "tokens": np.full((2, 3), 9)}, "tokens holds 9 to 9; expected 0 to 8"),
        ({"image": NUMBERS, "tokens": np.full((2, 3), -1)}, "tokens holds -1 to -1"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_told(held: Any, said: str, tmp_path: Path) -> None:
    path, inputs = tmp_path / "a.npy", [GREY]
    if isinstance(held, dict):
        path, inputs = tmp_path / "a.npz", [GREY, WORDS_READ]
        np.savez(path, **held)
    elif isinstance(held, bytes):
        path.write_bytes(held)
    elif held is not None:
        np.save(path, held)
    with pytest.raises(standalone_inputs.Unreadable, match=said):
        list(standalone_inputs.examples(inputs, [str(path)], []))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.onnx", "no such file"),
        ("a.txt", "expected a .keras, .onnx"),
        ("folder", "or the folder of a SavedModel"),
        ("a.xml", "a.bin is not beside it"),
        ("a.onnx", r"damaged \(is no ONNX file"),
        ("a.tflite", "damaged"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for each in ("a.txt", "a.xml", "a.onnx", "a.tflite"):
        (tmp_path / each).write_text("something")
    with pytest.raises(standalone_inputs.Unreadable, match=said):
        standalone.Network(tmp_path / name)


def test_the_script_is_whole_and_needs_numpy_alone(tmp_path: Path) -> None:
    """Without Pillow, too; nothing in it is defined twice, and nothing of ours is imported."""
    text = predict_script()
    tree = ast.parse(text)
    defined = Counter(
        name.id if isinstance(name, ast.Name) else name
        for node in tree.body
        for name in (getattr(node, "targets", None) or [getattr(node, "name", None)])
        if name
    )
    assert not [name for name, times in defined.items() if times > 1]
    assert "import cnnspec" not in text and "from cnnspec" not in text
    (tmp_path / "predict.py").write_text(text)
    blocked = "import sys; sys.modules['PIL'] = None; import predict; print('cnnspec' in sys.modules, predict.Image)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", _WITH_NUMPY + blocked], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.split() == ["False", "None"], done.stderr


_WITH_NUMPY = f"import sys; sys.path.insert(0, {str(Path(np.__file__).parents[1])!r}); "
