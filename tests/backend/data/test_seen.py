"""What train sees of the data is told of it before the first step: wrong uses at their place, right ones not at all."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.data.formats.decode_picture import decode
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.inspect.look import look
from cnnspec.backend.plan import plan_of
from cnnspec.backend.prepared import prepare
from cnnspec.source.diagnostic import Rejected
from tests.support.small_runs import written_spec

RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (12, 8, 8, 1)).astype("uint8")
CLASSES = np.arange(12) % 3
SOFTMAX = "dense: {units: %d, activation: softmax}"
ARRAYS = """
inputs: {x: %s}
model: [%s, dense: {units: 3, activation: softmax}]
data: {source: arrays, train: d.npz}
training: {loss: auto, seed: 1}
"""
FOLDER = """
inputs: {x: [8, 8, %d]}
model: [rescaling: "${1 / 255}", flatten, dense: {units: %d, activation: softmax}]
data: {source: image_folder, train: photos%s}
training: {loss: auto, seed: 1}
"""
TABLE = """
inputs: {x: %s}
model: [%s]
data: {source: table, train: t.csv, %s}
training: {loss: auto, seed: 1}
"""


def arrays(folder: Path, x: np.ndarray, y: np.ndarray = CLASSES) -> None:
    np.savez(folder / "d.npz", x=x, y=y)


def png(numbers: np.ndarray) -> bytes:
    """A PNG that holds these numbers, (h, w) of 8 or 16 bits."""
    file = io.BytesIO()
    Image.fromarray(numbers).save(file, "PNG")
    return file.getvalue()


def photos(folder: Path, *names: str, numbers: Any = BYTES[0, ..., 0], each: int = 2) -> None:
    for name in names:
        place = folder / "photos" / name
        place.mkdir(parents=True)
        for number in range(each):
            (place / f"{number}.png").write_bytes(png(numbers))


def rows(folder: Path, *lines: str) -> None:
    (folder / "t.csv").write_text("\n".join(lines) + "\n")


DIVIDED = 'rescaling: "${1 / 255}", flatten'
DEEP = (np.arange(64).reshape(8, 8) * 64).astype("uint16")
WORDS = TABLE % (
    "{shape: [4], dtype: int32}",
    "embedding: {input_dim: 9, output_dim: 2}, flatten, " + SOFTMAX % 2,
    "text: {column: a%s}, label: {column: b}",
)
NUMBERS = TABLE % ("[1]", "%s, dense: 1", "columns: [a], label: {column: b}")
Case = tuple[str, Any, tuple[str, ...]]
CASES: dict[str, Case] = {
    "bytes, divided": (ARRAYS % ("[8, 8, 1]", DIVIDED), lambda f: arrays(f, BYTES), ()),
    "bytes, raw": (ARRAYS % ("[8, 8, 1]", "flatten"), lambda f: arrays(f, BYTES), ("unscaled-image",)),
    "bytes, divided twice": (
        ARRAYS % ("[8, 8, 1]", DIVIDED), lambda f: arrays(f, (BYTES / 255).astype("float32")), ("scaled-twice",),
    ),
    "in range": (ARRAYS % ("[8, 8, 1]", "flatten"), lambda f: arrays(f, (BYTES / 255).astype("float32")), ()),
    "a picture without channels": (
        ARRAYS % ("[8, 8]", 'rescaling: "${1 / 255}", conv: {filters: 2, kernel_size: 3}, flatten'),
        lambda f: arrays(f, BYTES[..., 0]),
        ("no-channels",),
    ),
    "a class with one example": (
        ARRAYS % ("[8, 8, 1]", DIVIDED),
        lambda f: arrays(f, BYTES, np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2])),
        ("single-example",),
    ),
    "folders of classes": (FOLDER % (1, 2, ""), lambda f: photos(f, "cat", "train"), ()),
    "folders of splits": (FOLDER % (1, 2, ""), lambda f: photos(f, "test", "train"), ("splits-as-classes",)),
    "folders of folders": (
        FOLDER % (1, 2, ""), lambda f: photos(f, "a/cat", "a/dog", "b/cat", "b/dog"), ("splits-as-classes",),
    ),
    "16 bits, 12 used": (
        FOLDER % (1, 2, ""), lambda f: photos(f, "cat", "dog", numbers=DEEP), ("dark-sixteen-bits",),
    ),
    "16 bits, white said": (
        FOLDER % (1, 2, ", image: {white: 4095}"), lambda f: photos(f, "cat", "dog", numbers=DEEP), (),
    ),
    "16 bits, all used": (FOLDER % (1, 2, ""), lambda f: photos(f, "cat", "dog", numbers=DEEP * 16), ()),
    "years": (NUMBERS % "dense: 2", lambda f: rows(f, "a,b", "1990,0.5", "2000,1.5", "2010,2"), ("unscaled-numbers",)),
    "years, normalised": (NUMBERS % "normalization", lambda f: rows(f, "a,b", "1990,0.5", "2000,1.5", "2010,2"), ()),
    "seconds": (
        NUMBERS % "normalization",
        lambda f: rows(f, "a,b", "1700000001,0.5", "1700000901,1.5", "1700000501,2"),
        ("inexact-numbers",),
    ),
    "prices": (
        NUMBERS % "dense: 2", lambda f: rows(f, "a,b", "0.1,250000", "0.5,410000", "0.9,180000"), ("unscaled-targets",),
    ),
    "prices, reached": (
        NUMBERS.replace("dense: 1", "dense: 1, rescaling: {scale: 1e5, offset: 3e5}") % "dense: 2",
        lambda f: rows(f, "a,b", "0.1,250000", "0.5,410000", "0.9,180000"),
        (),
    ),
    "words": (WORDS % "", lambda f: rows(f, "a,b", "one two,yes", "three,no", "four,yes", "five,no"), ()),
    "one word each": (
        WORDS % ", split: null",
        lambda f: rows(f, "a,b", "one two,yes", "three,no", "four,yes", "five,no"),
        ("one-token",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_what_is_seen_is_told_by_train_and_by_data(what: str, tmp_path: Path) -> None:
    """The same in the plan of a training and in a look at the data; each with a place in the spec."""
    text, make, expected = CASES[what]
    make(tmp_path)
    spec, graph = written_spec(tmp_path, text)
    told = plan_of(prepare(spec, graph)).doubts
    assert tuple(each.code for each in told) == expected
    assert all(each.span is not None and each.severity == "warning" for each in told)
    assert look(spec, graph).doubts == told


def test_numbers_beyond_float32_are_refused_and_the_largest_is_not(tmp_path: Path) -> None:
    """In arrays and in cells, as an input and as a label."""
    largest = float(np.finfo(np.float32).max)
    for number in (largest, 1.01 * largest, -1e300):
        arrays(tmp_path, np.where(np.arange(12 * 64).reshape(12, 8, 8, 1) == 7, number, 0.5))
        rows(tmp_path, "a,b", f"{number!r},0.5", f"0.5,{number!r}")
        for text in (ARRAYS % ("[8, 8, 1]", "normalization, flatten"), NUMBERS % "normalization"):
            spec, graph = written_spec(tmp_path, text)
            if abs(number) <= largest:
                prepare(spec, graph)
            else:
                with pytest.raises(Rejected) as caught:
                    prepare(spec, graph)
                assert {each.code for each in caught.value.diagnostics} == {"not-finite"}


@pytest.mark.parametrize("mode", ["grey", "LA", "RGB", "RGBA"])
def test_white_is_the_number_that_is_said(mode: str) -> None:
    """Of 16 bits, in grey and in colour, against numpy; opacity stays what it is."""
    channels = {"grey": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
    numbers = RANDOM.integers(0, 6000, (8, 8, channels)).astype("uint16")
    read = {2: 4}.get(channels, channels)
    picture = decode(sixteen_bits(numbers), Reading(8, 8, read, white=4095))
    upper = decode(sixteen_bits(numbers), Reading(8, 8, read))
    if mode == "LA":
        numbers = numbers[..., [0, 0, 0, 1]]
    wanted = np.rint(np.minimum(numbers, 4095) / 4095 * 255).astype("uint8")
    if read == 4:
        wanted[..., 3] = numbers[..., 3] >> 8
    assert np.abs(picture.astype(int) - wanted).max() <= 1 and np.mean(picture == wanted) > 0.99
    np.testing.assert_array_equal(upper, numbers >> 8)


def sixteen_bits(numbers: np.ndarray) -> bytes:
    """A PNG of 16 bits with (h, w, c) numbers, put together from its chunks: Pillow writes none in colour."""
    height, width, channels = numbers.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in numbers)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
