"""Data that a Python program gives, as inputs and labels."""

from collections.abc import Mapping, Sequence

from cnnspec.backend.data.beside import Beside, texts_of_column
from cnnspec.backend.data.cells import Cells
from cnnspec.backend.data.from_rows import dataset_of, input_of, labels_of
from cnnspec.backend.data.given import Given, Part, Values, shown
from cnnspec.backend.data.input_arrays import check_numbers, fitted_input, whole_numbers
from cnnspec.backend.data.labels import Learnt, read_labels
from cnnspec.backend.data.mistakes import Mistakes
from cnnspec.backend.data.origins import indices_of
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reads
from cnnspec.backend.data.rows import Rows
from cnnspec.backend.data.splits import Array, Column, Dataset, Split
from cnnspec.backend.data.texts import check_reads_texts, texts_of
from cnnspec.backend.data.values import column_of
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature, Image, Label
from cnnspec.language.sources.memory import Memory
from cnnspec.source.diagnostic import rejected
from cnnspec.source.file_route import file_at
from cnnspec.source.route import NOWHERE, ValueAt

_AGAIN = "give it from Python: cnnspec.load(spec).train(data=...), cnnspec.open_run(run).evaluate(data=...)"


@reads(Memory)
def memory(section: Memory, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The splits that were given; raises Rejected where something is wrong with them, or nothing was given."""
    if folder.given is None:
        received = "source: memory, whose data a Python program holds"
        raise rejected("no-data", received, "that data", _AGAIN, at=ValueAt(("data", "source")))
    given = folder.given
    if frames := {name: part.rows for name, part in given.parts.items() if part.rows is not None}:
        return _of_frames(section, frames, given, graph, folder)
    mistakes = Mistakes()
    inputs: dict[str, dict[str, Column]] = {name: {} for name in given.parts}
    features = section.features(graph.inputs)
    for name, part in given.parts.items():
        for key in graph.inputs:
            with mistakes.gathered():
                inputs[name][key] = _input(part, key, features.get(key), graph, folder, section.sizing())
    learnt: dict[str, Learnt] = {}
    for head in learnt_heads(graph):
        with mistakes.gathered():
            columns = {name: part.labels[head.name] for name, part in given.parts.items()}
            learnt[head.name] = _learnt(columns, head, _cased(section, head.name), folder.classes.get(head.name))
    mistakes.raise_all()
    _check_counts(given.parts)
    splits = {
        name: Split(
            name,
            inputs[name],
            {key: each.arrays[number] for key, each in learnt.items()},
            {key: shown(name, key) for key in (*inputs[name], *learnt)},
            beside=_beside(part, folder.beside) if part.beside else None,
        )
        for number, name in enumerate(given.parts)
    }
    classes = {key: each.classes for key, each in learnt.items() if each.classes is not None}
    return Dataset(next(iter(splits.values())), splits.get("validation"), splits.get("test"), classes)


def _of_frames(section: Memory, frames: Mapping[str, Rows], given: Given, graph: Graph, folder: DataFolder) -> Dataset:
    if len(frames) < len(given.parts):
        received = f"a frame for {', '.join(frames)}, and something else for the others"
        raise rejected("bad-data", received, "frames for all splits, or for none", at=NOWHERE)
    features = section.features(graph.inputs)
    if missing := [name for name in graph.inputs if name not in features]:
        received = f"a frame, and nothing under data that says which of its columns input {missing[0]} reads"
        help = "write columns: [...], or text: {column: ...}, under data; or give (frame[[...]], frame['label'])"
        raise rejected("bad-source", received, "columns for each input", help, at=("data",))
    return dataset_of(frames, features, labels_of(section, graph), graph, folder)


def _input(
    part: Part, name: str, feature: Feature | None, graph: Graph, folder: DataFolder, image: Image | None
) -> Column:
    values, called = part.inputs[name], shown(part.name, name)
    if isinstance(values, Rows):
        if feature is not None and _names_columns(feature):
            return input_of(feature, values, name, graph, folder)
        feature = Feature(columns=values.columns)
        return input_of(feature, values, name, graph, folder)
    if isinstance(values, list):
        options = feature.text if feature is not None else None
        if options is None:
            received, expected = f"{called} holds texts", "numbers, as the spec makes this input of them"
            raise rejected("not-numbers", received, expected, at=NOWHERE)
        check_reads_texts(graph, name, options)
        return texts_of(values, indices_of(called, len(values), NOWHERE))
    with file_at(NOWHERE):
        check_numbers(values, called)
        return fitted_input(values, called, name, graph, image if len(graph.inputs) == 1 else None)


def _beside(part: Part, wanted: Sequence[str]) -> Beside:
    """What was given beside inputs and labels, a value for each example."""
    count = len(next(iter(part.labels.values())))
    found = {name: column_of(part.beside[name], shown(part.name, name)) for name in wanted if name in part.beside}
    held = {name: texts_of_column(each) for name, each in found.items() if len(each) == count and _is_flat(each)}
    return Beside(tuple(part.beside), held)


def _is_flat(values: Values) -> bool:
    return isinstance(values, list) or values.ndim == 1


def _names_columns(feature: Feature) -> bool:
    part = feature.text or feature.image
    return feature.columns is not None or (part is not None and part.column is not None)


def _learnt(columns: Mapping[str, Values], head: Head, case_sensitive: bool, known: tuple[str, ...] | None) -> Learnt:
    """Numbers as they are; of names the classes, those of the first split where none are `known`."""
    texts = {name: values for name, values in columns.items() if isinstance(values, list)}
    if not texts:
        return Learnt(tuple(_numbers(values, shown(name, head.name)) for name, values in columns.items()), None)
    if len(texts) < len(columns):
        received = f"labels of {head.shown} are texts in {', '.join(texts)}, and numbers in other splits"
        raise rejected("bad-label", received, "one kind in all splits", at=NOWHERE)
    cells = [_cells(values, shown(name, head.name)) for name, values in texts.items()]
    return read_labels(cells, head, case_sensitive, known)


def _numbers(values: Values, called: str) -> Array:
    assert not isinstance(values, list)
    with file_at(NOWHERE):
        check_numbers(values, called)
    return whole_numbers(values)


def _cells(values: Sequence[str], called: str) -> Cells:
    cells = Cells("the label", values, indices_of(called, len(values), NOWHERE))
    if missing := cells.where(lambda value: not value.strip()):
        received = f"{cells.origins.among(missing)}: the label is empty"
        raise rejected("missing-cell", received, "a value for every example", "fill it in, or drop it", at=NOWHERE)
    return cells


def _cased(section: Memory, output: str) -> bool:
    """Whether the section says that classes which differ in case alone are two."""
    label: Label | None = (section.labels or {}).get(output, section.label)
    return label is not None and label.case_sensitive


def _check_counts(parts: Mapping[str, Part]) -> None:
    for part in parts.values():
        counts = {shown(part.name, key): len(each) for key, each in {**part.inputs, **part.labels}.items()}
        if len(set(counts.values())) > 1:
            received = ", ".join(f"{count:,} examples in {name}" for name, count in counts.items())
            raise rejected("count-mismatch", received, "as many labels as inputs", at=NOWHERE)
