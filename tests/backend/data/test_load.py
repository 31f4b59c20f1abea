"""Data comes from its source to batches the same whether or not it fits into memory, and is divided as asked."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.data.batches import Batches, over_and_over
from cnnspec.backend.data.example_places import checksum_of
from cnnspec.backend.data.load import load_dataset, with_pictures
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.sources.image_folder import image_folder
from cnnspec.backend.data.splits import Dataset, Fold, Split, with_fold
from cnnspec.backend.prepared import prepare
from cnnspec.language.sources.image_folder import ImageFolder
from cnnspec.reports.runs.collect import Known, seeds_divide
from cnnspec.results.failure import RunFailed
from cnnspec.results.history import Environment, Run
from cnnspec.runs.settings import written_settings
from cnnspec.source.diagnostic import Rejected
from tests.support.small_runs import written_spec

NETWORK = "inputs: {image: [12, 10, 3]}\nmodel: [rescaling: 0.01, flatten, dense: {units: 2, activation: softmax}]\n"
SECTION = ImageFolder(source="image_folder", train="photos")
TEXTS = """
inputs: {tokens: {shape: [4], dtype: int32}}
model:
  - embedding: {input_dim: %d, output_dim: 3}
  - flatten
  - dense: {units: 2, activation: softmax}
data: {source: text_lines, train: lines.txt%s}
training: {loss: auto, seed: 1}
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Eleven photos of two classes in a folder."""
    random = np.random.default_rng(0)
    for number in range(11):
        folder = tmp_path / "photos" / ("cat" if number % 2 else "dog")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (20 + number, 17, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return tmp_path


def files(folder: Path) -> Dataset:
    """The photos as they are before any is decoded."""
    graph = written_spec(folder, NETWORK)[1]
    read = load_dataset(SECTION, graph, DataFolder(folder), seed=0)
    assert isinstance(read.train.inputs["image"], np.ndarray)
    return image_folder(SECTION, graph, DataFolder(folder), 0)


def batches(split: Split) -> list[tuple[np.ndarray, np.ndarray]]:
    read = Batches(split, {"image": "float32"}, named=False)
    order = np.random.default_rng(1).permutation(split.count)
    with read.in_use():
        return [(inputs.numpy(), labels.numpy()) for inputs, labels in read.over(order, 4)]


def test_pictures_beyond_the_budget_give_the_same_batches_as_those_in_memory(photos: Path) -> None:
    """Decoded batch by batch or once: the same numbers in the same order."""
    dataset = files(photos)
    lazy, held = with_pictures(dataset, budget=100), with_pictures(dataset)
    assert isinstance(lazy.train.inputs["image"], Pictures)
    assert isinstance(held.train.inputs["image"], np.ndarray)
    for (some, labels), (others, other_labels) in zip(batches(lazy.train), batches(held.train), strict=True):
        np.testing.assert_array_equal(some, others)
        np.testing.assert_array_equal(labels, other_labels)


def test_a_picture_that_goes_bad_while_training_ends_the_run_with_its_name(photos: Path) -> None:
    lazy = with_pictures(files(photos), budget=0)
    (photos / "photos/cat/03.png").write_bytes(b"gone")
    with pytest.raises(RunFailed, match=r"03\.png"):
        batches(lazy.train)


def test_folds_divide_the_training_examples_and_every_fold_has_its_share_of_each_class() -> None:
    """Each example is tested exactly once; a class's examples are spread evenly."""
    labels = np.repeat([0, 1, 2], [40, 25, 10]).astype(np.int32)
    train = Split("train", {"x": np.arange(75)}, {"y": labels})
    tested = []
    for number in range(1, 6):
        divided = with_fold(Dataset(train), Fold(number, 5), seed=4)
        assert divided.test is not None
        tested.append(divided.test.inputs["x"])
        assert list(np.bincount(divided.test.labels["y"])) == [8, 5, 2]
        assert sorted([*divided.train.inputs["x"], *tested[-1]]) == list(range(75))
    assert sorted(np.concatenate(tested)) == list(range(75))


@pytest.mark.parametrize(
    ("fold", "test", "said"),
    [(Fold(1, 11), None, "the rarest class has 10"), (Fold(1, 2), "test", "data that has a test split")],
)
def test_folds_that_cannot_be_are_refused(fold: Fold, test: str | None, said: str) -> None:
    train = Split("train", {"x": np.arange(30)}, {"y": np.repeat([0, 1], [20, 10])})
    with pytest.raises(Rejected, match=said) as mistakes:
        with_fold(Dataset(train, None, train if test else None), fold, seed=0)
    assert ("--seeds" in mistakes.value.diagnostics[0].help) is (test is not None)


def test_a_vocabulary_is_learnt_from_the_training_split_alone(tmp_path: Path) -> None:
    """Words that only the validation has are unknown: id 1."""
    lines = [f"{number % 2} common word{number}" for number in range(20)]
    (tmp_path / "lines.txt").write_text("\n".join(lines) + "\n")
    job = prepare(*written_spec(tmp_path, TEXTS % (100, ", validation_split: 0.3")))
    words = set(job.dataset.vocabularies["tokens"].tokens)
    assert job.dataset.validation is not None
    assert len(words) == 2 + 1 + job.dataset.train.count
    assert (job.dataset.validation.inputs["tokens"][:, 1] == 1).all()
    assert (job.dataset.train.inputs["tokens"][:, 1] > 1).all()


def test_a_vocabulary_larger_than_the_embedding_is_refused_with_both_numbers(tmp_path: Path) -> None:
    lines = [f"{number % 2} common word{number}" for number in range(20)]
    (tmp_path / "lines.txt").write_text("\n".join(lines) + "\n")
    with pytest.raises(Rejected, match=r"a vocabulary of 23 words.* expected at most 22"):
        prepare(*written_spec(tmp_path, TEXTS % (22, "")))


def test_no_dataset_is_tuned_while_it_is_read() -> None:
    """TensorFlow's tuner may hold up the end of an epoch, and with it a trial of what is quicker."""
    split = Split("train", {"x": np.zeros((5, 2), np.float32)}, {"y": np.zeros(5, np.int32)})
    batches = Batches(split, {"x": "float32"}, False)
    for dataset in (batches.over(np.arange(5), 2), over_and_over(batches.gather(np.arange(2)))):
        assert dataset.options().autotune.enabled is False


def test_examples_lie_and_batches_are_made_where_the_processor_is() -> None:
    """Also where TensorFlow would put some of it on a GPU, whose steps then read what is not there."""
    split = Split("train", {"x": np.zeros((5, 2), np.float32)}, {"y": np.zeros(5, np.int32)})
    batches = Batches(split, {"x": "float32"}, False, {"y": np.ones(5)})
    recorded = batches._ready(2, True).get_concrete_function().graph
    made = [each for each in recorded.get_operations() if each.type not in ("Placeholder", "Identity", "NoOp")]
    assert {"PrefetchDataset", "OptionsDataset"} < {each.type for each in made}
    assert {each.device for each in made} == {"/device:CPU:0"}, [(each.type, each.device) for each in made]


DRAWN = """
inputs: {x: [%d, %d]}
model: [flatten, dense: {units: 3, activation: softmax}]
data: {source: %s, train: 40, validation: 20, test: 20%s}
training: {loss: auto}
"""
DIGITS = """
inputs: {image: [8, 8, 1]}
model: [flatten, dense: {units: 10, activation: softmax}]
data: {source: digits%s}
training: {loss: auto}
"""
ROWS = """
inputs: {x: [2]}
model: [dense: {units: 2, activation: softmax}]
data: {source: table, train: rows.csv, inputs: {x: {columns: [a, b]}}, label: {column: kind}%s}
training: {loss: auto}
"""


@pytest.mark.parametrize(
    ("text", "fold"),
    [
        (DRAWN % (64, 1, "tones", ", learn: note"), None),
        (DRAWN % (4, 4, "synthetic", ""), None),
        (DIGITS % "", None),
        (DIGITS % ", validation_split: 0.1", None),
        (ROWS % ", validation_split: 0.25", None),
        (ROWS % ", validation: rows.csv, test: rows.csv", None),
        (ROWS % "", Fold(2, 3)),
    ],
)
def test_a_checksum_tells_whether_two_seeds_have_the_same_examples_and_settings_know_it(
    text: str, fold: Fold | None, tmp_path: Path
) -> None:
    """As the numbers of the examples and their labels themselves are, or are not."""
    rows = [f"{number},{number % 7},{'no' if number % 3 else 'yes'}" for number in range(36)]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,kind", *rows]))
    spec, graph = written_spec(tmp_path, text)
    assert spec.data is not None
    place = DataFolder(tmp_path)
    read = [load_dataset(spec.data, graph, place, seed, fold, keep=True).unread for seed in (1, 1, 2)]
    runs = [_run_of(tmp_path, seed, fold) for seed in (1, 1, 2)]
    for here, again, there in zip(*read, strict=True):
        same = all(
            np.array_equal(np.asarray(mine), np.asarray(theirs))
            for columns in ((here.inputs, there.inputs), (here.labels, there.labels))
            for mine, theirs in zip(*(each.values() for each in columns), strict=True)
        )
        assert (checksum_of(here, "") == checksum_of(there, "")) == same, here.name
        assert checksum_of(here, "") == checksum_of(again, "")
        assert seeds_divide(runs, here.name) != same and not seeds_divide(runs[:2], here.name)


def _run_of(folder: Path, seed: int, fold: Fold | None) -> Known:
    run = Run("runs/a", "finished", "", 1, None, {}, 1.0, 1.0, 1.0, Environment())
    held = {"fold": f"{fold.number}/{fold.of}"} if fold else {}
    settings = written_settings((folder / "small.yaml").read_text())
    return Known(run, {**settings, "training": {"seed": seed}, **held})
