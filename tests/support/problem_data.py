"""Small data for any spec: drawn for what its inputs read and its outputs learn, in the files that it names."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from PIL import Image as Pillow

from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.arrays import Arrays
from cnnspec.language.sources.image_folder import ImageFolder
from cnnspec.language.sources.table import Table
from cnnspec.language.spec import Spec

COUNT = 40


def put_data(folder: Path, spec: Spec, graph: Graph) -> Path:
    """Writes the files of a spec's data; returns one from which `predict` may read."""
    random = np.random.default_rng(0)
    match spec.data:
        case Arrays():
            return _put_arrays(folder, spec.data, graph, random)
        case Table():
            return _put_table(folder, spec.data, graph, random)
        case ImageFolder():
            head = learnt_heads(graph)[0]
            count = max(COUNT, 10 * head.units)  # of every class one to validate with
            for name in filter(None, (spec.data.validation, spec.data.test)):
                _put_pictures(folder / str(name), head, random, count)
            return _put_pictures(folder / str(spec.data.train), head, random, count)
    raise AssertionError(spec.data)


def _put_arrays(folder: Path, section: Arrays, graph: Graph, random: Generator) -> Path:
    inputs = {
        name: random.integers(0, 256, (COUNT, *graph.nodes[at].output)).astype("float32")
        for name, at in graph.inputs.items()
    }
    labels = {head.name: _labels(head, random) for head in learnt_heads(graph)}
    columns = {(name if len(inputs) > 1 else "x"): column for name, column in inputs.items()}
    columns |= {(name if len(labels) > 1 else "y"): column for name, column in labels.items()}
    for file in section.files():
        np.savez(folder / file, **columns)
    np.savez(folder / "new.npz", **{name: column[:2] for name, column in inputs.items()})
    return folder / "new.npz"


def _labels(head: Head, random: Generator) -> Any:
    shape = (COUNT, *(size for size in head.shape if isinstance(size, int)))
    if head.form == "class":
        classes = np.arange(COUNT) % max(2, head.units)
        return classes if len(shape) == 2 else random.integers(0, head.units, shape[:-1])
    return random.integers(0, 2, shape) if head.form == "labels" else random.normal(size=shape).astype("float32")


def _put_table(folder: Path, section: Table, graph: Graph, random: Generator) -> Path:
    (head,) = learnt_heads(graph)
    features = section.features(graph.inputs).values()
    assert section.label is not None and section.label.column is not None
    rows = []
    for number in range(COUNT):
        row: dict[str, object] = {section.label.column: _label(head, number, random)}
        for feature in features:
            row |= {name: round(random.normal(), 3) for name in feature.columns or ()}
            row |= {feature.text.column: f"some words and word {number}"} if feature.text else {}
            if feature.image:
                row[str(feature.image.column)] = _picture(folder / f"{number}.png", random).name
        rows.append(row)
    for file in section.files():
        with (folder / file).open("w", newline="") as opened:
            writer = csv.DictWriter(opened, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder / str(section.train)


def _label(head: Head, number: int, random: Generator) -> object:
    if head.form == "labels":
        return ";".join(name for name in "abc"[: head.units] if random.random() < 0.5)
    return f"kind {number % head.units}" if head.form == "class" else int(random.integers(1, 6))


def _put_pictures(folder: Path, head: Head, random: Generator, count: int) -> Path:
    for number in range(count):
        kind = folder / f"kind {number % max(2, head.units)}"
        kind.mkdir(parents=True, exist_ok=True)
        _picture(kind / f"{number}.png", random)
    return _picture(folder.parent / "new.png", random)


def _picture(path: Path, random: Generator) -> Path:
    Pillow.fromarray(random.integers(0, 256, (20, 24, 3), np.uint8)).save(path)
    return path
