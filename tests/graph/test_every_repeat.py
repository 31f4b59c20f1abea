"""`stack.*.skip` is the list of what the entry `skip` gives in every repeat of the block `stack`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.reports.notation import in_words
from tests.support.spec_texts import graph_of, summary_of

BLOCKS = """blocks:
  unit: {params: {units: 4}, layers: [dense: {units: $units, name: skip}, dense: 4]}
  deep: {layers: [residual: {layers: [dense: {units: 4, name: skip}]}, unit: {repeat: 2, name: inner}, dense: 4]}
inputs: {x: [4]}
"""


def read_by_last(model: str) -> list[str]:
    """The names of what the last layer reads, in order."""
    graph = graph_of(f"{BLOCKS}model: {model}\n")
    return [graph.nodes[at].name for at in graph.nodes[-1].inputs]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.booleans(), st.sampled_from(["add", "concat"]))
def test_the_repeats_of_a_block_are_read_in_order(repeats: list[int], named: bool, kind: str) -> None:
    """Those of one use by its name, and those of all uses by the name of the block itself."""
    uses = ", ".join(f"unit: {{repeat: {repeat}, name: use{at}}}" for at, repeat in enumerate(repeats))
    name, counts = ("s.use0.*.skip", repeats[:1]) if named else ("s.unit.*.skip", repeats)
    expected = [f"s.use{at}{index + 1}.skip" for at, count in enumerate(counts) for index in range(count)]
    assert read_by_last(f"{{s: [{uses}], t: [{kind}: {{from: [s, '{name}']}}]}}")[1:] == expected


def test_blocks_in_blocks_and_names_in_main_paths_are_found() -> None:
    model = "{s: [deep: {repeat: 2, name: stack}], t: [add: {from: [s, NAME]}]}"
    assert read_by_last(model.replace("NAME", '"s.stack.*.inner.*.skip"'))[1:] == [
        f"s.stack{outer}.inner{inner}.skip" for outer in (1, 2) for inner in (1, 2)
    ]
    assert read_by_last(model.replace("NAME", '"s.deep.*.skip"'))[1:] == [
        f"s.stack{outer}.residual1.skip" for outer in (1, 2)
    ]


def test_a_summary_says_the_name_as_it_is_written() -> None:
    said = summary_of(f"{BLOCKS}model: {{s: [unit: {{repeat: 3}}], t: [add: {{from: [s, 's.unit.*.skip']}}]}}")
    assert in_words(said.stages[1].blocks) == ["add with s.unit.*.skip"]
    assert "as skip" in in_words(said.stages[0].blocks)[0]


@pytest.fixture
def mistakes(tmp_path: Path) -> Callable[[str], list[str]]:
    """The codes of what is wrong with an entry after a repeated block."""

    def look(entry: str) -> list[str]:
        path = tmp_path / "spec.yaml"
        path.write_text(f"cnnspec: 1\n{BLOCKS.replace('deep', 'other')}model: {{s: [unit: {{repeat: 2}}, {entry}]}}\n")
        return [each.code for each in analyse(str(path)).diagnostics]

    return look


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        ("dense: {units: 3, from: 'unit.*.skip'}", ["input-count"]),
        ("unit: {from: 'unit.*.skip'}", ["input-count"]),
        ("residual: {layers: [dense: 4], from: 'unit.*.skip'}", ["input-count"]),
        ("reuse: {entry: 'unit.*.skip', from: x}", ["input-count"]),
        ("add: {from: 'unt.*.skip'}", ["unknown-name"]),
        ("add: {from: 'unit.*.skp'}", ["unknown-name"]),
        ("add: {from: 'unit.*.'}", ["unknown-name"]),
        ("add: {from: '*.*.skip'}", ["unknown-name"]),
        ("add: {from: 'unit.*'}", ["unknown-name"]),
    ],
)
def test_what_stands_for_a_list_is_read_where_a_list_may_stand(
    entry: str, codes: list[str], mistakes: Callable[[str], list[str]]
) -> None:
    assert mistakes(entry) == codes


def test_a_name_may_be_written_with_escapes() -> None:
    names = r'"s.\u006cast", "s.unit.\u002a.skip"'
    model = f"{{s: [unit: {{repeat: 2}}, dense: {{units: 4, name: last}}], t: [add: {{from: [{names}]}}]}}"
    assert read_by_last(model) == ["s.last", "s.unit1.skip", "s.unit2.skip"]


def test_many_lists_of_many_repeats_end_soon(tmp_path: Path) -> None:
    """Each is as long as the repeats before it are many."""
    adds = ", ".join(["add: {from: [a, 'a.u.*.skip']}"] * 500)
    blocks = "blocks: {u: {layers: [identity: {name: skip}]}}"
    path = tmp_path / "spec.yaml"
    path.write_text(f"cnnspec: 1\ninputs: {{x: [4]}}\n{blocks}\nmodel: {{a: [u: {{repeat: 5000}}], b: [{adds}]}}\n")
    assert [each.code for each in analyse(str(path)).diagnostics] == ["model-too-large"]


def test_no_output_is_a_list(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(f"cnnspec: 1\n{BLOCKS}model: {{s: [unit: {{repeat: 2}}]}}\noutputs: {{a: 's.unit.*.skip', b: s}}\n")
    assert "input-count" in [each.code for each in analyse(str(path)).diagnostics]
