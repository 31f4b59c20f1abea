"""Rows to predict are read as the table of the training is written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.backend.predict_inputs.example import Example
from cnnspec.backend.predict_inputs.inputs import Takes, takes
from cnnspec.language.data import read_data
from cnnspec.source.diagnostic import Diagnostic, Rejected
from tests.support.text_columns import reads_numbers, reads_texts, softmax, write

RECORDS = {"source": "table", "train": "t.csv", "columns": ["a", "b"], "label": {"column": "y"}}


def reads(section: dict[str, Any], texts: bool = False) -> Takes:
    """What a network of such data takes."""
    graph = reads_texts(softmax(2)) if texts else reads_numbers("dense: 1")
    return takes(read_data(section), graph, {})


def examples(section: dict[str, Any], path: Path, encoding: str | None = None, texts: bool = False) -> list[Example]:
    return list(reads(section, texts).examples(path, encoding))


def told(section: dict[str, Any], path: Path, texts: bool = False) -> Diagnostic:
    """What a whole table is refused for."""
    with pytest.raises(Rejected) as refused:
        examples(section, path, texts=texts)
    (diagnostic,) = refused.value.diagnostics
    return diagnostic


def test_separator_decimal_and_encoding_are_those_of_the_training(tmp_path: Path) -> None:
    written = {**RECORDS, "separator": ";", "decimal": ",", "encoding": "utf-16"}
    write(tmp_path, {"t.csv": "b;größe;a\n2,5;x;-1\n".encode("utf-16"), "u.csv": b"b;a\n2,5;-1\n"})
    (found,) = examples(written, tmp_path / "t.csv")
    assert np.array_equal(found.pieces["record"], [-1, 2.5])
    (found,) = examples(written, tmp_path / "u.csv", "utf-8")
    assert np.array_equal(found.pieces["record"], [-1, 2.5])


def test_what_is_no_number_there_is_told_with_its_reason_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": 'a,b\n1,"2,5"\n1,2\n$1,2\n'})
    first, second, third = examples(RECORDS, tmp_path / "t.csv")
    (problem,) = first.problems
    assert problem.message.endswith("row 1 (line 2): column b is 2,5, with a decimal comma; expected a number")
    (problem,) = third.problems
    assert problem.message.endswith("row 3 (line 4): column a is $1, with a currency; expected a number")
    assert np.array_equal(second.pieces["record"], [1, 2])


def test_help_speaks_of_the_command_and_not_of_a_spec(tmp_path: Path) -> None:
    """Nobody writes into the spec of a run."""
    texts = {"source": "table", "train": "t.csv", "text": {"column": "text"}, "label": {"column": "y"}}
    write(tmp_path, {"s.csv": "text;x\na;b\n", "l.csv": "text\ncafé\n".encode("latin-1")})
    divided = "the table is divided by semicolons, unlike the data of the run: save it with commas between its cells"
    assert told(texts, tmp_path / "s.csv", texts=True).help == divided
    help = "if the file has another encoding, give it, as in --encoding latin-1"
    assert told(texts, tmp_path / "l.csv", texts=True).help == help
