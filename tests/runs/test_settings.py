"""Where the settings of runs differ."""

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from cnnspec.runs.settings import UNSET, differences, flattened

ADAM = {"epochs": 3, "optimizer": {"adam": {"learning_rate": 0.1}}}


def found(*values: object) -> list[tuple[str, tuple[object, ...]]]:
    """The differences as pairs."""
    return [(each.path, each.values) for each in differences(values)]


def test_a_setting_is_named_by_its_path_in_the_spec() -> None:
    other = {"epochs": 3, "optimizer": {"adam": {"learning_rate": 0.2, "beta_1": 0.8}}}
    assert found({"training": ADAM}, {"training": other}) == [
        ("training.optimizer.adam.learning_rate", (0.1, 0.2)),
        ("training.optimizer.adam.beta_1", (UNSET, 0.8)),
    ]


def test_another_kind_is_one_difference_and_its_arguments_are_compared() -> None:
    """Under the kind, which has no common name, stand only arguments that differ."""
    sgd = {"epochs": 3, "optimizer": {"sgd": {"learning_rate": 0.1, "momentum": 0.9}}}
    rows = [("optimizer", ("adam", "sgd")), ("optimizer.*.momentum", (UNSET, 0.9))]
    assert found(ADAM, sgd) == rows
    assert found(ADAM, {"epochs": 3, "optimizer": "sgd"}) == [
        ("optimizer", ("adam", "sgd")),
        ("optimizer.*.learning_rate", (0.1, UNSET)),
    ]
    assert found(["flatten", [1]], [{"dense": 10}, [1]]) == [("0", ("flatten", "dense")), ("0.*", (UNSET, 10))]


def test_what_only_some_runs_have_is_one_value_until_they_differ() -> None:
    stopping = {"monitor": "val_loss", "patience": 3}
    assert found({"a": 1}, {"a": 1, "stop": stopping}) == [("stop", (UNSET, stopping))]
    assert found({"stop": {**stopping, "patience": 4}}, {}, {"stop": stopping}) == [
        ("stop.monitor", ("val_loss", UNSET, "val_loss")),
        ("stop.patience", (4, UNSET, 3)),
    ]


def test_entries_that_were_added_stand_alone() -> None:
    """What is the same before and after them is left out."""
    short = {"head": ["flatten", {"dense": 10}]}
    long = {"head": ["flatten", {"dropout": 0.5}, {"dense": 10}]}
    assert found(short, long, short) == [("head.1..", (UNSET, [{"dropout": 0.5}], UNSET))]


def test_lists_of_numbers_are_whole_values() -> None:
    assert found({"kernel_size": [3, 3]}, {"kernel_size": [3, 5]}) == [("kernel_size", ([3, 3], [3, 5]))]


def test_true_is_not_one_and_one_is_one() -> None:
    assert found({"use_bias": True, "rate": 1}, {"use_bias": 1, "rate": 1.0}) == [("use_bias", (True, 1))]


_PLAIN = st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=2)
_KEYS = st.sampled_from("abc")
_MAPS = st.recursive(
    _PLAIN, lambda inner: st.fixed_dictionaries({"x": inner, "y": inner}, optional={"z": inner}), max_leaves=10
)
"""Maps of several keys, which are no kinds with their arguments."""
_VALUES = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=10
)


@given(_VALUES, _VALUES)
def test_nothing_differs_where_the_text_is_the_same(one: object, other: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (found(one, other) == []) == same


@given(_MAPS, _MAPS)
def test_what_differs_makes_one_run_the_other(one: object, other: object) -> None:
    """Each difference put into the first run's settings: the second's come out."""
    made = copy.deepcopy(one)
    for path, (_, theirs) in found(one, other):
        made = put(made, path.split(".") if path else [], theirs)
    assert found(made, other) == []


def put(value: object, path: list[str], new: object) -> object:
    """Nested maps with another value at a path, or none."""
    if not path:
        return new
    assert isinstance(value, dict)
    inner = put(value.get(path[0]), path[1:], new)
    changed = {**value, path[0]: inner}
    return {key: item for key, item in changed.items() if item is not UNSET}


def test_every_setting_has_a_path() -> None:
    spec = {"training": {**ADAM, "loss": {"mean_squared_error": {}}}, "inputs": {"image": [8, 8, 1]}}
    assert list(flattened(spec)) == [
        ("training.epochs", 3),
        ("training.optimizer.adam.learning_rate", 0.1),
        ("training.loss", {"mean_squared_error": {}}),
        ("inputs.image", [8, 8, 1]),
    ]
    assert list(flattened({"head": ["flatten", {"dense": 10}]})) == [("head.0", "flatten"), ("head.1.dense", 10)]
