"""A variable that holds a map stands wherever a map may: for the arguments of every kind, and for sections."""

from typing import cast

import pytest
from jsonschema import Draft7Validator

from cnnspec.analysis import Analysis, analyse
from cnnspec.language.schema import spec_schema
from cnnspec.layers import LAYERS
from cnnspec.layers.examples import Example, examples_of
from cnnspec.source.values import Mapping, Sequence, plain, show
from cnnspec.source.yaml import read_yaml


def analysed(text: str) -> Analysis:
    return analyse("-", (), f"cnnspec: 1\n{text}".encode)


def facts(analysis: Analysis) -> list[object]:
    assert analysis.graph is not None, analysis.diagnostics
    return [(node.name, node.layer, node.inputs, node.facts) for node in analysis.graph.nodes]


def arguments_of(example: Example) -> Mapping | None:
    """The arguments of an example in a docstring that are a map."""
    (entry,) = cast(Sequence, read_yaml(example.entry, "example", pytest.fail)).items
    value = entry.entries[0].value if isinstance(entry, Mapping) else None
    return value if isinstance(value, Mapping) and value.entries else None


EXAMPLES = [
    pytest.param(kind, example, arguments, id=f"{kind}-{show(plain(arguments))}")
    for kind, layer in LAYERS.items()
    for example in examples_of(layer)
    if (arguments := arguments_of(example)) is not None and len(example.inputs) == 1
]


@pytest.mark.parametrize(("kind", "example", "arguments"), EXAMPLES)
def test_the_arguments_of_a_layer_may_be_a_variable(kind: str, example: Example, arguments: Mapping) -> None:
    """Each layer's own examples, written out and as `kind: $arguments`; common arguments may be among them."""
    sizes = [size if isinstance(size, int) else None for size in example.inputs[0]]
    held = show({entry.key: plain(entry.value) for entry in arguments} | {"name": "here"}, 500)
    dtype = "int32" if kind in ("embedding", "one_hot") else "float32"
    head = f"inputs: {{x: {{shape: {show(sizes)}, dtype: {dtype}}}}}\n"
    out = analysed(f"{head}model: [{kind}: {held}]\n")
    assert facts(analysed(f"{head}vars: {{held: {held}}}\nmodel: [{kind}: $held]\n")) == facts(out)


WAYS = [
    ("residual: {layers: [dense: 4], activation: relu}", "{layers: [dense: 4], activation: relu}", "residual: $held"),
    ("parallel: {branches: {a: [dense: 4], b: []}}", "{branches: {a: [dense: 4], b: []}}", "parallel: $held"),
    ("parallel: {branches: {a: [dense: 4], b: []}}", "{a: [dense: 4], b: []}", "parallel: {branches: $held}"),
    ("unit: {size: 4, repeat: 2}", "{size: 4, repeat: 2}", "unit: $held"),
    ("dense: {units: 4, norm: {batch: {momentum: 0.5}}}", "{momentum: 0.5}", "dense: {units: 4, norm: {batch: $held}}"),
    ("dense: {units: 4, norm: {batch: {momentum: 0.5}}}", "{batch: {momentum: 0.5}}", "dense: {units: 4, norm: $held}"),
    ("dense: {units: 4, repeat: 2, last: {units: 3}}", "{units: 3}", "dense: {units: 4, repeat: 2, last: $held}"),
    ("parallel: {for: {k: [4, 4]}, layers: [dense: $k]}", "{k: [4, 4]}", "parallel: {for: $held, layers: [dense: $k]}"),
    ("dense: {units: 4, repeat: 2, first: {units: 3}}", "{units: 3}", "dense: {units: 4, repeat: 2, first: $held}"),
]


@pytest.mark.parametrize(("out", "held", "short"), WAYS)
def test_so_may_those_of_composites_and_blocks_and_maps_inside(out: str, held: str, short: str) -> None:
    head = "inputs: {x: [4]}\nblocks: {unit: {params: {size: required}, layers: [dense: $size]}}\n"
    using = head if "unit" in out else "inputs: {x: [4]}\n"
    assert facts(analysed(f"{using}vars: {{held: {held}}}\nmodel: [{short}]\n")) == facts(
        analysed(f"{using}model: [{out}]\n")
    )


def test_the_arguments_of_a_gate_may_be_a_variable() -> None:
    head = "inputs: {x: [4, 4, 2]}\n"
    held = "vars: {held: {units: 1, gate: hard_sigmoid}}\n"
    out = analysed(f"{head}model: [squeeze_excite: {{units: 1, gate: hard_sigmoid}}]\n")
    assert facts(analysed(f"{head}{held}model: [squeeze_excite: $held]\n")) == facts(out)


def test_what_goes_in_and_out_and_what_must_hold_may_be_variables_and_so_may_defaults() -> None:
    """The published schema takes them, too."""
    model = "model: {stem: [dense: {norm: $norm}], head: [dense: {units: 3, from: stem}, dropout]}\n"
    maps = {
        "inputs": "{x: [4]}", "outputs": "{a: stem, b: head}", "expect": "{output: {a: [5], b: [3]}}",
        "defaults": "{dense: {units: 5}, dropout: 0.5}", "data": "{source: synthetic}", "training": "{epochs: 2}",
    }  # fmt: skip
    held = ", ".join(f"{name}_held: {value}" for name, value in maps.items())
    short = f"vars: {{norm: {{batch: {{epsilon: 0.1}}}}, {held}}}\n{model}" + "".join(
        f"{name}: ${name}_held\n" for name in maps
    )
    out = f"vars: {{norm: {{batch: {{epsilon: 0.1}}}}}}\n{model}" + "".join(f"{n}: {v}\n" for n, v in maps.items())
    assert facts(analysed(short)) == facts(analysed(out))
    text = f"cnnspec: 1\n{short}"
    assert list(Draft7Validator(spec_schema()).iter_errors(plain(read_yaml(text, "spec", pytest.fail)))) == []
    wrong = analysed(short.replace("{output: {a: [5]", "{output: {a: [6]")).diagnostics
    assert [each.code for each in wrong] == ["expectation"]


def test_a_section_may_be_a_variable_of_the_variant() -> None:
    """`training: $usual`, `optimizer: $adam`; the files' own places are pointed at."""
    text = (
        "inputs: {x: [4]}\nmodel: [dense: {units: 2, activation: softmax}]\n"
        "vars: {usual: {}, some: {source: synthetic, train: 64}, fast: {adam: {learning_rate: 0.5}}}\n"
        "variants: {a: {usual: {epochs: 3, optimizer: $fast}}, b: {usual: {epoch: 3}}, c: {usual: 3}}\n"
        "data: $some\ntraining: $usual\n"
    )
    found = analyse("-@a", (), f"cnnspec: 1\n{text}".encode)
    assert found.spec is not None and found.spec.training is not None and found.spec.data is not None
    assert (found.spec.training.epochs, found.spec.training.optimizer.kind) == (3, "adam")
    for variant, code in (("b", "unknown-argument"), ("c", "bad-value")):
        wrong = analyse(f"-@{variant}", (), f"cnnspec: 1\n{text}".encode).diagnostics
        assert [each.code for each in wrong if each.severity == "error"] == [code]


def test_what_is_wrong_in_it_is_told_where_it_is_used_with_a_note_of_where_it_stands() -> None:
    (found,) = analysed("inputs: {x: [4]}\nvars: {bn: {momentum: 3}}\nmodel: [batch_norm: $bn]\n").diagnostics
    assert found.span is not None and found.span.line in (3, 4) and "momentum" in found.message
