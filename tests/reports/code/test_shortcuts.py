"""The skip connection of a block follows the block's parameters, also where its uses tell of one value alone."""

import ast
import json
from typing import Any

import pytest

from cnnspec.analysis import analyse
from cnnspec.reports.code.program import keras_code


def _conv(**arguments: Any) -> dict[str, Any]:
    return {"conv": {"padding": "same", "norm": "batch", **arguments}}


FORMS = {
    "plain": [_conv(filters="$f", kernel_size=3, strides="$s"), _conv(filters="$f", kernel_size=3)],
    "bottleneck": [
        _conv(filters="$f", kernel_size=1),
        _conv(filters="$f", kernel_size=3, strides="$s"),
        _conv(filters="${4 * f}", kernel_size=1),
    ],
}


def program_of(form: str, uses: list[dict[str, int]]) -> ast.Module:
    """A block with a residual of this form, used so."""
    spec = {
        "cnnspec": 1,
        "name": "s",
        "inputs": {"image": [16, 16, 3]},
        "blocks": {"b": {"params": {"f": "required", "s": 1}, "layers": [{"residual": {"layers": FORMS[form]}}]}},
        "model": {
            "stem": [_conv(filters=16 if form == "plain" else 64, kernel_size=3)],
            "body": [{"b": u} for u in uses],
        },
    }
    read, graph = analyse("-", standard_input=json.dumps(spec).encode).require()
    return ast.parse(str(keras_code(read, graph)))


def arguments(function: ast.FunctionDef) -> list[tuple[str, str, str]]:
    """Of each convolution of a function the end of its name, its filters and its strides."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    found = []
    for call in (each for each in calls if ast.unparse(each.func) == "layers.Conv2D"):
        words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        found.append((words["name"].split(".")[-2], ast.unparse(call.args[0]), words.get("strides", "1")))
    return found


@pytest.mark.parametrize("strides", [2, 3])
@pytest.mark.parametrize(("form", "filters"), [("plain", "f"), ("bottleneck", "4 * f")])
def test_a_projection_has_the_parameters_of_the_path_beside_it(form: str, filters: str, strides: int) -> None:
    """The block is used twice as it is, and once with more filters and with strides."""
    tree = program_of(form, [{"f": 16}, {"f": 16}, {"f": 32, "s": strides}])
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "b"]
    assert len(functions) == 1
    found = arguments(functions[0])
    assert [each[1:] for each in found if each[0] == "shortcut"] == [(filters, "s")]
