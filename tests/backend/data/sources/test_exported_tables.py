"""Tables as spreadsheets and programs export them: read as they are written, or told what to write."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.formats.csv_rows import read_csv
from cnnspec.backend.data.rows import Written
from tests.support.text_columns import load, reads_numbers, reads_texts, refusal, refusals, softmax, write

RECORDS = {"source": "table", "train": "t.csv", "columns": ["a", "b"], "label": {"column": "y"}}
GERMAN = "a;b;y\r\n1,5;-2;9,42\r\n0,25;1e2;6,80\r\n"


def loaded(folder: Path, content: str | bytes, **keys: Any) -> tuple[Any, Any]:
    """The columns and the labels of a table with two columns of numbers and one to learn."""
    write(folder, {"t.csv": content})
    train = load({**RECORDS, **keys}, reads_numbers("dense: 1"), folder).train
    return train.inputs["record"].tolist(), train.labels["output"].tolist()


def refused(folder: Path, content: str | bytes, **keys: Any) -> str:
    """What the only mistake of such a table is."""
    write(folder, {"t.csv": content})
    return refusal(lambda: load({**RECORDS, **keys}, reads_numbers("dense: 1"), folder), folder)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n", '"sep=;"\n'])
def test_a_table_of_a_spreadsheet_is_read_with_its_separator_decimal_and_encoding(
    tmp_path: Path, mark: str, encoding: str, first: str
) -> None:
    """With a byte-order mark or without, and with Excel's own first line, which says the separator by itself."""
    if encoding == "cp1252" and mark:
        return
    content = (mark + first + GERMAN).encode(encoding)
    keys = {"encoding": encoding, "decimal": ",", **({} if first else {"separator": ";"})}
    found = loaded(tmp_path, content, **keys)
    assert found[0] == [[1.5, -2.0], [0.25, 100.0]] and found[1] == pytest.approx([9.42, 6.8])


def test_rows_after_excels_line_are_counted_as_the_file_has_them(tmp_path: Path) -> None:
    message = refused(tmp_path, "sep=;\n" + GERMAN + "1;2;x\n", decimal=",")
    assert message.startswith("not-numbers: t.csv, row 3 (line 5): column y is x, which is no number")
    message = refused(tmp_path, "sep=;\na;b;y\n1;2\n", decimal=",")
    assert "row 1 (line 3) has 2" in message


def test_excels_line_and_the_spec_must_agree(tmp_path: Path) -> None:
    message = refused(tmp_path, "sep=;\n" + GERMAN, separator="|")
    assert message == (
        'bad-table: t.csv says in its first line that its cells are divided by ";"; expected separator: "|" '
        '(write separator: ";" under data, or leave it out)'
    )


@pytest.mark.parametrize("mark", [";", "\t", "|", ":"])
def test_another_separator_is_told_and_with_it_the_table_is_read(tmp_path: Path, mark: str) -> None:
    """Also where the names of columns hold commas of their own."""
    shown = {"\t": '"\\t"'}.get(mark, f'"{mark}"')
    for header in (f"a{mark}b{mark}y", f"a{mark}b{mark}y{mark}x, of it", f'"a"{mark}"b"{mark}"y"'):
        rows = f"{header}\n" + mark.join(["1.5", "2", "3", "4"][: header.count(mark) + 1]) + "\n"
        assert f"write separator: {shown} under data" in refused(tmp_path, rows)
        assert loaded(tmp_path, rows, separator=mark) == ([[1.5, 2.0]], [3.0])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("9,42", 'is 9,42, with a decimal comma; expected a number (write decimal: "," under data)'),
        ("1,941.72", "is 1,941.72, with commas between thousands; expected a number (take that out of the file, as in"),
        ("$9.42", "is $9.42, with a currency; expected a number (take that out of the file, as in 9.42)"),
        ("9%", "is 9%, with a percent sign; expected a number (take that out of the file, as in 9)"),
        ("NA", "is NA, which says that there is no value; expected a number (fill in a number, or take the row out)"),
        ("TRUE", "is TRUE, a truth value; expected a number (write 1 and 0)"),
        ("2021-05-03", "is 2021-05-03, a date or time; expected a number (give it as a number, such as the days"),
    ],
)
@pytest.mark.parametrize("column", ["b", "y"])
def test_what_is_no_number_in_an_input_or_a_target_is_told_with_row_cell_and_reason(
    tmp_path: Path, cell: str, message: str, column: str
) -> None:
    """Whether all of a column is so, or one cell; but for a single word, which would be a class."""
    for good in ("3", "3" if cell == "TRUE" else cell):
        rows = [["1", cell if column == "b" else "2", cell if column == "y" else "3"]]
        rows += [["1", good if column == "b" else "2", good if column == "y" else "3.5"]] * 3
        file = io.StringIO()
        csv.writer(file).writerows([["a", "b", "y"], *rows])
        where = "row 1 (line 2)" if good == "3" else "row 1 (line 2), row 2 (line 3), row 3 (line 4), row 4 (line 5)"
        assert refused(tmp_path, file.getvalue()).startswith(f"not-numbers: t.csv, {where}: column {column} {message}")


def test_with_a_decimal_comma_a_column_that_plainly_has_dots_is_read_by_these(tmp_path: Path) -> None:
    """But what may be a thousand is told where nothing says that it is none, and so are dots beside commas."""
    found, _ = loaded(tmp_path, "a;b;y\n0.75;2;9,42\n1.125;3;6,8\n", separator=";", decimal=",")
    assert found == [[0.75, 2], [1.125, 3]]
    message = refused(tmp_path, "a;b;y\n1.125;2;9,42\n2;3;6,8\n", separator=";", decimal=",")
    assert "column a is 1.125, with dots between thousands; expected a number" in message
    message = refused(tmp_path, "a;b;y\n0.94;2;9,42\n1,5;3;6,8\n", separator=";", decimal=",")
    assert message.endswith("row 1 (line 2): column a is 0.94, with a dot; expected a number (write 0,94)")


def test_categories_in_a_column_of_numbers_say_what_to_do(tmp_path: Path) -> None:
    message = refused(tmp_path, "a,b,y\n1,red,2\n3,blue,4\n5,red,6\n")
    assert message == (
        "not-numbers: t.csv, row 1 (line 2), row 2 (line 3), row 3 (line 4): column b is red, which is no number; "
        "expected a number (write a number; for a category give a column of 0 and 1 for each of its values: red, blue)"
    )


def test_an_encoding_belongs_to_the_table_with_texts_or_without(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "text,kind\ncafé,Grün\nthé,rot\n".encode("latin-1")})
    data = {"source": "table", "train": "t.csv", "text": {"column": "text"}, "label": {"column": "kind"}}
    message = refusal(lambda: load(data, reads_texts(softmax(2)), tmp_path), tmp_path)
    assert message.endswith("(if the file has another encoding, write it under data, as in encoding: latin-1)")
    for written in ({"encoding": "latin-1"}, {"text": {"column": "text", "encoding": "latin-1"}}):
        assert load({**data, **written}, reads_texts(softmax(2)), tmp_path).classes["output"] == ("Grün", "rot")
    both = {**data, "encoding": "latin-1", "text": {"column": "text", "encoding": "cp1252"}}
    (found,) = refusals(lambda: load(both, reads_texts(softmax(2)), tmp_path))
    assert found.message == "encodings latin-1, cp1252 of one table; expected one encoding a file"


def test_quotes_and_dashes_of_windows_are_told_from_latin_1(tmp_path: Path) -> None:
    data = {"source": "table", "train": "t.csv", "text": {"column": "text"}, "label": {"column": "kind"}}
    write(tmp_path, {"t.csv": "text,kind\n“bad” – film,a\ncafé,b\n".encode("cp1252")})
    assert refusal(lambda: load(data, reads_texts(softmax(2)), tmp_path)).endswith("as in encoding: cp1252)")
    train = load({**data, "encoding": "cp1252"}, reads_texts(softmax(2)), tmp_path).train
    assert list(train.inputs["tokens"]) == ["“bad” – film", "café"]


def test_where_the_encoding_stands_with_the_text_it_is_to_be_mended_there(tmp_path: Path) -> None:
    data = {"source": "table", "train": "t.csv", "label": {"column": "kind"}}
    write(tmp_path, {"t.csv": "\ufefftext,kind\nx,a\n"})
    told = {}
    for where, written in {
        "data": {"encoding": "latin-1", "text": {"column": "text"}},
        "text": {"text": {"column": "text", "encoding": "latin-1"}},
    }.items():
        (found,) = refusals(lambda keys=written: load({**data, **keys}, reads_texts(softmax(2)), tmp_path))
        told[where] = found.help
    assert told == {"data": "write encoding: utf-8 under data", "text": "write encoding: utf-8 under text"}


@pytest.mark.parametrize("key", ["separator", "decimal"])
def test_json_has_commas_and_dots_of_its_own(tmp_path: Path, key: str) -> None:
    write(tmp_path, {"t.jsonl": '{"a": 1.5, "b": 2, "y": 3}\n'})
    data = {**RECORDS, "train": "t.jsonl", key: {"separator": ";", "decimal": ","}[key]}
    message = refusal(lambda: load(data, reads_numbers("dense: 1"), tmp_path), tmp_path)
    assert message.startswith(f"bad-table: t.jsonl is .jsonl, and data has a {key}; expected a .csv or .tsv")
    assert message.endswith(f"(leave {key} out)")


def test_a_path_of_windows_in_a_cell_is_told_with_what_to_write(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "file,kind\nphotos\\a.png,x\nphotos\\b.png,y\n"})
    data = {"source": "table", "train": "t.csv", "image": {"column": "file"}, "label": {"column": "kind"}}
    from tests.support.spec_texts import graph_of

    graph = graph_of(f"inputs: {{photo: [4, 4, 3]}}\nmodel: [flatten, {softmax(2)}]")
    found = refusals(lambda: load(data, graph, tmp_path))
    assert [each.help for each in found] == ["write photos/a.png", "write photos/b.png"]


CELL = st.text(st.sampled_from('ab"\n\r;,\t |\ufeffé'), max_size=5)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=2, max_size=5)),
    st.sampled_from([",", ";", "\t", "|"]),
    st.booleans(),
)
def test_whatever_the_separator_pythons_csv_is_read_back(rows: list[list[str]], mark: str, excel: bool) -> None:
    """Line breaks and separators within quotes are part of a cell, behind Excel's own line as well."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=mark, quoting=csv.QUOTE_ALL).writerows(rows)
    first = f"sep={mark}\r\n" if excel else ""
    read = read_csv(first + file.getvalue(), "t.csv", "," if excel else mark, Written(separator=None))
    assert [list(read.columns), *map(list, read.cells)] == rows
