"""Data is read, fitted to the network and divided, or refused with a message that names the file."""

import gzip
import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from cnnspec.backend.data.beside import texts_of_column
from cnnspec.backend.data.formats.idx import read_idx
from cnnspec.backend.data.formats.npy import read_npy, read_npz
from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.splits import Dataset, order
from cnnspec.backend.prepared import prepare
from cnnspec.language.sources.arrays import Arrays
from cnnspec.language.sources.digits import Digits
from cnnspec.source.diagnostic import Rejected
from tests.support.places import SHARED
from tests.support.script import run_script
from tests.support.small_runs import DATA, MODEL, TRAINING, examples, small_spec, written_spec
from tests.support.spec_texts import graph_of

IMAGE = "inputs: {image: [%s]}\nmodel: [flatten, dense: {units: 10, activation: softmax}]\n"


def digits(shape: str = "8, 8, 1", **options: object) -> Dataset:
    section = Digits(source="digits", **options)
    return load_dataset(section, graph_of(IMAGE % shape), DataFolder(Path()), seed=3)


def idx(array: np.ndarray, code: int = 0x08) -> bytes:
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def refusal(call: Callable[[], object]) -> str:
    """The code and message of the one mistake that a call is refused for."""
    with pytest.raises(Rejected) as refused:
        call()
    (diagnostic,) = refused.value.diagnostics
    return f"{diagnostic.code}: {diagnostic.message}"


def test_digits_keep_a_stratified_fifth_for_the_test() -> None:
    """360 images, each class as often as scikit-learn's own stratified split has it; the rest is to learn from."""
    dataset = digits()
    everything = load_digits()
    _, wanted = train_test_split(everything.target, test_size=0.2, stratify=everything.target, random_state=0)
    assert dataset.test is not None and dataset.test.count == 360 and dataset.train.count == 1437
    assert np.array_equal(np.bincount(dataset.test.labels["output"]), np.bincount(wanted))
    assert dataset.classes == {"output": tuple("0123456789")}


def test_no_digit_is_in_two_splits() -> None:
    """All 1,797 are there, each once; the validation is stratified and taken from train alone."""
    dataset = digits(validation_split=0.1)
    splits = (dataset.train, dataset.validation, dataset.test)
    counts = [split.count for split in splits if split is not None]
    assert counts == [1293, 144, 360]
    found = np.concatenate([split.inputs["image"].reshape(-1, 64) for split in splits if split is not None])
    everything = load_digits().data
    assert np.array_equal(np.sort(found.sum(axis=1)), np.sort(everything.sum(axis=1)))
    assert np.bincount(dataset.validation.labels["output"]).min() >= 13


@pytest.mark.parametrize(("shape", "wanted"), [("8, 8, 1", (8, 8, 1)), ("8, 8", (8, 8))])
def test_pixels_are_as_the_data_holds_them(shape: str, wanted: tuple[int, ...]) -> None:
    pictures = digits(shape).train.inputs["image"]
    assert pictures.shape[1:] == wanted and (pictures.min(), pictures.max()) == (0, 16)


def test_digits_do_not_fit_another_shape() -> None:
    assert "input-shape: each example in digits has shape (8, 8); expected (28, 28, 1)" in refusal(
        lambda: digits("28, 28, 1")
    )


def test_order_is_a_function_of_seed_and_epoch() -> None:
    assert np.array_equal(order(100, 1, 2), order(100, 1, 2))
    assert sorted(order(100, 1, 2)) == list(range(100))
    for other in (order(100, 2, 2), order(100, 1, 3), order(100, 2, 1)):
        assert not np.array_equal(order(100, 1, 2), other)


def test_the_validation_split_follows_the_seed(tmp_path: Path) -> None:
    data = "data: {source: arrays, train: all.npz, validation_split: 0.2}\n"
    spec, graph = written_spec(tmp_path, MODEL + data + TRAINING)
    pictures, labels = examples(100)
    np.savez(tmp_path / "all.npz", x=pictures, y=labels)
    assert spec.data is not None
    first, again, other = (load_dataset(spec.data, graph, DataFolder(tmp_path), seed) for seed in (1, 1, 2))
    assert np.array_equal(first.train.inputs["image"], again.train.inputs["image"])
    assert not np.array_equal(first.train.inputs["image"], other.train.inputs["image"])
    assert first.validation is not None and first.validation.count == 20


@pytest.mark.skipif(not (SHARED / "mnist").is_dir(), reason="the shared MNIST files are not beside this checkout")
def test_mnist_is_read_from_its_four_files() -> None:
    section = Arrays(
        source="arrays",
        train={"image": "train-images-idx3-ubyte.gz", "y": "train-labels-idx1-ubyte.gz"},
        test={"image": "t10k-images-idx3-ubyte.gz", "y": "t10k-labels-idx1-ubyte.gz"},
    )
    dataset = load_dataset(section, graph_of(IMAGE % "28, 28, 1"), DataFolder(SHARED / "mnist"), seed=0)
    assert dataset.test is not None
    assert dataset.train.inputs["image"].shape == (60000, 28, 28, 1)
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(dataset.test.labels["output"]).tolist() == counts


@pytest.mark.parametrize(
    ("code", "dtype"), [(8, ">u1"), (9, ">i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
)
@pytest.mark.parametrize("zipped", [False, True])
def test_every_idx_type_reads_as_written(tmp_path: Path, code: int, dtype: str, zipped: bool) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    content = idx(array, code)
    (tmp_path / "a").write_bytes(gzip.compress(content) if zipped else content)
    read = read_idx(tmp_path / "a", "a")
    assert np.array_equal(read, array) and read.dtype == array.dtype.newbyteorder("=")


@pytest.mark.parametrize("dtype", ["u1", "<i2", ">i4", "<f4", "<f8", "f2", "?"])
@pytest.mark.parametrize("order_", ["C", "F"])
def test_every_npy_type_reads_as_numpy_reads_it(tmp_path: Path, dtype: str, order_: str) -> None:
    array = np.asarray(np.arange(24).reshape(2, 3, 4), dtype=dtype, order=order_)
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", a=array)
    for read in (read_npy(tmp_path / "a.npy", "a"), read_npz(tmp_path / "a.npz", "a", "a")):
        assert np.array_equal(read, array) and read.dtype == array.dtype.newbyteorder("=")


GOOD_IDX = idx(np.arange(60, dtype=np.uint8).reshape(5, 3, 4))


Folders = pytest.TempPathFactory


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_no_change_of_an_idx_file_raises(tmp_path_factory: Folders, data: st.DataObject) -> None:
    """Whatever bytes change, the file reads or is refused."""
    _mutated(tmp_path_factory, data, (GOOD_IDX, gzip.compress(GOOD_IDX)), lambda path: read_idx(path, "a"))


def _npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(60, dtype=np.uint8).reshape(5, 3, 4))
    return buffer.getvalue()


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_no_change_of_an_npy_file_raises(tmp_path_factory: Folders, data: st.DataObject) -> None:
    """Whatever bytes change, the file reads or is refused."""
    _mutated(tmp_path_factory, data, (_npy(),), lambda path: read_npy(path, "a"))


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_no_change_of_an_npz_file_raises(tmp_path_factory: Folders, data: st.DataObject) -> None:
    """Whatever bytes change, the file reads or is refused."""
    files = []
    for save in (np.savez, np.savez_compressed):
        buffer = io.BytesIO()
        save(buffer, x=np.arange(60).reshape(5, 12))
        files.append(buffer.getvalue())
    _mutated(tmp_path_factory, data, tuple(files), lambda path: read_npz(path, "x", "a"))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_change_of_texts_in_an_npz_file_raises(tmp_path_factory: Folders, data: st.DataObject) -> None:
    """They become what can be written, or are refused."""
    buffer = io.BytesIO()
    np.savez(buffer, x=np.array(["ward", "é", ""] * 4))

    def read(path: Path) -> None:
        for text in texts_of_column(read_npz(path, "x", "a", texts=True).reshape(-1)):
            text.encode()

    content = buffer.getvalue()
    _mutated(tmp_path_factory, data, (content,), read)
    with zipfile.ZipFile(buffer) as archive:
        member = archive.read("x.npy")
    _mutated(tmp_path_factory, data, (member,), lambda path: read(_zipped(path)))


def _zipped(member: Path) -> Path:
    """A file whose checksums hold, whatever is in it."""
    path = member.with_suffix(".npz")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(member, "x.npy")
    return path


def _mutated(folders: Folders, data: st.DataObject, files: tuple[bytes, ...], read: Callable[[Path], object]) -> None:
    """Change, drop or add a few bytes; reading may succeed or be refused."""
    content = bytearray(data.draw(st.sampled_from(files)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        more = data.draw(st.binary(max_size=6))
        content[at : at + data.draw(st.integers(0, 6))] = more
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    path = folders.getbasetemp() / "mutated"
    path.write_bytes(bytes(content))
    try:
        read(path)
    except Rejected as refused:
        assert "a" in refused.diagnostics[0].message


def bomb(folder: Path) -> Path:
    """A small gzip file that unpacks to half a gigabyte of zeros, as its header says."""
    path = folder / "bomb.gz"
    with gzip.open(path, "wb", 9) as file:
        file.write(b"\0\0\x08\x03" + struct.pack(">3I", 512, 1024, 1024))
        for _ in range(512):
            file.write(bytes(2**20))
    return path


def test_a_bomb_and_a_boast_do_not_fill_the_memory(tmp_path: Path) -> None:
    """Files that claim terabytes, or really unpack to far more than their length, are refused within 200 MB more."""
    bomb(tmp_path)
    (tmp_path / "boast.idx").write_bytes(b"\0\0\x0e\x04" + b"\xff" * 16 + bytes(100))
    (tmp_path / "boast.gz").write_bytes(gzip.compress(b"\0\0\x0e\x02" + b"\xff" * 8 + bytes(100)))
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }\n"
    (tmp_path / "boast.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    packed = zipfile.ZipFile(tmp_path / "boast.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed as archive, archive.open("x.npy", "w") as file:
        size = b"{'descr': '|u1', 'fortran_order': False, 'shape': (536870912,), }\n"
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(size)) + size)
        for _ in range(512):
            file.write(bytes(2**20))
    script = """
import resource
from pathlib import Path
from cnnspec.backend.data.formats.idx import read_idx
from cnnspec.backend.data.beside import texts_of_column
from cnnspec.backend.data.formats.npy import read_npy, read_npz
from cnnspec.source.diagnostic import Rejected
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
calls = [(read_idx, "bomb.gz"), (read_idx, "boast.idx"), (read_idx, "boast.gz"), (read_npy, "boast.npy")]
refused = 0
for read, name in [*calls, (lambda path, shown: read_npz(path, "x", shown), "boast.npz")]:
    try:
        read(Path(name), name)
    except Rejected:
        refused += 1
print(refused, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    refused, kilobytes = map(int, run_script(script, tmp_path).stdout.split())
    assert refused == 5 and kilobytes < 200_000


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    """An array of objects is refused by its header, before its content is looked at."""
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert "not-numbers: a.npy holds Python objects" in refusal(lambda: read_npy(tmp_path / "a.npy", "a.npy"))


def wrong(folder: Path, change: Callable[[dict[str, np.ndarray]], object]) -> str:
    """What a training is refused for once its training file is changed."""
    spec, graph = small_spec(folder)
    pictures, labels = examples(60)
    content: dict[str, np.ndarray] = {"x": pictures, "y": labels}
    change(content)
    np.savez(folder / "train.npz", **content)
    return refusal(lambda: prepare(spec, graph))


Arrays_ = dict[str, np.ndarray]
Change = Callable[[Arrays_], object]

WRONG: dict[str, Change] = {
    "label-range: label 3 in {train}[y], where the output has 3 units; expected labels from 0 to 2": (
        lambda arrays: arrays.update(y=arrays["y"] + 1)
    ),
    "label-range: label -1 in {train}[y]": lambda arrays: arrays.update(y=arrays["y"] - 1),
    "count-mismatch: 60 examples in {train}[x], 50 examples in {train}[y]; expected as many labels as inputs": (
        lambda arrays: arrays.update(y=arrays["y"][:50])
    ),
    "input-shape: each example in {train}[x] has shape (5, 6, 1); expected (6, 6, 1)": (
        lambda arrays: arrays.update(x=arrays["x"][:, :5])
    ),
    "empty-data: {train}[x] holds no numbers: its shape is (0, 6, 6, 1)": (
        lambda arrays: arrays.update(x=arrays["x"][:0], y=arrays["y"][:0])
    ),
    "not-numbers: {train}[x] holds values of type <U8; expected integers, booleans or floats": (
        lambda arrays: arrays.update(x=arrays["x"].astype("U8"))
    ),
    "not-finite: example 7 in {train}[x] holds a value that is no finite number": (
        lambda arrays: arrays["x"].__setitem__((7, 0, 0, 0), np.nan)
    ),
    "no-auto-loss: loss: auto, where the output of shape (3,) ends in softmax": (
        lambda arrays: arrays.update(y=arrays["y"].astype("float32"))
    ),
    "no-array: {train} has no array y, but x": lambda arrays: arrays.pop("y"),
    "input-shape: {train}[x] holds a single number": lambda arrays: arrays.update(x=np.float32(3)),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arrays_are_named(tmp_path: Path, message: str) -> None:
    assert message.format(train=tmp_path / "train.npz") in wrong(tmp_path, WRONG[message])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    spec, graph = small_spec(tmp_path)
    (tmp_path / "test.npz").unlink()
    assert f"no-file: there is no file {tmp_path / 'test.npz'}" in refusal(lambda: prepare(spec, graph))


def test_a_truncated_idx_is_named(tmp_path: Path) -> None:
    spec, graph = small_spec(tmp_path, data=DATA.replace("train.npz", "{x: pictures, y: labels}"))
    pictures, labels = examples(60)
    (tmp_path / "pictures").write_bytes(idx(pictures[..., 0].astype(">f4"), 0x0D)[:-7])
    (tmp_path / "labels").write_bytes(idx(labels.astype("u1")))
    message = f"bad-idx: {tmp_path / 'pictures'} is cut short after 8,633 bytes; expected 8,640 bytes"
    assert message in refusal(lambda: prepare(spec, graph))


def test_an_unknown_name_of_an_array_is_a_mistake(tmp_path: Path) -> None:
    spec, graph = small_spec(tmp_path, data=DATA.replace("train.npz", "{imge: train.npz, y: train.npz}"))
    assert "no-array: data names imge" in refusal(lambda: prepare(spec, graph))


def test_paths_never_leave_their_folder(tmp_path: Path) -> None:
    """Neither by a link beside the spec, nor by one below the folder that was named."""
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.mkdir(), outer.mkdir()
    spec, graph = small_spec(inner)
    for name in ("train", "validation", "test"):
        (inner / f"{name}.npz").rename(outer / f"{name}.npz")
        (inner / f"{name}.npz").symlink_to(outer / f"{name}.npz")
    assert "outside: " in refusal(lambda: prepare(spec, graph))
    assert prepare(spec, graph, data_root=outer).dataset.train.count == 60
    assert "outside: " in refusal(lambda: DataFolder(inner).find("../outer/train.npz"))
    os.mkfifo(inner / "pipe")
    assert "no-file: " in refusal(lambda: DataFolder(inner).find("pipe"))


def test_ids_beyond_the_embedding_are_named(tmp_path: Path) -> None:
    layers = "[embedding: {input_dim: 9, output_dim: 2}, flatten, dense: {units: 2, activation: softmax}]"
    model = f"inputs: {{tokens: {{shape: [4], dtype: int32}}}}\nmodel: {layers}\n"
    spec, graph = written_spec(tmp_path, model + "data: {source: arrays, train: t.npz}\n" + TRAINING)
    np.savez(tmp_path / "t.npz", x=np.full((10, 4), 9), y=np.arange(10) % 2)
    assert "id-range: id 9 in" in refusal(lambda: prepare(spec, graph))


@pytest.mark.parametrize(
    ("share", "labels", "message"),
    [
        (0.5, [0, 1, 1, 1, 2, 2], "class 0 has a single example"),
        (0.2, [0, 0, 1, 1, 2, 2], "expected at least 3 examples in each part"),
        (0.9, [0], "leaves nothing to learn from"),
    ],
)
def test_an_impossible_validation_split_is_refused(
    tmp_path: Path, share: float, labels: list[int], message: str
) -> None:
    data = f"data: {{source: arrays, train: t.npz, validation_split: {share}}}\n"
    spec, graph = written_spec(tmp_path, MODEL + data + TRAINING)
    np.savez(tmp_path / "t.npz", x=np.zeros((len(labels), 6, 6, 1), "float32"), y=np.array(labels))
    assert message in refusal(lambda: prepare(spec, graph))
