"""What the numbers of an output can be is what Keras gives: no number lies beyond, and shares add up."""

from math import inf
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.graph.heads import heads
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.meaning import ANY, UNTOLD, Meaning
from tests.support.layer_cases import Asked, asked
from tests.support.layers_read import read
from tests.support.spec_texts import graph_of

READ = {
    "any number": ANY,
    "chances": Meaning(0, 1),
    "shares": Meaning(0, 1, shares=True),
    "sides": Meaning(-1, 1),
    "logarithms": Meaning(-inf, 0, logarithms=True),
}
CASES = [case for case in asked() if case.layer.ids is None]
SLACK = 1e-5


def numbers(meaning: Meaning, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Some that are as they may be."""
    drawn = np.random.default_rng(seed).normal(0, 3, (3, *shape))
    if meaning.shares:
        weights = np.exp(drawn)
        drawn = weights / weights.sum(axis=-1, keepdims=True)
    elif meaning.low > -inf:
        drawn = meaning.low + (meaning.high - meaning.low) / (1 + np.exp(-drawn))
    elif meaning.logarithms:
        drawn = -np.abs(drawn)
    return drawn.astype("float32")


@pytest.mark.parametrize("kind", sorted({case.layer.kind for case in CASES}))
def test_what_a_layer_gives_is_as_it_says(kind: str) -> None:
    """For each way that what it reads can be, as Keras computes it outside training."""
    for case in CASES:
        if case.layer.kind != kind:
            continue
        built: Any = case.layer.build(keras, "asked", *case.shapes)
        for meaning in READ.values():
            given = [numbers(meaning, shape, seed) for seed, shape in enumerate(case.shapes)]
            out = np.asarray(built(given if len(given) > 1 else given[0]))
            check(case, case.layer.gives([meaning] * len(given), case.shapes), out)


def check(case: Asked, said: Meaning, out: np.ndarray) -> None:
    """Hold what is said against numbers that came out; padding with minus infinity never leaves its max pool."""
    finite = out[np.isfinite(out)]
    assert finite.min() >= said.low - SLACK and finite.max() <= said.high + SLACK, (case, said)
    if said.shares:
        assert np.allclose(out.sum(axis=-1), 1, atol=1e-4), case
    if said.logarithms:
        assert (np.exp(finite) <= 1 + SLACK).all(), case


@pytest.mark.parametrize("name", sorted(Nonlinearity.members))
def test_an_activation_goes_as_far_as_it_says_and_no_further(name: str) -> None:
    """Over numbers from -1,000 to 1,000 it comes within a hundredth of each bound that it has."""
    layer = read("activation", name)
    several = name in ("softmax", "sparsemax", "log_softmax")
    given = np.concatenate([np.linspace(-10, 10, 2001), [-1000, 1000]]).astype("float32")[:, None]
    given = np.concatenate([given, -given], axis=1) if several else given
    said = layer.gives([ANY], [given.shape[1:]])
    out = np.asarray(layer.build(keras, "asked", given.shape[1:])(given))
    if name == "leaky_relu":
        assert said.any_number
    assert out.min() >= said.low - SLACK and out.max() <= said.high + SLACK
    for bound, reached in ((said.low, out.min()), (said.high, out.max())):
        if np.isfinite(bound):
            assert abs(reached - bound) < 0.01, (name, said)
    assert said.probable == (name in ("softmax", "sparsemax", "sigmoid", "hard_sigmoid", "sparse_sigmoid"))


@pytest.mark.parametrize(
    ("model", "scale", "form"),
    [
        ("[dense: {units: 3, activation: softmax}, dropout: 0.5, identity]", "probabilities", "class"),
        ("[dense: {units: 3, norm: batch, activation: sigmoid}]", "probabilities", "labels"),
        ("[dense: 1, activation: hard_sigmoid]", "probabilities", "class"),
        ("[dense: {units: 3, activation: log_softmax}]", "log-probabilities", "values"),
        ("[dense: 3]", "numbers", "values"),
        ("[dense: {units: 3, activation: tanh}]", "numbers", "values"),
        ("[dense: {units: 3, activation: tanh}, rescaling: {scale: 0.5, offset: 0.5}]", "probabilities", "labels"),
        ("[residual: [dense: {units: 4, activation: sigmoid}]]", "unknown", "values"),
        ("[dense: {units: 3, activation: relu}, residual: [dense: 3]]", "numbers", "values"),
        ("[reshape: [2, 2, 1], conv: {filters: 3, kernel_size: 1, activation: softmax}, global_avg_pool]",
         "probabilities", "class"),
        ("[reshape: [2, 2, 1], conv: {filters: 3, kernel_size: 1, activation: softmax}, global_max_pool]",
         "probabilities", "labels"),
        ("[reshape: [2, 2, 1], conv: {filters: 3, kernel_size: 1, activation: relu}, global_avg_pool]",
         "numbers", "values"),
        ("{a: [dense: {units: 4, activation: softmax}], b: [reuse: a]}", "probabilities", "class"),
        ("[parallel: {merge: average, branches: [[dense: {units: 3, activation: softmax}],"
         " [dense: {units: 3, activation: softmax}]]}]", "probabilities", "class"),
        ("[parallel: {branches: [[dense: {units: 3, activation: softmax}], [dense: {units: 3, activation: softmax}]]}]",
         "probabilities", "labels"),
        ("[parallel: {merge: multiply, branches: [[dense: {units: 4, activation: sigmoid}], []]}]",
         "unknown", "values"),
    ],
)  # fmt: skip
def test_an_output_is_known_through_what_keeps_values_composites_and_reuse(model: str, scale: str, form: str) -> None:
    (head,) = heads(graph_of(f"inputs: {{x: [4]}}\nmodel: {model}"))
    assert (head.scale, head.form) == (scale, form)


@pytest.mark.parametrize(
    ("last", "loss", "scale", "form", "function"),
    [
        ("dense: 3", "{sparse_categorical_crossentropy: {from_logits: true}}", "logits", "class", "softmax"),
        ("dense: 3", "{binary_crossentropy: {from_logits: true}}", "logits", "labels", "sigmoid"),
        ("dense: 1", "{binary_focal_crossentropy: {from_logits: true}}", "logits", "class", "sigmoid"),
        ("dense: {units: 3, activation: softmax}", "mse", "probabilities", "class", ""),
        ("dense: {units: 3, activation: sigmoid}", "mse", "probabilities", "values", ""),
        ("dense: 3", "mse", "numbers", "values", ""),
        ("dense: 3", "auto", "numbers", "values", ""),
    ],
)
def test_its_loss_tells_what_an_output_says(last: str, loss: str, scale: str, form: str, function: str) -> None:
    (head,) = heads(graph_of(f"inputs: {{x: [4]}}\nmodel: [{last}]\ntraining: {{loss: {loss}}}"))
    assert (head.scale, head.form, head.function) == (scale, form, function)


def test_of_several_outputs_each_has_its_own() -> None:
    text = (
        "inputs: {x: [4]}\nmodel:\n  a: [dense: {units: 2, activation: softmax}]\n  b: [dense: {units: 1, from: x}]\n"
        "  c: [dense: {units: 5, activation: relu, from: x}]\noutputs: {kind: a, sold: b, features: c}\n"
        "training: {loss: {kind: auto, sold: {bce: {from_logits: true}}, features: none}}"
    )
    kind, sold, features = heads(graph_of(text))
    assert [head.scale for head in (kind, sold, features)] == ["probabilities", "logits", "numbers"]
    assert [head.form for head in (kind, sold, features)] == ["class", "class", "values"]
    assert (kind.learnt, sold.learnt, features.learnt) == (True, True, False)
    assert UNTOLD.improbable is False
