"""Networks as Python: what the files say when they are run, and how they read."""

import ast
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.layers import LAYERS
from cnnspec.reports.code.program import keras_code
from tests.support.layer_examples_as_one import examples_spec
from tests.support.often import one_in
from tests.support.places import ROOT
from tests.support.written_code import WORDS, read_back, run_all, small, write_all

EXAMPLES = "examples"
ALIKE = [
    *("efficientnet", "efficientnet-lite", "efficientnet-v2", "mobilenet-v2", "mobilenet-v3", "mnasnet"),
    *("resnet", "se-resnet", "resnext", "wide-resnet", "regnet"),
    *("googlenet", "inception-v3", "inception-resnet-v2"),
]
"""Large networks that repeat blocks of one form: of each line some."""
LEFT_OUT = {*ALIKE} - {*one_in(3, ALIKE)}
CASES = (EXAMPLES, *(name for name in bundled_names() if name not in LEFT_OUT))
"""What files are called: all examples of layers in one, and bundled specs, made cheap."""
ASKED = one_in(len(CASES), CASES, always=[EXAMPLES, "convnext", "multilabel", "two-inputs", "unet", "vit"])
"""Whose outputs are compared: those of layers that files write as several operations, and of each form of a network."""


def test_a_file_builds_the_same_model_without_cnnspec(tmp_path: Path) -> None:
    """Its weights have the same paths and shapes in the same order; its layers have the same arguments and inputs.

    Some are asked: with the same weights their outputs are the same. All cases in one test: they share two processes
    that have TensorFlow. The files are as ruff formats them, and it finds nothing.
    """
    folder, spec = tmp_path / "code", tmp_path / "examples.yaml"
    folder.mkdir()
    spec.write_text(examples_spec(list(LAYERS)), encoding="utf-8")
    cases = {name: (name, small(name)) for name in CASES if name != EXAMPLES}
    said = write_all({EXAMPLES: (str(spec), []), **cases}, folder, ASKED)
    run_all(folder, ASKED)
    assert [difference for case in CASES for difference in differences(read_back(folder, case), said[case])] == []
    if shutil.which("ruff") is not None:  # it comes with cnnspec[lint]
        check_with_ruff(folder)


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """What a file's model does not say as cnnspec's own does."""
    if found.keys() != expected.keys():
        return [f"{expected['name']}: {sorted(found)} and not {sorted(expected)}"]
    return [f"{expected['name']}: {key}" for key, value in expected.items() if not alike(key, found[key], value)]


def alike(key: str, found: Any, expected: Any) -> bool:
    """Whether words are equal, and numbers within a millionth."""
    if key in WORDS:
        return bool(found.tolist() == expected)
    return bool(np.isfinite(found).all() and np.allclose(found, np.asarray(expected), rtol=1e-6, atol=1e-6))


def check_with_ruff(folder: Path) -> None:
    """Let ruff look at the format of all files, and for mistakes."""
    for arguments in (["format", "--check", "--diff"], ["check"]):
        done = subprocess.run(
            ["ruff", *arguments, "--isolated", "--no-cache", str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:]


def test_the_page_about_code_shows_what_is_written() -> None:
    """The function that it shows is that of textcnn."""
    page = (ROOT / "docs" / "code.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    program = ast.parse(str(keras_code(*analyse("textcnn").require())))
    assert ast.dump(ast.parse(shown).body[0]) in [ast.dump(statement) for statement in program.body]


def test_other_values_of_arguments_are_those_of_set() -> None:
    """The weights have the shapes that the spec has with the variable set, for every argument of these networks."""
    for spec, others in {
        "textcnn": {"vocabulary": 50, "length": 9},
        "unet": {"filters": 6, "bands": 2, "size": 48},
    }.items():
        names: dict[str, Any] = {"__name__": "written"}
        exec(compile(str(keras_code(*analyse(spec).require())), spec, "exec"), names)
        _, graph = analyse(spec, [f"vars.{name}={value}" for name, value in others.items()]).require()
        model = names["build_model"](**others)
        expected = [weight.shape for node in graph.nodes for weight in node.facts.weights]
        assert [tuple(weight.shape) for weight in model.weights] == expected
        assert model.output_shape[1:] == graph.nodes[-1].output
