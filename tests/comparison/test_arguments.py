"""Arguments are the same where Keras' layer is: however they are written, and none of them is forgotten."""

import json
from collections.abc import Iterator
from typing import Any

import keras
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnspec.comparison.arguments import of_node
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Facts, Layer, Misfit, expand
from cnnspec.layers.examples import examples_of
from cnnspec.source.span import Span
from tests.support.layers_drawn import KINDS, Case, cases
from tests.support.layers_oracle import BEYOND
from tests.support.layers_read import inferred, read_example
from tests.support.often import examples

NOWHERE = Span("", 1, 1)
OFTEN = settings(
    max_examples=examples(12, 25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def compared(layer: Layer, shapes: tuple[Any, ...], facts: Facts) -> Any:
    """What is compared of a layer that reads these shapes."""
    inputs = tuple(Node(f"x{at}", None, (), Facts(shape), NOWHERE) for at, shape in enumerate(shapes))
    node = Node("layer", layer, tuple(range(len(inputs))), facts, NOWHERE)
    return of_node(Graph((*inputs, node), ()), len(inputs))


def configured(layer: Layer, shapes: tuple[Any, ...], facts: Facts) -> str:
    """What Keras says of its layer, but for its name, and what it says of a bias or of weights that are not there."""
    config = layer.build(keras, "layer", *shapes).get_config()
    unsaid = {"name", *([] if facts.weights else ["trainable"])}
    if config.get("use_bias") is False:
        unsaid |= {"bias_initializer", "bias_regularizer"}
    within = config.get("layer")
    if within and not facts.weights:
        within["config"].pop("trainable")
    return json.dumps({key: value for key, value in config.items() if key not in unsaid}, sort_keys=True, default=repr)


@OFTEN
@given(st.data())
def test_arguments_are_equal_where_the_configurations_of_keras_are(data: st.DataObject) -> None:
    """Two layers of a kind that read the same, drawn so that most arguments of theirs agree."""
    kind = data.draw(st.sampled_from([kind for kind in KINDS if kind not in BEYOND and kind != "one_hot"]))
    one, drawn = data.draw(cases(kind)), data.draw(cases(kind))
    name = data.draw(st.sampled_from(sorted(drawn.arguments) or [""]))
    arguments = {**one.arguments, **({name: drawn.arguments[name]} if name else {})}
    other = Case(kind, arguments, one.shapes)
    both = [inferred(one), inferred(other)]
    assume(all(each is not None and hasattr(each[0].build(keras, "a", *one.shapes), "get_config") for each in both))
    (mine, facts), (theirs, others) = (each for each in both if each is not None)
    equal = compared(mine, one.shapes, facts) == compared(theirs, one.shapes, others)
    same = configured(mine, one.shapes, facts) == configured(theirs, one.shapes, others)
    assert equal is same, (mine, theirs)


def plain_layers() -> Iterator[tuple[Layer, tuple[Any, ...], Facts]]:
    """The plain layers of every kind's examples."""
    for layer in LAYERS.values():
        for example in examples_of(layer):
            for part, shapes, facts in expand(read_example(example), *example.inputs):
                yield part.layer, shapes, facts


def test_every_argument_of_every_kind_is_compared() -> None:
    """One that is another makes the layer another, but for those without any effect there."""
    silent: set[str] = set()
    for layer, shapes, facts in plain_layers():
        same = compared(layer, shapes, facts)
        for name in type(layer).model_fields:
            other = layer.model_copy(update={name: "something else"})
            try:
                if compared(other, shapes, facts) == same:
                    silent.add(name if facts.weights or name != "trainable" else "")
            except (AttributeError, TypeError, Misfit, ValueError):
                pass  # the layer notices
    assert silent == {"norm", "bias_initializer", "bias_regularizer", ""}
