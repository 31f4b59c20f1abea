"""What a training announces: examples by class, the learning rate, the memory, what its examples are called."""

from collections.abc import Mapping

import pytest
from rich.cells import cell_len

from cnnspec.graph.memory import Memory
from cnnspec.language.location import Location
from cnnspec.language.training import Training
from cnnspec.reports.examples import examples_word
from cnnspec.reports.page import Page
from cnnspec.reports.plan import plan_sheets
from cnnspec.reports.rates import rate_words
from cnnspec.reports.terminal import lay_out
from cnnspec.results.plan import LabelFacts, Plan, SplitFacts
from tests.support.spec_texts import graph_of, read

NEED = Memory(weights=1_000_000, optimizer=2_000_000, gradients=3_000_000, activations=40_000_000, program=500)


def split(name: str, count: int, **labels: LabelFacts) -> SplitFacts:
    return SplitFacts(name, count, labels)


def plan(*splits: SplitFacts, seed_drawn: bool = False) -> Plan:
    return Plan(20, 41, 32, 7, seed_drawn, {"loss": "mean_squared_error"}, 66_218, splits, held=4_000_000)


def shown(width: int, of: Plan, need: Memory = NEED) -> list[str]:
    """The lines, each within the width, with one space between words."""
    text = lay_out(plan_sheets("runs/small-1", of, need, [Training()], width), Page(width, terminal=True)).plain
    assert all(cell_len(line) <= width for line in text.splitlines())
    return [" ".join(line.split()) for line in text.splitlines()]


def named(*names: str, each: int = 5) -> Mapping[str, int]:
    return {name: each + number for number, name in enumerate(names)}


@pytest.mark.parametrize("width", [40, 80, 120])
def test_few_classes_are_counted_one_by_one(width: int) -> None:
    """Beside each other where they fit, else under each other."""
    names = ("abbreviation", "description", "entity", "human being", "location", "number")
    facts = {name: LabelFacts(named(*names, each=each)) for name, each in (("train", 100), ("test", 3))}
    lines = shown(width, plan(split("train", 615, output=facts["train"]), split("test", 33, output=facts["test"])))
    if width == 120:
        assert "train 615 100 101 102 103 104 105" in lines and "test 33 3 4 5 6 7 8" in lines
    else:
        assert "abbreviation 100 3" in lines and "number 105 8" in lines and "examples 615 33" in lines


@pytest.mark.parametrize("width", [60, 80, 120])
def test_of_many_classes_the_smallest_and_the_largest_are_named(width: int) -> None:
    counts = {**named(*(f"class{number}" for number in range(99)), each=2), "empty": 0}
    lines = shown(width, plan(split("train", 5049, output=LabelFacts(counts))))
    assert "train 5,049 99 of 100 empty: 0 class98: 100" in lines


def test_numbers_are_shown_with_their_range_and_outputs_by_name() -> None:
    facts = {"kind": LabelFacts({"cat": 3, "dog": 4}), "size": LabelFacts({}, (-1.5, 0.25, 9.0))}
    lines = shown(80, plan(split("train", 7, **facts)))
    assert "output kind examples cat dog" in lines and "train 7 3 4" in lines
    assert "output size examples least mean largest" in lines and "train 7 -1.5000 0.2500 9.0000" in lines


def test_labels_of_several_classes_do_not_add_up_and_say_so() -> None:
    lines = shown(80, plan(split("train", 7, output=LabelFacts({"red": 5, "round": 6}, shared=True))))
    assert "labels an example may count for several classes" in lines


def test_what_was_chosen_and_what_it_costs_is_shown() -> None:
    lines = shown(100, plan(split("train", 7, output=LabelFacts({"a": 7})), seed_drawn=True))
    assert lines[0] == "runs/small-1 20 epochs of 41 steps, batch size 32 66,218 parameters"
    assert lines[-2:] == ["auto loss: mean_squared_error", "auto seed: 7"]
    memory = " ".join(line for line in lines if "MB" in line)
    assert memory == (
        "memory about 50 MB beside TensorFlow's own: activations 40 MB, data 4.0 MB, gradients 3.0 MB,"
        " optimizer 2.0 MB, weights 1.0 MB"
    )


def test_an_unknown_length_leaves_a_lower_bound() -> None:
    open_ended = Memory(1_000_000, 2_000_000, 3_000_000, None, 500)
    lines = shown(120, plan(split("train", 7, output=LabelFacts({"a": 7}))), open_ended)
    assert any(line.startswith("memory at least 10 MB beside TensorFlow's own: activations unknown") for line in lines)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (0.1, "0.1"),
        ({"constant": {"rate": 0.1, "warmup": 1}}, "0.1, after 1 epoch of warm-up"),
        ({"cosine": {"peak": 3e-3, "warmup": 0.5}}, "0.003 falling to 0 as a cosine, after 0.5 epochs of warm-up"),
        ({"cosine": {"peak": 1, "epochs": 10, "final": 0.1}}, "1 falling to 0.1 as a cosine over 10 epochs"),
        ({"step": {"peak": 0.1, "at": [30, 60]}}, "0.1, times 0.1 after epochs 30, 60"),
        ({"step": {"peak": 0.1, "every": 1}}, "0.1, times 0.1 after every epoch"),
        ({"exponential": {"peak": 0.1, "factor": 0.5, "every": 2}}, "0.1, times 0.5 over each 2 epochs"),
        ({"one_cycle": {"peak": 1}}, "0.04 up to 1 over three tenths of the training, then down to 4e-06"),
        ({"one_cycle": {"peak": 1, "rise": 3, "start": 0.5, "final": 0}}, "0.5 up to 1 over 3 epochs, then down to 0"),
    ],
)
def test_a_learning_rate_is_a_few_words(written: object, words: str) -> None:
    assert rate_words(Training.model_validate({"optimizer": {"sgd": {"learning_rate": written}}})) == words


def test_a_plateau_is_told_with_the_rate() -> None:
    training = Training.model_validate({"reduce_on_plateau": {"factor": 0.5, "patience": 3}})
    assert rate_words(training) == "0.001, times 0.5 where val_loss gets no better for 3 epochs"


@pytest.mark.parametrize(
    ("inputs", "data", "word"),
    [
        ("{image: [8, 8, 1]}", "{source: digits}", "images"),
        ("{image: [8, 8, 3]}", "{source: arrays, train: a.npz}", "images"),
        ("{x: [8]}", "{source: arrays, train: a.npz}", "examples"),
        ("{x: [8, 8]}", "{source: text_lines, train: a.txt}", "sentences"),
        ("{x: [8, 8]}", "{source: table, train: a.csv, text: {column: t}, label: {column: l}}", "sentences"),
        ("{x: [8]}", "{source: table, train: a.csv, columns: [a, b], label: {column: l}}", "examples"),
        ("{a: [8], b: [8]}", "{source: arrays, train: a.npz}", "examples"),
    ],
)
def test_a_rate_counts_what_the_examples_are(inputs: str, data: str, word: str) -> None:
    names = inputs.strip("{}").replace(" ", "").split("],")
    model = "[concat: {from: [a, b]}]" if len(names) > 1 else "[flatten]"
    text = f"cnnspec: 1\nname: small\ninputs: {inputs}\nmodel: {model}\ndata: {data}\n"
    spec, graph = read(Location(None, "<stdin>"), text)
    assert examples_word(spec.data, graph) == word
    assert examples_word(None, graph_of("inputs: {x: [8]}\nmodel: [flatten]\n")) == "examples"
