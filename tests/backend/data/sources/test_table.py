"""Tables are read as they are written, or refused with the file and the row; columns become what the spec says."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnspec.backend.data.formats.csv_rows import LONGEST_CELL, read_csv
from cnnspec.backend.data.formats.json_rows import read_jsonl
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Split
from cnnspec.backend.data.texts import Texts
from cnnspec.graph.nodes import Graph
from tests.support.spec_texts import graph_of
from tests.support.text_columns import load, reads_numbers, reads_texts, refusal, refusals, sigmoid, softmax, write

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
CELL = TEXT | st.sampled_from(['"', '""', ",", "\t", "\n", "\r\n", "\r", " ", "a,b", 'say "hi"', "\u2028", "\x85"])


def section(train: str, **more: Any) -> dict[str, Any]:
    return {"source": "table", "train": train, **more}


REVIEWS = section("t.csv", text={"column": "text"}, label={"column": "label"})


def texts_in(split: Split) -> list[str]:
    column = split.inputs["tokens"]
    assert isinstance(column, Texts)
    return list(column)


@settings(deadline=None, max_examples=200)
@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=2, max_size=6)),
    st.sampled_from([",", "\t"]),
    st.sampled_from(
        [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]
    ),
)
def test_what_pythons_csv_writes_is_read_back(rows: list[list[str]], delimiter: str, ending: tuple[str, Any]) -> None:
    """Every cell as it was, whatever it holds, and each row starts in the line that a count of line ends gives.

    Python before 3.13 quotes a line break in a cell only if it is one of those that end its rows.
    """
    file, (end, quoting) = io.StringIO(newline=""), ending
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)
    starts = []
    for row in rows:
        before = file.getvalue()
        starts.append(1 + before.count("\n") + before.count("\r") - before.count("\r\n"))
        writer.writerow(row)
    read = read_csv(file.getvalue(), "t.csv", delimiter)
    assert [list(read.columns), *map(list, read.cells)] == rows
    assert read.lines.tolist() == starts[1:]


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.dictionaries(
            TEXT, TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
        ),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
)
def test_what_pythons_json_writes_is_read_back(objects: list[dict[str, Any]], escaped: bool) -> None:
    """Texts as they are, numbers and true and false as they are written, null and what is absent as a missing cell."""
    text = "".join(json.dumps(each, ensure_ascii=escaped) + "\n" for each in objects)
    if not any(objects):
        assert refusal(lambda: read_jsonl(text, "t.jsonl")).startswith("empty-data")
        return
    read = read_jsonl(text, "t.jsonl")
    for each, cells in zip(objects, read.cells, strict=True):
        for column, cell in zip(read.columns, cells, strict=True):
            value = each.get(column)
            assert cell == ("" if value is None else value if isinstance(value, str) else json.dumps(value))


def test_quotes_lines_within_cells_and_a_byte_order_mark(tmp_path: Path) -> None:
    content = '\ufefftext,label\r\n"good, ""fine""\r\nfilm",pos\r\nbad,neg\r\n\r\n'
    write(tmp_path, {"t.csv": content})
    dataset = load(REVIEWS, reads_texts(softmax(2)), tmp_path)
    assert texts_in(dataset.train) == ['good, "fine"\r\nfilm', "bad"]
    assert dataset.classes == {"output": ("neg", "pos")}
    assert dataset.train.labels["output"].tolist() == [1, 0]
    column = dataset.train.inputs["tokens"]
    assert isinstance(column, Texts) and column.origins.at(1) == f"{tmp_path}/t.csv, row 2 (line 4)"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "text,label\nx y,a\nz,b\n"),
        ("t.TSV", 'text\tlabel\nx y\ta\n"z"\tb'),
        ("t.jsonl", '{"text": "x y", "label": "a"}\n{"label": "b", "text": "z", "more": null}\r\n\n'),
    ],
)
def test_a_table_is_read_by_its_ending(tmp_path: Path, name: str, content: str) -> None:
    write(tmp_path, {name: content})
    dataset = load({**REVIEWS, "train": name}, reads_texts(softmax(2)), tmp_path)
    assert texts_in(dataset.train) == ["x y", "z"] and dataset.classes["output"] == ("a", "b")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_a_table_is_in_the_encoding_of_its_text(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, {"t.csv": "text,label\ncafé,a\nthé,b\n".encode(encoding)})
    data = {**REVIEWS, "text": {"column": "text", "encoding": encoding}}
    assert texts_in(load(data, reads_texts(softmax(2)), tmp_path).train) == ["café", "thé"]


BAD: list[tuple[str | bytes, str]] = [
    ("", "empty-data: t.csv is empty; expected at least one example"),
    ("\ufeff", "empty-data: t.csv is empty; expected at least one example"),
    ("\nx,a\n", "empty-data: t.csv has no header; expected the columns' names in the first line"),
    ("text,label\n", "empty-data: t.csv has a header and no rows; expected at least one example"),
    ("text,label\r\n\r\n\n", "empty-data: t.csv has a header and no rows; expected at least one example"),
    (
        'text,label\n"x\ny",a\nz\nw,b,c\n\nv,b\n',
        "bad-table: t.csv: row 2 (line 4) has 1, row 3 (line 5) has 3, row 4 (line 6) has none; "
        "expected 2 cells in every row, as in the header "
        "(put a cell that holds the delimiter or a line break into quotes; take empty lines out)",
    ),
    (
        'text,label\nx,a\n"y\nz,b\nw,b\n',
        "bad-table: t.csv, row 2 (line 3): a quote opens a cell and is never closed; "
        'expected a quote at the end of the cell (write a quote inside a quoted cell twice: "")',
    ),
    (
        'text,label\n"good" film,a\n',
        "bad-table: t.csv, row 1 (line 2): a quoted cell goes on after its quote; expected the end of the cell "
        '(write a quote inside a quoted cell twice: "")',
    ),
    (
        "text,label\nx,a\n,b\ny,a\n  ,b\n",
        "missing-cell: t.csv, row 2 (line 3), row 4 (line 5): column text is empty; "
        "expected a value in every row (fill it in, or take the row out)",
    ),
    (
        "text,label\nx,a\ny,\n",
        "missing-cell: t.csv, row 2 (line 3): column label is empty; "
        "expected a value in every row (fill it in, or take the row out)",
    ),
    (
        "txt,label\nx,a\ny,b\n",
        "no-column: t.csv has no column text; expected a column that is there (write txt)",
    ),
    (
        "text;label\nx;a\ny;b\n",
        "no-column: t.csv has no column text; expected a column that is there "
        '(the table is divided by semicolons: write separator: ";" under data)',
    ),
    (
        "text,label,text\nx,a,y\n",
        "no-column: t.csv has 2 columns text; expected one of that name (rename the others in the file)",
    ),
    (
        b"text,label\nx,a\ncaf\xe9,b\n",
        "not-text: t.csv, line 3: byte 0xe9 at offset 18 is not utf-8; expected text in utf-8 "
        "(if the file has another encoding, write it under data, as in encoding: latin-1)",
    ),
    (
        "text,label\nx,a\ny\0,b\n",
        "not-text: t.csv, line 3: a NUL character; expected text "
        "(write encoding: utf-16 under data if that is what it is, or take the character out)",
    ),
    (
        "text,label\nx,a\ny,b\nz,c\n",
        "class-count: column label of t.csv holds 3 classes (a, b, c); expected 2, as the output has 2 units "
        "(give the last layer 3 units)",
    ),
    (
        "text,label\nx,0.5\ny,1.25\nz,2\n",
        "label-kind: t.csv, row 1 (line 2), row 2 (line 3): column label is 0.5, a fraction; "
        "expected classes, as the output has 2 units "
        "(give the last layer 1 unit to learn numbers; for classes write words)",
    ),
    (
        "text,label\nx,a\ny,a\n",
        "one-class: column label of t.csv holds a single class, a; expected at least two classes to tell apart",
    ),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_a_bad_table_is_refused_with_its_row(tmp_path: Path, content: str | bytes, message: str) -> None:
    write(tmp_path, {"t.csv": content})
    assert refusal(lambda: load(REVIEWS, reads_texts(softmax(2)), tmp_path), tmp_path) == message


def test_of_many_bad_rows_the_first_are_named(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "text,label\n" + "x\n" * 9, "m.csv": "text,label\n" + ",a\n" * 9})
    graph = reads_texts(softmax(2))
    ragged = refusal(lambda: load(REVIEWS, graph, tmp_path), tmp_path)
    assert "row 5 (line 6) has 1 and 4 more rows are wrong; expected" in ragged
    missing = refusal(lambda: load({**REVIEWS, "train": "m.csv"}, graph, tmp_path), tmp_path)
    assert "row 5 (line 6) and 4 more: column text is empty" in missing


def test_a_cell_of_a_mebibyte_is_read_and_a_longer_one_refused(tmp_path: Path) -> None:
    """The csv module's own limit stays what it was."""
    before = csv.field_size_limit()
    text = "a" * LONGEST_CELL
    assert read_csv(f"text\n{text}\n", "t.csv", ",").cells[0][0] == text
    message = refusal(lambda: read_csv(f"text\nx\n{text}a\n", "t.csv", ","))
    assert message.startswith("bad-table: t.csv, row 2 (line 3): a cell of more than 1,048,576 characters")
    assert csv.field_size_limit() == before


BAD_LINES = [
    ("{}\n", 'empty-data: t.jsonl holds no values; expected an object, as in {"text": "...", "label": "..."}'),
    ('{"a": 1}\n\n{"a": 2}\n', "bad-table: t.jsonl, line 2 is empty"),
    (
        "".join(f'{{"k{row}": 1}}\n' for row in range(1000)),
        "bad-table: t.jsonl has 1,000 lines, with 1,000 different keys",
    ),
    ('{"a": 1}\n{"a": }\n', "bad-table: t.jsonl, line 2, column 7: expecting value"),
    ('{"a": 1}\n{"a": 1} x\n', "bad-table: t.jsonl, line 2, column 10: extra data"),
    ("[1]\n", "bad-table: t.jsonl, line 1 is a list; expected an object"),
    ('"a"\n', "bad-table: t.jsonl, line 1 is one value; expected an object"),
    ("null\n", "bad-table: t.jsonl, line 1 is null; expected an object"),
    ('{"a": [1]}\n', "bad-table: t.jsonl, line 1: a is a list; expected a text, a number, true, false or null"),
    ('{"a": {"b": 1}}\n', "bad-table: t.jsonl, line 1: a is an object; expected a text"),
    ('{"a": 1, "a": 2}\n', "bad-table: t.jsonl, line 1: the key a stands twice; expected plain JSON"),
    ('{"a": NaN}\n', "bad-table: t.jsonl, line 1: NaN is no number of JSON; expected plain JSON"),
    ('{"a": -Infinity}\n', "bad-table: t.jsonl, line 1: -Infinity is no number of JSON"),
    ('{"a": "x\\u0000"}\n', "not-text: t.jsonl, line 1: a holds a NUL character"),
    ('{"a": "\\ud800"}\n', "not-text: t.jsonl, line 1: a holds half of a character"),
    ("[" * 100_000 + "\n", "bad-table: t.jsonl, line 1 is nested too deeply"),
    ('{"a": ' * 100_000 + "\n", "bad-table: t.jsonl, line 1 is nested too deeply"),
]


@pytest.mark.parametrize(("content", "message"), BAD_LINES)
def test_a_bad_line_of_json_is_refused(content: str, message: str) -> None:
    assert refusal(lambda: read_jsonl(content, "t.jsonl")).startswith(message)


def test_a_number_of_json_of_any_length_is_a_cell() -> None:
    assert read_jsonl('{"a": ' + "9" * 9000 + "}", "t.jsonl").cells[0][0] == "9" * 9000


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.parquet", "not-running: t.parquet is parquet, which does not run yet; expected csv, tsv or jsonl"),
        ("t.xlsx", "bad-table: t.xlsx ends in .xlsx; expected .csv, .tsv or .jsonl (rename the file)"),
        ("t", "bad-table: t ends in nothing; expected .csv, .tsv or .jsonl (rename the file)"),
        ("other.csv", "no-file: there is no file other.csv"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, message: str) -> None:
    write(tmp_path, {"t.parquet": b"PAR1", "t.xlsx": b"PK", "t": b""})
    data = {**REVIEWS, "train": name}
    assert refusal(lambda: load(data, reads_texts(softmax(2)), tmp_path), tmp_path).startswith(message)


def test_columns_of_numbers_stand_side_by_side_in_the_order_written(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "a,b,c,y\n1,2, 3.5,0.25\n-1e2,+.5,7.,4\n"})
    data = section("t.csv", columns=["c", "a"], label={"column": "y"})
    dataset = load(data, reads_numbers("dense: 1"), tmp_path)
    record = dataset.train.inputs["record"]
    assert isinstance(record, np.ndarray) and record.dtype == np.float32
    assert record.tolist() == [[3.5, 1], [7, -100]]
    assert dataset.train.labels["output"].tolist() == [0.25, 4]


@pytest.mark.parametrize("cell", ["nan", "inf", "1e999", "1_0", "0x1", "1,5", "ten", "１", "--1", "1e"])
def test_what_is_no_finite_number_is_refused_with_its_row(tmp_path: Path, cell: str) -> None:
    write(tmp_path, {"t.csv": f'a,b,y\n1,2,a\n"{cell}",2,b\n'})
    data = section("t.csv", columns=["a", "b"], label={"column": "y"})
    message = refusal(lambda: load(data, reads_numbers(softmax(2)), tmp_path), tmp_path)
    assert message.startswith("not-numbers: t.csv, row 2 (line 3): column a is ") and "expected a number" in message


def test_an_input_of_integers_reads_whole_numbers_exactly(tmp_path: Path) -> None:
    graph = graph_of(
        "inputs: {record: {shape: [2], dtype: int32}}\n"
        "model: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: 1]"
    )
    write(tmp_path, {"t.csv": "a,b,y\n16777217,2,1\n3,4,2\n", "f.csv": "a,b,y\n1,2,1\n3,4.5,2\n"})
    data = section("t.csv", columns=["a", "b"], label={"column": "y"})
    assert load(data, graph, tmp_path).train.inputs["record"].tolist() == [[16777217, 2], [3, 4]]
    message = refusal(lambda: load({**data, "train": "f.csv"}, graph, tmp_path), tmp_path)
    assert (
        message
        == "input-type: f.csv, row 2 (line 3): column b is 4.5; expected a whole number, as input record is int32"
    )


def test_as_many_columns_as_the_input_has(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "a,b,y\n1,2,1\n3,4,2\n"})
    data = section("t.csv", columns=["a"], label={"column": "y"})
    message = refusal(lambda: load(data, reads_numbers("dense: 1"), tmp_path), tmp_path)
    assert message.startswith("input-shape: each example in columns of t.csv has shape (1,); expected (2,)")


def labels_of(folder: Path, cells: list[str], head: str, width: int = 1, **label: Any) -> tuple[Any, Any]:
    """The labels and classes that an output gets from these cells (or rows of cells divided by commas)."""
    header = ",".join(["x", *"abc"[:width]])
    write(folder, {"t.csv": header + "\n" + "".join(f"{row},{cell}\n" for row, cell in enumerate(cells))})
    data = section("t.csv", columns=["x"], label=label or {"column": "a"})
    dataset = load(data, reads_numbers(head, columns=1), folder)
    return dataset.train.labels["output"].tolist(), dataset.classes.get("output")


@pytest.mark.parametrize(
    ("cells", "head", "labels", "classes"),
    [
        (["b", "a", "c"], softmax(3), [1, 0, 2], ("a", "b", "c")),
        (["10", "9", "10"], softmax(2), [1, 0, 1], ("9", "10")),
        (["b", "a"], "dense: 2", [1, 0], ("a", "b")),
        (["no", "yes"], sigmoid(1), [0, 1], ("no", "yes")),
        (["1", "0"], sigmoid(1), [1, 0], ("0", "1")),
        (["2", "1"], sigmoid(1), [1, 0], ("1", "2")),
        (["no", "yes"], "dense: 1", [0, 1], ("no", "yes")),
        (["1", "0"], "dense: 1", [1, 0], ("0", "1")),
        (["1.0", "0"], "dense: 1", [1.0, 0.0], None),
        (["2", "1"], "dense: 1", [2.0, 1.0], None),
        (["0.25", "1", "0.5"], sigmoid(1), [0.25, 1.0, 0.5], None),
    ],
)
def test_the_output_decides_between_classes_and_numbers(
    tmp_path: Path, cells: list[str], head: str, labels: list[float], classes: Any
) -> None:
    assert labels_of(tmp_path, cells, head) == (labels, classes)


@pytest.mark.parametrize(
    ("cells", "head", "message"),
    [
        (
            ["1", "two", "3"],
            "dense: 1",
            "not-numbers: t.csv, row 2 (line 3): column a is two, which is no number; expected a number "
            "(write a number)",
        ),
        (
            ["a", "b", "c"],
            "dense: 1",
            "class-count: column a of t.csv holds 3 classes (a, b, c); expected 2, as the output has 1 unit "
            "(give the last layer 3 units)",
        ),
        (
            ["0.5", "2", "1"],
            sigmoid(1),
            "label-kind: t.csv, row 2 (line 3): column a is 2; expected two classes, or numbers from 0 to 1, "
            "as the output is one sigmoid (for classes end in dense: {units: 3, activation: softmax}; "
            "for numbers leave the activation out)",
        ),
        (
            ["a", "b"],
            sigmoid(2),
            "label-kind: the output ends in a sigmoid of 2 units, and column a holds one class an example; "
            "expected any number of classes an example, as each unit is a yes or no "
            "(for one class write activation: softmax; for several write label: {columns: [...]} "
            'with a column of 0 and 1 for each class, or label: {column: ..., separator: "|"})',
        ),
        (
            ["9007199254740992", "9007199254741016"],
            "dense: 1",
            "not-finite: t.csv: column a goes from 9007199254740992 to 9007199254741016, all one number in float32; "
            "expected numbers that float32 tells apart (subtract 9007199254740992 from them in the data)",
        ),
        (
            ["1e-60", "2e-60"],
            "dense: 1",
            "not-finite: t.csv: column a goes from 1e-60 to 2e-60, all one number in float32; "
            "expected numbers that float32 tells apart (multiply them in the data)",
        ),
        (
            ["a", "b"],
            "reshape: [1, 1], dense: {units: 2, activation: softmax}",
            "label-kind: the output of shape (1, 2), and one column a an example; expected one axis "
            "(put flatten or global_avg_pool before the last layer)",
        ),
    ],
)
def test_labels_that_the_output_cannot_learn_are_refused(
    tmp_path: Path, cells: list[str], head: str, message: str
) -> None:
    assert refusal(lambda: labels_of(tmp_path, cells, head), tmp_path) == message


def test_columns_of_zeros_and_ones_are_classes_that_may_hold_at_once(tmp_path: Path) -> None:
    labels, classes = labels_of(tmp_path, ["1,0,1", "0,0,0"], sigmoid(3), 3, columns=["a", "b", "c"])
    assert labels == [[1, 0, 1], [0, 0, 0]] and classes == ("a", "b", "c")


def test_columns_of_numbers_are_learnt_side_by_side(tmp_path: Path) -> None:
    labels, classes = labels_of(tmp_path, ["1,0.5", "-3,0"], "dense: 2", 2, columns=["b", "a"])
    assert labels == [[0.5, 1], [0, -3]] and classes is None


def test_a_cell_may_name_several_classes_or_none(tmp_path: Path) -> None:
    labels, classes = labels_of(tmp_path, ["b|a", "", " b ", "10||"], sigmoid(3), column="a", separator="|")
    assert labels == [[0, 1, 1], [0, 0, 0], [0, 0, 1], [1, 0, 0]] and classes == ("10", "a", "b")


@pytest.mark.parametrize(
    ("cells", "head", "label", "message"),
    [
        (
            ["1,0,1", "0,0,0"],
            sigmoid(2),
            {"columns": ["a", "b", "c"]},
            "label-kind: label has 3 columns, but the output has shape (2,); expected one unit a column: (3)",
        ),
        (
            ["1,0,1", "0,0,2"],
            sigmoid(3),
            {"columns": ["a", "b", "c"]},
            "label-kind: the output ends in sigmoid, but columns of label go beyond 0 to 1; expected 0 and 1 "
            "(for other numbers leave the activation out)",
        ),
        (
            ["1,0,0", "0,1,1"],
            softmax(3),
            {"columns": ["a", "b", "c"]},
            "label-kind: t.csv, row 2 (line 3): the labels add up to 2; expected 1, as the output ends in softmax "
            "(where several classes may hold write activation: sigmoid)",
        ),
        (
            ["p|q,0,0", "q,1,1"],
            sigmoid(3),
            {"column": "a", "separator": "|"},
            "class-count: column a of t.csv names 2 classes (p, q); expected one unit a class, where the output has "
            "shape (3,) (give the last layer 2 units)",
        ),
        (
            ["p|q,0,0", "q,1,1"],
            softmax(2),
            {"column": "a", "separator": "|"},
            "label-kind: t.csv, row 1 (line 2): the labels add up to 2; expected 1, as the output ends in softmax "
            "(where several classes may hold write activation: sigmoid)",
        ),
    ],
)
def test_several_labels_that_the_output_cannot_learn_are_refused(
    tmp_path: Path, cells: list[str], head: str, label: dict[str, Any], message: str
) -> None:
    assert refusal(lambda: labels_of(tmp_path, cells, head, 3, **label), tmp_path) == message


def test_a_class_that_training_lacks_is_refused_with_its_row(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "text,label\nx,a\ny,b|a\n", "v.csv": 'text,label\n"x\n",a\ny,c\n'})
    several = {**REVIEWS, "validation": "v.csv", "label": {"column": "label", "separator": "|"}}
    one = refusal(lambda: load({**REVIEWS, "validation": "v.csv"}, reads_texts(softmax(2)), tmp_path), tmp_path)
    assert one.startswith(
        "unknown-class: v.csv, row 2 (line 4): column label is c; expected a class of training: a, b|a"
    )
    two = refusal(lambda: load(several, reads_texts(sigmoid(2)), tmp_path), tmp_path)
    assert two.startswith("unknown-class: v.csv, row 2 (line 4): column label is c; expected a class of training: a, b")


TWO = """
inputs: {tokens: {shape: [4], dtype: int32}, record: [2]}
model:
  words: [embedding: {from: tokens, input_dim: 9, output_dim: 2}, flatten]
  both: [concat: {from: [words, record]}]
  kind: [dense: {units: 2, activation: softmax}]
  price: [dense: {from: both, units: 1}]
outputs: {kind: kind, price: price}
"""
BOTH = {
    "inputs": {"record": {"columns": ["w", "h"]}, "tokens": {"text": {"column": "text"}}},
    "labels": {"kind": "kind", "price": {"column": "price"}},
}


def test_several_inputs_and_outputs_have_columns_by_name(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "text,w,h,kind,price\nx,1,2,b,0.5\ny,3,4,a,9\n"})
    dataset = load(section("t.csv", **BOTH), graph_of(TWO), tmp_path)
    assert texts_in(dataset.train) == ["x", "y"]
    assert dataset.train.inputs["record"].tolist() == [[1, 2], [3, 4]]
    assert {name: labels.tolist() for name, labels in dataset.train.labels.items()} == {
        "kind": [1, 0],
        "price": [0.5, 9],
    }
    assert dataset.classes == {"kind": ("a", "b")}


def test_labels_of_an_output_that_is_not_learnt_may_stand_there(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "text,w,h,kind,price\nx,1,2,b,0.5\ny,3,4,a,9\n"})
    graph = graph_of(TWO.rstrip() + "\ntraining: {loss: {kind: auto, price: none}}\n")
    for labels in (BOTH["labels"], {"kind": BOTH["labels"]["kind"]}):
        dataset = load(section("t.csv", **{**BOTH, "labels": labels}), graph, tmp_path)
        assert set(dataset.train.labels) == {"kind"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": None}, "a table for 2 inputs; expected inputs, with columns for each of tokens, record"),
        (
            {"inputs": {"tokens": {"text": {"column": "text"}}}},
            "data.inputs has nothing for input record; expected one",
        ),
        (
            {"inputs": {**BOTH["inputs"], "recrd": {"columns": ["w"]}}},
            "data.inputs names recrd; expected an input of the model",
        ),
        ({"labels": {"kind": "kind"}}, "data.labels has nothing for output price; expected one for each output"),
        ({"labels": {"kind": "kind", "prize": "price"}}, "data.labels names prize; expected an output of the model"),
        ({"labels": None}, "a table without a label; expected labels, with a column for each of kind, price"),
        (
            {"inputs": {**BOTH["inputs"], "tokens": {"text": {}}}},
            "text without a column; expected the column that holds it",
        ),
    ],
)
def test_a_section_that_leaves_a_column_open_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path, {"t.csv": "text,w,h,kind,price\nx,1,2,b,0.5\ny,3,4,a,9\n"})
    written = {key: value for key, value in {**BOTH, **change}.items() if value is not None}
    (diagnostic,) = refusals(lambda: load(section("t.csv", **written), graph_of(TWO), tmp_path))
    assert diagnostic.code == "bad-source" and diagnostic.message.startswith(message)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "a table with nothing for input tokens; expected one of text, columns and image"),
        (
            {"text": {"column": "t"}, "columns": ["a"]},
            "a table with text and columns for input tokens; expected one of",
        ),
        ({"text": {"column": "t"}, "label": None}, "a table without a label; expected what to learn"),
    ],
)
def test_a_section_for_one_input_names_one_kind_of_column(
    tmp_path: Path, written: dict[str, Any], message: str
) -> None:
    data = {"label": {"column": "y"}, **written}
    data = {key: value for key, value in data.items() if value is not None}
    (diagnostic,) = refusals(lambda: load(section("t.csv", **data), reads_texts(softmax(2)), tmp_path))
    assert diagnostic.code == "bad-source" and diagnostic.message.startswith(message)


PHOTOS = section("t.csv", image={"column": "file"}, label={"column": "kind"})


def reads_pictures() -> Graph:
    return graph_of(f"inputs: {{photo: [4, 4, 3]}}\nmodel: [flatten, {softmax(2)}]")


def test_a_column_of_paths_is_a_column_of_pictures(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number, name in enumerate(["photos/a.png", "b.png"]):
        Image.new("RGB", (4, 4), (9 * number, 1, 2)).save(tmp_path / name)
    write(tmp_path, {"t.csv": "file,kind\nphotos/a.png,x\nb.png,y\nphotos/a.png,x\n"})
    column = load(PHOTOS, reads_pictures(), tmp_path).train.inputs["photo"]
    assert isinstance(column, Pictures) and len(column) == 3
    assert column.read()[:, 0, 0].tolist() == [[0, 1, 2], [9, 1, 2], [0, 1, 2]]


def out_of_the_folder(folder: Path) -> None:
    (folder / "link.png").symlink_to("/etc/hostname")
    (folder / "round.png").symlink_to("round.png")


def test_all_rows_without_a_picture_are_named_at_once(tmp_path: Path) -> None:
    out_of_the_folder(tmp_path)
    (tmp_path / "folder").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "good.png")
    names = [
        "good.png",
        "none.png",
        "../x.png",
        "/etc/hostname",
        "link.png",
        "round.png",
        "folder",
        "text.png",
        "a" * 300,
    ]
    write(
        tmp_path,
        {"text.png": "text", "t.csv": "file,kind\n" + "".join(f"{name},x\n" for name in names) + "good.png,y\n"},
    )
    found = refusals(lambda: load(PHOTOS, reads_pictures(), tmp_path))
    rows = [int(diagnostic.message.partition("row ")[2].partition(" ")[0]) for diagnostic in found]
    assert sorted(rows) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert {diagnostic.code for diagnostic in found} == {"no-file", "outside", "bad-picture"}
    by_row = dict(zip(rows, found, strict=True))
    assert [by_row[row].code for row in (3, 4, 5)] == ["outside"] * 3


def test_of_many_rows_without_a_picture_the_first_are_named(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "file,kind\n" + "".join(f"{number}.png,{number % 2}\n" for number in range(50))})
    found = refusals(lambda: load(PHOTOS, reads_pictures(), tmp_path))
    assert len(found) == 20 and [note.text for each in found for note in each.notes] == ["30 more like this"]
