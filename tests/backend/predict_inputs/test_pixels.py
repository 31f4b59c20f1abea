"""Pictures given to networks that learnt from arrays: digits, .npy, .npz, IDX."""

import itertools
import json
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cnnspec.backend.predict_inputs.example import Example, with_pictures
from cnnspec.backend.predict_inputs.inputs import Takes, takes
from cnnspec.language.location import locate
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.ranges import Range
from cnnspec.runs.recorded import read_ranges
from cnnspec.source.diagnostic import Rejected
from tests.support.predictions import ARRAYS, predicted, run_of
from tests.support.program import run
from tests.support.small_runs import TRAINING, examples, small_spec, written_spec
from tests.support.spec_texts import read


def taking(folder: Path, found: Range | None, shape: str = "[4, 4, 1]") -> Takes:
    """What a network takes that learnt from arrays of this range."""
    spec, graph = written_spec(folder, f"inputs: {{image: {shape}}}\n{ARRAYS}")
    assert spec.data is not None
    return takes(spec.data, graph, {} if found is None else {"image": found})


def numbers_of(picture: np.ndarray, takes: Takes, folder: Path) -> Example:
    """What the network reads of a picture."""
    Image.fromarray(picture).save(folder / "picture.png")
    (given,) = takes.examples(folder / "picture.png", "utf-8")
    return with_pictures(given, takes.ways)


@pytest.mark.parametrize(
    ("found", "black", "white"),
    [
        (Range(0, 72.9, 255), 0, 255),
        (Range(2, 120, 250), 0, 255),
        (Range(0, 0.3, 1), 0, 1),
        (Range(0.01, 0.3, 0.92), 0, 1),
        (Range(0, 4.9, 16), 0, 16),
        (Range(0, 4, 15), 0, 15),
        (Range(0, 9000, 65535), 0, 65535),
        (Range(-1, -0.4, 1), -1, 1),
        (Range(-0.5, -0.1, 0.49), -0.5, 0.5),
        (Range(-128, -40, 127), -128, 127),
    ],
)
def test_black_and_white_become_those_of_the_arrays(tmp_path: Path, found: Range, black: float, white: float) -> None:
    """A picture of the input's size keeps its pixels; only their range is another."""
    picture = np.array([[0, 255, 51, 102]] * 4, np.uint8)
    example = numbers_of(picture, taking(tmp_path, found), tmp_path)
    expected = black + picture[..., None] / 255 * (white - black)
    assert np.allclose(example.pieces["image"], expected, rtol=1e-6, atol=1e-6 * (white - black))
    assert f"black as {black:g} and white as {white:g}" in example.remarks[0]


@pytest.mark.parametrize(
    ("found", "word"),
    [(Range(-0.42, 0, 2.82), "-0.42 to 2.82"), (Range(0, 30, 100), "0 to 100"), (None, "does not hold their range")],
)
def test_where_nobody_knows_what_white_is_no_picture_is_read(tmp_path: Path, found: Range | None, word: str) -> None:
    """Of standardised numbers, of a range that pixels never have, and where an older run says nothing."""
    example = numbers_of(np.zeros((4, 4), np.uint8), taking(tmp_path, found), tmp_path)
    (problem,) = example.problems
    assert "nothing that this network reads; expected .npy" in problem.message and word in problem.help


@pytest.mark.parametrize(("shape", "read"), [("[4, 4]", (4, 4)), ("[6, 3, 3]", (6, 3, 3)), ("[2, 5, 1]", (2, 5, 1))])
def test_a_picture_gets_the_size_and_the_channels_of_the_input(
    tmp_path: Path, shape: str, read: tuple[int, ...]
) -> None:
    photo = np.full((40, 30, 3), 255, np.uint8)
    example = numbers_of(photo, taking(tmp_path, Range(0, 0.5, 1), shape), tmp_path)
    (piece,) = example.pieces.values()
    assert isinstance(piece, np.ndarray) and piece.shape == read and piece.min() == 1.0


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    """Where the input reads integers, a pixel is rounded and not cut off."""
    takes_whole = taking(tmp_path, Range(0, 4, 16), "{shape: [4, 4, 1], dtype: int32}")
    example = numbers_of(np.full((4, 4), 127, np.uint8), takes_whole, tmp_path)
    assert np.unique(np.asarray(example.pieces["image"])) == [8]


@pytest.mark.parametrize(("mean", "level", "doubted"), [(30, 230, True), (30, 60, False), (220, 20, True)])
def test_a_picture_that_looks_like_a_negative_is_doubted(
    tmp_path: Path, mean: float, level: int, doubted: bool
) -> None:
    """Dark strokes on paper, where light strokes on black were learnt; and the other way round."""
    example = numbers_of(np.full((4, 4), level, np.uint8), taking(tmp_path, Range(0, mean, 255)), tmp_path)
    assert ("negative" in " ".join(example.remarks)) == doubted


DIGITS = """
inputs: {image: [8, 8, 1]}
model: [{rescaling: 0.0625}, {conv: {filters: 8, kernel_size: 3, activation: relu}}, flatten, {dense: 10}]
data: {source: digits}
training: {epochs: 2, batch_size: 32, loss: auto, seed: 1}
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run on scikit-learn's digits."""
    folder = tmp_path_factory.mktemp("digits")
    return run_of(folder, *written_spec(folder, DIGITS))


def probabilities(path: Path, run: RunFolder) -> list[dict[str, float]]:
    return [{guess.name: guess.probability for guess in each.outputs[0].guesses} for each in predicted(run, path)]


def test_a_digit_as_a_picture_is_predicted_as_the_digit_itself(digits: RunFolder, tmp_path: Path) -> None:
    """With 255 for 16; a larger picture has the same class, as far as smoothing leaves it."""
    images = load_digits().images[:20]
    np.save(tmp_path / "digits.npy", images.astype("float32"))
    for times in (1, 8):
        (tmp_path / str(times)).mkdir()
        for number, image in enumerate(images):
            pixels = np.rint(image * 255 / 16).astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1)
            Image.fromarray(pixels).save(tmp_path / str(times) / f"{number:02}.png")
    theirs, ours, larger = (probabilities(tmp_path / name, digits) for name in ("digits.npy", "1", "8"))
    assert len(ours) == len(theirs) == 20
    for mine, expected in zip(ours, theirs, strict=True):
        shared = mine.keys() & expected.keys()
        assert len(shared) >= 2 and all(abs(mine[name] - expected[name]) < 0.03 for name in shared)
    assert sum(next(iter(mine)) == next(iter(expected)) for mine, expected in zip(larger, theirs, strict=True)) >= 15


def test_a_run_keeps_what_its_arrays_range_over(digits: RunFolder, tmp_path: Path) -> None:
    """The least, the mean and the largest of the training split; a damaged file is refused."""
    found = read_ranges(digits)["image"]
    assert (found.least, found.largest) == (0, 16) and found.mean == pytest.approx(4.88, abs=0.05)
    small = run_of(tmp_path, *small_spec(tmp_path))
    pictures = examples(60)[0]
    held = read_ranges(small)["image"]
    assert (held.least, held.mean, held.largest) == pytest.approx((pictures.min(), pictures.mean(), pictures.max()))
    small.ranges.write_text(json.dumps({"image": {"least": 3, "mean": 1, "largest": 2}}))
    with pytest.raises(Rejected, match=r"ranges\.json is damaged"):
        read_ranges(small)


def command(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    done = run(*words, folder=folder)
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


def suggested(run: RunFolder) -> list[str]:
    """The command to predict that `runs show` names, from the folder in which training ran."""
    lines = command(["runs", "show", run.name], run.path.parent.parent).stdout.splitlines()
    return next(shlex.split(line)[1:] for line in lines if "cnnspec predict" in line)


def test_the_command_that_is_suggested_works_as_it_is_written(digits: RunFolder, tmp_path: Path) -> None:
    """With a picture after digits; with an array after numbers that are no pixels."""
    here = digits.path.parent.parent
    Image.new("RGB", (50, 60), "white").save(here / "PICTURE.png")
    done = command(suggested(digits), here)
    assert done.returncode == 0 and "PICTURE.png" in done.stdout
    assert "stretched to 8×8 in grey, black as 0 and white as 16" in done.stderr and "negative" in done.stderr
    run = run_of(tmp_path, *small_spec(tmp_path, TRAINING))
    np.save(tmp_path / "ARRAY.npy", examples(1)[0])
    assert suggested(run)[-1] == "ARRAY.npy"
    assert command(suggested(run), tmp_path).returncode == 0


def test_no_table_begins_where_nothing_can_be_predicted(digits: RunFolder, tmp_path: Path) -> None:
    """Nor is anything said of pictures that were not read; a CSV has its header and a row for each."""
    (tmp_path / "bad.png").write_bytes(b"no picture")
    words = ["predict", str(digits.path), str(tmp_path / "bad.png")]
    done = command(words, tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("error[bad-picture]") and "stretched" not in done.stderr
    table = command([*words, "--format", "csv"], tmp_path).stdout.splitlines()
    assert len(table) == 2 and table[0].startswith("input,")


def test_each_remark_is_made_once(digits: RunFolder, tmp_path: Path) -> None:
    for number in range(70):
        Image.new("L", (9, 9), 250).save(tmp_path / f"{number}.png")
    done = command(["predict", str(digits.path), ".", "--format", "csv"], tmp_path)
    assert done.returncode == 0 and done.stderr.count("\n") == 2 and len(done.stdout.splitlines()) == 71


def test_older_runs_on_digits_take_pictures_too(digits: RunFolder, tmp_path: Path) -> None:
    """What digits range over is known without the run."""
    spec, graph = read(locate(str(digits.spec), print))
    assert spec.data is not None
    Image.new("L", (8, 8), 255).save(tmp_path / "white.png")
    old = takes(spec.data, graph, {})
    (example,) = itertools.chain(old.examples(tmp_path / "white.png", "utf-8"))
    assert np.asarray(with_pictures(example, old.ways).pieces["image"]).max() == 16


def test_a_folder_of_hidden_files_is_not_told_as_empty(tmp_path: Path) -> None:
    takes = taking(tmp_path, Range(0, 0.5, 1))
    folder = tmp_path / "new"
    folder.mkdir()
    (empty,) = takes.examples(folder, None)
    (folder / ".00.png").write_bytes(b"")
    (hidden,) = takes.examples(folder, None)
    assert "is an empty folder" in empty.problems[0].message
    assert "holds hidden files alone" in hidden.problems[0].message
