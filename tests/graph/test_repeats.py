"""A repeated entry is the list of entries that a loop in Python would write."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis import Analysis, analyse
from tests.support.spec_texts import graph_of


def written(arguments: dict[str, object]) -> str:
    """Arguments as YAML has them on one line."""
    return f"{{{', '.join(f'{key}: {value}' for key, value in arguments.items())}}}"


def layers(entries: str, more: str = "") -> list[dict[str, object]]:
    """The arguments of all layers of a network of these entries."""
    graph = graph_of(f"{more}inputs: {{x: [9]}}\nmodel: {{stage: [{entries}]}}\n")
    return [node.layer.arguments() for node in graph.nodes if node.layer is not None]


BIAS, TRAINED = st.fixed_dictionaries({}, optional={"use_bias": st.sampled_from(["true", "false"])}), st.booleans()
UNITS = st.fixed_dictionaries({}, optional={"units": st.integers(1, 9)})


@given(st.integers(1, 5), UNITS, BIAS, st.sampled_from(["first", "last"]), TRAINED)
def test_first_and_last_change_the_ends_and_nothing_between(
    repeat: int, units: dict[str, object], bias: dict[str, object], end: str, both: bool
) -> None:
    """The middle ones are as the entry itself says, an only one is first and last."""
    other = "last" if end == "first" else "first"
    ends = {end: units, **({other: bias} if both else {})}
    expected = []
    for i in range(repeat):
        own = {"units": i + 2, "use_bias": "true"}
        own |= ends.get("first", {}) if i == 0 else {}
        own |= ends.get("last", {}) if i == repeat - 1 else {}
        expected.append(f"dense: {written(own)}")
    arguments = {"units": '"${i + 2}"', "use_bias": "true", "repeat": repeat}
    arguments |= {name: written(over) for name, over in ends.items()}
    assert layers(f"dense: {written(arguments)}") == layers(", ".join(expected))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(1, 3))
def test_an_index_goes_on_through_the_repeats_before_it(depths: list[int], by: int) -> None:
    """As a count over all blocks of a network does, with `n` for how many there are in the last list."""
    entries = [
        f'dense: {{units: "${{sum(depths[:{at}]) + i * by + n}}", repeat: "${{depths[{at}]}}"}}'
        for at in range(len(depths))
    ]
    found = layers(", ".join(entries), f"vars: {{depths: {depths}, by: {by}}}\n")
    expected = [sum(depths[:at]) + i * by + n for at, n in enumerate(depths) for i in range(n)]
    assert [each["units"] for each in found] == expected


def test_a_name_of_the_specs_own_is_not_how_often_an_entry_stands_there() -> None:
    """Of a variable, a parameter, and what branches go by; and a repeat inside a repeat has its own number."""
    units = 'dense: {units: "${n}", repeat: 2}'
    assert [each["units"] for each in layers(units, "vars: {n: 7}\n")] == [7, 7]
    block = f"blocks: {{unit: {{params: {{n: 5}}, layers: [{units}]}}}}\n"
    assert [each["units"] for each in layers("unit: {n: 3}, unit", block)] == [3, 3, 5, 5]
    branches = f"parallel: {{for: {{n: [4]}}, layers: [{units}]}}"
    assert [each["units"] for each in layers(branches)] == [4, 4]
    inside = f"residual: {{repeat: 3, shortcut: none, layers: [{units}, dense: $n]}}"
    assert [each["units"] for each in layers(inside)] == [2, 2, 3] * 3


@pytest.fixture
def mistakes(tmp_path: Path) -> Callable[[str], list[tuple[str, str]]]:
    """The codes and messages of what is wrong with an entry."""

    def look(entry: str) -> list[tuple[str, str]]:
        path = tmp_path / "spec.yaml"
        path.write_text(f"cnnspec: 1\nvars: {{one: 1, end: {{units: 3}}}}\ninputs: {{x: [9]}}\nmodel: [{entry}]\n")
        analysis: Analysis = analyse(str(path))
        return [(each.code, each.message) for each in analysis.diagnostics]

    return look


def test_an_argument_that_first_and_last_both_set_is_a_mistake_of_an_only_repeat(
    mistakes: Callable[[str], list[tuple[str, str]]],
) -> None:
    both = "dense: {units: 2, first: {units: 3}, last: {units: 4}, repeat: REPEAT}, dense: $end"
    said = [("bad-value", "first and last both set units, and the only repeat is both")]
    assert mistakes(both.replace("REPEAT", "1")) == mistakes(both.replace("REPEAT", "$one")) == said
    assert mistakes(both.replace(", repeat: REPEAT", "")) == said
    assert mistakes(both.replace("REPEAT", "2")) == []


def test_last_takes_the_map_of_a_variable_and_nothing_but_a_map(
    mistakes: Callable[[str], list[tuple[str, str]]],
) -> None:
    assert mistakes("dense: {units: 2, repeat: 2, last: $end, first: {units: $one}}") == []
    assert mistakes("dense: {units: 2, repeat: 2, last: $one}, dense: $end")[0][0] == "bad-value"
    assert mistakes("dense: {units: 2, repeat: 2, last: {unit: 2}}, dense: $end")[0][0] == "unknown-argument"
