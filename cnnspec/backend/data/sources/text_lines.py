"""Text files with one example a line: `<label><separator><text>`, or a file of texts for each class.

Only a line feed ends a line; a carriage return right before it belongs to the line's end. In a file of one class
every line is an example, even an empty one; in a file of labels only empty lines at the end are none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnspec.backend.data.cells import Cells
from cnnspec.backend.data.formats.decode_text import IN_DATA, IN_TEXT, read_text
from cnnspec.backend.data.labels import read_labels
from cnnspec.backend.data.origins import Origins, joined, lines_of
from cnnspec.backend.data.pictures import the_first
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import only_pair, reads
from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.backend.data.texts import Texts, check_reads_texts, texts_of
from cnnspec.graph.heads import learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import TextOptions
from cnnspec.language.sources.text_lines import TextLines
from cnnspec.results.skipped import Skipped
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.file_route import file_at
from cnnspec.source.route import FILE, Route, ValueAt
from cnnspec.source.values import show

_UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """One split as its files hold it."""

    name: str
    texts: Texts
    labels: Cells


@reads(TextLines)
def text_lines(section: TextLines, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The splits that the section names, as Texts and class numbers; raises Rejected where a line is wrong."""
    key, _ = only_pair(graph, "a line has one text and one label")
    check_reads_texts(graph, key, section.text or TextOptions())
    named = {"train": section.train, "validation": section.validation, "test": section.test}
    left_out: list[Skipped] = []
    noted = left_out if section.on_bad_row == "skip" else None
    read = [_read(name, files, section, folder, noted) for name, files in named.items() if files is not None]
    (head,) = learnt_heads(graph)
    known = folder.classes.get(head.name)
    learnt = read_labels([split.labels for split in read], head, section.case_sensitive, known)
    splits = {
        split.name: Split(split.name, {key: split.texts}, {head.name: labels}, _files(split, key, head.name))
        for split, labels in zip(read, learnt.arrays, strict=True)
    }
    classes = {} if learnt.classes is None else {head.name: learnt.classes}
    return Dataset(splits["train"], splits.get("validation"), splits.get("test"), classes, skipped=tuple(left_out))


def _files(split: _Read, input_name: str, output_name: str) -> dict[str, str]:
    return dict.fromkeys((input_name, output_name), ", ".join(split.texts.origins.files))


def _read(
    name: str,
    files: str | Mapping[str, str],
    section: TextLines,
    folder: DataFolder,
    left_out: list[Skipped] | None,
) -> _Read:
    if isinstance(files, str):
        at = ValueAt(("data", name))
        lines = _lines(files, section, folder, at)
        with file_at(at):
            return _labelled(name, lines, str(folder.path / files), section.separator, at, left_out)
    parts = {
        label: _class_lines(file, section, folder, ValueAt(("data", name, label))) for label, file in files.items()
    }
    origins = joined(tuple(places for _, places in parts.values()))
    texts = texts_of([line for lines, _ in parts.values() for line in lines], origins)
    labels = [label for label, (lines, _) in parts.items() for _ in lines]
    return _Read(name, texts, Cells("the label", labels, origins))


def _class_lines(file: str, section: TextLines, folder: DataFolder, at: Route) -> tuple[list[str], Origins]:
    """The texts of one class, and where they stand."""
    lines = _lines(file, section, folder, at)
    return lines, lines_of(str(folder.path / file), len(lines), at)


def _lines(file: str, section: TextLines, folder: DataFolder, at: Route) -> list[str]:
    """The lines of a file, in the encoding that the section names, or else its text."""
    encoding, where = section.encoding, IN_DATA
    if encoding is None and section.text is not None and section.text.encoding != _UTF_8:
        encoding, where = section.text.encoding, IN_TEXT
    with file_at(at, ("data", "encoding") if where == IN_DATA else ("data", "text", "encoding")):
        text = read_text(folder.find(file), str(folder.path / file), encoding or _UTF_8, where)
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def _reason(problem: Diagnostic, shown: str) -> str:
    """What is wrong with a line, without its place."""
    said = problem.message.partition("; expected")[0].removeprefix(f"{shown}, line ")
    return said.partition(" ")[2]


def _labelled(
    name: str, lines: list[str], shown: str, separator: str, at: Route, left_out: list[Skipped] | None
) -> _Read:
    """The texts and labels of lines; those without a label are refused together, or `left_out`."""
    texts: list[str] = []
    labels: list[str] = []
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise rejected("empty-data", f"{shown} holds empty lines alone", "at least one example", at=FILE)
    bad: dict[int, Diagnostic] = {}
    for number, line in enumerate(lines, 1):
        label, found, text = line.partition(separator)
        if not found or not label.strip():
            (bad[number],) = _without_label(f"{shown}, line {number}", line, separator, bool(found)).diagnostics
        else:
            labels.append(label)
            texts.append(text)
    if bad and (left_out is None or not texts):
        raise Rejected(the_first(bad.values()))
    if left_out is not None:
        left_out += (Skipped(name, f"{shown}, line {number}", _reason(each, shown)) for number, each in bad.items())
    places = lines_of(shown, len(lines), at)[
        np.array([row for row in range(len(lines)) if row + 1 not in bad], np.int64)
    ]
    return _Read(name, texts_of(texts, places), Cells("the label", labels, places))


def _without_label(place: str, line: str, separator: str, found: bool) -> Rejected:
    divider = "a tab" if separator == "\t" else show(separator)
    expected = f"a label, {divider} and the text"
    if not line.strip():
        return rejected("bad-line", f"{place} is empty", expected, "take the line out", at=FILE)
    if found:
        return rejected("bad-line", f"{place} begins with {divider}, without a label", expected, at=FILE)
    help = "write separator under data, or give a file for each class: train: {class: file}"
    return rejected("bad-line", f"{place} lacks {divider}: {show(line, 30)}", expected, help, at=FILE)
