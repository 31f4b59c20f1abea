"""Lines of labelled text are read as they are written, or refused with the file and the line."""

import codecs
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.splits import Split
from cnnspec.backend.data.texts import Texts
from tests.support.spec_texts import graph_of
from tests.support.text_columns import KIM, load, reads_numbers, reads_texts, refusal, refusals, sigmoid, softmax, write

ODD = ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]


def section(train: Any, **more: Any) -> dict[str, Any]:
    return {"source": "text_lines", "train": train, **more}


def texts_in(split: Split) -> list[str]:
    column = split.inputs["tokens"]
    assert isinstance(column, Texts)
    return list(column)


def test_a_line_is_its_label_a_separator_and_its_text(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": "yes good film\nno  bad\nyes \n"})
    dataset = load(section("t.txt"), reads_texts(softmax(2)), tmp_path)
    assert texts_in(dataset.train) == ["good film", " bad", ""]
    assert dataset.classes == {"output": ("no", "yes")}
    assert dataset.train.labels["output"].tolist() == [1, 0, 1]
    assert dataset.train.source_of("tokens") == str(tmp_path / "t.txt")


@pytest.mark.parametrize("odd", ODD)
def test_only_a_line_feed_ends_a_line(tmp_path: Path, odd: str) -> None:
    """Whatever else Python's splitlines takes for a line's end stays in the text."""
    write(tmp_path, {"t.txt": f"a x{odd}y\nb z\n"})
    assert texts_in(load(section("t.txt"), reads_texts(softmax(2)), tmp_path).train) == [f"x{odd}y", "z"]


def test_byte_0x85_ends_no_line_in_latin_1(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": b"a x\x85 y\nb caf\xe9\n"})
    dataset = load(section("t.txt", text={"encoding": "latin-1"}), reads_texts(softmax(2)), tmp_path)
    assert texts_in(dataset.train) == ["x\x85 y", "caf\xe9"]


def test_a_carriage_return_before_a_line_feed_belongs_to_the_line_end(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": "a x\r\nb y\r\r\nb z\r"})
    assert texts_in(load(section("t.txt"), reads_texts(softmax(2)), tmp_path).train) == ["x", "y\r", "z"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (codecs.BOM_UTF8 + b"a x\nb y\n", "utf-8"),
        (codecs.BOM_UTF8 + b"a x\nb y\n", "UTF8"),
        (b"a x\nb y\n", "utf-8-sig"),
        ("\ufeffa x\nb y\n".encode("utf-16"), "utf-16"),
        ("a x\nb y\n".encode("utf-16-be"), "utf-16-be"),
        ("a x\nb y".encode("cp1252"), "cp1252"),
    ],
)
def test_a_byte_order_mark_is_no_part_of_the_first_label(tmp_path: Path, content: bytes, encoding: str) -> None:
    write(tmp_path, {"t.txt": content})
    dataset = load(section("t.txt", text={"encoding": encoding}), reads_texts(softmax(2)), tmp_path)
    assert dataset.classes["output"] == ("a", "b") and texts_in(dataset.train) == ["x", "y"]


def test_a_file_for_each_class_has_an_example_a_line_even_an_empty_one(tmp_path: Path) -> None:
    write(tmp_path, {"b.txt": "x\n\ny\n\n", "a.txt": "z"})
    dataset = load(section({"pos": "b.txt", "neg": "a.txt"}), reads_texts(softmax(2)), tmp_path)
    assert texts_in(dataset.train) == ["x", "", "y", "", "z"]
    assert dataset.classes["output"] == ("neg", "pos")
    assert dataset.train.labels["output"].tolist() == [1, 1, 1, 1, 0]


def test_empty_lines_at_the_end_of_labelled_lines_are_no_examples(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": "a x\nb y\n\n\r\n"})
    assert load(section("t.txt"), reads_texts(softmax(2)), tmp_path).train.count == 2


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["10", "9", "1"], ("1", "9", "10")),
        (["5", "-1", "1e1"], ("-1", "5", "1e1")),
        (["10", "9", "x"], ("10", "9", "x")),
        (["B", "a", "C"], ("B", "C", "a")),
    ],
)
def test_classes_are_sorted_by_value_numbers_by_size(tmp_path: Path, labels: list[str], classes: Any) -> None:
    write(tmp_path, {"t.txt": "".join(f"{label} x\n" for label in labels)})
    dataset = load(section("t.txt"), reads_texts(softmax(3)), tmp_path)
    assert dataset.classes["output"] == classes
    assert dataset.train.labels["output"].tolist() == [classes.index(label) for label in labels]


def test_other_splits_number_their_classes_as_training_does(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": "a x\nb y\nc z\n", "v.txt": "c x\na y\n", "c.txt": "x\n"})
    files = section("t.txt", validation="v.txt", test={"c": "c.txt"})
    dataset = load(files, reads_texts(softmax(3)), tmp_path)
    assert dataset.validation is not None and dataset.validation.labels["output"].tolist() == [2, 0]
    assert dataset.test is not None and dataset.test.labels["output"].tolist() == [2]


def test_one_sigmoid_learns_two_classes_and_one_unit_without_it_numbers(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": "no x\nyes y\n", "n.txt": "0.5 x\n-2 y\n3 z\n"})
    two = load(section("t.txt"), reads_texts(sigmoid(1)), tmp_path)
    assert two.classes["output"] == ("no", "yes") and two.train.labels["output"].tolist() == [0, 1]
    numbers = load(section("n.txt"), reads_texts("dense: 1"), tmp_path)
    assert numbers.classes == {} and numbers.train.labels["output"].tolist() == [0.5, -2, 3]
    assert numbers.train.labels["output"].dtype == np.float32


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "0x", "é"]), st.text(st.characters(exclude_characters="\0\n\ufeff"))),
        min_size=2,
    )
)
def test_lines_that_are_written_are_read_back(tmp_path_factory: Any, pairs: list[tuple[str, str]]) -> None:
    """Any text but a line feed; a carriage return at its end is the line's."""
    pairs = [("a", "first"), *pairs, ("b", "last")]
    folder = tmp_path_factory.mktemp("lines")
    pairs = [(label, text.encode("utf-8", "ignore").decode()) for label, text in pairs]
    write(folder, {"t.txt": "".join(f"{label}\t{text}\n" for label, text in pairs)})
    classes = sorted({label for label, _ in pairs})
    dataset = load(section("t.txt", separator="\t"), reads_texts(softmax(len(classes))), folder)
    assert texts_in(dataset.train) == [text.removesuffix("\r") for _, text in pairs]
    assert [classes[number] for number in dataset.train.labels["output"]] == [label for label, _ in pairs]


BAD = [
    (b"", "empty-data: t.txt is empty; expected at least one example"),
    (b"\n\n", "empty-data: t.txt holds empty lines alone; expected at least one example"),
    (b"a x\n\nb y\n", 'bad-line: t.txt, line 2 is empty; expected a label, " " and the text (take the line out)'),
    (b"a x\n b\n", 'bad-line: t.txt, line 2 begins with " ", without a label; expected a label, " " and the text'),
    (
        b"a x\nb y\nword\n",
        'bad-line: t.txt, line 3 lacks " ": "word"; expected a label, " " and the text '
        "(write separator under data, or give a file for each class: train: {class: file})",
    ),
    (
        b"a x\nb caf\xe9s\n",
        "not-text: t.txt, line 2: byte 0xe9 at offset 9 is not utf-8; expected text in utf-8 "
        "(if the file has another encoding, write it under data, as in encoding: latin-1)",
    ),
    (
        codecs.BOM_UTF8 + b"a x\nb \xff\n",
        "not-text: t.txt, line 2: byte 0xff at offset 9 is not utf-8; expected text in utf-8 "
        "(if the file has another encoding, write it under data, as in encoding: latin-1)",
    ),
    (
        "a x\nb y\n".encode("utf-16"),
        "not-text: t.txt, line 1: byte 0xff at offset 0 is not utf-8; expected text in utf-8 "
        "(the file begins with the mark of utf-16: write encoding: utf-16 under data)",
    ),
    (
        b"a x\nb \x00y\n",
        "not-text: t.txt, line 2: a NUL character; expected text "
        "(write encoding: utf-16 under data if that is what it is, or take the character out)",
    ),
    (
        b"a x\na y\n",
        "one-class: the label of t.txt holds a single class, a; expected at least two classes to tell apart",
    ),
    (
        b"a x\nb y\nc z\n",
        "class-count: the label of t.txt holds 3 classes (a, b, c); expected 2, as the output has 2 units "
        "(give the last layer 3 units)",
    ),
    (
        b"1 x\n1.0 y\n",
        "bad-label: the label of t.txt holds 1 and 1.0, which are one number; expected one spelling for each class "
        "(write 1 everywhere)",
    ),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    write(tmp_path, {"t.txt": content})
    assert refusal(lambda: load(section("t.txt"), reads_texts(softmax(2)), tmp_path), tmp_path) == message


@pytest.mark.parametrize(
    ("encoding", "content", "message"),
    [
        (
            "utf-16",
            "a x\nb y\n".encode("utf-16")[:-1],
            "not-text: t.txt, line 2: byte 0x0a at offset 16 is not utf-16; expected text in utf-16 "
            "(save the file as UTF-8)",
        ),
        (
            "latin-1",
            codecs.BOM_UTF8 + b"a x\n",
            "not-text: t.txt begins with the byte-order mark of UTF-8; expected text in latin-1 "
            "(write encoding: utf-8 under text)",
        ),
        (
            "klingon",
            b"a x\n",
            "bad-encoding: encoding: klingon; expected an encoding of text that Python knows "
            "(write utf-8, latin-1, cp1252 or utf-16)",
        ),
        ("rot13", b"a x\n", "bad-encoding: encoding: rot13; expected an encoding of text"),
        (
            "latin_2",
            b"a x\n",
            "bad-encoding: encoding: latin_2; expected an encoding of text that Python knows (write latin2)",
        ),
        (
            "cp12522",
            b"a",
            "bad-encoding: encoding: cp12522; expected an encoding of text that Python knows (write cp1252)",
        ),
        ("ascii", b"a \x80\n", "not-text: t.txt, line 1: byte 0x80 at offset 2 is not ascii; expected text in ascii"),
    ],
)
def test_bytes_in_another_encoding_are_refused(tmp_path: Path, encoding: str, content: bytes, message: str) -> None:
    write(tmp_path, {"t.txt": content})
    data = section("t.txt", text={"encoding": encoding})
    assert refusal(lambda: load(data, reads_texts(softmax(2)), tmp_path), tmp_path).startswith(message)


def test_a_class_that_training_lacks_is_refused_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": "good x\nbad y\n", "v.txt": "good x\ngoood y\n", "w.txt": "x\n"})
    graph = reads_texts(softmax(2))
    lines = refusal(lambda: load(section("t.txt", validation="v.txt"), graph, tmp_path), tmp_path)
    assert lines == (
        "unknown-class: v.txt, line 2: the label is goood; expected a class of training: bad, good (write good)"
    )
    named = refusal(lambda: load(section("t.txt", test={"fine": "w.txt"}), graph, tmp_path), tmp_path)
    assert named.startswith("unknown-class: w.txt, line 1: the label is fine; expected a class of training: bad, good")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            "inputs: {a: [2], b: [2]}\nmodel: [concat: {from: [a, b]}, dense: 2]",
            "a network with 2 inputs and 1 outputs",
        ),
        (
            "inputs: {image: [4, 4, 1]}\nmodel: [flatten, dense: 2]",
            "input image has shape (4, 4, 1); expected one axis",
        ),
        (
            "inputs: {t: {shape: [4], dtype: uint8}}\nmodel: [dense: 2]",
            "input t is uint8; expected int32, as texts become",
        ),
    ],
)
def test_a_network_that_reads_no_text_is_refused(tmp_path: Path, model: str, message: str) -> None:
    write(tmp_path, {"t.txt": "a x\nb y\n"})
    (diagnostic,) = refusals(lambda: load(section("t.txt"), graph_of(model), tmp_path))
    assert diagnostic.message.startswith(message)


def test_weights_of_words_need_an_input_of_floats(tmp_path: Path) -> None:
    write(tmp_path, {"t.txt": "a x\nb y\n"})
    data = section("t.txt", text={"output_mode": "tf_idf"})
    assert load(data, reads_numbers(softmax(2)), tmp_path).train.count == 2
    assert refusal(lambda: load(data, reads_texts(softmax(2)), tmp_path)) == (
        "input-type: input tokens is int32; expected float32, as texts become (write dtype: float32)"
    )


SETS = [
    ("TREC.train.all", {"test": "TREC.test.all"}, 6, 5452, 500),
    ("rt-polarity.all", {}, 2, 10662, 0),
    ("subj.all", {}, 2, 10000, 0),
    ("custrev.all", {}, 2, 3775, 0),
    ("mpqa.all", {}, 2, 10606, 0),
    ("stsa.fine.train", {"validation": "stsa.fine.dev", "test": "stsa.fine.test"}, 5, 8544, 2210),
    ("stsa.binary.train", {"validation": "stsa.binary.dev", "test": "stsa.binary.test"}, 2, 6920, 1821),
    ({"neg": "raw/custrev.neg", "pos": "raw/custrev.pos"}, {}, 2, 3775, 0),
    ({"neg": "raw/mpqa.neg", "pos": "raw/mpqa.pos"}, {}, 2, 10606, 0),
    ({"neg": "raw/rt-polarity.neg", "pos": "raw/rt-polarity.pos"}, {}, 2, 10662, 0),
    ("raw/TREC.train", {"test": "raw/TREC.test"}, 50, 5452, 500),
]
ENCODED = ("TREC", "rt-polarity", "subj")


@pytest.mark.skipif(not KIM.is_dir(), reason="the sets of Kim 2014 are not beside the checkout")
@pytest.mark.parametrize(("train", "more", "units", "count", "tests"), SETS)
def test_the_sets_of_kim_2014_have_the_examples_that_are_published(
    train: Any, more: dict[str, Any], units: int, count: int, tests: int
) -> None:
    latin = any(name in str(train) for name in ENCODED)
    data = section(train, **more, text={"encoding": "latin-1" if latin else "utf-8"})
    dataset = load(data, reads_texts(softmax(units)), KIM)
    assert (dataset.train.count, dataset.test.count if dataset.test else 0) == (count, tests)
    assert len(dataset.classes["output"]) == units
    assert np.bincount(dataset.train.labels["output"]).min() > 0


@pytest.mark.skipif(not KIM.is_dir(), reason="the sets of Kim 2014 are not beside the checkout")
def test_a_set_with_dashes_of_windows_is_refused_as_utf_8_with_what_to_write() -> None:
    data = section("rt-polarity.all")
    message = refusal(lambda: load(data, reads_texts(softmax(2)), KIM), KIM)
    assert message == (
        "not-text: rt-polarity.all, line 32: byte 0xe9 at offset 3841 is not utf-8; expected text in utf-8 "
        "(if the file has another encoding, write it under data, as in encoding: cp1252)"
    )
