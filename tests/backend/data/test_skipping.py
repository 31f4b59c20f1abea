"""Rows and files that cannot be read: told in one round, or left out, counted, listed and kept, as the spec says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.plan import plan_of
from cnnspec.backend.prepared import prepare
from cnnspec.backend.train import plan_resumption, train
from cnnspec.language.location import locate
from cnnspec.reports.runs.collect import known
from cnnspec.reports.runs.showing import run_sheets, shown_run
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.recorded import read_skipped
from cnnspec.source.diagnostic import Rejected
from tests.support.small_runs import written_spec
from tests.support.spec_texts import read

TABLE = """
inputs: {x: [2]}
model: [%s]
data: {source: table, train: t.%s, columns: [a, b], label: {column: y}, on_bad_row: %s}
training: {loss: auto, seed: 1}
"""
NUMBERS = "dense: 1"
CLASSES = "dense: {units: 2, activation: softmax}"
LINES = """
inputs: {words: {shape: [4], dtype: int32}}
model: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: {units: 2, activation: softmax}]
data: {source: text_lines, train: t.txt, on_bad_row: %s}
training: {loss: auto, seed: 1}
"""
FOLDER = """
inputs: {image: [4, 4, 1]}
model: [rescaling: "${1 / 255}", flatten, dense: {units: 2, activation: softmax}]
data: {source: image_folder, train: photos, on_bad_file: %s}
training: {epochs: 1, loss: auto, seed: 1}
"""
PICTURES = """
inputs: {image: [4, 4, 1]}
model: [rescaling: "${1 / 255}", flatten, dense: {units: 2, activation: softmax}]
data: {source: table, train: t.csv, image: {column: file}, label: {column: y}, on_bad_file: %s, on_bad_row: %s}
training: {epochs: 1, loss: auto, seed: 1}
"""
CELLS = st.sampled_from(["1.5", "-2", "0", "3e2", "", " ", "cat", "1,5", "12 kg"])
GOOD_NUMBERS = {"1.5", "-2", "0", "3e2"}


def prepared(folder: Path, text: str) -> Any:
    return prepare(*written_spec(folder, text))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(rows=st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["yes", "no", ""])), min_size=1, max_size=12))
def test_exactly_the_rows_that_cannot_be_read_are_left_out(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    """Each with its row; the examples that stay keep their order, and are those of a table without the others."""
    whole = [("1", "2", "yes"), *rows, ("3", "4", "no")]
    (tmp_path / "t.csv").write_text("a,b,y\n" + "".join(f'"{a}","{b}",{y}\n' for a, b, y in whole))
    good = [row for row in whole if {row[0], row[1]} <= GOOD_NUMBERS | {"1", "2", "3", "4"} and row[2]]
    job = prepared(tmp_path, TABLE % (CLASSES, "csv", "skip"))
    np.testing.assert_array_equal(job.dataset.train.inputs["x"], [[float(a), float(b)] for a, b, _ in good])
    assert [each.place for each in job.dataset.skipped] == [
        f"t.csv, row {number}" for number, row in enumerate(whole, 1) if row not in good
    ]
    if len(good) < len(whole):
        with pytest.raises(Rejected):
            prepared(tmp_path, TABLE % (CLASSES, "csv", "error"))


def test_all_that_is_wrong_with_a_table_is_told_at_once(tmp_path: Path) -> None:
    """Of every column, inputs and labels, each with its row."""
    (tmp_path / "t.csv").write_text("a,b,y\n1,2,0.5\n,2,1.5\nx,,2\n3,4,\n")
    with pytest.raises(Rejected) as caught:
        prepared(tmp_path, TABLE % (NUMBERS, "csv", "error"))
    told = [(each.code, each.message) for each in caught.value.diagnostics]
    assert sorted(code for code, _ in told) == ["missing-cell", "missing-cell", "missing-cell", "not-numbers"]
    assert all(f"row {row}" in " ".join(message for _, message in told) for row in (2, 3, 4))
    assert all(each.help for each in caught.value.diagnostics)


def test_rows_of_another_length_are_left_out_unless_they_are_most(tmp_path: Path) -> None:
    text = TABLE % (NUMBERS, "csv", "skip")
    (tmp_path / "t.csv").write_text("a,b,y\n1,2,0.5\n1,2\n3,4,1.5\n5,6,2.5\n")
    job = prepared(tmp_path, text)
    assert job.dataset.train.count == 3
    assert [str(each) for each in job.dataset.skipped] == ["t.csv, row 2: has 2 cells, and the header 3 (train)"]
    (tmp_path / "t.csv").write_text("a,b,y\n1;2;0.5\n1;2;3\n3,4,1.5\n")
    with pytest.raises(Rejected):
        prepared(tmp_path, text)


def test_lines_that_are_no_objects_are_told_together_or_left_out(tmp_path: Path) -> None:
    lines = ['{"a": 1, "b": 2, "y": 0.5}', "[1]", '{"a": 2, "b": 2, "y": 1.5}', "{"]
    (tmp_path / "t.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(Rejected) as caught:
        prepared(tmp_path, TABLE % (NUMBERS, "jsonl", "error"))
    assert ["line 2" in each.message or "line 4" in each.message for each in caught.value.diagnostics] == [True, True]
    job = prepared(tmp_path, TABLE % (NUMBERS, "jsonl", "skip"))
    assert job.dataset.train.count == 2
    assert [each.place for each in job.dataset.skipped] == ["t.jsonl, row 2", "t.jsonl, row 4"]


def test_lines_without_labels_are_told_together_or_left_out(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("yes one two\nthree\nno four\n\nno five\n")
    with pytest.raises(Rejected) as caught:
        prepared(tmp_path, LINES % "error")
    assert [each.code for each in caught.value.diagnostics] == ["bad-line", "bad-line"]
    job = prepared(tmp_path, LINES % "skip")
    assert job.dataset.train.count == 3
    assert [each.place for each in job.dataset.skipped] == ["t.txt, line 2", "t.txt, line 4"]
    assert all(each.reason for each in job.dataset.skipped)


def photos(folder: Path) -> None:
    """Two classes of three pictures: one is a text, one is damaged inside, one is a link that leads nowhere."""
    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        place = folder / "photos" / name
        place.mkdir(parents=True)
        for number in range(3):
            Image.fromarray(random.integers(0, 256, (4, 4), np.uint8)).save(place / f"{number}.png")
    (folder / "photos/cat/a.png").write_text("no picture")
    whole = bytearray((folder / "photos/dog/1.png").read_bytes())
    whole[len(whole) // 2] ^= 255
    (folder / "photos/dog/b.png").write_bytes(whole)
    (folder / "photos/dog/c.png").symlink_to("nowhere.png")


BAD = {"photos/cat/a.png", "photos/dog/b.png", "photos/dog/c.png"}


def test_files_that_are_no_pictures_are_left_out_and_kept_in_the_run(tmp_path: Path) -> None:
    """Counted in the plan, listed in the run and by runs show; that one can be read later is refused."""
    photos(tmp_path)
    with pytest.raises(Rejected) as caught:
        prepared(tmp_path, FOLDER % "error")
    told = " ".join(each.message for each in caught.value.diagnostics)
    assert all(name in told for name in BAD)
    spec, graph = written_spec(tmp_path, FOLDER % "skip")
    job = prepare(spec, graph)
    assert job.dataset.train.count == 6
    assert {each.place for each in plan_of(job).skipped} == BAD
    result = train(spec, graph, runs_dir=tmp_path / "runs")
    folder = RunFolder(Path(result.run))
    assert {each.place for each in read_skipped(folder)} == BAD
    remarks = str(run_sheets(shown_run(known(read_run(folder)), graph)))
    assert "3 examples that cannot be read: 3 of train" in remarks and "photos/cat/a.png" in remarks
    kept = read(locate(str(folder.spec), print))
    assert evaluate(folder, *kept, split="train", data_root=tmp_path).count == 6
    whole = bytearray((tmp_path / "photos/dog/b.png").read_bytes())
    whole[len(whole) // 2] ^= 255
    (tmp_path / "photos/dog/b.png").write_bytes(whole)  # as long as before: the fingerprint of a folder is the same
    with pytest.raises(Rejected) as caught:
        evaluate(folder, *kept, split="train", data_root=tmp_path)
    (found,) = caught.value.diagnostics
    assert found.code == "changed-data" and "photos/dog/b.png of train can be read now" in found.message
    (folder.path / "result.json").unlink()
    with pytest.raises(Rejected) as caught:
        plan_resumption(folder, *kept, data_root=tmp_path)
    assert caught.value.diagnostics[0].code == "changed-data"


def test_rows_whose_picture_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    photos(tmp_path)
    names = ["photos/cat/0.png", "photos/cat/a.png", "photos/dog/0.png", "missing.png", "photos/dog/b.png", ""]
    (tmp_path / "t.csv").write_text("file,y\n" + "".join(f"{name},{name[7:10] or 'cat'}\n" for name in names))
    with pytest.raises(Rejected):
        prepared(tmp_path, PICTURES % ("skip", "error"))
    job = prepared(tmp_path, PICTURES % ("skip", "skip"))
    assert job.dataset.train.count == 2 and len(job.dataset.skipped) == 4


def test_nothing_left_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,y\nx,2,0.5\n1,,2\n")
    with pytest.raises(Rejected) as caught:
        prepared(tmp_path, TABLE % (NUMBERS, "csv", "skip"))
    assert caught.value.diagnostics[0].code == "empty-data"


@pytest.mark.parametrize("table", [False, True])
def test_the_help_for_a_bad_picture_works_when_followed(tmp_path: Path, table: bool) -> None:
    """To leave such files out is one of the things that it names, for folders and for tables."""
    for number in range(6):
        path = tmp_path / "photos" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), 40 * number).save(path)
    (tmp_path / "photos/a/0.png").write_bytes(b"no picture")
    rows = [f"photos/{'ab'[number % 2]}/{number}.png,{'ab'[number % 2]}" for number in range(6)]
    (tmp_path / "t.csv").write_text("\n".join(["file,y", *rows]) + "\n")

    def text(how: str) -> str:
        return PICTURES % (how, "error") if table else FOLDER % how

    with pytest.raises(Rejected) as refused:
        prepared(tmp_path, text("error"))
    (mistake,) = refused.value.diagnostics
    assert mistake.code == "bad-picture" and "on_bad_file: skip under data" in mistake.help
    assert prepared(tmp_path, text("skip")).dataset.train.count == 5
