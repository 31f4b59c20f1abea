"""The faster layers compute what Keras' own do, and leave nothing of themselves in a file."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.model import faster
from cnnspec.backend.model.build import build_model
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.train import train
from cnnspec.runs.folder import open_run
from tests.support.faster_layers import GROUPED, after_a_step, both, close, errors, numbers
from tests.support.often import examples
from tests.support.places import ENVIRONMENT
from tests.support.small_loops import agree, fitted, prepared, same_weights, trained
from tests.support.small_runs import DATA, TRAINING, small_spec
from tests.support.spec_texts import graph_of

SHAPES = st.one_of(
    st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 7)),
    st.tuples(st.integers(1, 5), st.integers(1, 7), st.integers(1, 7), st.integers(1, 7)),
)
NORMS = st.fixed_dictionaries({
    "momentum": st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]),
    "epsilon": st.sampled_from([1e-5, 1e-3, 0.1]),
    "center": st.booleans(),
    "scale": st.booleans(),
    "gamma_initializer": st.just("random_normal"),
    "beta_initializer": st.just("random_normal"),
})  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(shape=SHAPES, options=NORMS, seed=st.integers(0, 9))
def test_batch_normalisation_is_keras_own(shape: tuple[int, ...], options: dict[str, Any], seed: int) -> None:
    """Any shape and option: outputs, gradients, and the moving variance of the population, not the sample."""
    close(*both("BatchNormalization", options, numbers(shape, seed), recorded=False), unit=1.0)


@settings(max_examples=15, deadline=None)
@given(shape=SHAPES, options=NORMS, precision=st.sampled_from(["float32", "mixed_bfloat16"]))
def test_frozen_batch_normalisation_is_keras_own(
    shape: tuple[int, ...], options: dict[str, Any], precision: str
) -> None:
    """By its moving statistics, which it leaves as they are to the bit; the gradient goes on to what is before it."""
    variance = {"class_name": "RandomUniform", "config": {"minval": 0.1, "maxval": 2.0}}
    options |= {"moving_mean_initializer": "random_normal", "moving_variance_initializer": variance}
    options |= {"trainable": False}
    found, wanted = both("BatchNormalization", options, numbers(shape), precision, recorded=False)
    assert all(np.array_equal(found[name], wanted[name]) for name in ("moving_mean", "moving_variance"))
    if precision == "float32":
        close(found, wanted, unit=1.0)
    else:
        assert max(errors(found, wanted).values()) < 2**-7


@pytest.mark.parametrize("shape", [(32, 16, 16, 16), (64, 8, 8, 64), (32, 100, 16)])
def test_batch_normalisation_is_keras_own_on_a_whole_batch(shape: tuple[int, ...]) -> None:
    """As large as in training, where sums over thousands of numbers are rounded in another order."""
    close(*both("BatchNormalization", {"momentum": 0.9}, numbers(shape)))


@st.composite
def grouped(draw: Any) -> tuple[str, dict[str, Any], tuple[int, ...]]:
    """A convolution in groups of one or two spatial axes, and the shape of what it reads."""
    rank, groups = draw(st.integers(1, 2)), draw(st.integers(2, 4))
    step = draw(st.sampled_from([{}, {"strides": 2}, {"dilation_rate": 2}]))
    options = {
        "filters": groups * draw(st.integers(1, 3)),
        "kernel_size": draw(st.integers(1, 3)),
        "padding": draw(st.sampled_from(["valid", "same", "causal"][: 4 - rank])),
        "groups": groups,
        "use_bias": draw(st.booleans()),
        "activation": draw(st.sampled_from([None, "tanh"])),
        "bias_initializer": "random_normal",
        **step,
    }
    space = draw(st.tuples(*[st.integers(5, 8)] * rank))
    return f"Conv{rank}D", options, (draw(st.integers(1, 3)), *space, groups * draw(st.integers(1, 3)))


@settings(max_examples=examples(8, 15), deadline=None)
@given(drawn=grouped())
def test_a_grouped_convolution_is_keras_own(drawn: tuple[str, dict[str, Any], tuple[int, ...]]) -> None:
    """Any window, padding, stride, dilation and number of groups: outputs and gradients."""
    name, options, shape = drawn
    close(*both(name, options, numbers(shape), recorded=False), unit=1.0)


def test_where_no_operation_learns_groups_they_go_one_by_one() -> None:
    """A process without oneDNN, whose operation refuses them, computes what Keras does there."""
    script = (
        "from tests.support.faster_layers import both, close, numbers\n"
        "from cnnspec.backend.model import faster\n"
        "for more in ({}, {'strides': 2}, {'dilation_rate': 2, 'padding': 'same'}):\n"
        "    options = {'filters': 6, 'kernel_size': 3, 'groups': 3, **more}\n"
        "    close(*both('Conv2D', options, numbers((2, 7, 7, 3)), recorded=not more))\n"
        "assert not faster._takes_groups()\n"
    )
    settings = ENVIRONMENT | {"TF_ENABLE_ONEDNN_OPTS": "0"}
    subprocess.run([sys.executable, "-c", script], env=settings, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("BatchNormalization", {"momentum": 0.5}, (16, 8, 8, 12)),
        ("BatchNormalization", {"momentum": 0.5}, (16, 40, 12)),
        ("Conv2D", {"filters": 8, "kernel_size": 3, "groups": 4}, (4, 8, 8, 8)),
        ("Conv1D", {"filters": 8, "kernel_size": 3, "groups": 2, "padding": "causal"}, (4, 30, 8)),
        ("Conv2D", {"filters": 8, "kernel_size": 3}, (16, 32, 32, 8)),  # worth to be computed in halves
    ],
)
def test_in_16_bits_the_error_is_no_larger_than_keras_own(
    name: str, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    """Against Keras in float32; float32's own rounding aside."""
    inputs = numbers(shape)
    exact, weights = after_a_step(getattr(keras.layers, name)(**options), inputs, recorded=False)
    for precision in ("mixed_bfloat16", "mixed_float16"):
        rounded = [getattr(space.layers, name)(**options, dtype=precision) for space in (FASTER, keras)]
        ours, theirs = (errors(after_a_step(each, inputs, weights, recorded=False)[0], exact) for each in rounded)
        for tensor, error in ours.items():
            assert error <= 1.01 * theirs[tensor] + 1e-5, (precision, tensor, ours, theirs)


@pytest.mark.parametrize(("axis", "shape"), [(1, (4, 3, 5, 6)), (-1, (6, 3)), (-1, (2, 3, 4, 3, 2)), (1, (4, 3, 5))])
def test_other_axes_are_left_to_keras(axis: int, shape: tuple[int, ...]) -> None:
    found, wanted = both("BatchNormalization", {"axis": axis}, numbers(shape))
    assert errors(found, wanted) == dict.fromkeys(wanted, 0.0)


def test_masked_steps_do_not_count() -> None:
    """A mask that comes with the input reaches Keras' own statistics."""
    layers, inputs = [space.layers.BatchNormalization(momentum=0.5) for space in (FASTER, keras)], numbers((3, 5, 2))
    mask = np.array([[1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 0, 0]], bool)
    ours, theirs = (layer(inputs, training=True, mask=mask) for layer in layers)
    assert np.array_equal(ours, theirs)
    same_weights(*layers)
    assert not np.allclose(layers[0].moving_mean, 0.5 * inputs.mean(axis=(0, 1)), atol=1e-3)


@pytest.mark.parametrize("frozen", [False, True])
def test_outside_training_and_frozen_the_moving_statistics_serve(frozen: bool) -> None:
    layer, inputs = FASTER.layers.BatchNormalization(trainable=not frozen), numbers((3, 5, 5, 2))
    assert np.allclose(layer(inputs, training=frozen), inputs / np.sqrt(1.001), atol=1e-5)
    assert np.array_equal(layer.moving_mean, [0, 0])


def test_a_model_of_faster_layers_is_described_as_a_plain_one() -> None:
    graph = graph_of(GROUPED)
    fast, plain = build_model(graph, "small", namespace=FASTER), build_model(graph, "small")
    assert type(fast.layers[1]) is not type(plain.layers[1])
    assert fast.to_json() == plain.to_json()


def test_a_faster_network_starts_with_the_weights_of_a_plain_one(tmp_path: Path) -> None:
    """A seed gives the same weights whatever the layers are."""
    _, graph = small_spec(tmp_path, model=GROUPED)
    models = []
    for space in (FASTER, keras):
        keras.utils.set_random_seed(3)
        models.append(build_model(graph, "small", namespace=space))
    for mine, other in zip(*(model.get_weights() for model in models), strict=True):
        assert np.array_equal(mine, other)


def test_a_hundred_steps_with_faster_layers_equal_fit_without(tmp_path: Path) -> None:
    """Losses, metrics, weights and moving statistics of 104 steps are those of Keras' fit on its own layers.

    So they are without groups, in the loop's tests.
    """
    job = prepared(tmp_path, "epochs: 13, optimizer: {sgd: 0.01}", GROUPED)
    (ours, epochs), (theirs, history) = trained(job), fitted(job)
    agree(epochs, history)
    same_weights(ours, theirs)


def test_a_run_of_faster_layers_keeps_plain_models_that_score_as_told(tmp_path: Path) -> None:
    """Averages, early stopping, best.keras and evaluate together: the validation loss is that of the kept model."""
    training = TRAINING.replace("epochs: 2", "epochs: 5, ema: {momentum: 0.8}, early_stopping: {patience: 1}")
    data = DATA.replace(", test: test.npz", "")
    result = train(*small_spec(tmp_path, training, GROUPED, data), runs_dir=tmp_path / "runs")
    folder, held = open_run(tmp_path / "runs" / "small-1"), np.load(tmp_path / "validation.npz")
    for path in (folder.best, folder.last):
        model = keras.models.load_model(path)
        assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)
    model = keras.models.load_model(folder.best)
    model.compile(loss="sparse_categorical_crossentropy")
    score = model.evaluate(held["x"], held["y"], batch_size=8, verbose=0)
    assert score == pytest.approx(result.metrics["val_loss"], abs=1e-5)


PADDED = st.fixed_dictionaries({
    "kernel_size": st.tuples(st.integers(1, 5), st.integers(1, 5)),
    "padding": st.sampled_from(["valid", "valid", "same"]),
}).flatmap(lambda options: st.sampled_from([
    {**options, "strides": 1, "dilation_rate": 1},
    {**options, "strides": 2, "dilation_rate": 1},
    {"padding": options["padding"], "kernel_size": 3, "strides": 1, "dilation_rate": 2},
]))  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(options=PADDED, added=st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2), fitting=st.booleans())
def test_a_convolution_pads_by_itself_as_after_zeros(options: dict[str, Any], added: Any, fitting: bool) -> None:
    """Zeros that come to `same` and zeros that do not: what two layers of Keras compute."""
    if fitting:
        sizes = np.broadcast_to(options["kernel_size"], 2).tolist()
        reach = [options["dilation_rate"] * (size - 1) for size in sizes]
        added = tuple((each // 2, each - each // 2) for each in reach)
    pictures = numbers((2, 7, 6, 3))

    def network(space: Any) -> Any:
        layers = (space.layers.ZeroPadding2D(added), space.layers.Conv2D(4, bias_initializer="ones", **options))
        return keras.Sequential(layers)

    wanted, weights = after_a_step(network(keras), pictures, recorded=False)
    close(after_a_step(network(FASTER), pictures, weights, recorded=False)[0], wanted, unit=1.0)


@settings(max_examples=20, deadline=None)
@given(options=PADDED, count=st.integers(1, 5), zeros=st.sampled_from([0, 0, 1, 2]))
def test_a_convolution_in_two_halves_is_keras_own(options: dict[str, Any], count: int, zeros: int) -> None:
    """Batches of one, even and odd sizes, with and without zeros before: output and gradients of one convolution."""
    pictures = numbers((count, 7, 6, 3))

    def network(space: Any) -> Any:
        layers = (space.layers.ZeroPadding2D(zeros), space.layers.Conv2D(4, bias_initializer="ones", **options))
        return keras.Sequential(layers if zeros else layers[1:])

    wanted, weights = after_a_step(network(keras), pictures, recorded=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faster, "_pays_in_halves", lambda layer, inputs: True)
        close(after_a_step(network(FASTER), pictures, weights, recorded=False)[0], wanted, unit=1.0)


def test_halves_compile_with_xla(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output and gradients of an odd batch are those of the whole, uncompiled."""
    monkeypatch.setattr(faster, "_pays_in_halves", lambda layer, inputs: True)
    network = keras.Sequential([keras.Input((8, 8, 3)), FASTER.layers.Conv2D(4, 3, padding="same")])
    plain = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, padding="same")])
    plain.set_weights(network.get_weights())

    def learnt(model: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(tf.constant(numbers((5, 8, 8, 3))), training=True) ** 2)
        return [loss, *tape.gradient(loss, model.trainable_variables)]

    compiled = tf.function(lambda: learnt(network), jit_compile=True)()
    for found, wanted in zip(compiled, learnt(plain), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(("threads", "filters", "operations"), [(1, 64, 2), (1, 4, 1), (0, 64, 1), (2, 64, 1)])
def test_a_batch_is_halved_where_one_thread_does_an_operation_that_is_worth_it(
    monkeypatch: pytest.MonkeyPatch, threads: int, filters: int, operations: int
) -> None:
    """So it is for 8 x 8 x 32 times 3 x 3 x 64 with a second processor, not for few filters or more threads."""
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: threads)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    network = keras.Sequential([keras.Input((8, 8, 32)), FASTER.layers.Conv2D(filters, 3, padding="same")])
    step = tf.function(lambda pictures: network(pictures, training=True))
    graph = step.get_concrete_function(tf.TensorSpec((2, 8, 8, 32))).graph
    assert sum(operation.type == "Conv2D" for operation in _all_operations(graph)) == operations


def _all_operations(graph: Any) -> list[Any]:
    inner = [function.graph for function in graph._functions.values() if hasattr(function, "graph")]
    return [operation for each in (graph, *inner) for operation in each.get_operations()]


def test_zeros_before_a_convolution_are_not_copied() -> None:
    """The recorded step holds a convolution that pads, and none that reads what was padded."""
    layers = (FASTER.layers.ZeroPadding2D(1), FASTER.layers.Conv2D(4, 3))
    network = keras.Sequential([keras.Input((7, 6, 3)), *layers])
    step = tf.function(lambda pictures: network(pictures, training=True))
    operations = step.get_concrete_function(tf.TensorSpec((2, 7, 6, 3))).graph.get_operations()
    (found,) = [operation for operation in operations if operation.type == "Conv2D"]
    assert found.get_attr("padding") == b"SAME" and found.inputs[0].op.type == "Placeholder"


def test_a_single_value_has_no_variance_where_a_gpu_finds_none() -> None:
    """It divides by n - 1; of two values the half is theirs as a population."""
    nothing, some = tf.constant([float("nan")]), tf.constant([4.0])
    assert faster._population(nothing, tf.ones((1, 1, 1, 1))).numpy() == [0.0]
    assert faster._population(some, tf.ones((2, 1, 1, 1))).numpy() == [2.0]
