"""What is wrong with data is pointed at where the spec names the file, column, class or layer at fault."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.place import DataFolder
from cnnspec.graph.locate import placed
from tests.support.small_runs import written_spec
from tests.support.text_columns import refusals

PIXELS = "inputs: {image: [4, 4, 1]}\nmodel: [flatten, dense: {units: 2, activation: softmax}]\n"
TWO = "inputs: {a: [2], b: [2]}\nmodel: [concat: {from: [a, b]}, dense: {units: 2, activation: softmax}]\n"
NUMBERS = "inputs: {record: [2]}\nmodel: [dense: {units: 2, activation: softmax}]\n"
NAMED = NUMBERS.replace("units: 2", "units: 2, name: last") + "outputs: {kind: last}\n"
WHOLE = (
    "inputs: {record: {shape: [2], dtype: int32}}\n"
    "model: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: 1]\n"
)
IDS = (
    "inputs: {words: {shape: [4], dtype: int32}}\n"
    "model: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: {units: 2, activation: softmax}]\n"
)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (4, 4)).save(file, "PNG")
    return file.getvalue()


X, Y = npy(np.zeros((6, 4, 4, 1), np.float32)), npy(np.arange(6) % 2)
PHOTOS = {f"train/{kind}/1.png": png() for kind in ("cat", "dog")}


@pytest.mark.parametrize(
    ("network", "data", "files", "place"),
    [
        (PIXELS.replace("4, 4", "9, 9"), "{source: digits}", {}, ("input-shape", "data: {source: digits}")),
        (
            PIXELS.replace("4, 4, 1", "4, null, 1").replace("flatten", "conv: {filters: 2, kernel_size: 1}"),
            "{source: synthetic}",
            {},
            ("bad-source", "data: {source: synthetic}"),
        ),
        (PIXELS, "{source: arrays, train: a.npz}", {}, ("no-file", "a.npz")),
        (PIXELS, "{source: arrays, train: {x: x.npy, y: y.npy}}", {"x.npy": X}, ("no-file", "y.npy")),
        (PIXELS, "{source: arrays, train: {x: x.npy, z: y.npy}}", {"x.npy": X}, ("no-array", "z: y.npy")),
        (
            PIXELS,
            "{source: arrays, train: {x: x.npy}}",
            {"x.npy": X},
            ("no-array", "train:"),
        ),
        (
            PIXELS,
            "{source: arrays, train: {x: x.npy, y: y.npy}}",
            {"x.npy": npy(np.full((6, 4, 4), np.nan)), "y.npy": Y},
            ("not-finite", "x.npy"),
        ),
        (
            PIXELS,
            "{source: arrays, train: {x: x.npy, y: y.npy}}",
            {"x.npy": npy(np.zeros((6, 5, 5))), "y.npy": Y},
            ("input-shape", "x.npy"),
        ),
        (
            PIXELS,
            "{source: arrays, train: {x: x.npy, y: y.npy}}",
            {"x.npy": X, "y.npy": npy(np.array(3))},
            ("input-shape", "y.npy"),
        ),
        (
            PIXELS,
            "{source: arrays, train: {x: x.npy, y: y.npy}, test: {x: x.npy, y: few.npy}}",
            {"x.npy": X, "y.npy": Y, "few.npy": Y[:-8]},
            ("bad-npy", "few.npy"),
        ),
        (
            PIXELS,
            "{source: arrays, train: {x: x.npy, y: few.npy}}",
            {"x.npy": X, "few.npy": npy(np.arange(5))},
            ("count-mismatch", "train:"),
        ),
        (TWO, "{source: arrays, train: a.npz, image: {resize: crop}}", {}, ("bad-source", "image:")),
        (PIXELS, "{source: image_folder, train: train}", {}, ("no-file", "train")),
        (PIXELS, "{source: image_folder, train: train}", {"train/cat/1.png": png()}, ("one-class", "train")),
        (
            PIXELS,
            "{source: image_folder, train: train, test: other}",
            {**PHOTOS, "other/cow/1.png": png()},
            ("unknown-class", "other"),
        ),
        (
            PIXELS,
            "{source: image_folder, train: train, test: other}",
            {**PHOTOS, "other/cat/1.png": b"no picture"},
            ("bad-picture", "other"),
        ),
        (
            PIXELS,
            "{source: image_folder, train: train, test: other}",
            {**PHOTOS, "other/cat/1.png": png(), "other/2.png": png()},
            ("bad-classes", "other"),
        ),
        (PIXELS, "{source: image_folder, train: train}", {**PHOTOS, "train/ox/1.png": png()}, ("class-count", "dense")),
        (IDS, "{source: text_lines, train: t.txt}", {"t.txt": b"a one\nb"}, ("bad-line", "t.txt")),
        (IDS, "{source: text_lines, train: t.txt}", {"t.txt": b"\n\n"}, ("empty-data", "t.txt")),
        (
            IDS,
            "{source: text_lines, train: {good: g.txt, bad: b.txt}}",
            {"g.txt": b"one\n", "b.txt": b"\xff\n"},
            ("not-text", "b.txt"),
        ),
        (
            IDS,
            "{source: text_lines, train: t.txt, text: {encoding: klingon}}",
            {"t.txt": b"a one\n"},
            ("bad-encoding", "encoding: klingon"),
        ),
        (
            IDS,
            "{source: text_lines, train: t.txt, test: u.txt}",
            {"t.txt": b"a one\nb two\n", "u.txt": b"c one\n"},
            ("unknown-class", "u.txt"),
        ),
        (NUMBERS, "{source: table, train: t.xls, columns: [a, b], label: {column: c}}", {}, ("bad-table", "t.xls")),
        (NUMBERS, "{source: table, train: t.csv, columns: [a, z], label: {column: c}}", {}, ("no-column", "z")),
        (NAMED, "{source: table, train: t.csv, columns: [a, b], labels: {kind: z}}", {}, ("no-column", "z")),
        (NUMBERS, "{source: table, train: t.csv, columns: [a, b], label: {columns: [c, z]}}", {}, ("no-column", "z")),
        (NUMBERS, "{source: table, train: t.csv, columns: [a, d], label: {column: c}}", {}, ("not-numbers", "t.csv")),
        (WHOLE, "{source: table, train: t.csv, columns: [a, b], label: {column: a}}", {}, ("input-type", "t.csv")),
        (NUMBERS, "{source: table, train: t.csv, columns: [a], label: {column: c}}", {}, ("input-shape", "t.csv")),
        (
            PIXELS,
            "{source: table, train: t.csv, image: {resize: crop}, label: {column: c}}",
            {},
            ("bad-source", "image:"),
        ),
        (
            PIXELS,
            "{source: table, train: t.csv, image: {column: d}, label: {column: c}}",
            {"x": png()},
            ("no-file", "t.csv"),
        ),
        (
            PIXELS,
            "{source: table, train: t.csv, image: {column: d}, label: {column: c}}",
            {"x": png(), "y": b"no picture"},
            ("bad-picture", "t.csv"),
        ),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_data_at_fault_is_pointed_at(
    tmp_path: Path, network: str, data: str, files: Mapping[str, bytes], place: tuple[str, str]
) -> None:
    """A map is underlined by its key."""
    for name, content in {"t.csv": b"a,b,c,d\n1,2.5,k,x\n3,4,l,y\n", **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    spec, graph = written_spec(tmp_path, f"{network}data: {data}\n")
    assert spec.data is not None

    def load() -> None:
        with placed(spec, graph):
            load_dataset(spec.data, graph, DataFolder(tmp_path), 0)

    (found,) = refusals(load)
    assert found.span is not None
    line = (tmp_path / "small.yaml").read_text().splitlines()[found.span.line - 1]
    assert (found.code, line[found.span.column - 1 :][: len(place[1])]) == place
    assert place[1].endswith(":") or found.span.width == len(place[1])
