"""`training.phases`: what holds in a phase is what `extends` would give, and each value knows where it was written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.language.phases import Phase
from cnnspec.language.training import Phase as Written
from cnnspec.language.training import Training

MODEL = {
    "body": [{"conv": {"filters": 2, "kernel_size": 3}}],
    "head": ["flatten", {"dense": 10}, {"activation": "softmax"}],
}
RATES = st.sampled_from(
    [0.1, {"cosine": {"peak": 0.1}}, {"cosine": {"peak": 0.3, "warmup": 0.5}}, {"step": {"peak": 0.1, "every": 1}}]
)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "epochs": st.integers(2, 9),
    "batch_size": st.integers(1, 64),
    "optimizer": st.one_of(
        st.sampled_from(["adam", "sgd"]),
        st.builds(lambda rate: {"adam": {"learning_rate": rate}}, RATES),
        st.builds(lambda rate: {"sgd": {"learning_rate": rate, "momentum": 0.9}}, RATES),
    ),
    "early_stopping": st.dictionaries(st.sampled_from(["patience", "start_from_epoch"]), st.integers(0, 5)),
    "rates": st.dictionaries(st.sampled_from(["body", "head", "head.dense1"]), st.sampled_from([0.1, 2.0]), min_size=1),
    "freeze": st.sampled_from([[], ["body"], ["head"]]),
    "label_smoothing": st.sampled_from([0.0, 0.1]),
    "class_weight": st.sampled_from(["balanced", {"1": 2.0}, {"1": 3.0, "2": 0.5}]),
    "gradient_clip": st.sampled_from([{"norm": 1.0}, {"global_norm": 2.0}]),
}
KEYS = st.fixed_dictionaries({}, optional=PARTS)
LEFT_OUT = st.sets(st.sampled_from(["early_stopping", "rates", "class_weight", "gradient_clip"]), max_size=2)
INNER = st.sets(st.sampled_from(["early_stopping", "rates", "class_weight", "gradient_clip"]), max_size=2)
"""Maps of which all that stands beside phases is taken out, key by key."""


def document(training: dict[str, Any]) -> dict[str, Any]:
    data = {"source": "digits", "validation_split": 0.1}
    return {
        "cnnspec": 1,
        "inputs": {"x": [8, 8, 1]},
        "model": MODEL,
        "data": data,
        "training": {"loss": "auto", **training},
    }


def phases_of(path: Path, training: dict[str, Any]) -> tuple[Phase, ...]:
    path.write_text(json.dumps(document(training)), encoding="utf-8")
    spec = analyse(str(path)).spec
    assert spec is not None
    return spec.phases


@settings(deadline=None)
@given(KEYS, KEYS, LEFT_OUT, INNER)
def test_a_phase_says_what_an_extending_spec_would(
    tmp_path_factory: Any, beside: dict[str, Any], own: dict[str, Any], left_out: set[str], inner: set[str]
) -> None:
    """Maps key by key, lists and other kinds whole, null takes out."""
    folder = tmp_path_factory.mktemp("phases")
    emptied = {key: dict.fromkeys(beside[key]) for key in sorted(inner) if isinstance(beside.get(key), dict)}
    written = {**own, **emptied, **dict.fromkeys(left_out)}
    (phase,) = phases_of(folder / "phases.yaml", {**beside, "phases": [written]})
    (folder / "base.yaml").write_text(json.dumps(document(beside)), encoding="utf-8")
    over = {"cnnspec": 1, "extends": "base.yaml", "training": written}
    (folder / "over.yaml").write_text(json.dumps(over), encoding="utf-8")
    extended = analyse(str(folder / "over.yaml")).spec
    assert extended is not None and extended.training is not None
    assert phase.training == extended.training


def test_the_optimizer_starts_anew_unless_a_phase_names_none(tmp_path: Path) -> None:
    """It goes on where the phase before has the same one; where none stands beside phases, that of the phase before."""
    named = {"optimizer": {"sgd": {"learning_rate": 0.1}}}
    beside = [phase.goes_on for phase in phases_of(tmp_path / "a.yaml", {**named, "phases": [{}, {}, named, {}]})]
    assert beside == [False, True, False, True]
    alone = phases_of(tmp_path / "b.yaml", {"phases": [named, {"epochs": 2}, {"optimizer": "adam"}, {}]})
    assert [phase.goes_on for phase in alone] == [False, True, False, True]
    assert [phase.training.optimizer.kind for phase in alone] == ["sgd", "sgd", "adam", "adam"]
    other = phases_of(tmp_path / "c.yaml", {**named, "phases": [{"optimizer": "adam"}, {}]})
    assert [(phase.training.optimizer.kind, phase.goes_on) for phase in other] == [("adam", False), ("sgd", False)]


def test_nobody_writes_thirty_one_phases(tmp_path: Path) -> None:
    """What is known of a network is worked out for each, so that many would keep the program busy."""
    for count, phases in ((30, 30), (31, 0)):
        assert len(phases_of(tmp_path / f"{count}.yaml", {"phases": [{}] * count})) == phases


def test_every_key_of_training_may_stand_in_a_phase_or_is_refused_with_a_help() -> None:
    """Nothing is left to a bare `unknown argument`."""
    keys = set(Training.model_fields)
    assert keys == (set(Written.model_fields) & keys) | (set(Written.moved) & keys)


def test_augment_of_a_phase_replaces_that_of_the_data(tmp_path: Path) -> None:
    """An empty list takes it away."""
    flip, turn = [{"random_flip": "horizontal"}], [{"random_rotation": 0.1}]
    text = document({"phases": [{}, {"augment": turn}, {"augment": []}]})
    text["data"]["augment"] = flip
    (tmp_path / "a.yaml").write_text(json.dumps(text), encoding="utf-8")
    spec = analyse(str(tmp_path / "a.yaml")).spec
    assert spec is not None
    kinds = [[each.kind for each in phase.spec.data.augmentations()] for phase in spec.phases if phase.spec.data]
    assert kinds == [["random_flip"], ["random_rotation"], []]


@pytest.mark.parametrize(
    ("beside", "own", "left"),
    [
        ({"rates": {"body": 0.1}}, {"rates": {"body": None}}, {"rates": None}),
        ({"rates": {"body": 0.1}}, {"rates": {"body": None, "head": 2.0}}, {"rates": {"head": 2.0}}),
        ({"class_weight": {"1": 2.0}}, {"class_weight": {"1": None}}, {"class_weight": None}),
        ({"gradient_clip": {"norm": 1.0}}, {"gradient_clip": {"norm": None}}, {"gradient_clip": None}),
    ],
)
def test_null_takes_out_what_a_map_beside_phases_holds(
    tmp_path: Path, beside: dict[str, Any], own: dict[str, Any], left: dict[str, Any]
) -> None:
    """With its last key a map goes, as if the phase had never had it; other phases keep theirs."""
    first, second = phases_of(tmp_path / "a.yaml", {**beside, "phases": [{}, {"epochs": 2, **own}]})
    for key, value in left.items():
        assert getattr(first.training, key) is not None
        assert getattr(second.training, key) == value


def test_a_key_of_a_base_that_no_phase_reads_is_taken_out_in_the_own_spec(tmp_path: Path) -> None:
    """Nobody can leave out what stands in a bundled file; what the help says is heard once it is written."""
    path = tmp_path / "a.yaml"

    def helps(training: dict[str, Any]) -> list[str]:
        written = {"cnnspec": 1, "name": "a", "extends": "digits", "training": training}
        path.write_text(json.dumps(written), encoding="utf-8")
        return [each.help for each in analyse(str(path)).diagnostics]

    phases = [{"epochs": 1}, {"epochs": 2}]
    (help,) = helps({"phases": phases})
    assert help.startswith("write epochs: null under training")
    assert not helps({"epochs": None, "phases": phases})
    (help,) = helps({"epochs": 3, "phases": phases})
    assert help.startswith("leave it out")


def test_no_phases_at_all_are_an_empty_list(tmp_path: Path) -> None:
    """It is said what is wrong with a list where a list is expected."""
    path = tmp_path / "a.yaml"
    path.write_text(json.dumps(document({"phases": []})), encoding="utf-8")
    (message,) = [each.message for each in analyse(str(path)).diagnostics if each.severity == "error"]
    assert message == "phases is an empty list, expected a list with at least one item"
