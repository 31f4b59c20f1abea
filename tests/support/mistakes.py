"""Specs whose data, or network, is wrong in one way each, with what must be underlined between marks."""

import io
from typing import Any

import numpy as np
from PIL import Image

Files = dict[str, str | bytes]


def npz(**arrays: Any) -> bytes:
    """An .npz that holds these arrays."""
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(array) for name, array in arrays.items()})
    return file.getvalue()


def npy(array: Any) -> bytes:
    """An .npy that holds this array."""
    file = io.BytesIO()
    np.save(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


def picture(side: int = 4) -> bytes:
    """A grey PNG."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), (90, 90, 90)).save(file, "PNG")
    return file.getvalue()


NUMBERS = np.arange(24, dtype="float32").reshape(6, 4)
CLASSES = np.array([0, 1, 2, 0, 1, 2])
GOOD: Files = {"train.npz": npz(x=NUMBERS, y=CLASSES)}
ROWS = "text,kind,a,b\none two three,yes,1,2\nfour five,no,3,4\n"
TABLE: Files = {"t.csv": ROWS}
LINES: Files = {"t.txt": "yes one two\nno three\n"}
FOLDER: Files = {"pictures/cat/1.png": picture(), "pictures/dog/1.png": picture()}
GREY = npz(x=np.full((6, 4, 4, 1), 0.5, "float32"), y=CLASSES)

MODEL = """cnnspec: 1
name: small
inputs: {x: [4]}
model: [dense: {units: 3, activation: softmax}]
data: {source: arrays, train: train.npz}
training: {loss: auto, seed: 1}
"""
PAIR = """cnnspec: 1
name: small
inputs: {x: [4]}
model: [dense: {units: 3, activation: softmax}]
data: {source: arrays, train: {x: x.npy, y: y.npy}}
training: {loss: auto, seed: 1}
"""
SENTENCES = """cnnspec: 1
name: small
inputs: {words: {shape: [6], dtype: int32}}
model: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: {units: 2, activation: softmax}]
data: {source: table, train: t.csv, text: {column: text}, label: {column: kind}}
training: {loss: auto, seed: 1}
"""
SEVERAL = """cnnspec: 1
name: small
inputs: {words: {shape: [6], dtype: int32}, record: [2]}
model:
  read: [embedding: {input_dim: 9, output_dim: 2, from: words}, flatten]
  all: [concat: {from: [read, record]}, dense: 4]
  kind: [dense: {units: 2, activation: softmax, from: all}]
  size: [dense: {units: 1, from: all}]
outputs: {kind: kind, size: size}
data:
  source: table
  train: t.csv
  inputs: {words: {text: {column: text}}, record: {columns: [a, b]}}
  labels: {kind: {column: kind}, size: {column: b}}
training: {loss: {kind: auto, size: auto}, seed: 1}
"""
RECORDS = """cnnspec: 1
name: small
inputs: {record: [2]}
model: [dense: {units: 2, activation: softmax}]
data: {source: table, train: t.csv, columns: [a, b], label: {column: kind}}
training: {loss: auto, seed: 1}
"""
LABELLED = """cnnspec: 1
name: small
inputs: {words: {shape: [6], dtype: int32}}
model: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: {units: 2, activation: softmax}]
data: {source: text_lines, train: t.txt}
training: {loss: auto, seed: 1}
"""
PICTURES = """cnnspec: 1
name: small
inputs: {image: [4, 4, 3]}
model: [rescaling: 0.01, flatten, dense: {units: 2, activation: softmax}]
data: {source: image_folder, train: pictures}
training: {loss: auto, seed: 1}
"""
SHADES = """cnnspec: 1
name: small
inputs: {x: [4, 4, 1]}
model: [flatten, dense: {units: 3, activation: softmax}]
data:
  source: arrays
  train: train.npz
  augment:
    - random_flip
training: {loss: auto, seed: 1}
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A spec with some of its words changed, each of which must be there."""
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


Case = tuple[str, str, Files]
"""The code, a spec in which « and » stand around what must be underlined, and the files of its data."""

CASES: list[Case] = [
    ("bad-augmentation", changed(SHADES, ("random_flip", "«random_crop»: {height: 2, width: 2}")), {"train.npz": GREY}),
    (
        "bad-augmentation",
        changed(MODEL, ("train: train.npz", "train: train.npz, «augment: [random_flip]»")),
        GOOD,
    ),
    ("bad-augmentation", changed(SHADES, ("random_flip", "«random_hue»: 0.1")), {"train.npz": GREY}),
    ("bad-classes", changed(PICTURES, ("train: pictures", "train: «pictures»")), {"pictures/cat.png": picture()}),
    (
        "bad-cluster",
        changed(MODEL, ("seed: 1", "«distribute: multi_worker»")),
        GOOD,
    ),
    ("no-data", changed(MODEL, ("arrays, train: train.npz", "«memory»")), GOOD),
    ("bad-encoding", changed(SENTENCES, ("{column: text}", "{column: text, «encoding: klingon»}")), TABLE),
    ("bad-encoding", changed(SEVERAL, ("{column: text}", "{column: text, «encoding: klingon»}")), TABLE),
    ("bad-idx", changed(PAIR, ("x.npy", "«x.idx»")), {"x.idx": b"nonsense", "y.npy": npy(CLASSES)}),
    ("bad-label", changed(RECORDS, ("t.csv", "«t.csv»")), {"t.csv": "a,b,kind\n1,2,1\n1,2,1.0\n"}),
    ("bad-line", changed(LABELLED, ("t.txt", "«t.txt»")), {"t.txt": "yes\n"}),
    (
        "bad-model",
        changed(MODEL, ("seed: 1", "«start_from: old.keras»")),
        {**GOOD, "old.keras": b"nonsense"},
    ),
    ("bad-model", changed(MODEL, ("seed: 1", "«start_from: old.h5»")), {**GOOD, "old.h5": b"nonsense"}),
    ("bad-model", changed(MODEL, ("seed: 1", "«start_from: old.pt»")), {**GOOD, "old.pt": b"nonsense"}),
    ("bad-npy", changed(PAIR, ("x.npy", "«x.npy»")), {"x.npy": b"nonsense", "y.npy": npy(CLASSES)}),
    ("bad-npz", changed(MODEL, ("train.npz", "«train.npz»")), {"train.npz": b"nonsense"}),
    ("bad-picture", changed(PICTURES, ("train: pictures", "train: «pictures»")), {**FOLDER, "pictures/cat/2.png": b""}),
    (
        "bad-picture",
        changed(
            PICTURES,
            ("image_folder, train: pictures", "table, train: «t.csv», image: {column: file}, label: {column: kind}"),
        ),
        {"t.csv": "file,kind\n1.png,a\n2.png,b\n", "1.png": picture(), "2.png": b"nonsense"},
    ),
    (
        "bad-schedule",
        changed(MODEL, ("seed: 1", "«optimizer: {sgd: {learning_rate: {cosine: {peak: 1, warmup: 9}}}}», epochs: 2")),
        GOOD,
    ),
    ("bad-source", changed(SENTENCES, ("data", "«data»"), (", label: {column: kind}", "")), TABLE),
    ("bad-source", changed(SENTENCES, ("text: {column: text}", "«text: {max_tokens: 5}»")), TABLE),
    ("bad-split", changed(MODEL, ("train.npz", "train.npz, «validation_split: 0.1»")), GOOD),
    ("bad-table", changed(SENTENCES, ("t.csv", "«t.csv»")), {"t.csv": "text,kind\none\n"}),
    ("bad-table", changed(SENTENCES, ("t.csv", "«t.jsonl»")), {"t.jsonl": "[1]\n"}),
    ("bad-table", changed(SENTENCES, ("t.csv", "«t.xls»")), {"t.xls": ""}),
    ("class-count", changed(SENTENCES, ("dense: {units: 2", "«dense»: {units: 3")), TABLE),
    (
        "class-count",
        changed(SENTENCES, ("dense: {units: 2, activation", "dense: {units: $kinds, activation"))
        + "vars: {«kinds: 5»}\n",
        TABLE,
    ),
    ("class-count", changed(PICTURES, ("dense: {units: 2", "«dense»: {units: 3")), FOLDER),
    ("class-count", changed(SEVERAL, ("dense: {units: 2", "«dense»: {units: 3")), TABLE),
    ("class-weight", changed(MODEL, ("seed: 1", "«class_weight: {7: 2}»")), GOOD),
    (
        "count-mismatch",
        changed(PAIR, ("train: {x: x.npy, y: y.npy}", "«train: {x: x.npy, y: y.npy}»")),
        {"x.npy": npy(NUMBERS), "y.npy": npy(CLASSES[:-1])},
    ),
    ("empty-data", changed(SENTENCES, ("t.csv", "«t.csv»")), {"t.csv": ""}),
    ("empty-data", changed(SENTENCES, ("t.csv", "t.csv, test: «empty.csv»")), {**TABLE, "empty.csv": "text,kind\n"}),
    ("frozen-as-drawn", changed(MODEL, ("seed: 1", "«freeze: [dense1]»")), GOOD),
    (
        "id-range",
        changed(SENTENCES, ("embedding", "«embedding»"), ("text: {column: text}", "columns: [a, b, a, b, a, b]")),
        {"t.csv": "a,b,kind\n1,2,yes\n3,9,no\n"},
    ),
    ("input-shape", changed(MODEL, ("train.npz", "«train.npz»")), {"train.npz": npz(x=NUMBERS[:, :3], y=CLASSES)}),
    ("input-shape", changed(PICTURES, ("image: [4, 4, 3]", "«image»: [4, 4, 7]")), FOLDER),
    (
        "input-shape",
        changed(PICTURES, ("train: pictures", "train: pictures, image: {«size: 9»}")),
        FOLDER,
    ),
    (
        "input-shape",
        changed(SENTENCES, ("words: {shape: [6], dtype: int32}", "«words»: {shape: [6, 2], dtype: int32}")),
        TABLE,
    ),
    (
        "input-type",
        changed(MODEL, ("x: [4]", "x: {shape: [4], dtype: int32}"), ("train.npz", "«train.npz»")),
        GOOD,
    ),
    (
        "input-type",
        changed(SENTENCES, ("words: {shape: [6], dtype: int32}", "«words»: {shape: [6], dtype: int8}")),
        TABLE,
    ),
    (
        "label-kind",
        changed(SENTENCES, ("softmax", "sigmoid"), ("label: {column: kind}", "«label: {column: kind}»")),
        TABLE,
    ),
    (
        "label-kind",
        changed(SEVERAL, ("softmax", "sigmoid"), ("kind: {column: kind}", "«kind: {column: kind}»")),
        TABLE,
    ),
    ("label-range", changed(MODEL, ("dense: {units: 3", "«dense»: {units: 2")), GOOD),
    ("label-shape", changed(MODEL, ("loss: auto", "«loss: mse»")), GOOD),
    ("label-shape", changed(MODEL, ("loss: auto", "«loss: {mse: {reduction: mean}}»")), GOOD),
    (
        "label-smoothing",
        changed(MODEL, ("loss: auto", "loss: kl_divergence, «label_smoothing: 0.1»")),
        {"train.npz": npz(x=NUMBERS, y=np.eye(3, dtype="float32")[CLASSES])},
    ),
    (
        "label-type",
        changed(MODEL, ("loss: auto", "«loss: sparse_categorical_crossentropy»")),
        {"train.npz": npz(x=NUMBERS, y=CLASSES.astype("float32"))},
    ),
    ("metric-mismatch", changed(MODEL, ("seed: 1", "metrics: [accuracy, «binary_accuracy»]")), GOOD),
    (
        "metric-mismatch",
        changed(SEVERAL, ("seed: 1", "metrics: {kind: [accuracy, «binary_accuracy»]}")),
        TABLE,
    ),
    (
        "missing-cell",
        changed(SENTENCES, ("t.csv", "t.csv, validation: «v.csv»")),
        {**TABLE, "v.csv": "text,kind\n,yes\n"},
    ),
    ("no-array", changed(MODEL, ("train.npz", "«train.npz»")), {"train.npz": npz(z=NUMBERS)}),
    ("no-array", changed(PAIR, ("y: y.npy", "y: y.npy, «zoo: y.npy»")), {"x.npy": npy(NUMBERS), "y.npy": npy(CLASSES)}),
    ("no-auto-loss", changed(MODEL, ("softmax", "tanh"), ("loss: auto", "«loss: auto»")), GOOD),
    (
        "no-auto-loss",
        changed(SEVERAL, ("units: 1", "units: 1, activation: tanh"), ("size: auto", "«size: auto»")),
        TABLE,
    ),
    ("no-column", changed(SENTENCES, ("column: text", "column: «txt»")), TABLE),
    ("no-column", changed(SEVERAL, ("columns: [a, b]", "columns: [a, «c»]")), TABLE),
    ("no-column", changed(SEVERAL, ("size: {column: b}", "size: {column: «bb»}")), TABLE),
    ("no-file", changed(MODEL, ("train.npz", "train.npz, test: «gone/train.npz»")), GOOD),
    ("no-file", changed(MODEL, ("train.npz", f"train.npz, test: «{'n' * 300}.npz»")), GOOD),
    ("no-file", changed(LABELLED, ("train: t.txt", "train: {yes: t.txt, no: «n.txt»}")), LINES),
    ("no-file", changed(MODEL, ("seed: 1", "«start_from: gone.keras»")), GOOD),
    ("no-loss", changed(MODEL, ("training: {loss: auto, seed: 1}", "«training: {seed: 1}»")), GOOD),
    ("not-fetched", changed(MODEL, ("seed: 1", "«start_from: imagenet»")), GOOD),
    ("no-run", changed(MODEL, ("seed: 1", "«start_from: folder»")), {**GOOD, "folder/notes.txt": ""}),
    ("no-section", changed(MODEL, ("cnnspec", "«cnnspec»"), ("data: {source: arrays, train: train.npz}\n", "")), GOOD),
    (
        "no-words",
        changed(SENTENCES, ("text: {column: text}", "«text: {column: text}»")),
        {"t.csv": "text,kind\n?,yes\n!,no\n"},
    ),
    (
        "not-finite",
        changed(PAIR, ("x.npy", "«x.npy»")),
        {"x.npy": npy(np.full((6, 4), np.nan)), "y.npy": npy(CLASSES)},
    ),
    ("not-numbers", changed(PAIR, ("x.npy", "«x.npy»")), {"x.npy": npy(np.array([None])), "y.npy": npy(CLASSES)}),
    ("not-numbers", changed(RECORDS, ("t.csv", "t.csv, test: «v.csv»")), {**TABLE, "v.csv": "a,b,kind\n1,x,yes\n"}),
    ("not-running", changed(MODEL, ("source: arrays, train: train.npz", "«source: keras», name: cifar10")), {}),
    ("not-running", changed(SHADES, ("random_flip", "«mix_up»: 0.2")), {"train.npz": GREY}),
    ("not-running", changed(SENTENCES, ("t.csv", "«t.parquet»")), {"t.parquet": ""}),
    ("not-text", changed(SENTENCES, ("t.csv", "«t.csv»")), {"t.csv": b"text,kind\n\xff,yes\n"}),
    ("not-text", changed(LABELLED, ("t.txt", "t.txt, test: «b.txt»")), {**LINES, "b.txt": b"yes \0\n"}),
    ("nothing-to-learn", changed(MODEL, ("dense: {units: 3", "«dense»: {trainable: false, units: 3")), GOOD),
    ("one-class", changed(SENTENCES, ("t.csv", "«t.csv»")), {"t.csv": "text,kind\none,yes\ntwo,yes\n"}),
    ("one-class", changed(PICTURES, ("train: pictures", "train: «pictures»")), {"pictures/cat/1.png": picture()}),
    ("outside", changed(MODEL, ("train.npz", "«link/train.npz»")), {}),
    ("outside", changed(MODEL, ("seed: 1", "«start_from: link/old.keras»")), GOOD),
    (
        "text-length",
        changed(SENTENCES, ("column: text", "column: text, «output_sequence_length: 9»")),
        TABLE,
    ),
    ("too-few-steps", changed(MODEL, ("seed: 1", "epochs: 1, «gradient_accumulation: 9»")), GOOD),
    (
        "two-scales",
        changed(MODEL, ("seed: 1", "precision: mixed_float16, «optimizer: {adam: {loss_scale_factor: 8}}»")),
        GOOD,
    ),
    (
        "unknown-class",
        changed(SENTENCES, ("t.csv", "t.csv, test: «v.csv»")),
        {**TABLE, "v.csv": "text,kind\none,perhaps\n"},
    ),
    (
        "unknown-class",
        changed(PICTURES, ("train: pictures", "train: pictures, test: «more»")),
        {**FOLDER, "more/cow/1.png": picture()},
    ),
    ("unknown-monitor", changed(MODEL, ("seed: 1", "early_stopping: {«monitor: val_loss»}")), GOOD),
    ("unknown-monitor", changed(MODEL, ("seed: 1", "checkpoint: {«best: precision»}")), GOOD),
    ("value-range", changed(SHADES, ("random_flip", "«random_brightness»: 0.1")), {"train.npz": GREY}),
    (
        "vocabulary-size",
        changed(SENTENCES, ("input_dim: 9", "input_dim: 3"), ("text: {column: text}", "«text: {column: text}»")),
        TABLE,
    ),
    (
        "vocabulary-size",
        changed(SEVERAL, ("input_dim: 9", "input_dim: 3"), ("text: {column: text}", "«text: {column: text}»")),
        TABLE,
    ),
]
"""At least one for each code that is raised with a route."""
