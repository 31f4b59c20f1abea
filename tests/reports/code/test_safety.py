"""Nothing that a spec says becomes code but as a text, a number or a name that means nothing else."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.reports.code.program import keras_code
from cnnspec.reports.code.python_text import quoted

NAMES = ("layers", "keras", "x", "range", "class_", "A", "a", "None_", "print")
TITLES = ('a"""\nraise SystemExit(9)\n#', "ops'\\", "c\u2028\x0craise SystemExit(9)", "{name}", "f'{1/0}'")


def hostile() -> dict[str, Any]:
    """A spec whose every name means something in Python, and whose titles and paths would run."""
    blocks = {
        "import": {"params": {"def": "required", "None": 1}, "layers": [{"dense": "$def"}, {"dense": "$None"}]},
        "print": {"params": {"x": 3}, "layers": [{"dense": "$x"}]},
    }
    titled = {title: [{"dense": {"units": 3, "from": NAMES[at]}}] for at, title in enumerate(TITLES)}
    rest = [{"concat": {"from": list(NAMES)}}, {"import": 3}, {"import": 4}, "print", {"print": 4}]
    last = {"end": [{"concat": {"from": [*TITLES, "rest"]}}, {"dense": {"units": "$lambda", "activation": "softmax"}}]}
    return {
        "cnnspec": 1,
        "name": "hostile",
        "reference": '"""\nraise SystemExit(9)\n"""',
        "vars": {"class": 3, "lambda": 2, "word": '"""\nraise SystemExit(9)\n"""'},
        "blocks": blocks,
        "inputs": {name: [4] for name in NAMES},
        "model": {**titled, "rest": rest, **last},
    }


def strings(tree: ast.AST) -> Iterator[str]:
    """All texts of a program."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_names_and_titles_that_are_code_stay_names_and_comments(tmp_path: Path) -> None:
    """The program has the statements that it would have with harmless names."""
    spec = tmp_path / "hostile.yaml"
    spec.write_text(json.dumps(hostile()), encoding="utf-8")
    read, graph = analyse(str(spec)).require()
    tree = ast.parse(str(keras_code(read, graph)))
    kinds = {type(each) for each in tree.body}
    assert kinds == {ast.Expr, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.If}
    assert not any(isinstance(node, ast.Raise) for node in ast.walk(tree))
    functions = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    assert functions == {"import_", "print_2", "build_model"}


@pytest.mark.parametrize("source", ["image_folder", "arrays"])
def test_paths_are_texts(tmp_path: Path, source: str) -> None:
    path = 'x"); raise SystemExit(9) #'
    data = {
        "image_folder": {"source": "image_folder", "train": path},
        "arrays": {"source": "arrays", "train": {"x": f"{path}.npy", "y": "y.npy"}},
    }[source]
    spec = {
        "cnnspec": 1,
        "name": "paths",
        "inputs": {"image": [8, 8, 3]},
        "model": [{"rescaling": 0.1}, "flatten", {"dense": {"units": 2, "activation": "softmax"}}],
        "data": data,
        "training": {"loss": "auto", "epochs": 1},
    }
    (tmp_path / "paths.yaml").write_text(json.dumps(spec), encoding="utf-8")
    read, graph = analyse(str(tmp_path / "paths.yaml")).require()
    tree = ast.parse(str(keras_code(read, graph, training=True)))
    assert not any(isinstance(node, ast.Raise) for node in ast.walk(tree))
    assert any(path in text for text in strings(tree))


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_a_text_is_written_so_that_python_reads_it_back(text: str) -> None:
    written = quoted(text)
    assert ast.literal_eval(written) == text
    assert written.isprintable()
