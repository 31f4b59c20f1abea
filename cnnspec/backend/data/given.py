"""Data that a Python program gives: which splits there are, and what each of their columns is."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnspec.backend.data.frames import is_frame, rows_of
from cnnspec.backend.data.rows import Rows
from cnnspec.backend.data.splits import Array
from cnnspec.backend.data.streams import is_stream, read_stream
from cnnspec.backend.data.values import column_of
from cnnspec.graph.nodes import Graph
from cnnspec.results.marks import IN_MEMORY, Mark
from cnnspec.source.diagnostic import rejected, suggestion
from cnnspec.source.route import NOWHERE

SPLITS = ("train", "validation", "test")
_EXPECTED = "a pair (x, y), a pandas frame, a map of arrays by name, a tf.data.Dataset, or a map of these by split"
_HELP = "write data=(x, y), or data={'train': (x, y), 'test': (x, y)}"

Values = Array | list[str]
"""What is given for one input or output: numbers, or texts."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One split as it was given: all of it in the `rows` of a frame, or a column for each input and output by name.

    Of an input a frame may have been given, too.
    """

    name: str
    inputs: Mapping[str, Values | Rows]
    labels: Mapping[str, Values]
    rows: Rows | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    """What else was given by name."""

    @property
    def texts(self) -> frozenset[str]:
        """The inputs that are texts."""
        return frozenset(name for name, column in self.inputs.items() if isinstance(column, list))


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The splits that are given. `alone`: they are examples to score a run on, and nothing is divided among them."""

    parts: Mapping[str, Part]
    alone: bool = False

    @property
    def texts(self) -> frozenset[str]:
        """The inputs that are texts."""
        return frozenset(name for part in self.parts.values() for name in part.texts)

    def marks(self) -> dict[str, Mark]:
        """A checksum of what is given for each split, by which a change is noticed."""
        return {f"{name}{IN_MEMORY}": _mark(part) for name, part in self.parts.items()}


def given_of(data: object, graph: Graph, split: str = "train", alone: bool = False) -> Given:
    """What a program gave as `data`; what is no map of splits is the one called `split`.

    Raises Rejected where it is nothing that can be read, or does not have what the network needs.
    """
    if isinstance(data, Mapping) and data and set(data) <= set(SPLITS):
        parts = {name: _part(data[name], name, graph) for name in SPLITS if name in data}
        if not alone and "train" not in parts:
            raise rejected("bad-data", f"data for {' and '.join(parts)}", "a train split, too", _HELP, at=NOWHERE)
        return Given(parts)
    return Given({split: _part(data, split, graph)}, alone)


def _part(data: Any, name: str, graph: Graph) -> Part:
    if is_frame(data):
        return Part(name, {}, {}, rows_of(data, name))
    if is_stream(data):
        data = read_stream(data, name, graph)
    if isinstance(data, tuple) and len(data) == 2:
        return _of_pair(data[0], data[1], name, graph)
    if isinstance(data, Mapping):
        return _of_names(data, name, graph)
    what = f"a tuple of {len(data)}" if isinstance(data, tuple) else type(data).__name__
    raise rejected("bad-data", f"data for {name} is {what}", _EXPECTED, _HELP, at=NOWHERE)


def _of_pair(inputs: Any, labels: Any, name: str, graph: Graph) -> Part:
    return Part(
        name,
        {key: _input(value, name, key) for key, value in by_name(inputs, graph.inputs, name, "x", "input").items()},
        {key: _label(value, name, key) for key, value in by_name(labels, graph.learnt, name, "y", "output").items()},
    )


def _of_names(data: Mapping[str, Any], name: str, graph: Graph) -> Part:
    """By the names of inputs and outputs in one map, as an .npz has them."""
    wanted = {**_called(list(graph.inputs), "x"), **_called(list(graph.learnt), "y")}
    found = {key: next((each for each in names if each in data), None) for key, names in wanted.items()}
    for key, there in found.items():
        if there is None:
            held = ", ".join(map(str, data)) or "nothing"
            received = f"data for {name} has no {' or '.join(wanted[key])}, but {held}"
            raise rejected("no-array", received, "one for each input and output", _HELP, at=NOWHERE)
    return Part(
        name,
        {key: _input(data[str(found[key])], name, key) for key in graph.inputs},
        {key: _label(data[str(found[key])], name, key) for key in graph.learnt},
        beside={str(key): value for key, value in data.items() if key not in found.values()},
    )


def _called(names: Sequence[str], short: str) -> dict[str, tuple[str, ...]]:
    return {name: (name, short) if len(names) == 1 else (name,) for name in names}


def by_name(value: Any, names: Sequence[str] | Mapping[str, Any], split: str, short: str, what: str) -> dict[str, Any]:
    """What is given for each of the inputs or outputs."""
    known = list(names)
    if not isinstance(value, Mapping) or is_frame(value):
        if len(known) > 1:
            received = f"one {short} in the data for {split}, where the network has {len(known)} {what}s"
            raise rejected("no-array", received, f"a map with {', '.join(known)}", at=NOWHERE)
        return {known[0]: value}
    if unknown := [str(key) for key in value if key not in known]:
        received, help = f"data for {split} names {unknown[0]}", suggestion(unknown[0], known)
        raise rejected("no-array", received, f"an {what} of the model", help, at=NOWHERE)
    if missing := [key for key in known if key not in value]:
        raise rejected("no-array", f"data for {split} has no {missing[0]}", f"one for each {what}", at=NOWHERE)
    return {key: value[key] for key in known}


def shown(split: str, name: str) -> str:
    """How messages call a column that was given: `train[x]`."""
    return f"{split}[{name}]"


def _input(value: Any, split: str, name: str) -> Values | Rows:
    return rows_of(value, shown(split, name)) if is_frame(value) else column_of(value, shown(split, name))


def _label(value: Any, split: str, name: str) -> Values:
    """The labels of an output; a frame of one column is that column, of several a row of numbers for each example."""
    found = column_of(value.to_numpy() if is_frame(value) else value, shown(split, name))
    single = is_frame(value) and not isinstance(found, list) and found.ndim == 2 and found.shape[1] == 1
    return found[:, 0] if single and not isinstance(found, list) else found


def _mark(part: Part) -> Mark:
    size, digest = 0, hashlib.sha256()
    for name, content in _contents(part):
        size += len(content)
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return {"size": size, "sha256": digest.hexdigest()}


def _contents(part: Part) -> Iterator[tuple[str, bytes]]:
    columns = {**part.inputs, **{f"label {name}": column for name, column in part.labels.items()}}
    if part.rows is not None:
        columns["rows"] = part.rows
    for name, column in columns.items():
        if isinstance(column, Rows):
            texts = [*column.columns, *(cell for row in column.cells for cell in row)]
            yield name, "\0".join(texts).encode("utf-8", "surrogatepass")
        elif isinstance(column, list):
            yield name, "\0".join(column).encode("utf-8", "surrogatepass")
        else:
            yield f"{name} {column.dtype.str} {column.shape}", np.ascontiguousarray(column).tobytes()


def section_for(written: Mapping[str, Any] | None, given: Given, graph: Graph) -> dict[str, Any]:
    """The data section under which something that is given is read: what the spec's own says of inputs and labels.

    `written` is that section, as plain values; raises Rejected where a frame is given and no column is named. Of
    examples that stand alone nothing is asked to validate with: whatever the training watches was there.
    """
    held = dict(written or {})
    kept = {key: held[key] for key in _KEPT if key in held}
    if "validation" in given.parts or given.alone:
        kept.pop("validation_split", None)
    splits = [name for name in SPLITS if name in given.parts or (given.alone and name == "validation")]
    for name in sorted(given.texts):
        kept = _with_text(kept, name, graph)
    return {"source": "memory", "splits": splits, **kept}


_KEPT = ("validation_split", "image", "augment", "text", "columns", "inputs", "label", "labels")
"""The keys of another source that say how inputs and labels are read, too."""


def _with_text(kept: dict[str, Any], name: str, graph: Graph) -> dict[str, Any]:
    """The section with a word that an input is a text, where it says nothing of it."""
    if len(graph.inputs) == 1 and "inputs" not in kept:
        return kept if "text" in kept else {**kept, "text": {}}
    inputs = dict(kept.get("inputs") or {})
    return {**kept, "inputs": {**inputs, name: inputs.get(name, {"text": {}})}}
