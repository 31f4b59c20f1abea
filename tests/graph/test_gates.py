"""A shortcut past a squeeze-and-excitation gate is what it is without the gate."""

from hypothesis import given
from hypothesis import strategies as st

from cnnspec.graph.nodes import Graph
from tests.support.spec_texts import graph_of

GATE = """
            - parallel:
                merge: multiply
                branches:
                  itself: []
                  scale:
                    - global_avg_pool: {keepdims: true}
                    - CONV
                    - conv: {filters: FILTERS, kernel_size: 1, activation: sigmoid}
"""


@st.composite
def blocks(draw: st.DrawFn) -> tuple[str, str]:
    """A residual block with a gate in its main path, and without."""
    strides, filters = draw(st.integers(1, 3)), draw(st.sampled_from([4, 8]))
    norm, shortcut = draw(st.sampled_from(["batch", "layer", "none"])), draw(st.sampled_from(["auto", "projection"]))
    squeeze = draw(st.sampled_from(["conv: {filters: 2, kernel_size: 1, activation: relu}", "identity"]))
    conv = f"            - conv: {{filters: {filters}, kernel_size: 3, padding: same, STRIDES, norm: {norm}}}\n"
    layers = [conv.replace("STRIDES", f"strides: {strides}"), conv.replace("STRIDES", "strides: 1")]
    gate = GATE.lstrip("\n").replace("CONV", squeeze).replace("FILTERS", str(filters))
    at = draw(st.integers(1, 2))
    head = "inputs: {image: [12, 12, 4]}\nmodel:\n  stage:\n    - residual:\n"
    text = f"{head}        shortcut: {shortcut}\n        layers:\n"
    return text + "".join([*layers[:at], gate, *layers[at:]]), text + "".join(layers)


def shortcut(graph: Graph) -> list[tuple[object, object]]:
    """The layers of the shortcut and what they give."""
    return [(node.layer, node.output) for node in graph.nodes if ".shortcut." in node.name]


@given(blocks())
def test_a_shortcut_past_a_gate_is_that_of_the_block_without_it(pair: tuple[str, str]) -> None:
    """With its strides and its norm, wherever the gate stands: the gate's own layers have no places."""
    gated, plain = map(graph_of, pair)
    assert shortcut(gated) == shortcut(plain)
    assert gated.nodes[-1].output == plain.nodes[-1].output
