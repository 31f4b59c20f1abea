"""A receptive field is what the gradient of Keras' model reaches, and is not told where that is the whole picture."""

import numpy as np
import pytest
import tensorflow as tf

from cnnspec.backend.model.build import build_model
from cnnspec.graph.facts import views
from tests.support.spec_texts import graph_of

SIDE = 21
CONV = "{filters: 4, kernel_size: 3, padding: same, kernel_initializer: ones}"
POOLED = "global_avg_pool: {keepdims: true}"
NETWORKS = {
    "squeeze_excite": f"[conv: {CONV}, squeeze_excite: 2, conv: {CONV}]",
    "squeeze_excite on a residual": f"[conv: {CONV}, residual: [conv: {CONV}, squeeze_excite: {{units: 2}}]]",
    "multiply": f"[conv: {CONV}, parallel: {{merge: multiply, branches: {{a: [], b: [{POOLED}]}}}}]",
    "add": f"[conv: {CONV}, parallel: {{merge: add, branches: {{a: [], b: [{POOLED}]}}}}]",
    "attention": "[residual: [multi_head_attention: {num_heads: 1, key_dim: 4}]]",
    "residual": f"[conv: {CONV}, residual: [conv: {CONV}, conv: {CONV}]]",
    "branches": f"[parallel: {{merge: add, branches: {{a: [conv: {CONV}], b: [conv: {CONV}, conv: {CONV}]}}}}]",
}


def reached(text: str, axes: int) -> tuple[int, ...]:
    """Over how many places of each axis a change of the input changes the numbers in the middle of the output."""
    read = tf.constant(np.random.default_rng(0).normal(size=(1, *(SIDE,) * axes, 4)).astype("float32"))
    model = build_model(graph_of(text), "network")
    with tf.GradientTape() as tape:
        tape.watch(read)
        number = tf.reduce_sum(model(read)[(0, *(SIDE // 2,) * axes)])
    places = np.nonzero(np.abs(tape.gradient(number, read)[0]).max(axis=-1))
    return tuple(int(np.ptp(along)) + 1 for along in places)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_window_is_told_where_the_gradient_keeps_within_it_and_nowhere_else(kind: str) -> None:
    axes = 1 if kind == "attention" else 2
    text = f"inputs: {{image: {[*(SIDE,) * axes, 4]}}}\nmodel: {{body: {NETWORKS[kind]}}}\n"
    view = views(graph_of(text))[-1]
    assert reached(text, axes) == (view.window if view is not None else (SIDE,) * axes)


def test_an_input_without_places_takes_no_window_away() -> None:
    """Numbers that are multiplied with a picture's channels leave each place what it saw of the picture."""
    graph = graph_of(f"""inputs: {{image: [9, 9, 3], scale: [4]}}
model:
  numbers: [dense: {{units: 4, from: scale}}, reshape: [1, 1, 4]]
  body:
    - conv: {{filters: 4, kernel_size: 3, from: image, name: seen}}
    - multiply: {{from: [seen, numbers]}}
    - conv: {CONV}
""")
    view = views(graph)[-1]
    assert view is not None and view.window == (5, 5)
