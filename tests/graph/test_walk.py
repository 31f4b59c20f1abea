"""Names, scopes and repeats: what an entry is called, what it can see, and when it is there at all."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from cnnspec.analysis import Analysis, analyse
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml
from tests.support.places import TESTS

OK = TESTS / "specs_ok"
ALONE = [path for path in sorted(OK.glob("*.yaml")) if not path.stem.startswith("extends")]
HEAD = "cnnspec: 1\ninputs: {x: [8, 8, 4]}\n"


def analysed(text: str) -> Analysis:
    return analyse("-", (), lambda: text.encode(), every_variant=True)


def graph_of(text: str) -> Graph:
    analysis = analysed(text)
    assert analysis.graph is not None, analysis.diagnostics
    return analysis.graph


def names(text: str) -> list[str]:
    return [node.name for node in graph_of(text).nodes if node.layer is not None]


NAMED = """
blocks: {pair: {layers: [conv: {filters: 4, kernel_size: 1, repeat: 2}]}}
model:
  the stem:
    - conv: {filters: 4, kernel_size: 3, padding: 1, norm: batch, activation: {leaky_relu: 0.1}}
    - pair: {repeat: 2}
    - conv: {filters: 4, kernel_size: 1}
  body:
    - residual: {activation: relu, layers: [conv: {filters: 8, kernel_size: 1}, conv: {filters: 4, kernel_size: 1}]}
    - residual: {layers: [conv: {filters: 8, kernel_size: 1}]}
    - parallel: {branches: {left: [], right: [dense: 4, dense: 4]}}
    - parallel: [[identity], []]
  again: [reuse: {entry: the stem, from: x}]
  all: [concat: {from: [again, body]}]
"""


def test_a_layer_is_called_by_stage_block_kind_and_branch() -> None:
    stem = [
        "conv1.pad", "conv1", "conv1.batch_norm", "conv1.activation", "pair1.conv1", "pair1.conv2", "pair2.conv1",
        "pair2.conv2", "conv2",
    ]  # fmt: skip
    body = [
        "residual1.conv1", "residual1.conv2", "residual1.add", "residual1.activation", "residual2.conv1",
        "residual2.shortcut.conv1", "residual2.add", "parallel1.right.dense1", "parallel1.right.dense2",
        "parallel1.concat", "parallel2.branch1.identity1", "parallel2.concat",
    ]  # fmt: skip
    again = [f"again.reuse1.the_stem.{name}" for name in stem]
    expected = [*(f"the_stem.{name}" for name in stem), *(f"body.{name}" for name in body), *again, "all.concat1"]
    assert names(HEAD + NAMED) == expected


def test_a_plain_list_has_names_without_a_stage() -> None:
    text = HEAD + "model: [conv: {filters: 3, kernel_size: 1, repeat: 2}, flatten, dense: 3]\n"
    assert names(text) == ["conv1", "conv2", "flatten1", "dense1"]


def test_a_layer_added_to_one_stage_renames_nothing_in_another() -> None:
    text = (OK / "residual-shortcuts.yaml").read_text()
    before = names(text)
    after = names(
        text.replace("  projection:\n", "    - conv: {filters: 4, kernel_size: 1, repeat: 3}\n  projection:\n")
    )
    assert [name for name in after if not name.startswith("identity.")] == [
        name for name in before if not name.startswith("identity.")
    ]
    assert len(after) == len(before) + 3


def described(graph: Graph) -> list[tuple[object, ...]]:
    return [(node.name, node.inputs, node.output, node.facts.weights, node.shared) for node in graph.nodes]


def _lists(value: Any) -> list[list[Any]]:
    """Every list of entries in a model."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() if key not in ("from", "for") for found in _lists(inner)]
    if not isinstance(value, list):
        return []
    entries = all(isinstance(item, str) or (isinstance(item, dict) and len(item) == 1) for item in value)
    return ([value] if entries and value else []) + [found for item in value for found in _lists(item)]


ABSENT = [
    {"dropout": {"rate": 0.5, "when": False}},
    {"conv": {"filters": 3, "kernel_size": 1, "repeat": 0, "name": "not_there"}},
    {"concat": {"from": ["nowhere", "neither"], "when": False}},
    {"residual": {"layers": [{"dense": 3}], "when": False}},
]


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_an_entry_that_is_not_there_changes_nothing(path: Path) -> None:
    """Wherever it stands, with `when: false` or `repeat: 0`: the graph is that of the spec without it."""
    value = read_yaml(path.read_text(), path.name, pytest.fail)
    assert value is not None
    spec = plain(value)
    assert isinstance(spec, dict)
    spec.pop("data", None), spec.pop("expect", None)
    draw = random.Random(path.stem)
    before = graph_of(json.dumps(spec))
    for entries in [*_lists(spec["model"]), *_lists([block["layers"] for block in spec.get("blocks", {}).values()])]:
        if not isinstance(entries[0], list):
            entries.insert(draw.randint(0, len(entries)), draw.choice(ABSENT))
    after = graph_of(json.dumps(spec))
    assert described(after) == described(before)


def test_variables_and_blocks_of_absent_entries_count_as_used() -> None:
    text = HEAD + (
        "vars: {on: false, rate: 0.5, deep: 3}\nblocks:\n  used: {params: {n: 3}, layers: [inner: $deep]}\n"
        "  inner: {params: {n: 3}, layers: [dense: $n]}\nmodel:\n"
        "  - dropout: {rate: $rate, when: $on}\n  - used: {when: $on}\n  - identity\n"
    )
    assert not analysed(text).diagnostics


def test_every_repeat_has_its_own_shape_index_and_first() -> None:
    text = HEAD + (
        "blocks: {wider: {params: {k: 1}, layers: [conv: {filters: '${channels + k + shape[0]}', kernel_size: $k}]}}\n"
        "model: [wider: {repeat: 3, k: '${i + 1}', first: {k: 3}}]\n"
    )
    assert [node.output for node in graph_of(text).nodes[1:]] == [(6, 6, 15), (5, 5, 23), (3, 3, 31)]


def test_from_feeds_the_first_repeat_and_the_name_is_the_last_ones() -> None:
    graph = graph_of(
        HEAD
        + "model:\n  - conv: {filters: 4, kernel_size: 3, repeat: 2, from: x, name: two}\n  - identity: {from: two}\n"
    )
    assert [node.inputs for node in graph.nodes] == [(), (0,), (1,), (2,)]


PASSED = """
blocks:
  inner:
    params: {other: required}
    layers: [conv: {filters: 4, kernel_size: 1, name: a}, add: {from: [a, $other]}]
  outer:
    params: {other: required, more: required}
    layers:
      - conv: {filters: 4, kernel_size: 1, name: a}
      - inner: {other: $other}
      - inner: {other: a}
      - identity: {name: end}
      - add: {from: [end, $more]}
model:
  first: [conv: {filters: 4, kernel_size: 1, name: a}]
  second: [conv: {filters: 4, kernel_size: 1, name: a}, outer: {other: first.a, more: [a, first]}]
"""


def test_a_name_means_what_it_means_where_it_was_written() -> None:
    """Through two blocks that have an entry of the same name, alone and in a list."""
    graph = graph_of(HEAD + PASSED)
    place = {node.name: index for index, node in enumerate(graph.nodes)}
    inputs = {node.name: node.inputs for node in graph.nodes}
    outer = "second.outer1"
    assert inputs[f"{outer}.inner1.add1"] == (place[f"{outer}.inner1.a"], place["first.a"])
    assert inputs[f"{outer}.inner2.add1"] == (place[f"{outer}.inner2.a"], place[f"{outer}.a"])
    assert inputs[f"{outer}.add1"] == (place[f"{outer}.end"], place["second.a"], place["first.a"])


TWINS = """
cnnspec: 1
inputs: {a: [8], b: [8]}
model:
  one: [dense: {units: 8, from: a}]
  two: [reuse: {entry: one, from: b}]
  both: [add: {from: [one, two]}]
"""


def test_reused_weights_count_once_and_products_at_every_use() -> None:
    found = totals(graph_of(TWINS).nodes)
    assert (found.params, found.macs) == (72, 128)


def test_reading_a_stages_last_entry_by_name_reads_the_stage() -> None:
    text = HEAD + "model:\n  a: [flatten: {name: flat}]\n  b: [dense: {units: 3, from: a.flat}]\n"
    assert not analysed(text).diagnostics


OPEN = """cnnspec: 1
inputs:
  known: [4]
  open: [3, null]
model:
  - flatten: {from: open}
  - dense: 3
outputs: {o: known}
"""


def test_an_unknown_length_under_weights_is_told_with_the_null_that_it_comes_from() -> None:
    found = [d for d in analysed(OPEN).diagnostics if d.code == "shape-mismatch"]
    assert len(found) == 1 and found[0].span is not None and found[0].span.line == 7
    assert [note.span[1:] for note in found[0].notes if note.span] == [(4, 13, 4)]


def test_sizes_that_no_tensor_can_have_are_refused_before_they_grow() -> None:
    text = HEAD + "model: [up_sample: {size: 2147483647, repeat: 300}]\n"
    assert [d.code for d in analysed(text).diagnostics] == ["shape-mismatch"]


def test_twenty_thousand_layers_are_the_most() -> None:
    text = HEAD + "model: [identity: {repeat: 19999}, identity]\n"
    assert len(graph_of(text).nodes) == 20_001
    more = text.replace(", identity]", ", identity, identity]")
    assert [d.code for d in analysed(more).diagnostics] == ["model-too-large"]
