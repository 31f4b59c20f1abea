"""Every argument of an optimizer, a schedule, a loss and a metric does something.

Whether it does the right thing is Keras' own affair, or held against formulas elsewhere; here nothing may be read and
then forgotten.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.objective.metrics import build_metrics
from cnnspec.backend.objective.optimizer import training_optimizer
from cnnspec.backend.objective.schedule import build_rate
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import FITTED, Metric
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.schedules import Schedule
from cnnspec.language.training import Training
from cnnspec.layers.kind import Kind, read_kind
from tests.support.objectives import head_ending_in, metric_of

OPTIMIZERS: Mapping[str, Any] = {
    **dict.fromkeys(("momentum", "rho", "beta_1", "beta_2", "adam_beta_1", "adam_beta_2"), 0.4),
    **dict.fromkeys(("centered", "amsgrad", "nesterov"), True),
    **dict.fromkeys(("epsilon", "epsilon_1", "epsilon_2", "beta"), 0.3),
    **dict.fromkeys(("weight_decay", "adam_weight_decay", "learning_rate", "adam_lr_ratio", "rms_rate"), 0.7),
    **dict.fromkeys(("muon_a", "muon_b", "muon_c"), 1.5),
    **dict.fromkeys(("relative_step", "exclude_embeddings"), False),
    **dict.fromkeys([f"{kind}_regularization_strength" for kind in ("l1", "l2", "l2_shrinkage")], 0.5),
    "loss_scale_factor": 64.0, "initial_accumulator_value": 0.8, "beta_2_decay": -0.2, "clip_threshold": 0.01,
    "learning_rate_power": -0.9, "exclude_layers": ["dense"], "ns_steps": 2, "warmup_steps": 4,
}  # fmt: skip
"""Another value of an argument, for every optimizer that has it."""
PARTICULAR: Mapping[tuple[str, str], tuple[dict[str, Any], Any]] = {
    ("sgd", "nesterov"): ({"momentum": 0.5}, True),
    ("muon", "nesterov"): ({}, False),
    ("adafactor", "relative_step"): ({"learning_rate": 2.0}, False),
    ("ftrl", "l2_shrinkage_regularization_strength"): ({}, 0.5),
}
"""What stands beside an argument, and its other value."""
NOT_IN_KERAS = {("adafactor", "relative_step")}
"""Arguments that Keras' own class takes and does nothing with, of which the reference says so."""
STEPS = [(kind, field) for kind, member in Optimizer.members.items() for field in member.model_fields]


NETWORK = keras.Sequential([keras.Input((4,)), keras.layers.Embedding(6, 3), keras.layers.Dense(5, name="dense")])
START = NETWORK.get_weights()
PLAIN: dict[tuple[str, str], list[np.ndarray]] = {}
"""What was made without the argument."""


def moved(kind: str, arguments: dict[str, Any]) -> list[np.ndarray]:
    """A network's weights after some steps on gradients that are drawn, and how far the loss is scaled."""
    NETWORK.set_weights(START)
    written = {"optimizer": {kind: {"learning_rate": 0.05, **arguments}}}
    optimizer = training_optimizer(Training.model_validate(written), 10)
    variables = NETWORK.trainable_variables
    random = np.random.default_rng(0)
    for _ in range(5):
        optimizer.apply([random.normal(0.2, 1.0, weight.shape).astype("float32") for weight in variables], variables)
    return [np.asarray(optimizer.scale_loss(1.0)), *(np.asarray(weight) for weight in variables)]


def alike(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(map(np.array_equal, one, other))


@pytest.mark.parametrize("kind", Optimizer.members)
def test_the_same_optimizer_twice_makes_the_same_steps(kind: str) -> None:
    assert alike(moved(kind, {}), moved(kind, {}))


@pytest.mark.parametrize(("kind", "field"), STEPS, ids=str)
def test_another_value_of_an_optimizers_argument_makes_other_steps(kind: str, field: str) -> None:
    beside, value = PARTICULAR.get((kind, field), ({}, OPTIMIZERS[field]))
    if (kind, str(beside)) not in PLAIN:
        PLAIN[kind, str(beside)] = moved(kind, beside)
    same = alike(PLAIN[kind, str(beside)], moved(kind, {**beside, field: value}))
    assert same == ((kind, field) in NOT_IN_KERAS)


BASES: Mapping[str, dict[str, Any]] = {
    "constant": {"rate": 0.5, "warmup": 1},
    "cosine": {"peak": 0.5},
    "step": {"peak": 0.5, "every": 2},
    "exponential": {"peak": 0.5, "factor": 0.5},
    "one_cycle": {"peak": 0.5},
}
RATES: Mapping[str, Any] = {
    "rate": 0.2, "peak": 0.2, "warmup": 2, "final": 0.1, "epochs": 3, "every": 3, "factor": 0.9, "staircase": True,
    "rise": 1, "start": 0.3,
}  # fmt: skip
CURVES = [(kind, field) for kind, member in Schedule.members.items() for field in member.model_fields]


@pytest.mark.parametrize(("kind", "field"), CURVES, ids=str)
def test_another_value_of_a_schedules_argument_makes_another_curve(kind: str, field: str) -> None:
    changed = {**BASES[kind], field: RATES.get(field)}
    if field == "at":
        changed = {"peak": 0.5, "at": [1, 3]}
    curves = []
    for arguments in (BASES[kind], changed):
        rate = build_rate(read_kind("schedule", Schedule.members, {kind: arguments}), 6, 5)
        curves.append([float(rate(step)) for step in range(30)])
    assert curves[0] != curves[1]


OTHERS: Mapping[str, Any] = {
    **dict.fromkeys(("label_smoothing", "alpha", "beta", "gamma", "delta", "q", "margin", "threshold"), 0.3),
    **dict.fromkeys(("recall", "precision", "specificity", "sensitivity", "thresholds"), 0.3),
    **dict.fromkeys(("k", "num_thresholds", "class_id", "top_k", "num_labels", "num_classes"), 3),
    **dict.fromkeys(("from_logits", "apply_class_balancing", "from_sorted_ids", "multi_label"), True),
    **dict.fromkeys(("remove_diagonal", "sparse_y_true"), False),
    "axis": 1, "ignore_class": 2, "reduction": "sum", "curve": "PR", "summation_method": "majoring", "name": "other",
    "label_weights": [0.5, 0.25], "average": "macro", "target_class_ids": [1], "num_regressors": 2,
    "class_aggregation": "variance_weighted_average",
}  # fmt: skip
"""Another value of an argument of a loss or metric."""
BESIDE: Mapping[tuple[str, str], dict[str, Any]] = {
    ("auc", "thresholds"): {"thresholds": [0.3]},
    ("auc", "num_labels"): {"multi_label": True, "num_labels": 3},
    ("auc", "label_weights"): {"multi_label": True, "num_labels": 2, "label_weights": [0.5, 0.25]},
}


def written(family: type[Kind], field: str, kind: str) -> dict[str, Any]:
    """Arguments with another value of this one."""
    if (kind, field) in BESIDE:
        return BESIDE[kind, field]
    given = not family.members[kind].model_fields[field].default
    return {field: given if field == "sparse_y_pred" else OTHERS[field]}


LOSSES = [(kind, field) for kind, member in Loss.members.items() for field in member.model_fields]
METRICS = [
    (kind, field)
    for kind, member in Metric.members.items()
    for field in member.model_fields
    if kind not in FITTED or field == "name"
]


def reaches(built: Any, member: Kind, field: str) -> bool:
    """Whether Keras' object has the value that is written, and it is not the default."""
    function = vars(built).get("_fn_kwargs", {})
    held = built.get_config().get(field, function.get(field, getattr(built, field, None)))
    value, default = getattr(member, field), type(member).model_fields[field].default
    return bool(np.array_equal(held, value) and not np.array_equal(value, default))


@pytest.mark.parametrize(("kind", "field"), LOSSES, ids=str)
def test_an_argument_of_a_loss_reaches_keras(kind: str, field: str) -> None:
    loss = read_kind("loss", Loss.members, {kind: written(Loss, field, kind)})
    assert isinstance(loss, Loss)
    assert reaches(build_loss(loss), loss, field)


@pytest.mark.parametrize(("kind", "field"), METRICS, ids=str)
def test_an_argument_of_a_metric_reaches_keras(kind: str, field: str) -> None:
    metric = metric_of(kind, **written(Metric, field, kind))
    (built,) = build_metrics([metric], head_ending_in("softmax", (4,)), (4,))
    assert reaches(built, metric, field)
