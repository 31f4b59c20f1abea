"""What `cnnspec data` counts: held against counters, scikit-learn, Pillow and Keras on the same data."""

import re
import string
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import train_test_split

from cnnspec.backend.data.augment import Augmenter
from cnnspec.backend.data.example_places import numbered
from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.backend.inspect.counts import label_view
from cnnspec.backend.inspect.duplicates import duplicates
from cnnspec.backend.inspect.look import look
from cnnspec.backend.inspect.ranges import range_of
from cnnspec.backend.model.build import build_model
from cnnspec.backend.ready import get_ready
from cnnspec.graph.locate import placed
from cnnspec.results.data import DataView
from cnnspec.source.diagnostic import Rejected
from tests.support.objectives import head_ending_in
from tests.support.places import SHARED
from tests.support.small_runs import written_spec

KIM = SHARED / "kim2014"
HEAD = head_ending_in("softmax", (4,))

TEXTS = """
inputs: {tokens: {shape: [6], dtype: int32}}
model:
  - embedding: {input_dim: 12, output_dim: 5}
  - global_avg_pool
  - dense: {units: 2, activation: softmax}
data:
  source: text_lines
  train: train.txt
  test: test.txt
  text: {max_tokens: 12, output_sequence_length: 6}
  validation_split: 0.25
training: {seed: 4, loss: auto}
"""
TRAIN = """
good The film, the film: what a film!
good A lovely film; lovely, lovely people.
bad The plot was thin. The people were thin.
bad Dull!
good the film was good
bad the film was bad
good The best of all films that I have seen in this long year of films
bad the film was bad
""".strip()
TEST = "good a marvellous film\nbad the film was bad\nbad nothing, nothing at all"

PICTURES = """
inputs: {image: [6, 8, 3]}
model: [global_avg_pool, dense: {units: 2, activation: softmax}]
data:
  source: image_folder
  train: train
  image: {resize: %s}
  augment: [random_flip: horizontal, random_translation: {height_factor: 0.2, width_factor: 0.2}]
training: {seed: 4, loss: auto}
"""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataView, Path]:
    """The view of a small file of texts, and where it lies."""
    folder = tmp_path_factory.mktemp("texts")
    (folder / "train.txt").write_text(TRAIN)
    (folder / "test.txt").write_text(TEST)
    spec, graph = written_spec(folder, TEXTS)
    return look(spec, graph, text="The marvellous film"), folder


def split_of(labels: np.ndarray, name: str = "train") -> Split:
    return Split(name, {"x": np.arange(len(labels))}, {"output": labels})


def words_of(line: str) -> list[str]:
    """What lower_and_strip_punctuation and splitting at spaces make of a line without its label."""
    return re.sub(f"[{re.escape(string.punctuation)}]", "", line.split(" ", 1)[1].lower()).split()


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_classes_are_counted_and_the_constant_answer_scored(train: list[int], test: list[int]) -> None:
    """As a Counter counts, and as scikit-learn's DummyClassifier scores; a class unknown to training counts too."""
    arrays = [np.array(train, np.int32), np.array(test, np.int32)]
    view = label_view(HEAD, Dataset(split_of(arrays[0]), test=split_of(arrays[1], "test")))
    counters = [Counter(train), Counter(test)]
    assert {each.name: each.counts for each in view.classes} == {
        str(number): tuple(counter[number] for counter in counters) for number in {0, 1, 2, 3, *train, *test}
    }
    dummy = DummyClassifier(strategy="most_frequent").fit(arrays[0], arrays[0])
    assert view.constant.scores == pytest.approx([dummy.score(array, array) for array in arrays])
    assert view.imbalance == max(counters[0].values()) / min(counters[0].values())
    assert (view.form, view.counted) == ("class", "examples")


def test_numbers_are_ranged_and_their_mean_scored() -> None:
    """As NumPy and scikit-learn's DummyRegressor have it."""
    random = np.random.default_rng(1)
    train, test = random.normal(3, 2, 40).astype("float32"), random.normal(3, 2, 9).astype("float32")
    head = head_ending_in("linear", (1,))
    view = label_view(head, Dataset(split_of(train), test=split_of(test, "test")))
    dummy = DummyRegressor().fit(train[:, None], train)
    expected = [float(((dummy.predict(each[:, None]) - each) ** 2).mean()) for each in (train, test)]
    assert view.form == "values"
    assert view.constant.scores == pytest.approx(expected, rel=1e-5)
    first = view.ranges[0]
    assert (first.least, first.most) == (train.min(), train.max())
    assert (first.mean, first.deviation) == pytest.approx((train.mean(), train.std()), rel=1e-5)


@pytest.mark.parametrize("forms", ["one-hot", "column"])
def test_one_hot_and_single_columns_count_as_classes(forms: str) -> None:
    numbers = np.array([0, 1, 1, 3])
    labels = np.eye(4, dtype="float32")[numbers] if forms == "one-hot" else numbers[:, None]
    view = label_view(HEAD, Dataset(split_of(labels)))
    assert [each.counts for each in view.classes] == [(1,), (2,), (0,), (1,)]
    assert (view.form, view.imbalance) == ("class", 2.0)


def test_several_labels_are_counted_each() -> None:
    labels = np.array([[1, 0, 1], [1, 0, 0], [1, 1, 0]], np.int32)
    head = head_ending_in("sigmoid", (3,))
    view = label_view(head, Dataset(split_of(labels), classes={"output": ("a", "b", "c")}))
    assert view.form == "labels"
    assert {each.name: each.counts for each in view.classes} == {"a": (3,), "b": (1,), "c": (1,)}
    assert view.constant.scores == pytest.approx([7 / 9])


def test_places_of_maps_are_counted_and_negative_ones_are_not() -> None:
    labels = np.array([[[0, 1], [1, -1]]])
    view = label_view(head_ending_in("softmax", (2, 2, 3)), Dataset(split_of(labels)))
    assert [each.counts for each in view.classes] == [(1,), (2,), (0,)]
    assert view.counted == "places"


def test_ranges_are_those_of_numpy() -> None:
    array = np.random.default_rng(0).integers(0, 256, (300, 40, 40, 1), dtype="uint8")
    found = range_of("train", array)
    assert (found.least, found.most) == (array.min(), array.max())
    assert (found.mean, found.deviation) == pytest.approx((array.mean(), array.std()))


rows = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=12)


@settings(deadline=None)
@given(rows, rows)
def test_duplicates_are_those_that_comparing_all_pairs_finds(train: list[tuple[int, int]], test: list) -> None:
    """Within and across splits, and how many of them have another label than a twin."""

    def split(name: str, examples: list[tuple[int, int]]) -> Split:
        inputs, labels = (np.array(column) for column in zip(*examples, strict=True))
        return Split(name, {"x": inputs[:, None].astype("float32")}, {"output": labels}, {"x": f"{name}.npy"})

    found = duplicates(numbered(Dataset(split("train", train), test=split("test", test))))
    counts = {(each.split, each.other): each.count for each in found.shared}
    values = {"train": [value for value, _ in train], "test": [value for value, _ in test]}
    assert counts == {
        ("train", "train"): sum(value in values["train"][:row] for row, value in enumerate(values["train"])),
        ("test", "test"): sum(value in values["test"][:row] for row, value in enumerate(values["test"])),
        ("test", "train"): sum(value in values["train"] for value in values["test"]),
    }
    every = [*train, *test]
    assert found.conflicting == sum(any(v == value and o != label for v, o in every) for value, label in every)
    for twin in found.twins:
        row, other = (int(place.rsplit(" ", 1)[1]) for place in (twin.place, twin.other_place))
        assert values[twin.split][row] == values[twin.other][other]
        assert (twin.split, row) != (twin.other, other)


def test_lengths_and_words_are_those_of_a_counter(texts: tuple[DataView, Path]) -> None:
    """Over each split by itself; what is out of vocabulary is what TextVectorization, adapted to train, lacks."""
    view, folder = texts
    (found,) = view.texts
    spec, graph = written_spec(folder, TEXTS)
    data = load_dataset(spec.data, graph, DataFolder(folder), 4)
    known = set(data.vocabularies["tokens"].tokens)
    every = TRAIN.split("\n")
    rest, aside = train_test_split(every, test_size=0.25, stratify=[line[0] for line in every], random_state=4)
    lines = {"train": rest, "validation": aside, "test": TEST.split("\n")}
    for split in found.splits:
        words = [words_of(line) for line in lines[split.name]]
        sizes = [len(each) for each in words]
        assert (split.least, split.median, split.most) == (min(sizes), np.median(sizes), max(sizes))
        assert (split.cut, split.padded) == (sum(size > 6 for size in sizes), sum(size < 6 for size in sizes))
        assert split.lost == sum(max(0, size - 6) for size in sizes)
        assert split.tokens == sum(sizes)
        assert split.unknown == sum(word not in known for each in words for word in each)
        assert sum(size <= split.most_of for size in sizes) >= 0.95 * len(sizes)
    counted = Counter(word for line in lines["train"] for word in words_of(line))
    assert {word.word: word.count for word in found.frequent} == {word: counted[word] for word in known - {"", "[UNK]"}}
    assert (found.distinct, found.singles) == (len(counted), list(counted.values()).count(1))
    assert (found.vocabulary, found.length, found.special) == (12, 6, 2)


def test_texts_that_occur_twice_are_found_with_file_and_line(texts: tuple[DataView, Path]) -> None:
    view, _ = texts
    shared = {(each.split, each.other): each.count for each in view.duplicates.shared}
    assert sum(shared[pair] for pair in (("train", "train"), ("validation", "train"))) == 1
    assert shared["test", "train"] + shared["test", "validation"] >= 1
    for twin in view.duplicates.twins:
        assert twin.text == "the film was bad"
        for place, label in ((twin.place, twin.label), (twin.other_place, twin.other_label)):
            file, line = place.split(", line ")
            assert Path(file).read_text().split("\n")[int(line) - 1] == f"{label} {twin.text}"


def test_the_way_of_a_text_ends_in_what_the_network_reads(texts: tuple[DataView, Path]) -> None:
    """Each token has its id, unknown ones have 1, and Keras' layer and model give the same ids and shape."""
    view, folder = texts
    (way,) = view.ways
    spec, graph = written_spec(folder, TEXTS)
    vocabulary = load_dataset(spec.data, graph, DataFolder(folder), 4).vocabularies["tokens"]
    assert way.raw == "The marvellous film"
    assert way.standardised == "the marvellous film"
    assert [token.text for token in way.tokens] == ["the", "marvellous", "film"]
    assert [token.known for token in way.tokens] == [True, False, True]
    own = keras.layers.TextVectorization(output_sequence_length=6, vocabulary=list(vocabulary.tokens[2:]))
    assert list(way.ids) == np.asarray(own([way.raw]))[0].tolist()
    assert list(way.ids) == [token.id for token in way.tokens] + [0] * way.padded
    assert (way.cut, way.padded, way.size) == (0, 3, 6)
    (reader,) = way.readers
    layer = build_model(graph, "small").get_layer(reader.name)
    assert reader.gives == layer.output.shape[1:]
    assert reader.table == layer.embeddings.shape


def test_a_row_is_followed_where_it_stands(texts: tuple[DataView, Path]) -> None:
    """Counted in the file, whichever split it went to; beyond its end there is nothing to show."""
    _, folder = texts
    spec, graph = written_spec(folder, TEXTS)
    (way,) = look(spec, graph, row=7).ways
    assert way.place.startswith(f"{folder / 'train.txt'}, line 7, in the ")
    assert (way.label, way.raw) == tuple(reversed(TRAIN.split("\n")[6].split(" ", 1)))[::-1]
    assert way.cut == len(way.tokens) - 6 > 0
    with pytest.raises(Rejected, match="row 9 of training data with 8 examples"):
        look(spec, graph, row=9)


def test_other_modes_have_a_number_for_each_entry(texts: tuple[DataView, Path]) -> None:
    """Those that are not zero are named, as TextVectorization gives them."""
    _, folder = texts
    text = TEXTS.replace("shape: [6], dtype: int32", "shape: [12]").replace(
        "output_sequence_length: 6", "output_mode: count"
    )
    model = "model: [dense: {units: 2, activation: softmax}]\ndata:"
    spec, graph = written_spec(folder, re.sub(r"model:.*?data:", model, text, flags=re.DOTALL))
    (way,) = look(spec, graph, text="film film film thin").ways
    assert {entry.word: entry.value for entry in way.entries} == {"film": 3, "thin": 1}
    assert (way.mode, way.ids, way.size) == ("count", (), 12)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of pictures in several sizes, one of them twice."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(2)
    for name, sizes in {"cat": [(8, 6), (16, 12), (4, 3), (40, 12)], "dog": [(8, 6), (5, 30), (9, 9)]}.items():
        (folder / "train" / name).mkdir(parents=True)
        for number, (width, height) in enumerate(sizes):
            pixels = random.integers(0, 256, (height, width, 3), dtype="uint8")
            Image.fromarray(pixels).save(folder / "train" / name / f"{number}.png")
    (folder / "train" / "dog" / "same.png").write_bytes((folder / "train" / "cat" / "3.png").read_bytes())
    return folder


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
def test_sizes_and_factors_are_those_of_the_files(photos: Path, resize: str) -> None:
    """As Pillow opens them, height first: smallest and largest by area, how many change, and by how much at most."""
    spec, graph = written_spec(photos, PICTURES % resize)
    view = look(spec, graph)
    (found,) = view.pictures
    (train,) = found.splits
    sizes = []
    for path in (photos / "train").rglob("*.png"):
        with Image.open(path) as image:
            sizes.append(image.size)
    area = {(height, width): width * height for width, height in sizes}
    assert (area[train.smallest], area[train.largest]) == (min(area.values()), max(area.values()))
    assert area[train.median] == sorted(width * height for width, height in sizes)[(len(sizes) - 1) // 2]
    mean = {"crop": max, "pad": min, "stretch": lambda wide, high: (wide * high) ** 0.5}[resize]
    factors = [mean(8 / width, 6 / height) for width, height in sizes]
    assert train.enlarged.count == sum(factor > 1 for factor in factors)
    assert train.shrunk.count == sum(factor < 1 for factor in factors)
    assert train.kept == sum(factor == 1 for factor in factors)
    assert train.enlarged.furthest == max(factors)
    assert train.shrunk.furthest == min(factors)
    assert found.formats == (("PNG, colour", len(sizes)),)
    (twin,) = view.duplicates.twins
    assert (Path(twin.place).name, Path(twin.other_place).name) == ("same.png", "3.png")
    assert (twin.label, twin.other_label, view.duplicates.conflicting) == ("dog", "cat", 2)


def test_a_contact_sheet_shows_pictures_as_training_gets_them(photos: Path, tmp_path: Path) -> None:
    """Each tile is, pixel by pixel and enlarged twelve times, what the dataset holds or what the augmenter draws."""
    spec, graph = written_spec(photos, PICTURES % "crop")
    view = look(spec, graph, sheet=tmp_path / "sheet.png")
    assert view.sheet is not None
    with Image.open(view.sheet.path) as image:
        sheet = np.asarray(image)
    pictures = load_dataset(spec.data, graph, DataFolder(photos), 4).train.inputs["image"]
    chosen = np.array([0, 1, 2, 3, 4, 5, 6, 7])
    augmenter = Augmenter(spec.data.augment, 4)
    columns = [pictures, *(np.asarray(augmenter.apply(pictures[chosen], epoch, 0)) for epoch in range(6))]
    assert (view.sheet.pictures, view.sheet.draws) == (len(chosen), 6)
    for column in columns:
        for picture in column:
            assert holds(sheet, np.kron(picture, np.ones((12, 12, 1), "uint8")))


def holds(sheet: np.ndarray, tile: np.ndarray) -> bool:
    """Whether a picture stands somewhere on a sheet."""
    height, width, _ = tile.shape
    rows, columns = np.nonzero((sheet == tile[0, 0]).all(-1))
    return any(
        np.array_equal(sheet[row : row + height, column : column + width], tile)
        for row, column in zip(rows, columns, strict=True)
    )


@pytest.mark.parametrize(
    "augment",
    [
        "random_crop: {height: 4, width: 4}",
        "random_brightness: {factor: 0.1, value_range: [0, 0.001]}",
        "mix_up",
        "random_rotation: {factor: 0.1, fill_mode: constant}",
    ],
)
def test_data_tells_the_augmentations_that_training_refuses(augment: str, tmp_path: Path) -> None:
    """Whether a contact sheet is asked for or not; the last leaves labels behind that lie over the pictures."""
    random = np.random.default_rng(0)
    np.savez(tmp_path / "train.npz", x=random.random((8, 6, 6, 1)), y=random.integers(0, 2, (8, 6, 6)))
    text = (
        "inputs: {image: [6, 6, 1]}\nmodel: [conv: {filters: 2, kernel_size: 1, activation: softmax}]\n"
        f"data: {{source: arrays, train: train.npz, augment: [{augment}]}}\ntraining: {{loss: auto, seed: 1}}\n"
    )
    spec, graph = written_spec(tmp_path, text)
    with pytest.raises(Rejected) as training, placed(spec, graph):
        get_ready(spec, graph)
    for sheet in (None, tmp_path / "sheet.png"):
        with pytest.raises(Rejected) as looking:
            look(spec, graph, sheet=sheet)
        assert looking.value.diagnostics == training.value.diagnostics


def test_a_sheet_of_small_pictures_can_be_seen(tmp_path: Path) -> None:
    """8x8 digits are enlarged to tiles of 96 pixels, one for each class, without augmentation several of each."""
    model = "inputs: {image: [8, 8, 1]}\nmodel: [flatten, dense: {units: 10, activation: softmax}]\n"
    spec, graph = written_spec(tmp_path, model + "data: {source: digits}\n")
    view = look(spec, graph, sheet=tmp_path / "sheet.png")
    assert view.sheet is not None
    assert (view.sheet.pictures, view.sheet.draws) == (80, 0)
    with Image.open(view.sheet.path) as image:
        assert image.width > 8 * 96
        assert image.height > 10 * 96


WRONG = {
    "no data": ("", {}, "no-section"),
    "a sheet of numbers": ("data: {source: synthetic, train: 8}", {"sheet": Path("x.png")}, "nothing-to-show"),
    "a row of numbers": ("data: {source: synthetic, train: 8}", {"row": 1}, "nothing-to-show"),
    "a missing file": ("data: {source: arrays, train: nowhere.npz}", {}, "no-file"),
}


@pytest.mark.parametrize(("data", "wanted", "code"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_shown_is_refused(data: str, wanted: dict, code: str, tmp_path: Path) -> None:
    """Without a training section, too."""
    text = f"inputs: {{x: [4]}}\nmodel: [dense: {{units: 3, activation: softmax}}]\n{data}\n"
    with pytest.raises(Rejected) as caught:
        look(*written_spec(tmp_path, text), **wanted)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


def test_synthetic_data_is_divided_as_training_does(tmp_path: Path) -> None:
    """By the spec's seed; without one the view says that training draws another."""
    text = "inputs: {x: [4]}\nmodel: [dense: {units: 3, activation: softmax}]\n"
    text += "data: {source: synthetic, train: 30, validation_split: 0.2}\n"
    spec, graph = written_spec(tmp_path, text + "training: {seed: 9, loss: auto}\n")
    view = look(spec, graph)
    data = load_dataset(spec.data, graph, DataFolder(tmp_path), 9)
    counted = Counter(data.train.labels["output"].tolist())
    assert [each.counts[0] for each in view.labels[0].classes] == [counted[number] for number in range(3)]
    assert (view.seed, view.seeded) == (9, True)
    assert not look(*written_spec(tmp_path, text)).seeded


@pytest.mark.skipif(not KIM.is_dir(), reason="the sets of Kim 2014 are not beside the checkout")
def test_the_questions_of_trec_are_counted(tmp_path: Path) -> None:
    """Classes as a Counter over the files has them."""
    text = TEXTS.replace("train.txt", "TREC.train.all").replace("test.txt", "TREC.test.all")
    text = text.replace("units: 2", "units: 6").replace("  validation_split: 0.25\n", "")
    spec, graph = written_spec(tmp_path, text.replace("max_tokens: 12,", "max_tokens: 12, encoding: latin-1,"))
    view = look(spec, graph, KIM)
    counters = [
        Counter(re.findall(r"^\d", (KIM / f"TREC.{name}.all").read_text("latin-1"), re.MULTILINE))
        for name in ("train", "test")
    ]
    assert {each.name: each.counts for each in view.labels[0].classes} == {
        name: tuple(counter[name] for counter in counters) for name in counters[0]
    }


def test_labels_that_training_would_refuse_are_refused_here_too(tmp_path: Path) -> None:
    """Two numbers an example where the network gives four of them."""
    np.savez(tmp_path / "train.npz", x=np.zeros((6, 3), "float32"), y=np.zeros((6, 2), "float32"))
    text = "inputs: {x: [3]}\nmodel: [dense: 4]\ndata: {source: arrays, train: train.npz}\n"
    spec, graph = written_spec(tmp_path, f"{text}training: {{loss: mean_squared_error}}\n")
    with pytest.raises(Rejected) as caught:
        look(spec, graph)
    assert [each.code for each in caught.value.diagnostics] == ["label-shape"]
    assert look(*written_spec(tmp_path, text)).labels
