"""Examples that are shown: what a reader of the picture, text or curve sees is what the network gets."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.backend.inspect.look import look
from cnnspec.backend.inspect.samples import samples_of
from cnnspec.results.samples import SampleCurve, SamplePicture, SampleText
from tests.support.small_runs import written_spec

LABELS = np.array([0, 1, 2] * 4)
NAMES = ("ant", "bee", "cow")


def dataset(inputs: np.ndarray) -> Dataset:
    """Examples of three classes in turn."""
    return Dataset(Split("train", {"x": inputs}, {"y": LABELS}), None, None, {"y": NAMES})


def test_small_pictures_are_kept_to_the_bit_four_of_each_class() -> None:
    pictures = np.random.default_rng(3).integers(0, 256, (12, 5, 7, 3), np.uint8)
    pictures[0, 0, 0] = 255
    (samples,) = samples_of(dataset(pictures))
    rows = [row for label in range(3) for row in np.flatnonzero(label == LABELS)]
    for sample, row in zip(samples.shown, rows, strict=True):
        assert isinstance(sample, SamplePicture)
        assert sample.label == NAMES[LABELS[row]] and sample.size == (7, 5) and sample.kind == "png"
        assert np.array_equal(np.asarray(Image.open(BytesIO(sample.content))), pictures[row])


def test_photographs_are_made_smaller_and_keep_their_colours() -> None:
    pictures = np.zeros((12, 300, 200, 3), np.uint8)
    pictures[..., 0] = 200
    (samples,) = samples_of(dataset(pictures))
    first = samples.shown[0]
    assert isinstance(first, SamplePicture) and first.size == (128, 192) and first.kind == "jpeg"
    shown = np.asarray(Image.open(BytesIO(first.content))).astype(int)
    assert abs(shown - [200, 0, 0]).max() < 8 and len(first.content) < 4_000


def test_signals_are_curves_of_their_numbers_and_columns_of_a_table_are_none() -> None:
    signals = np.random.default_rng(4).normal(size=(12, 90, 2)).astype("float32")
    (samples,) = samples_of(dataset(signals))
    second = samples.shown[1]
    assert isinstance(second, SampleCurve) and np.array_equal(second.values, signals[3].T)
    assert samples_of(dataset(np.zeros((12, 6), "float32"))) == ()


def test_texts_are_shown_as_they_were_read(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("good A lovely <film>!\nbad Dull.\n" * 3)
    spec, graph = written_spec(
        tmp_path,
        "inputs: {tokens: {shape: [6], dtype: int32}}\n"
        "model: [embedding: {input_dim: 12, output_dim: 2}, flatten, dense: {units: 2, activation: softmax}]\n"
        "data: {source: text_lines, train: train.txt}\n",
    )
    assert look(spec, graph).samples == ()
    (samples,) = look(spec, graph, samples=True).samples
    assert samples.shown == (SampleText("bad", "Dull."),) * 3 + (SampleText("good", "A lovely <film>!"),) * 3
