"""Branches that are not merged are what the entry after them takes, in their order; those that are stacked are one."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.backend.model.build import build_model, save_model
from cnnspec.reports.notation import in_words
from tests.support.spec_texts import graph_of, summary_of

BRANCHES = "parallel: {for: {n: [1, 2, 3]}, layers: [dense: {units: 4, use_bias: false}], merge: MERGE}"


def shown(entries: str) -> list[str]:
    """What the table says of a stage."""
    return in_words(summary_of(f"inputs: {{x: [4]}}\nmodel: {{stage: [{entries}]}}\n").stages[0].blocks)


@pytest.mark.parametrize("kind", ["add", "concat", "maximum"])
def test_an_entry_that_takes_several_reads_all_branches(kind: str) -> None:
    """By being next, and by the name of the entry that left them apart; as the merge of that name would."""
    head = "inputs: {x: [5, 4]}\nmodel: {stage: ["
    apart = BRANCHES.replace("MERGE", "none")
    following = graph_of(f"{head}{apart}, {kind}]}}")
    named = graph_of(f"{head}{apart.replace('merge', 'name: parts, merge')}, {kind}: {{from: parts}}]}}")
    merged = graph_of(f"{head}{BRANCHES.replace('MERGE', kind)}]}}")
    for graph in (following, named):
        assert [(n.kind, n.inputs, n.facts) for n in graph.nodes] == [(n.kind, n.inputs, n.facts) for n in merged.nodes]


def test_an_order_of_branches_is_that_of_what_is_read() -> None:
    graph = graph_of("inputs: {x: [4]}\nmodel: [parallel: {branches: {a: [dense: 4], b: []}, merge: none}, subtract]")
    assert [graph.nodes[at].name for at in graph.nodes[-1].inputs] == ["parallel1.a.dense1", "x"]


@given(st.lists(st.integers(1, 4), min_size=0, max_size=2), st.integers(1, 4), st.integers(2, 4))
def test_a_stack_is_that_of_keras(sizes: list[int], channels: int, count: int) -> None:
    """Along a new axis right after the batch, of the branches in their order."""
    shape, numbers = [*sizes, channels], [round(1.5**n, 3) for n in range(count)]
    branches = f"parallel: {{for: {{k: {numbers}}}, merge: stack, layers: [rescaling: $k]}}"
    model = build_model(graph_of(f"inputs: {{x: {shape}}}\nmodel: [{branches}]"), "stacked")
    read = np.random.default_rng(count).normal(size=(2, *shape)).astype("float32")
    expected = keras.ops.stack([read * np.float32(number) for number in numbers], axis=1)
    np.testing.assert_allclose(model(read), expected, rtol=1e-6)


def test_a_stack_of_unknown_lengths_is_kept_in_a_file_that_keras_opens(tmp_path: Path) -> None:
    text = "inputs: {x: [null, null, 2]}\nmodel: [parallel: {branches: [[], [rescaling: 2.0]], merge: stack}]"
    model = build_model(graph_of(text), "open")
    save_model(model, tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    read = np.ones((1, 3, 4, 2), "float32")
    assert again.output.shape == (None, 2, None, None, 2)
    np.testing.assert_array_equal(again(read), np.stack([read, 2 * read], axis=1))


def test_a_summary_says_that_branches_are_not_merged() -> None:
    apart, width = BRANCHES.replace("MERGE", "none"), "4 × 4"
    assert shown(f"{apart}, add, dense: {{units: 2, use_bias: false}}") == [
        f"{{{width} | {width} | {width}}} not merged", "add", "4 × 2",
    ]  # fmt: skip
    named = apart.replace("merge", "name: parts, merge")
    assert shown(f"{named}, add, dense: {{units: 4, name: one}}, add: {{from: [one, parts]}}")[-1] == "add with parts"


@pytest.fixture
def mistakes(tmp_path: Path) -> Callable[[str], list[tuple[str, str]]]:
    """The codes and messages of what is wrong with a model."""

    def look(model: str) -> list[tuple[str, str]]:
        path = tmp_path / "spec.yaml"
        path.write_text(f"cnnspec: 1\ninputs: {{x: [4]}}\nmodel: {model}\n".replace("APART", APART))
        return [(each.code, each.message) for each in analyse(str(path)).diagnostics]

    return look


APART = "parallel: {branches: [[dense: 4], []], merge: none, name: parts}"


@pytest.mark.parametrize(
    "model",
    [
        "[APART, dense: 3]",
        "[APART, parallel: [[], [dense: 3]]]",
        "[APART, residual: [dense: 2]]",
        "[APART]",
        "{one: [APART], two: [dense: 3]}",
        "[residual: {layers: [APART], shortcut: none}]",
        "[parallel: [[APART], []]]",
        "[APART, add, dense: {units: 4, from: parts}]",
        "[APART, add, reuse: {entry: parts, from: x}]",
    ],
)
def test_one_entry_is_not_several(model: str, mistakes: Callable[[str], list[tuple[str, str]]]) -> None:
    """Whoever reads one, or is given none to follow, is told so once."""
    ((code, message),) = mistakes(model)
    assert code == "input-count" and "apart" in message


def test_branches_of_different_shapes_are_not_stacked(mistakes: Callable[[str], list[tuple[str, str]]]) -> None:
    ((code, message),) = mistakes("[parallel: {branches: [[dense: 3], [dense: 2]], merge: stack}]")
    assert code == "shape-mismatch" and "(3,)" in message and "(2,)" in message
