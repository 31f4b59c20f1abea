"""A table in a file: texts, pictures and numbers from columns, classes and numbers to learn from others."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cnnspec.backend.data.formats.csv_rows import read_csv
from cnnspec.backend.data.formats.decode_text import IN_DATA, IN_TEXT, read_text
from cnnspec.backend.data.formats.json_rows import read_jsonl
from cnnspec.backend.data.from_rows import dataset_of, labels_of, without_skipped
from cnnspec.backend.data.mistakes import Mistakes
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reads
from cnnspec.backend.data.rows import AS_USUAL, Rows, Written
from cnnspec.backend.data.splits import Dataset
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature
from cnnspec.language.sources.table import Table
from cnnspec.source.diagnostic import rejected
from cnnspec.source.file_route import file_at
from cnnspec.source.route import FILE, FeatureAt, Route, ValueAt

_ENCODING = ("text", "encoding")
_UTF_8 = "utf-8"
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


@reads(Table)
def table(section: Table, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The splits that the section names; raises Rejected where a file, a column or a cell is wrong."""
    features = section.features(graph.inputs)
    labels = labels_of(section, graph)
    written, encoding_at = written_in(section, features)
    named = {"train": section.train, "validation": section.validation, "test": section.test}
    mistakes = Mistakes()
    read: dict[str, Rows] = {}
    for name, file in named.items():
        with mistakes.gathered():
            if file is not None:
                read[name] = _rows(name, file, folder, written, encoding_at)
    mistakes.raise_all()
    read = without_skipped(section, read, features, labels, graph, folder)
    return dataset_of(read, features, labels, graph, folder)


def written_in(section: Table, features: Mapping[str, Feature]) -> tuple[Written, Route]:
    """How the section's files are written, and where the spec says in what encoding: in the section, or its texts."""
    encodings: dict[str, Route] = {
        feature.text.encoding: FeatureAt(name, _ENCODING)
        for name, feature in features.items()
        if feature.text and feature.text.encoding != _UTF_8
    }
    if section.encoding is not None:
        encodings = {section.encoding: ("data", "encoding"), **encodings}
    if len(encodings) > 1:
        received = f"encodings {', '.join(encodings)} of one table"
        raise rejected("bad-encoding", received, "one encoding a file", "write it under data alone", at=("data",))
    encoding, at = next(iter(encodings.items()), (_UTF_8, ("data",)))
    where = IN_DATA if isinstance(at, tuple) else IN_TEXT
    return Written(encoding, section.separator, section.decimal, where, section.on_bad_row == "skip"), at


def _rows(split: str, file: str, folder: DataFolder, written: Written, encoding_at: Route) -> Rows:
    shown, at = str(folder.path / file), ValueAt(("data", split))
    with file_at(at, encoding_at):
        _check_ending(shown)
        return replace(read_rows(folder.find(file), shown, written), at=at)


def read_rows(path: Path, shown: str, written: Written = AS_USUAL) -> Rows:
    """The rows of a file, read by its ending; raises Rejected where it cannot be read."""
    ending = _check_ending(shown)
    text = read_text(path, shown, written.encoding, written.where)
    if ending != ".jsonl":
        return read_csv(text, shown, written.separator or _SEPARATORS[ending], written)
    for key, without in (("separator", None), ("decimal", ".")) if written.where else ():
        if getattr(written, key) != without:
            received = f"{shown} is .jsonl, and data has a {key}"
            expected = "a .csv or .tsv, as JSON has its own commas and dots"
            raise rejected("bad-table", received, expected, f"leave {key} out", at=("data", key))
    return read_jsonl(text, shown, replace(written, separator=None, decimal="."))


def _check_ending(shown: str) -> str:
    ending = PurePosixPath(shown).suffix.lower()
    if ending == ".parquet":
        help = "save it as .csv or .jsonl to train with what there is"
        raise rejected("not-running", f"{shown} is parquet, which does not run yet", "csv, tsv or jsonl", help, at=FILE)
    if ending not in (*_SEPARATORS, ".jsonl"):
        received, expected = f"{shown} ends in {ending or 'nothing'}", ".csv, .tsv or .jsonl"
        raise rejected("bad-table", received, expected, "rename the file", at=FILE)
    return ending
