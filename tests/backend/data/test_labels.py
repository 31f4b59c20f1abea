"""What texts, tables and labels show to be wrong is pointed at where the spec says it."""

from pathlib import Path
from typing import Any

import pytest

from cnnspec.backend.prepared import prepare
from cnnspec.graph.locate import placed
from cnnspec.source.diagnostic import Diagnostic
from tests.support.small_runs import written_spec
from tests.support.text_columns import refusals, write

SPEC = """
inputs:
  tokens: {shape: [6], dtype: int32}
model:
  - embedding: {input_dim: 4, output_dim: 2}
  - flatten
  - dense: {units: 2, activation: softmax}
data:
  source: table
  train: t.csv
  text: {column: text, max_tokens: 4}
  label: {column: kind}
training: {loss: auto, seed: 1}
"""
ROWS = "text,kind,n\none two three four,a,3\nfive six seven,b,4\n"


def refusal(folder: Path, changes: dict[str, str], rows: str = ROWS) -> Diagnostic:
    """The one mistake of a changed spec, with its place."""
    text = SPEC
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    write(folder, {"t.csv": rows})
    spec, graph = written_spec(folder, text)

    def start() -> None:
        with placed(spec, graph):
            prepare(spec, graph)

    (diagnostic,) = refusals(start)
    return diagnostic


def place_of(folder: Path, changes: dict[str, str], rows: str = ROWS) -> tuple[str, str]:
    """The code of the one mistake, and what is underlined."""
    diagnostic = refusal(folder, changes, rows)
    assert diagnostic.span is not None
    line = (folder / "small.yaml").read_text().split("\n")[diagnostic.span.line - 1]
    start_of = diagnostic.span.column - 1
    return diagnostic.code, line[start_of : start_of + diagnostic.span.width]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({", max_tokens: 4": ""}, ("vocabulary-size", "text: {column: text}")),
        (
            {"max_tokens: 4": "max_tokens: 4, output_sequence_length: 9"},
            ("text-length", "output_sequence_length: 9"),
        ),
        ({"max_tokens: 4": "encoding: klingon"}, ("bad-encoding", "encoding: klingon")),
        ({"column: text": "column: txt"}, ("no-column", "txt")),
        ({"column: kind": "column: kid"}, ("no-column", "kid")),
        ({"units: 2": "units: 3"}, ("class-count", "dense")),
        ({"units: 2": "units: $kinds", "training:": "vars: {kinds: 3}\ntraining:"}, ("class-count", "kinds: 3")),
        (
            {"units: 2": 'units: "${kinds + 1}"', "training:": "vars: {kinds: 2}\ntraining:"},
            ("class-count", "dense"),
        ),
        ({"units: 2, activation: softmax": "units: 2, activation: sigmoid"}, ("label-kind", "label: {column: kind}")),
        ({"  label: {column: kind}\n": ""}, ("bad-source", "data")),
        (
            {"text: {column: text, max_tokens: 4}": "columns: [n, n, n, n, n, n]"},
            ("id-range", "embedding"),
        ),
    ],
)
def test_a_spec_at_fault_is_pointed_at(tmp_path: Path, changes: dict[str, str], place: tuple[str, str]) -> None:
    assert place_of(tmp_path, changes) == place


def test_a_variable_at_fault_is_what_is_to_be_set(tmp_path: Path) -> None:
    """The last layer with weights reads it, whatever comes after that layer; a note says where."""
    apart = {"- dense: {units: 2, activation: softmax}": "- dense: $kinds\n  - activation: softmax"}
    found = refusal(tmp_path, {**apart, "training:": "vars: {words: 7, kinds: 3}\ntraining:"})
    assert found.code == "class-count" and found.help == "set vars.kinds to 2"
    (note,) = found.notes
    assert note.span is not None and found.span is not None and note.span.line < found.span.line
    assert note.text == "the output's units are read here"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("text,kind\none,a\n,b\n", "missing-cell"),
        ("text,kind\none\n", "bad-table"),
        ("text,kind\none,a\ntwo,a\n", "one-class"),
        ("", "empty-data"),
        ("text,kind\n?,a\n!,b\n", "no-words"),
    ],
)
def test_a_file_at_fault_is_pointed_at_where_the_spec_names_it(tmp_path: Path, rows: str, code: str) -> None:
    found = place_of(tmp_path, {}, rows)
    assert found == (code, "text: {column: text, max_tokens: 4}" if code == "no-words" else "t.csv")


@pytest.mark.parametrize("output_mode", ["multi_hot", "count", "tf_idf"])
def test_texts_as_numbers_reach_the_network(tmp_path: Path, output_mode: Any) -> None:
    write(tmp_path, {"t.csv": ROWS})
    text = SPEC.replace("dtype: int32", "dtype: float32").replace("  - embedding: {input_dim: 4, output_dim: 2}\n", "")
    text = text.replace("max_tokens: 4", f"output_mode: {output_mode}")
    spec, graph = written_spec(tmp_path, text)
    dataset = prepare(spec, graph).dataset
    assert dataset.train.inputs["tokens"].shape == (2, 6)
    assert len(dataset.vocabularies["tokens"]) == 6
