"""--set works wherever the language has a key, whether the section is written or not: as if it were written there."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from cnnspec.analysis import Analysis, analyse
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.training import Training
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields
from cnnspec.source.values import plain, show

HEAD = "cnnspec: 1\ninputs: {x: [4]}\n"
MODEL = "model:\n  a: [dense: 4, flatten, residual: {layers: [dense: {units: 4}]}]\n"
DATA = "data: {source: synthetic, validation: 8}\n"


def analysed(text: str, *settings: str) -> Analysis:
    return analyse("-", settings, lambda: (HEAD + text).encode())


def keys(model: type[Fields], path: str) -> Iterator[tuple[str, Any]]:
    """Every key of a section and of the sections in it, with a value that it has by default or may have."""
    for name, field in model.model_fields.items():
        inner = section(field.annotation)
        if inner is not None:
            yield from keys(inner, f"{path}.{name}")
        elif isinstance(field.default, bool | int | float | str):
            yield f"{path}.{field.alias or name}", field.default


def section(annotation: Any) -> type[Fields] | None:
    waiting = [annotation]
    while waiting:
        part = waiting.pop()
        if isinstance(part, type) and issubclass(part, Fields) and not issubclass(part, Kind):
            return part
        waiting += get_args(part)
    return None


PATHS = [
    *keys(Training, "training"),
    *(each for kind, member in Optimizer.members.items() for each in keys(member, f"training.optimizer.{kind}")),
    ("training.optimizer.adam.learning_rate.cosine.peak", 0.1),
    ("training.gradient_clip.norm", 1.0),
    ("training.loss.huber.delta", 2.0),
    ("data.validation_split", 0.25),
]


def written_out(path: str, value: Any) -> str:
    top, *rest = path.split(".")
    inner = show(value)
    for part in reversed(rest):
        inner = f"{{{part}: {inner}}}"
    return f"{top}: {inner}\n"


@pytest.mark.parametrize(("path", "value"), PATHS, ids=[path for path, _ in PATHS])
def test_a_key_is_set_in_a_section_that_is_not_there(path: str, value: Any) -> None:
    """Every key of training and every argument of an optimizer, in a spec without that section."""
    data = "data: {source: synthetic}\n" if path.startswith("data") else DATA
    given = analysed(MODEL + data, f"{path}={show(value)}")
    if path.startswith("data"):
        expected = analysed(MODEL + f"data: {{source: synthetic, {path.split('.')[1]}: {show(value)}}}\n")
    else:
        expected = analysed(MODEL + data + written_out(path, value))
    assert given.spec is not None and expected.spec is not None
    assert [(d.code, d.message) for d in given.diagnostics] == [(d.code, d.message) for d in expected.diagnostics]
    assert (given.spec.training, given.spec.data) == (expected.spec.training, expected.spec.data)


REST = "flatten, residual: {layers: [dense: {units: 4}]}]"
MODELS = [
    ("model.a.0.dense.activation=relu", f"[dense: {{units: 4, activation: relu}}, {REST}"),
    ("model.a.0.dense.kernel_initializer.constant.value=2",
     f"[dense: {{units: 4, kernel_initializer: {{constant: {{value: 2}}}}}}, {REST}"),
    ("model.a.1.flatten.name=flat", "[dense: 4, flatten: {name: flat}, residual: {layers: [dense: {units: 4}]}]"),
    ("model.a.2.residual.layers.0.dense.norm.group.groups=2",
     "[dense: 4, flatten, residual: {layers: [dense: {units: 4, norm: {group: {groups: 2}}}]}]"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "entries"), MODELS)
def test_an_argument_is_set_that_is_not_written(setting: str, entries: str) -> None:
    """Of an entry with its first argument alone, without any, inside another; in maps that are not there."""
    given, expected = analysed(MODEL, setting), analysed(f"model:\n  a: {entries}\n")
    assert given.spec is not None and expected.spec is not None and not given.diagnostics
    assert plain(given.spec.root) == plain(expected.spec.root)


def test_expectations_outputs_and_the_type_of_an_input_are_keys_as_well() -> None:
    for setting, code in (
        ("expect.params=7", "expectation"),
        ("outputs.two=b", "unknown-name"),
        ("expect.parms=7", "unknown-key"),
    ):
        assert [each.code for each in analysed("model:\n  a: [dense: 4]\n", setting).diagnostics] == [code]
    text = "cnnspec: 1\ninputs: {x: {shape: [4]}}\nmodel: [dense: 4]\n"
    found = analyse("-", ["inputs.x.dtype=float64"], text.encode)
    assert found.graph is not None and found.graph.dtypes == {"x": "float64"}


def test_shorthand_and_null_hold_what_is_set_in_them() -> None:
    """`adam`, `{adam: 1e-3}` and an empty `training:` are maps that are not written out."""
    for text in ("{optimizer: adam}", "{optimizer: {adam: 1e-3}}", "{optimizer: {adam: null}}", "null"):
        found = analysed(f"{MODEL}training: {text}\n", "training.optimizer.adam.learning_rate=0.5")
        assert found.spec is not None and found.spec.training is not None and not found.diagnostics, text
        assert found.spec.training.optimizer == Optimizer.members["adam"](learning_rate=0.5)


@pytest.mark.parametrize(
    ("setting", "column", "edit"),
    [
        ("training.early_stoping.patience=3", 10, "early_stopping"),
        ("training.early_stopping.patienc=3", 25, "patience"),
        (" training.optimizer.adm.learning_rate=3", 21, "adam"),
        ("model.a.0.dense.kernel_initialiser=ones", 17, "kernel_initializer"),
        ("data.trian=3", 6, "train"),
    ],
)
def test_a_misspelt_part_of_a_path_is_told_at_its_place(setting: str, column: int, edit: str) -> None:
    """Written rightly there, the setting is right."""
    data = "data: {source: synthetic}\n"
    (found,) = analysed(MODEL + data, setting).diagnostics
    assert found.edit is not None and found.edit.text == edit
    assert (found.edit.span.file, found.edit.span.column) == ("--set", column)
    start = column - 1
    right = setting[:start] + edit + setting[start + found.edit.span.width :]
    assert not [each for each in analysed(MODEL + data, right).diagnostics if each.code == found.code]


def test_a_variable_that_may_hold_a_map_is_not_set_in() -> None:
    """What it holds would be lost without a word."""
    text = f"vars: {{fast: {{momentum: 0.9}}}}\n{MODEL}training: {{optimizer: {{sgd: $fast}}}}\n"
    (found,) = analysed(text, "training.optimizer.sgd.learning_rate=0.5").diagnostics
    assert found.code == "unknown-path" and "set it whole" in found.help


def test_another_kind_is_not_set_beside_the_one_that_is_written() -> None:
    """What replaces it is said, and works."""
    text = MODEL + "training: {optimizer: {sgd: {momentum: 0.9}}}\n"
    (found,) = analysed(text, "training.optimizer.adam.learning_rate=0.5").diagnostics
    assert found.code == "unknown-path" and "is sgd" in found.message
    whole = found.help.split("'")[1]
    again = analysed(text, whole)
    assert again.spec is not None and again.spec.training is not None and not again.diagnostics
    assert again.spec.training.optimizer == Optimizer.members["adam"](learning_rate=0.5)
