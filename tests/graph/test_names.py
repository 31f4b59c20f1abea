"""A written name is a layer's own in its path; what is not named is numbered as if nothing were."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from tests.support.spec_texts import graph_of

HEAD = "inputs: {image: [8, 8, 4]}\nblocks: {unit: {layers: [conv: {filters: 4, kernel_size: 1}, batch_norm]}}\n"
KINDS = {
    "conv": "filters: 4, kernel_size: 1, norm: batch",
    "batch_norm": "",
    "unit": "",
    "residual": "layers: [conv: {filters: 4, kernel_size: 1}], shortcut: projection",
    "parallel": "merge: add, branches: {one: [conv: {filters: 4, kernel_size: 1}], two: []}",
}
Drawn = list[tuple[str, bool, int]]
ENTRIES: st.SearchStrategy[Drawn] = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), st.booleans(), st.integers(0, 2)), min_size=1, max_size=6
)
"""Kind, whether it is named, how often it is repeated (0: not said)."""


def written(drawn: Drawn, names: bool) -> str:
    lines = []
    for at, (kind, named, repeat) in enumerate(drawn):
        more = [KINDS[kind], f"name: word{at}" * (named and names), f"repeat: {repeat}" * bool(repeat)]
        lines.append(f"    - {kind}: {{{', '.join(filter(None, more))}}}\n")
    return f"{HEAD}model:\n  stage:\n{''.join(lines)}"


def paths(drawn: Drawn) -> dict[str, str]:
    """What each entry's path is without names -> what it is with them, counted here anew."""
    counters = {kind: count(1) for kind in KINDS}
    found = {}
    for at, (kind, named, repeat) in enumerate(drawn):
        for index in range(repeat or 1):
            number = f"{kind}{next(counters[kind])}"
            found[number] = (f"word{at}{index + 1 if repeat else ''}") if named else number
    return found


@given(ENTRIES)
def test_a_name_takes_the_place_of_the_number_and_the_numbers_of_others_stay(drawn: Drawn) -> None:
    """And what is inside is called the same; a layer says what it is called without names."""
    before, after, moved = graph_of(written(drawn, False)), graph_of(written(drawn, True)), paths(drawn)
    for old, new in zip(before.nodes[1:], after.nodes[1:], strict=True):
        stage, entry, *rest = old.name.split(".")
        assert new.name == ".".join([stage, moved[entry], *rest])
        assert after.numbered(new.name) == old.name and before.numbered(old.name) == old.name


def test_names_inside_others_are_in_their_paths() -> None:
    """A block's layer is found by the words of who wrote it; without stages a name is all of the path."""
    text = (
        "inputs: {image: [8, 8, 4]}\n"
        "blocks: {cell: {layers: [residual: {name: skip, layers: [dense: {units: 4, name: squeeze}]}]}}\n"
        "model: [conv: {filters: 4, kernel_size: 3, name: stem}, cell: {name: block1}, cell]\n"
    )
    names = [node.name for node in graph_of(text).nodes]
    assert names == ["image", "stem", "block1.skip.squeeze", "block1.skip.add", "cell2.skip.squeeze", "cell2.skip.add"]


@pytest.mark.parametrize("word", ["add", "activation", "shortcut"])
def test_what_a_residual_block_makes_itself_keeps_its_name(word: str) -> None:
    """An entry of the main path that is called so stays numbered."""
    layers = f"[conv: {{filters: 4, kernel_size: 1, name: {word}}}]"
    text = f"{HEAD}model: [residual: {{layers: {layers}, shortcut: projection, activation: relu}}]\n"
    names = [node.name for node in graph_of(text).nodes[1:]]
    own = ["residual1.shortcut.conv1", "residual1.add", "residual1.activation"]
    assert names == ["residual1.conv1", *own]


def test_a_name_that_is_the_number_of_another_is_an_error() -> None:
    """Nobody could say which of the two is meant."""
    text = "cnnspec: 1\ninputs: {x: [4]}\nmodel: [dense: {units: 4, name: dense2}, dense: 4]\n"
    (found,) = analyse("-", (), text.encode).diagnostics
    assert found.code == "duplicate-name" and "dense2" in found.message


@pytest.mark.parametrize("path", ["stage.word0", "stage.conv1", "stage"])
def test_freeze_takes_names_in_paths_and_the_numbers_of_before(path: str) -> None:
    """Whatever a spec of an earlier version froze, it still does."""
    graph = graph_of(written([("conv", True, 0)], True) + f"training: {{freeze: [{path}]}}\n")
    assert not any(node.layer is not None and node.layer.trainable for node in graph.nodes if node.facts.weights)


def test_the_title_of_a_stage_needs_letters_that_a_layer_can_be_called_by(tmp_path: Path) -> None:
    path = tmp_path / "titled.yaml"
    for title, helps in (("é 中文", ["ASCII letters, digits and spaces (at most 64)"]), ("é 中文 1", [])):
        path.write_text(f'cnnspec: 1\nname: titled\ninputs: {{x: [4]}}\nmodel: {{"{title}": [dense: 1]}}\n')
        assert [found.help for found in analyse(str(path)).diagnostics] == helps
