"""Which files a trained network takes, and what becomes of each of them."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from cnnspec.backend.data.pictures import reading_for
from cnnspec.backend.data.rows import Written
from cnnspec.backend.data.sources.table import written_in
from cnnspec.backend.predict_inputs.example import Example, bad, readable
from cnnspec.backend.predict_inputs.folders import picture, pictures_in
from cnnspec.backend.predict_inputs.numbers import arrays_in, numbers_in
from cnnspec.backend.predict_inputs.pixels import AsTaught, Way, as_array
from cnnspec.backend.predict_inputs.sentences import lines_of, sentences
from cnnspec.backend.predict_inputs.tables import rows_in
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature, Image
from cnnspec.language.sources.section import DataSection
from cnnspec.language.sources.table import Table
from cnnspec.runs.ranges import Range, known_range
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_ARRAYS = (".npy", ".npz")
_TABLES = (".csv", ".tsv")
_ROWS = (*_TABLES, ".jsonl")
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp")


@dataclass(frozen=True, slots=True)
class Takes:
    """What a network reads, by its spec. `ways` say how pictures become arrays, by input.

    `table` says how tables are written. Where the data were arrays, `unknown` is why pictures do not become such, and
    `image` how arrays of another size are sized.
    """

    graph: Graph
    features: Mapping[str, Feature]
    ways: Mapping[str, Way]
    table: Written | None
    unknown: str = ""
    image: Image | None = None

    @property
    def only(self) -> str | None:
        """The only input, if there is but one."""
        return next(iter(self.graph.inputs)) if len(self.graph.inputs) == 1 else None

    @property
    def texts(self) -> str | None:
        """The only input, if it reads texts."""
        feature = self.features.get(self.only or "")
        return self.only if feature is not None and feature.text is not None else None

    @property
    def pictures(self) -> str | None:
        """The only input, if it reads pictures."""
        return self.only if self.only in self.ways else None

    def shown(self) -> str:
        """What to give, in words."""
        several = len(self.graph.inputs) > 1
        parts = [
            *(["pictures or folders of pictures"] if self.pictures else []),
            *(["text files with a sentence a line"] if self.texts else []),
            *(["a .csv, .tsv or .jsonl with the spec's columns"] if self.table else []),
            *([] if self.features else ["an .npz with every input" if several else ".npy, .npz, IDX or .csv"]),
        ]
        return ", or ".join(parts)

    def given(
        self, paths: Sequence[str], texts: Sequence[str], encoding: str | None, standard_input: IO[bytes]
    ) -> Iterator[Example]:
        """Everything that is given, in order, as it is read; `-` among the paths is standard input.

        Without an `encoding` a table has that of the run's own, and texts are UTF-8. Raises Rejected if texts are given
        to a network that reads none.
        """
        if (texts or "-" in paths) and not self.texts:
            what = "--text" if texts else "standard input"
            raise rejected("bad-input", f"{what} for a network that reads no texts", self.shown(), at=NOWHERE)
        return self._given(paths, texts, encoding, standard_input)

    def _given(
        self, paths: Sequence[str], texts: Sequence[str], encoding: str | None, standard_input: IO[bytes]
    ) -> Iterator[Example]:
        name = self.texts or ""
        yield from sentences(texts, name)
        for path in paths:
            if path == "-":
                yield from readable("-", lambda: lines_of(standard_input, "-", encoding or "utf-8", name))
            else:
                yield from readable(path, partial(self.examples, Path(path), encoding))

    def examples(self, path: Path, encoding: str | None) -> Iterator[Example]:
        """The examples in a file or folder; raises Rejected or OSError where it cannot be read as a whole."""
        name, ending = str(path), path.suffix.lower()
        if not path.exists():
            sentence = f'; for a sentence write --text "{name}"' if self.texts else ""
            yield bad(name, "no-file", f"there is no file or folder {name}; expected {self.shown()}{sentence}")
        elif path.is_dir():
            yield from self._folder(path)
        elif not path.is_file():
            yield bad(name, "bad-input", f"{name} is neither file nor folder; expected {self.shown()}")
        elif ending in _ARRAYS:
            yield from arrays_in(path, self.graph, self.image)
        elif self.table and ending in _ROWS:
            written = replace(self.table, encoding=encoding or self.table.encoding)
            yield from rows_in(path, self.features, self.graph, written)
        else:
            yield from self._file(path, ending, encoding or "utf-8")

    def _file(self, path: Path, ending: str, encoding: str) -> Iterator[Example]:
        if self.texts:
            with path.open("rb") as file:
                yield from lines_of(file, str(path), encoding, self.texts)
        elif self.pictures and (self.features or ending in _PICTURES):
            yield picture(path, self.pictures)
        elif self.features or ending in _PICTURES:
            message = f"{path} is nothing that this network reads; expected {self.shown()}"
            yield bad(str(path), "bad-input", message, self.unknown)
        elif ending in _TABLES and self.only:
            yield from numbers_in(path, self.graph, encoding)
        else:
            yield from arrays_in(path, self.graph, self.image)

    def _folder(self, path: Path) -> Iterator[Example]:
        if not self.pictures:
            yield bad(str(path), "bad-input", f"{path} is a folder; expected {self.shown()}", self.unknown)
            return
        found = False
        for example in pictures_in(path, self.pictures):
            found = True
            yield example
        if not found:
            holds = "holds hidden files alone" if any(path.iterdir()) else "is an empty folder"
            yield bad(str(path), "bad-input", f"{path} {holds}; expected pictures in it")


def takes(section: DataSection, graph: Graph, ranges: Mapping[str, Range]) -> Takes:
    """What the network of a run reads; raises Rejected where its data section does not fit it.

    `ranges` are what the run says of its inputs that came as arrays.
    """
    features = section.features(graph.inputs)
    if section.arrays and not features and len(graph.inputs) == 1:
        return _of_arrays(section.sizing(), graph, known_range(section, ranges, next(iter(graph.inputs))))
    shapes = {name: graph.nodes[position].output for name, position in graph.inputs.items()}
    ways = {
        name: AsTaught(reading_for(feature.image, shapes[name], name))
        for name, feature in features.items()
        if feature.image
    }
    return Takes(graph, features, ways, _table(section, features))


def _table(section: DataSection, features: Mapping[str, Feature]) -> Written | None:
    """How a table of the training is written; None where its data is none."""
    if isinstance(section, Table):
        return replace(written_in(section, features)[0], where="")
    return Written(where="") if section.columns_named and features else None


def _of_arrays(image: Image | None, graph: Graph, found: Range | None) -> Takes:
    """Arrays, and pictures where the input has a picture's shape and it is known what is black and what is white."""
    ((name, position),) = graph.inputs.items()
    whole = "float" not in graph.dtypes.get(name, "float32")
    ways: dict[str, Way] = {}
    unknown = f"{_UNKNOWN}: the run does not hold their range; train again"
    if found is not None:
        unknown = f"{_UNKNOWN}: they go from {found}; give numbers like them as .npy"
        with contextlib.suppress(Rejected):
            way = as_array(image, name, graph.nodes[position].output, found, whole)
            ways, unknown = ({}, unknown) if way is None else ({name: way}, "")
    return Takes(graph, {}, ways, None, unknown, image)


_UNKNOWN = "nobody can tell what black and white are among the numbers that this network learnt from"
