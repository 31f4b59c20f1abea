"""`image` for arrays and digits: pictures of another size are brought to the input's, as pictures from files are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from cnnspec.backend.data.formats.decode_picture import read_picture
from cnnspec.backend.data.input_arrays import sized
from cnnspec.backend.data.pictures import reading_for
from cnnspec.backend.predict_inputs.inputs import takes
from cnnspec.backend.prepared import prepare
from cnnspec.language.features import Image
from cnnspec.runs.ranges import Range
from cnnspec.source.diagnostic import Rejected
from tests.support.predictions import ARRAYS, predicted, run_of
from tests.support.small_runs import written_spec

WAYS = ["crop", "pad", "stretch"]


@pytest.mark.parametrize("resize", WAYS)
@pytest.mark.parametrize(("size", "shape"), [((14, 9), (6, 8, 3)), ((4, 5), (6, 8, 3)), ((14, 9), (6, 8, 1))])
def test_an_array_becomes_what_its_picture_becomes(
    tmp_path: Path, resize: str, size: tuple[int, int], shape: tuple[int, int, int]
) -> None:
    """Eight bits to the bit, and floats within a level."""
    pixels = np.random.default_rng(1).integers(0, 256, (2, *size, shape[2]), np.uint8)
    image = Image.model_validate({"resize": resize})
    reading = reading_for(image, shape, "image")
    theirs = []
    for number, picture in enumerate(pixels):
        Pillow.fromarray(picture.squeeze()).save(tmp_path / f"{number}.png")
        theirs.append(read_picture(tmp_path / f"{number}.png", reading))
    ours = sized(pixels, shape, image, "image")
    assert ours.dtype == np.uint8 and np.array_equal(ours, np.stack(theirs))
    shares = sized(pixels.astype("float32") / 255, shape, image, "image")
    assert np.allclose(shares, ours / 255, atol=1.01 / 255) and shares.min() >= 0 and shares.max() <= 1


def test_what_has_the_size_or_is_no_picture_stays_as_it_is() -> None:
    image = Image()
    same, rows, colours = np.zeros((2, 4, 4)), np.zeros((5, 7)), np.zeros((2, 3, 3, 2))
    assert all(sized(array, (4, 4, 1), image, "x") is array for array in (same, rows, colours))
    with pytest.raises(Rejected, match="1, 3 or 4 channels"):
        sized(rows, (7,), image, "x")


DIGITS = """
inputs: {picture: [12, 12, 1]}
model: [rescaling: 0.0625, flatten, dense: 10]
data: {source: digits, image: {resize: %s}}
training: {epochs: 1, loss: auto, seed: 1}
"""


@pytest.mark.parametrize("resize", WAYS)
def test_digits_are_enlarged_where_the_spec_says_how(tmp_path: Path, resize: str) -> None:
    """And are an error at another size where it does not."""
    job = prepare(*written_spec(tmp_path, DIGITS % resize))
    pictures = job.dataset.train.inputs["picture"]
    assert isinstance(pictures, np.ndarray) and pictures.shape[1:] == (12, 12, 1)
    assert pictures.min() == 0 and 8 < pictures.max() <= 16
    with pytest.raises(Rejected, match=r"has shape \(8, 8\)"):
        prepare(*written_spec(tmp_path, (DIGITS % resize).replace(f", image: {{resize: {resize}}}", "")))


def test_arrays_of_another_size_train_and_are_predicted(tmp_path: Path) -> None:
    """An .npy of the size of the data says the same as the rows of the training file."""
    random = np.random.default_rng(0)
    pictures, labels = random.integers(0, 256, (40, 9, 7), np.uint8), random.integers(0, 3, 40)
    np.savez(tmp_path / "train.npz", x=pictures, y=labels)
    text = f"inputs: {{image: [6, 6, 1]}}\n{ARRAYS}".replace("train.npz", "train.npz, image: {resize: pad}")
    run = run_of(tmp_path, *written_spec(tmp_path, text.replace("loss: auto", "loss: auto, epochs: 1, seed: 1")))
    np.save(tmp_path / "all.npy", pictures[:5])
    np.save(tmp_path / "one.npy", pictures[3])
    several, (one,) = predicted(run, tmp_path / "all.npy"), predicted(run, tmp_path / "one.npy")
    assert len(several) == 5 and one.outputs == several[3].outputs


def test_pictures_are_sized_as_the_arrays_were(tmp_path: Path) -> None:
    """What is given to predict goes the way that the spec writes."""
    Pillow.new("L", (8, 4), 255).save(tmp_path / "wide.png")
    for resize, lightest in (("pad", 0.5), ("crop", 1.0)):
        text = f"inputs: {{image: [4, 4, 1]}}\n{ARRAYS}".replace("train.npz", f"train.npz, image: {{resize: {resize}}}")
        spec, graph = written_spec(tmp_path, text)
        assert spec.data is not None
        way = takes(spec.data, graph, {"image": Range(0, 0.5, 1)}).ways["image"]
        numbers, (said, *_) = way.read(tmp_path / "wide.png")
        assert numbers.mean() == lightest and said.startswith(f"pictures are {resize}")
