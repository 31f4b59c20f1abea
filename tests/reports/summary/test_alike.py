"""No two different blocks look alike, and alike ones are one bracket: held against the graph by brute force."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.graph.expand import expand
from cnnspec.graph.nodes import Graph, Stage
from cnnspec.language.bundled import bundled_names
from cnnspec.language.document import Files, read_document
from cnnspec.language.location import Location
from cnnspec.language.resolve import read_spec
from cnnspec.reports.notation import Bracket, Pieces
from cnnspec.reports.summary.structure import structure_of
from cnnspec.source.values import Mapping
from tests.support.often import one_in
from tests.support.places import ROOT
from tests.support.unfolded import are_alike, different, seen_in

ZOO = ROOT.parent / "shared" / "zoo"
Entry = dict[str, Any]


def graphs(name: str) -> list[Graph]:
    """That of the first variant, of the last, and of some between them, which are often longer or wider alone."""
    spec, graph = analyse(name).require()
    variants = spec.root.get("variants")
    names = [f"{name}@{entry.key}" for entry in variants] if isinstance(variants, Mapping) else []
    return [analyse(each).require()[1] for each in one_in(4, names, always=names[-1:])] or [graph]


def check(graph: Graph) -> None:
    """The table unfolds to what the graph holds, with and without blocks in one line."""
    longest = [longest_run(graph, stage) for stage in graph.stages]
    for expanded in (False, True):
        stages = structure_of(graph, expanded).stages
        assert different(seen_in(graph, stages)) == []
        assert [pair for pieces in stages for pair in alike_beside(pieces)] == []
        assert all(run <= most_times(pieces) for run, pieces in zip(longest, stages, strict=True))


def most_times(pieces: Pieces) -> int:
    """The highest number of repeats of a bracket, those inside others too."""
    brackets = [piece for piece in pieces if isinstance(piece, Bracket)]
    return max((max(piece.times, most_times(piece.pieces)) for piece in brackets), default=1)


def alike_beside(pieces: Pieces) -> list[str]:
    """Pieces that look the same and stand beside each other, though they could be one bracket."""
    said = [str(piece) for piece in pieces]
    return [one for one, other in pairwise(said) if one == other]


def longest_run(graph: Graph, stage: Stage) -> int:
    """How many steps of a stage are alike in a row; an activation may stand on the line of a norm before it."""
    longest = run = 1
    for before, step in pairwise(stage.steps):
        run = run + 1 if step.reads == (before.output,) and are_alike(graph, before, step) else 1
        merges = step.layer is not None and (step.layer.normalises or step.layer.activates)
        longest = max(longest, run - merges)
    return longest


@pytest.mark.parametrize("name", bundled_names())
def test_no_two_different_blocks_of_a_bundled_spec_look_alike(name: str) -> None:
    for graph in graphs(name):
        check(graph)


@pytest.mark.skipif(not ZOO.is_dir(), reason="no folder of networks beside the project")
@pytest.mark.parametrize("path", sorted(ZOO.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_two_different_blocks_of_a_network_beside_the_project_look_alike(path: Path) -> None:
    for graph in graphs(str(path)):
        check(graph)


# Drawn networks: few choices for each argument, so that blocks are often the same but for one of them


def some(**choices: list[Any]) -> st.SearchStrategy[Entry]:
    """Arguments, each left out or one of its choices."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in choices.items()})


NORMS = ["batch", "layer", {"batch": {"epsilon": 0.01}}, {"group": {"groups": 2}}, "none"]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "linear", {"leaky_relu": 0.1}, {"leaky_relu": 0.3}]
PADDINGS = ["same", "same", "valid", 1, [[1, 0], [0, 1]]]
AFFINE = {
    "norm": NORMS,
    "activation": ACTIVATIONS,
    "use_bias": [True, False],
    "kernel_initializer": ["he_normal"],
    "kernel_regularizer": [{"l2": 0.001}, {"l2": 0.002}],
}


def layer(kind: str, required: dict[str, list[Any]], **optional: list[Any]) -> st.SearchStrategy[Entry]:
    fixed = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in required.items()})
    return st.builds(lambda one, other: {kind: {**one, **other}}, fixed, some(**optional))


WINDOW = {"kernel_size": [1, 3, [1, 3]], "padding": PADDINGS}
STEPS = {"strides": [1, 2], "dilation_rate": [1, 2]}
LAYERS = st.one_of(
    layer("conv", {**WINDOW, "filters": [4]}, **STEPS, groups=[1, 2], **AFFINE),
    layer("conv", {"kernel_size": [3], "padding": ["same"], "filters": [4]}, **AFFINE),
    layer("conv", {"kernel_size": [3], "padding": ["same", 1], "filters": [4]}, strides=[2], activation=["relu"]),
    layer("depthwise_conv", WINDOW, **{**STEPS, "norm": NORMS, "activation": ACTIVATIONS}),
    layer("separable_conv", {**WINDOW, "filters": [4]}, depth_multiplier=[1, 2], activation=ACTIVATIONS),
    layer("conv_transpose", {"filters": [4], "kernel_size": [2, 3]}, strides=[1, 2], padding=["same", "valid"]),
    layer("dense", {"units": [4]}, **AFFINE),
    layer("max_pool", {"pool_size": [2, 3]}, strides=[1, 2], padding=PADDINGS),
    layer("avg_pool", {"pool_size": [2, 3]}, strides=[1, 2], padding=PADDINGS),
    layer("batch_norm", {}, epsilon=[0.001, 0.01], activation=["relu"], center=[False]),
    layer("layer_norm", {}, epsilon=[0.001, 0.01], axis=[-1, 3, [1, 2]]),
    layer("activation", {"activation": ACTIVATIONS}),
    layer("dropout", {"rate": [0.1, 0.10001]}, noise_shape=[[None, 1, 1, 1], [None, 1, 1, None]], seed=[1]),
    layer("up_sample", {}, interpolation=["bilinear", "nearest"]),
    layer("crop", {"cropping": [1, [[0, 1], [1, 0]]]}),
    layer("zero_pad", {"padding": [1, [[0, 1], [1, 0]]]}),
    layer("rescaling", {"scale": [0.5, 1 / 255]}, offset=[1]),
)
PLAIN = st.one_of(
    layer("conv", {"kernel_size": [1, 3], "padding": ["same"], "filters": [4]}, **AFFINE),
    layer("conv", {"kernel_size": [1, 3], "padding": [1, "same"], "filters": [4]}, strides=[1, 2]),
    layer("conv", {"kernel_size": [1], "filters": [4, 8]}, norm=["batch"], activation=["relu"]),
    layer("dropout", {"rate": [0.1]}),
    layer("activation", {"activation": ["relu", "tanh"]}),
)
SHORTCUTS = ["auto", "projection", "pad", "none", "if_same", "identity", []]
PROJECTIONS = layer("conv", {"kernel_size": [1], "filters": [4, 8]}, norm=["batch"], strides=[1, 2], use_bias=[True])


def listed(entries: st.SearchStrategy[Entry], most: int = 3) -> st.SearchStrategy[list[Entry]]:
    return st.lists(entries, min_size=1, max_size=most)


def residual(entries: st.SearchStrategy[Entry]) -> st.SearchStrategy[Entry]:
    shortcuts = st.sampled_from(SHORTCUTS) | listed(PROJECTIONS, 1)
    arguments = {"layers": listed(entries), "shortcut": shortcuts}
    more = {"activation": st.sampled_from(["relu", "tanh"])}
    return st.builds(lambda each: {"residual": each}, st.fixed_dictionaries(arguments, optional=more))


def gate(squeezed: int, kind: str, first: Any, second: str, pool: str) -> Entry:
    ends = [{"units": squeezed, "activation": first}, {"units": 4, "activation": second}]
    window: Entry = {"kernel_size": 1} if kind == "conv" else {}
    path = [
        {kind: {**window, **{("filters" if kind == "conv" and k == "units" else k): v for k, v in end.items()}}}
        for end in ends
    ]
    return {"parallel": {"merge": "multiply", "branches": [[], [{pool: {"keepdims": True}}, *path]]}}


GATES = st.builds(
    gate,
    st.sampled_from([1, 2]),
    st.sampled_from(["conv", "dense"]),
    st.sampled_from(["relu", "tanh"]),
    st.sampled_from(["sigmoid", "hard_sigmoid"]),
    st.sampled_from(["global_avg_pool", "global_max_pool"]),
)


def parallel(entries: st.SearchStrategy[Entry]) -> st.SearchStrategy[Entry]:
    branches = st.lists(listed(entries, 2) | st.just([]), min_size=1, max_size=3)
    merges = st.sampled_from(["add", "multiply", "concat"])
    return st.builds(lambda each, merge: {"parallel": {"branches": each, "merge": merge}}, branches, merges)


def repeated(entry: Entry, times: int, strides: int | None) -> Entry:
    """The entry as often as said, the first perhaps with strides of its own."""
    ((kind, arguments),) = entry.items()
    first = {"first": {"strides": strides}} if strides and times > 1 and "kernel_size" in arguments else {}
    return {kind: {**arguments, **({"repeat": times} if times > 1 else {}), **first}}


def again(entries: st.SearchStrategy[Entry]) -> st.SearchStrategy[Entry]:
    return st.builds(repeated, entries, st.sampled_from([1, 1, 2, 5]), st.sampled_from([None, 1, 2]))


COMPOSITES = st.one_of(residual(PLAIN), residual(PLAIN | GATES), parallel(PLAIN), GATES)
ENTRIES = again(LAYERS | PLAIN | COMPOSITES)
USES = st.lists(
    st.fixed_dictionaries({}, optional={"strides": st.sampled_from([1, 2]), "rate": st.sampled_from([0.1, 0.2])}),
    min_size=1,
    max_size=4,
)


def network(stages: list[list[Entry]], block: list[Entry], uses: list[Entry]) -> Entry:
    """A spec: stages of drawn entries, then one of a block that is used several times, its window with strides."""
    first = {"conv": {"filters": 4, "kernel_size": 3, "strides": "$strides", "padding": "same", "norm": "batch"}}
    body = [{"residual": {"layers": [first, *block, {"dropout": "$rate"}]}}]
    blocks = {"unit": {"params": {"strides": 1, "rate": 0.1}, "layers": body}}
    model = {f"s{at}": stage for at, stage in enumerate(stages)}
    return {
        "cnnspec": 1,
        "name": "drawn",
        "inputs": {"image": [13, 12, 4]},
        "blocks": blocks,
        "model": {**model, "last": [{"unit": use} for use in uses]},
    }


def graph_or_none(spec: Entry) -> Graph | None:
    """The graph of a spec, if it makes sense."""
    found: list[Any] = []
    files = Files(found.append, lambda: json.dumps(spec).encode())
    document = read_document(Location(None, "<stdin>"), (), files)
    assert document is not None, found
    return expand(read_spec(document, None, files, found.append), found.append).graph


@settings(deadline=None)
@given(st.lists(listed(ENTRIES, 4), min_size=1, max_size=3), st.lists(PLAIN, max_size=2), USES)
def test_no_two_different_blocks_of_a_drawn_network_look_alike(
    stages: list[list[Entry]], block: list[Entry], uses: list[Entry]
) -> None:
    """Entries that the ones before them leave no room for are left out."""
    kept: list[list[Entry]] = []
    for stage in stages:
        room: list[Entry] = []
        for entry in stage:
            if graph_or_none(network([*kept, [*room, entry]], [], [{}])):
                room.append(entry)
        kept += [room] if room else []
    graph = graph_or_none(network(kept, block, uses)) or graph_or_none(network(kept, [], [{}]))
    assume(graph is not None)
    assert graph is not None
    check(graph)
