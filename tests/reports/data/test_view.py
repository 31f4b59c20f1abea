"""The tables of `cnnspec data`: legible at any number of classes, and explaining the way of a text by its numbers."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.backend.data.example_places import numbered
from cnnspec.backend.data.origins import lines_of
from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.backend.data.texts import texts_of
from cnnspec.backend.data.vocabulary import learn
from cnnspec.backend.inspect.counts import label_view
from cnnspec.backend.inspect.duplicates import duplicates
from cnnspec.backend.inspect.text_way import Sentence, text_way
from cnnspec.backend.inspect.words import count_words
from cnnspec.language.features import TextOptions
from cnnspec.reports.data.counts import label_sheet
from cnnspec.reports.data.text_way import way_sheets
from cnnspec.reports.data.view import data_json, data_sheets
from cnnspec.reports.page import Page
from cnnspec.reports.table import Sheet
from cnnspec.reports.terminal import lay_out
from cnnspec.results.data import DataView, Duplicates, LabelView, SplitCount, TextWay
from cnnspec.source.route import FILE
from tests.support.objectives import head_ending_in
from tests.support.program import FINE, USAGE, WRONG, refused, run
from tests.support.spec_texts import graph_of

SENTENCES = ("the film was good", "the plot , the plot !", "a very long way to say that it was not a good film at all")


def labels_of(classes: int) -> LabelView:
    """Labels of so many classes with long names, the first ones the largest."""
    numbers = np.repeat(np.arange(classes), np.linspace(60, 2, classes).astype(int)).astype(np.int32)
    names = tuple(f"category number {number:04}" for number in range(classes))
    splits = [Split(name, {"x": numbers}, {"y": numbers}) for name in ("train", "validation", "test")]
    head = head_ending_in("softmax", (classes,), "y")
    return label_view(head, Dataset(*splits, classes={"y": names}))


def printed(sheets: tuple[Sheet, ...], width: int = 80) -> list[str]:
    return lay_out(sheets, Page(width)).plain.split("\n")


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("classes", [2, 10, 100, 1000])
def test_classes_are_legible_however_many_there_are(classes: int, width: int) -> None:
    """No line is wider than the page, no table longer than a screen, and the rows add up to the total."""
    view = labels_of(classes)
    sheet = label_sheet(view, ("many",), every=False, named=False)
    lines = printed((sheet,), width)
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= 40
    for column in (1, -2, -1):
        numbers = [int(str(row[column]).replace(",", "")) for row in (*sheet.table.rows, *sheet.table.totals)]
        assert sum(numbers[:-1]) == numbers[-1] == sum(each.counts[0] for each in view.classes)
    every = label_sheet(view, ("many",), every=True, named=False)
    assert len(every.table.rows) == classes


def test_many_classes_show_their_largest_and_smallest() -> None:
    view = labels_of(100)
    names = [row[0] for row in label_sheet(view, (), every=False, named=False).table.rows]
    assert names[0] == "category number 0000"
    assert names[-1] == "category number 0099"
    assert names[8] == "… 84 between"


def way_of(text: str, length: int = 6) -> TextWay:
    """The way of a text to a small network whose vocabulary knows three sentences."""
    texts = texts_of(SENTENCES, lines_of("train.txt", len(SENTENCES), FILE))
    options = TextOptions(max_tokens=12, output_sequence_length=length, standardize="lower")
    vocabulary = learn(texts, options, length)
    split = Split("train", {"tokens": texts}, {"y": np.arange(len(SENTENCES))})
    words = count_words("tokens", (split,), vocabulary)
    graph = graph_of(
        f"inputs: {{tokens: {{shape: [{length}], dtype: int32}}}}\n"
        "model: [embedding: {input_dim: 12, output_dim: 5}, global_avg_pool, dense: 3]"
    )
    return text_way("tokens", Sentence(text, "train.txt, line 1", "good"), vocabulary, words.counts, graph)


@cache
def small_way() -> TextWay:
    return way_of(SENTENCES[0])


def test_the_one_hot_table_is_that_of_keras() -> None:
    """A row for each token, a column for each id that occurs: the columns that Keras' one_hot has there."""
    way = way_of("the film was marvellous , the plot was not")
    _, _, sheet, _ = way_sheets(way, 120)
    ids = [int(column.title.split()[0]) for column in sheet.table.columns[1:]]
    hot = np.asarray(keras.ops.one_hot([token.id for token in way.tokens], way.vocabulary))
    shown = [[cell == "1" for cell in row[1:]] for row in sheet.table.rows]
    assert np.array_equal(np.array(shown), hot[:, ids] == 1)
    assert [row[0] for row in sheet.table.rows] == [token.text for token in way.tokens]
    assert hot.sum() == hot[:, ids].sum() == len(way.tokens)


@pytest.mark.parametrize(("text", "change"), [("the plot", "4 zeros after the last token"), (SENTENCES[2], "cut off")])
def test_the_last_step_says_what_the_network_gets(text: str, change: str) -> None:
    """Ids padded or cut to the input's length, and the embedding's shape as the network has it."""
    *_, sheet = way_sheets(way_of(text), 80)
    told = "\n".join(printed((sheet,)))
    assert change in " ".join(told.split())
    assert "tokens (6,) -> (6, 5)" in told
    assert "table of 12 × 5 = 60 weights" in " ".join(told.split())


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from([60, 80, 120]))
def test_any_text_can_be_followed_and_shown(text: str, width: int) -> None:
    """No line is wider than the page, and none holds anything that steers a terminal."""
    lines = printed(way_sheets(replace(small_way(), raw=text, standardised=text, place=text), width), width)
    assert max(map(cell_len, lines)) <= width
    assert all(line.isprintable() for line in lines)


def view_of() -> DataView:
    """A view with labels, duplicates and one way."""
    numbers = np.array([0, 1, 1, 0])
    split = Split("train", {"x": numbers[:, None]}, {"y": np.array([0, 1, 0, 0])}, {"x": "train.npy"})
    data = Dataset(split, classes={"y": ("no", "yes")})
    labels = label_view(head_ending_in("softmax", (2,), "y"), data)
    found = duplicates(numbered(data))
    return DataView(
        "small",
        "arrays",
        (SplitCount("train", 4),),
        True,
        0,
        False,
        (labels,),
        (),
        (),
        (),
        found,
        (small_way(),),
        (),
        (),
    )


def test_json_has_what_the_tables_say() -> None:
    """Every figure by its name, nested as the view is."""
    found = json.loads(data_json(view_of()))
    assert found["labels"][0]["classes"] == [{"name": "no", "counts": [3]}, {"name": "yes", "counts": [1]}]
    assert found["labels"][0]["constant"] == {"answer": "class no", "figure": "accuracy", "scores": [0.75]}
    assert found["duplicates"]["shared"] == [{"split": "train", "other": "train", "count": 2, "of": 4}]
    assert found["ways"][0]["ids"] == list(small_way().ids)


def test_json_of_a_reader_has_its_shapes_and_table_alone() -> None:
    """How many ids a layer knows chooses the words for it, and is told by its table: scripts read no key of that."""
    (reader,) = json.loads(data_json(view_of()))["ways"][0]["readers"]
    assert reader == {
        "name": "embedding1",
        "kind": "embedding",
        "reads": [6],
        "gives": [6, 5],
        "table": [12, 5],
    }


def test_duplicates_name_their_places_and_labels() -> None:
    """Those whose labels differ come first; without any, one row says so."""
    lines = printed(data_sheets(view_of(), 80))
    row = next(line for line in lines if "index 2" in line)
    assert row.split() == ["train", "train.npy,", "index", "2", "no"]
    assert lines[lines.index(row) + 1].split() == ["=", "train", "train.npy,", "index", "1", "yes"]
    assert any("2 examples have a twin with another label" in line for line in lines)
    none = replace(view_of(), duplicates=Duplicates("the same values", (), 0, ()))
    assert any(line.split() == ["within", "and", "across", "splits", "0"] for line in printed(data_sheets(none, 80)))


def test_a_seed_that_the_spec_lacks_is_told() -> None:
    view = view_of()
    assert any("auto  validation split by seed 0" in line for line in printed(data_sheets(view, 80)))
    assert not any("auto" in line for line in printed(data_sheets(replace(view, seeded=True), 80)))


def test_a_contact_sheet_is_written_where_it_was_asked_for_and_never_over_a_file(tmp_path: Path) -> None:
    """But with --force; a name that is no PNG, or in no folder, is refused before anything starts."""
    there = tmp_path / "there.png"
    there.write_text("mine")
    refused(run("data", "digits", "--contact-sheet", there, folder=tmp_path), USAGE, "is there already", "--force")
    refused(run("data", "digits", "--contact-sheet", "sheet.jpg", folder=tmp_path), USAGE, "write", "sheet.png")
    refused(run("data", "digits", "--contact-sheet", "no/x.png", folder=tmp_path), USAGE, "there is no folder no")
    refused(run("data", "digits", "--row", 1, "--text", "a", folder=tmp_path), USAGE, "--row and --text together")
    assert there.read_text() == "mine"
    refused(run("data", "textcnn", folder=tmp_path), WRONG, "no-section", "has no data")
    done = run("data", "digits", "--contact-sheet", there, "--force", "--format", "json", folder=tmp_path)
    assert done.returncode == FINE, done.stderr
    assert there.read_bytes().startswith(b"\x89PNG")
    assert json.loads(done.stdout)["splits"][0] == {"name": "train", "count": 1293}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.png"]
