"""Every kind of layer is explained, and with the numbers of its facts."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.layers import LAYERS
from cnnspec.layers.examples import Example, examples_of
from cnnspec.layers.formulas.filling import filled_all
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.terms import names_in
from cnnspec.layers.shape import known
from cnnspec.reports.explain.explain import explain
from cnnspec.reports.explain.latex_math import latex_equation
from cnnspec.reports.explain.plain_math import plain_equation
from tests.support.layer_cases import Asked, asked

EXAMPLES = [(kind, example) for kind, layer in LAYERS.items() for example in examples_of(layer)]
CASES = list(asked())


def network(example: Example, folder: Path) -> tuple[Spec, Graph]:
    """A network of this one layer, between inputs of the shapes that it reads."""
    names = [f"in{number}" for number in range(len(example.inputs))]
    shapes = [", ".join(map(str, known(shape) or ())) for shape in example.inputs]
    ids = "embedding" in example.entry or "one_hot" in example.entry
    inputs = [
        f"  {n}: {{shape: [{s}], dtype: {'int32' if ids else 'float32'}}}" for n, s in zip(names, shapes, strict=True)
    ]
    entry = example.entry.strip().removeprefix("- ")
    if "from: [" in entry:
        given = entry[entry.index("from: [") + 7 : entry.index("]", entry.index("from: ["))]
        entry = entry.replace(f"from: [{given}]", f"from: [{', '.join(names)}]")
    path = folder / "one.yaml"
    lines = ["cnnspec: 1", "name: one", "inputs:", *inputs, "model:", f"  it: [{entry}]"]
    path.write_text("\n".join(lines).replace("it: [", "it:\n    - ").removesuffix("]") + "\n")
    return analyse(str(path)).require()


@pytest.mark.parametrize(
    ("kind", "example"), EXAMPLES, ids=lambda value: value if isinstance(value, str) else value.entry
)
def test_the_numbers_of_an_explanation_are_those_of_the_facts(kind: str, example: Example, tmp_path: Path) -> None:
    """Of the whole layer's node: output, parameters, multiply-adds, and the share of all."""
    spec, graph = network(example, tmp_path)
    step = graph.stages[0].steps[0]
    found = explain(spec, graph, step.name)
    node = next(graph.nodes[at] for at in step.nodes if graph.nodes[at].kind == kind)
    sums = totals([node])
    assert found.figure("output").value == node.output
    assert found.figure("parameters").value == sums.params
    assert found.figure("trainable").value == sums.trainable_params
    assert found.figure("multiply-adds").value == sums.macs
    assert f"{sums.params:,}" in str(found)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_kind_has_a_formula_whose_names_are_told(case: Asked) -> None:
    """It reads as text and as LaTeX, in general and with its numbers, in which none of their names is left."""
    layer, shapes = case.layer, case.shapes
    general = read_formula(layer.formula)
    assert general, "declare a formula in the class of the layer"
    symbols = layer.symbols(*shapes)
    mine = filled_all(general, symbols)
    for equation in (*general, *mine):
        assert plain_equation(equation) and latex_equation(equation)
    arguments = set(type(layer).model_fields) & set(symbols)
    for equation in mine:
        assert not names_in(equation.right) & arguments, plain_equation(equation)


@pytest.mark.parametrize("name", ["digits", "resnet@50", "vit"])
def test_every_place_is_explained_in_every_form(name: str) -> None:
    spec, graph = analyse(name).require()
    for place in (None, *(stage.slug for stage in graph.stages), *(node.name for node in graph.nodes[1:30])):
        found = explain(spec, graph, place)
        assert str(found) and found.markdown() and found.json()
