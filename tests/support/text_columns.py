"""Networks that read texts or tables, and files for them, for tests of data."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cnnspec.backend.data.origins import lines_of
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reader_of
from cnnspec.backend.data.splits import Dataset
from cnnspec.backend.data.texts import Texts, texts_of
from cnnspec.graph.nodes import Graph
from cnnspec.language.data import read_data
from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.source.route import FILE
from tests.support.places import SHARED
from tests.support.spec_texts import graph_of

KIM = SHARED / "kim2014"

TEXTS = "inputs: {tokens: {shape: [%d], dtype: int32}}\nmodel: [embedding: {input_dim: %d, output_dim: 2}, flatten, %s]"
NUMBERS = "inputs: {record: [%d]}\nmodel: [%s]"


def softmax(units: int) -> str:
    return f"dense: {{units: {units}, activation: softmax}}"


def sigmoid(units: int) -> str:
    return f"dense: {{units: {units}, activation: sigmoid}}"


def reads_texts(head: str, length: int = 6, rows: int = 100) -> Graph:
    """A network of one text."""
    return graph_of(TEXTS % (length, rows, head))


def reads_numbers(head: str, columns: int = 2) -> Graph:
    """A network of some numbers."""
    return graph_of(NUMBERS % (columns, head))


def column_of(*items: str) -> Texts:
    """Texts as if from a file of one a line."""
    return texts_of(items, lines_of("texts.txt", len(items), FILE))


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Files as they are given, text as UTF-8."""
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def load(section: Mapping[str, Any], graph: Graph, folder: Path) -> Dataset:
    """What the section's source gives, before texts become ids."""
    read = read_data(dict(section))
    return reader_of(read)(read, graph, DataFolder(folder), 0)


def refusals(call: Callable[[], object]) -> tuple[Diagnostic, ...]:
    """What a call is refused for."""
    with pytest.raises(Rejected) as refused:
        call()
    return refused.value.diagnostics


def refusal(call: Callable[[], object], folder: Path | None = None) -> str:
    """Code, message and help of the one mistake that a call is refused for; files are named from `folder` on."""
    (diagnostic,) = refusals(call)
    text = f"{diagnostic.code}: {diagnostic.message}" + (f" ({diagnostic.help})" if diagnostic.help else "")
    return text.replace(f"{folder}/", "")
