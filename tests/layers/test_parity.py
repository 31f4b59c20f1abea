"""Every layer makes what Keras makes, and refuses what Keras refuses, on drawn arguments in every rank."""

import contextlib
import json
from typing import Any
from zlib import crc32

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.layers import LAYERS
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.building import Assembled
from tests.support.layers_drawn import KINDS, Case, cases
from tests.support.layers_oracle import BEYOND, apply, construct, run, symbols, tensors, unfilled, weights_of
from tests.support.layers_read import inferred, read
from tests.support.often import examples

EXAMPLES = settings(
    max_examples=examples(60, 200),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
pytestmark = pytest.mark.filterwarnings("ignore:.*You are using a softmax over axis:UserWarning")


_COMPARED: set[str] = set()
"""Cases that were found right, some of which are drawn again."""


def rank(case: Case) -> int:
    return len(case.shapes[0]) - 1


def sampled(case: Case, one_in: int) -> bool:
    """The same choice for the same case, however often it runs."""
    return crc32(repr(case).encode()) % one_in == 0


def test_every_layer_kind_is_drawn() -> None:
    """No layer escapes the comparison."""
    assert set(KINDS) == set(LAYERS)


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(data=st.data())
def test_facts_equal_keras(kind: str, data: st.DataObject) -> None:
    """Output shape, weights in order, trainable flags and parameter count are those of Keras with these arguments."""
    case = data.draw(cases(kind))
    if repr(case) not in _COMPARED:
        ours = inferred(case)
        if ours is None:
            refuses(case)
        else:
            compare(case, *ours)
        _COMPARED.add(repr(case))


def compare(case: Case, layer: Layer, facts: Facts) -> None:
    """The facts of a layer, and the layer that its builder makes, with Keras' own."""
    kind = case.kind
    runs = sampled(case, 12) or (kind in BEYOND and sampled(case, 4))
    with contextlib.nullcontext() if runs else unfilled():
        theirs = construct(kind, rank(case), case.arguments)
        config = theirs.get_config()
        built = apply(theirs, kind, case.shapes)
        assert facts.output == built.output
        trainable = layer.trainable
        assert tuple((w.name, w.shape, w.trainable and trainable) for w in facts.weights) == built.weights
        assert sum(w.size for w in facts.weights) == built.params
        builds(case, layer, config, theirs)
    if sampled(case, 12):
        assert run(theirs, kind, case.shapes) == facts.output


def builds(case: Case, layer: Layer, config: dict[str, Any], theirs: Any) -> None:
    """Our builder makes the same Keras layer, or one that gives the same with the same weights."""
    ours = layer.build(keras, "named", *case.shapes)
    own = ours.layer if isinstance(ours, Assembled) else ours
    if not isinstance(own, keras.Layer):
        assert case.kind == "one_hot" or case.kind in BEYOND
        own = keras.Sequential()  # operations, without weights
    else:
        assert own.name == "named"
    if case.kind not in BEYOND and isinstance(ours, (keras.Layer, Assembled)):
        assert plain(own.get_config()) == plain(config)
        if type(ours) is type(theirs):
            return  # the very layer whose output was looked at
    assert tuple(ours(symbols(case.kind, case.shapes)).shape[1:]) == layer.infer(*case.shapes).output
    if case.kind in BEYOND and sampled(case, 4):
        gives_the_same(case, ours, own, theirs)


def gives_the_same(case: Case, ours: Any, own: Any, theirs: Any) -> None:
    """Outside training, with weights that were drawn."""
    numbers = np.random.default_rng(1)
    for mine, other in zip(own.weights, theirs.weights, strict=True):
        mine.assign(numbers.normal(size=mine.shape))
        other.assign(mine)
    given = tensors(case.kind, case.shapes)
    np.testing.assert_allclose(ours(given), theirs(given), rtol=1e-4, atol=1e-5)


def plain(config: dict[str, Any]) -> Any:
    """A configuration without the name, tuples as lists."""
    return json.loads(json.dumps({key: value for key, value in config.items() if key != "name"}, default=str))


def refuses(case: Case) -> None:
    """Keras refuses these arguments too: when building, or else when running, or its real shape is another."""
    try:
        layer = construct(case.kind, rank(case), case.arguments)
        static = apply(layer, case.kind, case.shapes).output
    except Exception:
        return
    try:
        real = run(layer, case.kind, case.shapes)
    except Exception:
        return
    assert real != static, f"Keras takes {case} and makes {real}"


def test_the_batch_is_no_axis() -> None:
    """The batch itself is no axis to normalise or concatenate along, though Keras may let it pass."""
    for case in (
        Case("layer_norm", {"axis": 0}, ((4, 3),)),
        Case("batch_norm", {"axis": -3}, ((4, 3),)),
        Case("concat", {"axis": 0}, ((4,), (4,))),
        Case("activation", {"activation": {"softmax": {"axis": 0}}}, ((4,),)),
        Case("layer_norm", {"center": False, "scale": False}, ((),)),
    ):
        assert inferred(case) is None


def test_an_axis_given_twice_is_refused_as_by_keras() -> None:
    """One axis under two names has no two means."""
    for kind in ("layer_norm", "normalization"):
        case = Case(kind, {"axis": [-1, 2]}, ((4, 3),))
        assert inferred(case) is None
        refuses(case)


def test_untrainable_layers_have_no_trainable_weights() -> None:
    """trainable: false reaches the Keras layer and everything in it."""
    layer = read("dense", {"units": 3, "trainable": False}).build(keras, "frozen", (4,))
    layer(keras.KerasTensor((None, 4)))
    assert [trainable for _, _, trainable in weights_of(layer)] == [False, False]
