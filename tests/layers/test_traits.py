"""Every kind of layer answers for every trait, and truly: as Keras' layer, watched from outside, behaves."""

import functools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, get_args

import keras
import numpy as np
import pytest
import tensorflow as tf

import tests.support.layers_observed as layers_observed
from cnnspec.backend.model.faster import FASTER
from cnnspec.language.composites import APART, Merge
from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.base import Layer
from cnnspec.layers.merge import Stack
from cnnspec.layers.traits import Traits
from tests.support.gradients_kept import Gradients, Kept
from tests.support.layer_cases import Asked, asked
from tests.support.layers_observed import Observed
from tests.support.layers_read import read

CASES = list(asked())
KINDS = sorted({case.layer.kind for case in CASES})
PHRASES = [(case, case.layer.phrase(case.shapes[0], case.layer.infer(*case.shapes).output)) for case in CASES]
WATCHED_ELSEWHERE = {"rereads", "takes_zeros", "ranged", "inside", "formula", "idea", "slides_over", "symbols"}
TRAITS = sorted(name for name in vars(Traits) if not name.startswith("_") and name not in WATCHED_ELSEWHERE)


def answer(case: Asked, trait: str) -> Any:
    """What the layer says of itself."""
    said = getattr(case.layer, trait)
    return said(case.shapes[0]) if callable(said) else said


@functools.cache
def observed(number: int) -> Observed:
    """The layer of a case, made once for all its traits."""
    return Observed(CASES[number])


def test_every_kind_is_asked() -> None:
    """Those too that only the program makes."""
    ours = (cls for cls in _below(Layer) if cls.__module__.startswith("cnnspec.layers."))
    hidden = {cls.kind for cls in ours if cls.kind} - set(LAYERS)
    assert set(KINDS) == set(LAYERS) | hidden and hidden


def _below(cls: type[Layer]) -> set[type[Layer]]:
    return {below for direct in cls.__subclasses__() for below in (direct, *_below(direct))}


@pytest.mark.parametrize("kind", KINDS)
def test_a_trait_is_what_keras_does(kind: str) -> None:
    """Each layer that claims it shows it; one that does not claim it fails to show it for some of its inputs."""
    assert [(trait, wrong) for trait in TRAITS for wrong in not_shown(kind, trait)] == []


def not_shown(kind: str, trait: str) -> Iterator[object]:
    """What the layers of a kind claim and do not show, and the reverse."""
    watch = getattr(layers_observed, trait)
    shown = defaultdict(list)
    for number, case in enumerate(CASES):
        if case.layer.kind == kind:
            shown[answer(case, trait)].append((watch(observed(number).as_made()), str(case)))
    for said, seen in shown.items():
        if said:
            yield from (each for each in seen if each[0] != said)
        elif all(each[0] for each in seen):
            yield seen


@pytest.mark.parametrize("case", [case for case in CASES if case.layer.ranged(0, 255) not in (None, (0, 255))], ids=str)
def test_what_scales_says_between_which_numbers_it_brings_others(case: Asked) -> None:
    """The ends of what Keras' layer makes of black and of white."""
    made = [Observed(case).of(lambda read, end=end: np.full_like(read, end)) for end in (0, 255)]
    np.testing.assert_allclose(case.layer.ranged(0, 255), (np.min(made), np.max(made)), rtol=1e-4)
    assert case.layer.prepares and case.layer.ranged(3, 3) != (3, 3)


def test_branches_are_merged_by_every_layer_that_does_not_ask_which_comes_first() -> None:
    """Nor how many there are. A parallel knows them all, beside what stacks branches and what leaves them apart."""
    assert set(get_args(Merge)) - {Stack.kind, APART} == {
        kind for kind, layer in LAYERS.items() if layer.merges and not layer.ordered and layer.most_inputs is None
    }


def test_no_two_kinds_are_said_alike() -> None:
    """In a table each layer has a text that tells it from those of other kinds that read and give the same."""
    seen: dict[object, str] = {}
    for case, phrase in PHRASES:
        assert phrase.text.isprintable() and phrase.text.strip() == phrase.text != "", case
        assert seen.setdefault((case.shapes, str(phrase)), case.layer.kind) == case.layer.kind


LOOKED_INTO = [case for case in CASES if case.layer.kind not in ("conv_lstm", "time_distributed")]
"""Keras lays out no steps of the others, and a loop's own graph cannot be looked into."""


@pytest.mark.parametrize("case", LOOKED_INTO, ids=str)
def test_a_gradient_reads_again_what_the_layer_says(case: Asked) -> None:
    """Of input and output, in the graph that TensorFlow makes; something made on the way may stand for either."""
    if case.layer.ids is None:
        gradients = Gradients(case)
        check_rereads(case, gradients.of_input, gradients.of_weights)
    else:
        assert case.layer.rereads.input == ("weights" if case.layer.infer(*case.shapes).weights else "never")


def check_rereads(case: Asked, back: Kept, weights: Kept) -> None:
    """Hold the trait against what is kept for the gradient of the input, and for those of the weights."""
    said = case.layer.rereads
    if said.input == "always":
        assert back.input or back.made
    else:
        assert not back.input
        assert weights.input or weights.made if said.input == "weights" else not weights.input
    if said.output:
        assert back.output or back.made or back.drawn
    else:
        assert not back.drawn
        assert said.input == "always" or not (back.output or back.made)


@pytest.mark.parametrize("name", list(Nonlinearity.members))
def test_the_slope_of_an_activation_is_read_off_its_output_where_it_says_so(name: str) -> None:
    """And else off what it is applied to, or off something made of that."""
    layer = read("activation", name)
    kept = Gradients(Asked(layer, ((4, 3),))).of_input
    check_rereads(Asked(layer, ((4, 3),)), kept, kept)
    if not layer.rereads.output and name != "linear":
        assert not kept.output


@pytest.mark.parametrize("case", [case for case in CASES if len(case.shapes[0]) == 3], ids=str)
def test_a_layer_takes_zeros_where_the_faster_layers_give_it_pictures_from_before_the_padding(case: Asked) -> None:
    """A padding that comes to `same` then leaves no operation of its own before it."""
    arguments = {**case.layer.written(), "kernel_size": 3, "padding": "valid", "strides": 1}
    if "kernel_size" not in type(case.layer).model_fields:
        assert not case.layer.takes_zeros
        return
    layer = case.layer.model_copy(update=arguments)
    grown = tuple(size + 2 for size in case.shapes[0][:-1])
    first = read("zero_pad", 1).build(FASTER, "padding", case.shapes[0])
    second = layer.build(FASTER, "reader", (*grown, case.shapes[0][-1]))

    def both(pictures: Any) -> Any:
        return second(first(pictures))

    both(keras.ops.zeros((1, *case.shapes[0])))
    spec = tf.TensorSpec((1, *case.shapes[0]), "float32")
    graph = tf.function(both, autograph=False).get_concrete_function(spec).graph
    types = {each.op.type for operation in graph.get_operations() for each in operation.inputs}
    assert layer.takes_zeros == (not types & {"Pad", "PadV2"})
