"""Networks as Python: what the files say when they are run, and how they read."""

import ast
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.analysis import analyse
from cnnspec.layers import LAYERS
from cnnspec.reports.code.program import keras_code
from tests.support.layer_examples_as_one import examples_spec
from tests.support.places import ROOT
from tests.support.written_code import bundled_cases, read_back, run_all, write_all

Written = tuple[Path, dict[str, dict[str, object]]]
EXAMPLES = "examples"
CASES = (*bundled_cases(), EXAMPLES)
"""What files are called: each bundled spec, made cheap, and all examples of layers in one."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A folder with the code of each case, run, and what cnnspec's own models say."""
    folder = tmp_path_factory.mktemp("code")
    spec = tmp_path_factory.mktemp("examples") / "examples.yaml"
    spec.write_text(examples_spec(list(LAYERS)), encoding="utf-8")
    said = write_all({**bundled_cases(), EXAMPLES: (str(spec), [])}, folder)
    run_all(folder)
    return folder, said


@pytest.mark.parametrize("case", CASES)
def test_a_file_builds_the_same_model_without_cnnspec(written: Written, case: str) -> None:
    """Its weights have the same paths and shapes in the same order; with the same weights its outputs are the same."""
    folder, said = written
    found = read_back(folder, case)
    assert found.keys() == said[case].keys()
    for name, expected in said[case].items():
        if name in ("shapes", "name"):
            assert found[name].tolist() == expected
        else:
            assert np.isfinite(found[name]).all()
            np.testing.assert_allclose(found[name], np.asarray(expected), rtol=1e-6, atol=1e-6)


@pytest.mark.skipif(shutil.which("ruff") is None, reason="ruff comes with cnnspec[lint]")
def test_files_are_as_ruff_formats_them_and_it_finds_nothing(
    written: Written,
) -> None:
    folder, _ = written
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
