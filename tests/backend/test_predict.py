"""Predictions of a run equal those of its model in plain Keras, whatever is given to predict."""

import itertools
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnspec.backend.data.formats.decode_picture import read_picture
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.rows import AS_USUAL
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.predict import Predictor, side_by_side, tell
from cnnspec.backend.predict_inputs.ahead import ahead
from cnnspec.backend.predict_inputs.example import Example, with_pictures
from cnnspec.backend.predict_inputs.pixels import AsTaught
from cnnspec.backend.predict_inputs.tables import rows_in
from cnnspec.graph.heads import Head
from cnnspec.language.features import Feature
from cnnspec.language.features import Image as ImageOptions
from cnnspec.language.location import locate
from cnnspec.results.failure import RunFailed
from cnnspec.results.prediction import Prediction
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected
from tests.support.predictions import predicted, predictor, run_of
from tests.support.small_runs import examples, small_spec, written_spec
from tests.support.spec_texts import graph_of, read


def probabilities(predictions: list[Prediction], classes: tuple[str, ...], output: int = 0) -> np.ndarray:
    """(n, classes), in the order of the classes."""
    guesses = [{guess.name: guess.probability for guess in each.outputs[output].guesses} for each in predictions]
    return np.array([[each[name] for name in classes] for each in guesses])


NUMBERS = ("0", "1", "2")


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run on arrays of 6x6 pictures."""
    folder = tmp_path_factory.mktemp("arrays")
    return run_of(folder, *small_spec(folder))


def test_arrays_in_every_format_are_predicted_as_keras_predicts_them(arrays: RunFolder, tmp_path: Path) -> None:
    pictures, _ = examples(70)
    np.save(tmp_path / "x.npy", pictures[..., 0])
    np.savez(tmp_path / "x.npz", x=pictures)
    np.savetxt(tmp_path / "x.csv", pictures.reshape(70, -1), delimiter=",", fmt="%.9g")
    header = bytes([0, 0, 0x0D, 3]) + struct.pack(">3I", 70, 6, 6)
    (tmp_path / "x-idx3").write_bytes(header + pictures.astype(">f4").tobytes())
    np.save(tmp_path / "one.npy", pictures[4])
    theirs = keras.models.load_model(arrays.best).predict(pictures, verbose=0)
    for name in ("x.npy", "x.npz", "x.csv", "x-idx3"):
        found = predicted(arrays, tmp_path / name)
        assert np.allclose(probabilities(found, NUMBERS), theirs, atol=1e-6), name
    (one,) = predicted(arrays, tmp_path / "one.npy")
    assert np.allclose(probabilities([one], NUMBERS), theirs[4], atol=1e-6)
    assert [guess.name for guess in one.outputs[0].guesses] == [str(at) for at in np.argsort(-theirs[4])]
    assert found[3].name == f"{tmp_path / 'x-idx3'}[3]"
    assert predicted(arrays, tmp_path / "x.csv")[2].name == f"{tmp_path / 'x.csv'}:3"


def test_what_cannot_be_read_is_told_and_the_rest_is_done(arrays: RunFolder, tmp_path: Path) -> None:
    """One bad file is one example with its problem, in its place."""
    np.save(tmp_path / "good.npy", examples(2)[0])
    np.save(tmp_path / "small.npy", np.zeros((2, 5, 5)))
    np.save(tmp_path / "nan.npy", np.full((2, 6, 6), np.nan))
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "few.csv").write_text("1,2,3\n")
    (tmp_path / "words.txt").write_text("no picture either")
    names = ("words.txt", "text.npy", "small.npy", "good.npy", "nan.npy", "few.csv", "nowhere.npy", ".")
    found = predicted(arrays, *(tmp_path / name for name in names))
    codes = [each.problems[0].code if each.problems else "" for each in found]
    assert codes[:8] == ["no-array", "bad-npy", "input-shape", "", "", "not-finite", "input-shape", "no-file"]
    assert codes[8:] == ["bad-input"], "folders are for pictures, and nobody knows what white is here"
    assert not any(each.outputs for each in found if each.problems)


PHOTOS = """
inputs: {image: [12, 10, 3]}
model: [{rescaling: 0.00392156862745098}, {conv: {filters: 3, kernel_size: 3}}, flatten, {dense: 3}]
data: {source: image_folder, train: photos, image: {resize: crop}}
training: {epochs: 1, batch_size: 8, loss: auto, seed: 1}
"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run on three folders of pictures that ends in logits."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for name in ("Ente", "Möwe", "Rabe"):
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 256, (14, 17, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / name / f"{number}.png")
    return run_of(folder, *written_spec(folder, PHOTOS))


def test_folders_of_pictures_are_read_as_in_training(photos: RunFolder, tmp_path: Path) -> None:
    """Sorted, folders in folders too, hidden files left out; a bad picture is told in its place."""
    folder = photos.path.parents[1] / "photos"
    for name in ("b.png", "a/2.png", "a/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.open(folder / "Ente" / "0.png").rotate(len(name)).save(tmp_path / name)
    (tmp_path / "a" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "a" / ".hidden").write_bytes(b"left by a file manager")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = predicted(photos, tmp_path)
    assert [Path(each.name).relative_to(tmp_path).as_posix() for each in found] == [
        "a/1.png", "a/2.png", "a/bad.png", "b.png",
    ]  # fmt: skip
    assert [problem.code for problem in found[2].problems] == ["bad-picture"]
    good = [each for each in found if not each.problems]
    reading = Reading(12, 10, 3, "crop")
    pixels = np.stack([read_picture(Path(each.name), reading) for each in good]).astype("float32")
    logits = keras.models.load_model(photos.best)(pixels)
    theirs = keras.ops.softmax(logits).numpy()
    assert np.allclose(probabilities(good, ("Ente", "Möwe", "Rabe")), theirs, atol=1e-6)


def test_links_do_not_lead_out_of_a_folder_of_pictures(photos: RunFolder, tmp_path: Path) -> None:
    """Those that stay in it are followed, into no folder twice."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        Image.new("RGB", (12, 10)).save(folder / "1.png")
    for name, target in (("2.png", "1.png"), ("3.png", outside / "1.png"), ("4", outside), ("5", "."), ("6.png", "no")):
        (inside / name).symlink_to(target)
    found = {Path(each.name).name: [problem.code for problem in each.problems] for each in predicted(photos, inside)}
    assert found == {"1.png": [], "2.png": [], "3.png": ["outside"], "4": ["outside"], "6.png": ["bad-picture"]}


def test_a_table_names_no_pictures_outside_its_folder(tmp_path: Path) -> None:
    """Neither by an absolute path, nor upwards, nor through a link."""
    text = "inputs: {photo: [4, 4, 3]}\nmodel: [flatten, dense: 2]"
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.png").write_bytes(b"")
    (tmp_path / "inside" / "linked.png").symlink_to(tmp_path / "secret.png")
    table = tmp_path / "inside" / "table.csv"
    table.write_text(f"file\n{tmp_path}/secret.png\n../secret.png\nlinked.png\nown.png\n{'x' * 5000}\n")
    features = {"photo": Feature(image=ImageOptions(column="file"))}
    found = list(rows_in(table, features, graph_of(text), AS_USUAL))
    assert [[problem.code for problem in each.problems] for each in found[:4]] == [["outside"]] * 3 + [[]]
    (told,) = (with_pictures(each, {"photo": AsTaught(Reading(4, 4, 3))}) for each in found[4:])
    assert [problem.code for problem in told.problems] in (["bad-picture"], ["no-file"])


def test_a_name_that_no_file_can_have_is_told(photos: RunFolder) -> None:
    """Also where folders are counted first."""
    ready, given = predictor(photos), ["x" * 5000]
    ready.counted(given, (), iter(()))
    (told,) = predicted(photos, *given)
    assert [problem.code for problem in told.problems] == ["unreadable-file"]


def test_a_network_of_pictures_takes_no_texts(photos: RunFolder) -> None:
    for texts, paths in ((("hello",), ()), ((), ("-",))):
        with pytest.raises(Rejected, match="a network that reads no texts; expected pictures or folders of pictures"):
            predicted(photos, *paths, texts=texts)


LINES = """
inputs: {words: {shape: [5], dtype: int32}}
model: [{embedding: {input_dim: 20, output_dim: 4}}, flatten, {dense: {units: 1, activation: sigmoid}}]
data: {source: text_lines, train: lines.txt, text: {max_tokens: 20, output_sequence_length: 5}}
training: {epochs: 1, batch_size: 2, loss: auto, seed: 1}
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run on sentences with one of two labels."""
    folder = tmp_path_factory.mktemp("lines")
    (folder / "lines.txt").write_text("good a fine day\nbad a rotten day\ngood such fun\nbad no fun at all\n")
    return run_of(folder, *written_spec(folder, LINES))


def in_keras(run: RunFolder, sentences: list[str]) -> np.ndarray:
    """What Keras' own layer makes of sentences with the run's words, and its model of that."""
    words = (run.path / "vocabulary.txt").read_text().splitlines()
    layer = keras.layers.TextVectorization(max_tokens=20, output_sequence_length=5, vocabulary=words[2:])
    return keras.models.load_model(run.best)(layer(np.array(sentences)[:, None])).numpy()[:, 0]


def test_sentences_from_anywhere_are_predicted_as_keras_predicts_them(lines: RunFolder, tmp_path: Path) -> None:
    """Options first, then files and standard input in order; an empty line is a sentence, a bad byte is told."""
    (tmp_path / "new.txt").write_bytes(b"A FINE day\r\n\nrotten \xff fun\nno fun")
    found = predicted(lines, tmp_path / "new.txt", "-", texts=("such fun",), stdin="Ünknown wörds\n".encode())
    assert [each.text for each in found] == ["such fun", "A FINE day", "", None, "no fun", "Ünknown wörds"]
    assert found[1].name == f"{tmp_path / 'new.txt'}:1" and found[-1].name == "-:1"
    assert "byte 0xff at offset 20 is not utf-8" in found[3].problems[0].message
    good = [each for each in found if not each.problems]
    theirs = in_keras(lines, [str(each.text) for each in good])
    assert np.allclose(probabilities(good, ("good",))[:, 0], theirs, atol=1e-6)
    assert np.allclose(probabilities(good, ("bad",))[:, 0], 1 - theirs, atol=1e-6)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_texts_are_decoded_as_asked(lines: RunFolder, encoding: str) -> None:
    found = predicted(lines, "-", stdin="crème\nbrûlée\u0085é\n".encode(encoding), encoding=encoding)
    assert [each.text for each in found] == ["crème", "brûlée\u0085é"]


@pytest.mark.parametrize("encoding", ["klingon", "zlib", "a\0b"])
def test_an_unknown_encoding_is_told(lines: RunFolder, encoding: str) -> None:
    (found,) = predicted(lines, "-", stdin=b"x", encoding=encoding)
    assert found.problems[0].code == "bad-encoding"


def test_a_run_without_its_words_is_refused(lines: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(lines.spec.read_text())
    (tmp_path / "best.keras").write_bytes(lines.best.read_bytes())
    with pytest.raises(Rejected, match=r"has no vocabulary\.txt"):
        predictor(RunFolder(tmp_path))


TABLE = """
inputs: {words: {shape: [5], dtype: int32}, sizes: [2]}
model:
  read: [{embedding: {input_dim: 20, output_dim: 4, from: words}}, flatten]
  both: [{concat: {from: [read, sizes]}}]
  kind: [{dense: {units: 3, activation: softmax, from: both}}]
  price: [{dense: {units: 1, from: both}}]
  tags: [{dense: {units: 2, activation: sigmoid, from: both}}]
outputs: {kind: kind, price: price, tags: tags}
data:
  source: table
  train: things.csv
  inputs: {words: {text: {column: title, max_tokens: 20, output_sequence_length: 5}}, sizes: {columns: [width, height]}}
  labels: {kind: kind, price: price, tags: {columns: [new, sold]}}
training: {epochs: 1, batch_size: 2, loss: auto, seed: 1}
"""


def test_rows_of_a_table_need_no_labels_and_each_output_tells_its_own(tmp_path: Path) -> None:
    """A row with a missing or wrong cell is told; columns that nothing reads do not matter."""
    rows = ["title,width,height,kind,price,new,sold"]
    rows += [f"a fine {kind},{n},{n + 1},{kind},{n * 1.5},{n % 2},{n % 3 % 2}" for n, kind in enumerate("abcabc")]
    (tmp_path / "things.csv").write_text("\n".join(rows) + "\n")
    run = run_of(tmp_path, *written_spec(tmp_path, TABLE))
    new = 'height,title,width,remark\n2.5,"a ""fine""\nb",1,x\n3,c,,y\n4,a,wide,z\n5,c,6,\n'
    (tmp_path / "new.csv").write_text(new)
    found = predicted(run, tmp_path / "new.csv")
    assert [each.name.rpartition(":")[2] for each in found] == ["2", "4", "5", "6"]
    assert [each.problems[0].code for each in found[1:3]] == ["missing-cell", "not-numbers"]
    good = [found[0], found[3]]
    words = (run.path / "vocabulary-words.txt").read_text().splitlines()
    layer = keras.layers.TextVectorization(max_tokens=20, output_sequence_length=5, vocabulary=words[2:])
    ids = layer(np.array([['a "fine"\nb'], ["c"]])).numpy()
    theirs = keras.models.load_model(run.best)({"words": ids, "sizes": np.array([[1, 2.5], [6, 5]], "float32")})
    assert np.allclose(probabilities(good, ("a", "b", "c")), theirs["kind"], atol=1e-6)
    assert np.allclose([each.outputs[1].values for each in good], theirs["price"], atol=1e-6)
    assert np.allclose(probabilities(good, ("new", "sold"), 2), theirs["tags"], atol=1e-6)


def test_examples_are_read_as_they_are_needed(arrays: RunFolder) -> None:
    """Of endless input the first predictions come at once, and no more than a few batches are read ahead."""
    read_so_far = 0

    def endless() -> Iterator[Example]:
        nonlocal read_so_far
        picture = examples(1)[0][0]
        while True:
            read_so_far += 1
            yield Example(str(read_so_far), {"image": picture})

    first = next(predictor(arrays).predict(endless()))
    assert len(first) < 100 and read_so_far < 500


def test_what_fails_in_the_midst_comes_after_all_answers_before_it(arrays: RunFolder) -> None:
    """Those are in order, and so are the numbers that are kept; several batches are computed meanwhile."""
    pictures = examples(3 * 64)[0]

    def failing() -> Iterator[Example]:
        yield from (Example(str(place), {"image": picture}) for place, picture in enumerate(pictures))
        raise MemoryError

    ready = Predictor(arrays, *read(locate(str(arrays.spec), print)), keep=True)
    steps = ready.predict(failing())
    found = list(itertools.chain(*itertools.islice(steps, 3)))
    with pytest.raises(RunFailed, match="not enough memory"):
        next(steps)
    theirs = keras.models.load_model(arrays.best).predict(pictures, verbose=0)
    assert [each.name for each in found] == [str(place) for place in range(len(pictures))]
    assert np.allclose(ready.joined()["output"], theirs, atol=1e-6)
    assert np.allclose(probabilities(found, NUMBERS), theirs, atol=1e-6)


@pytest.mark.parametrize(("size", "batches"), [("28, 28", 2), ("1024, 1024", 1), ("null, null", 1)])
def test_two_batches_are_computed_at_once_where_that_hardly_takes_memory(size: str, batches: int) -> None:
    """And one where nobody knows what it takes."""
    text = f"inputs: {{image: [{size}, 3]}}\nmodel: [conv: {{filters: 8, kernel_size: 3}}, global_avg_pool, dense: 2]"
    assert side_by_side(graph_of(text)) == batches


def test_reading_ahead_keeps_the_order_and_its_bound() -> None:
    handed_out = 0

    def numbers() -> Iterator[int]:
        nonlocal handed_out
        for number in range(10_000):
            handed_out = number
            yield number

    squares = ahead(lambda number: number**2, numbers(), 16)
    assert list(itertools.islice(squares, 100)) == [number**2 for number in range(100)] and handed_out < 130


def test_what_does_not_take_long_keeps_its_place_among_what_does() -> None:
    """And takes no thread."""
    here, threads = threading.get_ident(), dict[int, int]()

    def noted(number: int) -> int:
        threads[number] = threading.get_ident()
        return number

    assert list(ahead(noted, range(40), 8, lambda number: number % 20 == 10)) == list(range(40))
    assert all((threads[number] == here) == (number % 20 != 10) for number in range(40))


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4), min_size=1, max_size=5), st.integers(1, 5))
def test_of_labels_all_that_hold_are_told_and_of_classes_the_likeliest(rows: list[list[float]], top: int) -> None:
    """The likeliest first; the others as far as `top` asks for them."""
    names = ("a", "b", "c", "d")
    answer = Answer(Head("tags", (4,), "sigmoid", "the output"), "labels", names)
    for row, said in zip(rows, tell(answer, np.array(rows, "float32"), top), strict=True):
        holding = {name for name, chance in zip(names, row, strict=True) if np.float32(chance) > 0.5}
        assert {guess.name for guess in said.guesses if guess.holds} == holding
        assert len(said.guesses) == min(4, max(top, len(holding)))
        chances = [guess.probability for guess in said.guesses]
        assert chances == sorted(np.float32(row).tolist(), reverse=True)[: len(chances)]
