"""What reads what: in the program as in the network, whatever is called what."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from cnnspec.analysis import analyse
from cnnspec.reports.code.operations import OFTEN, RESERVED
from cnnspec.reports.code.program import keras_code
from tests.support.drawn_readers import specs
from tests.support.often import examples
from tests.support.recorded_keras import built, expected

CONV = {"conv": {"filters": 4, "kernel_size": 3, "padding": "same"}}
EARLY = {"conv": {**CONV["conv"], "name": "early"}}


def check(text: str) -> str:
    """Each layer of the program reads what it reads in the network; the program."""
    spec, graph = analyse("-", standard_input=text.encode).require()
    program = str(keras_code(spec, graph))
    assert built(program, graph) == expected(graph), program
    return program


@settings(max_examples=examples(40, 120), deadline=None)
@given(specs())
def test_each_layer_reads_what_it_reads_in_the_network(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    ("two", "read"),
    [
        ([CONV], ["one", "one.early", "two"]),
        ([CONV], ["one", "two", "one.early"]),
        ([CONV], ["one.early", "one", "two"]),
        ([{"concat": {"from": ["one", "one.early"]}}], ["two", "one"]),
    ],
)
def test_what_an_entry_of_an_earlier_stage_gives_is_still_there(two: list[Any], read: list[str]) -> None:
    model = {"one": [EARLY, CONV], "two": two, "end": [{"concat": {"from": read}}, CONV]}
    check(json.dumps({"cnnspec": 1, "name": "s", "inputs": {"image": [6, 6, 3]}, "model": model}))


WORDS = frozenset({"class", "import", "None", "lambda", "self", "kernel_size", "block_2", "early"}) | RESERVED | OFTEN
"""What means something in Python, or in a program."""


def called(**words: str) -> str:
    """A spec with loops, a list of branches and a skip connection, in which some things have other names."""
    image, stage, block, entry = (words.get(role, role) for role in ("image", "stage", "block", "entry"))
    inner = {"params": {"f": 4}, "layers": [{"residual": [{"conv": {**CONV["conv"], "filters": "$f"}}]}]}
    first = [{block: {"repeat": 3}}, {block: {"f": 8, "repeat": 2}}, {"conv": {**CONV["conv"], "name": entry}}, CONV]
    sizes = {"for": {"k": [1, 3, 5]}, "layers": [{"conv": {**CONV["conv"], "kernel_size": "$k"}}], "name": "side"}
    last = [{"parallel": sizes}, {"concat": {"from": ["side", stage, f"{stage}.{entry}", image]}}, CONV]
    model = {stage: first, "end": last}
    return json.dumps(
        {"cnnspec": 1, "name": "s", "blocks": {block: inner}, "inputs": {image: [6, 6, 4]}, "model": model}
    )


@pytest.mark.parametrize("role", ["image", "stage", "block", "entry"])
def test_a_thing_is_called_as_anything_that_means_something_else(role: str) -> None:
    """The layers read what they should; words that the language refuses there are left out."""
    refused: set[str] = set() if role == "stage" else {"i", "channels"}
    for word in sorted(WORDS - refused):
        check(called(**{role: word}))
