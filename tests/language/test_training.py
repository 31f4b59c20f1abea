"""The training section: equal to Keras in names, arguments and defaults; each mistake reported once, at its place."""

import inspect
from typing import Any

import keras
import pytest
from pydantic_core import ValidationError

from cnnspec.language.check import read_fields
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import FITTED, Metric
from cnnspec.language.optimizers import REPLACED, Optimizer
from cnnspec.language.schedules import Schedule
from cnnspec.language.training import EarlyStopping, ReduceOnPlateau, Training
from cnnspec.language.written import Stock
from cnnspec.layers.docstrings import field_docs
from cnnspec.layers.kind import read_kind
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.values import Mapping
from cnnspec.source.yaml import read_yaml

WRAPPERS = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}
BASES = {"Loss"}
NOT_FOR_COMPILE = {"Metric", "Mean", "Sum", "MeanMetricWrapper"}
REQUIRED: dict[str, dict[str, Any]] = {
    "iou": {"num_classes": 3, "target_class_ids": [0, 2]},
    "mean_iou": {"num_classes": 3},
    "one_hot_iou": {"num_classes": 3, "target_class_ids": [1]},
    "one_hot_mean_iou": {"num_classes": 3},
    "precision_at_recall": {"recall": 0.5},
    "recall_at_precision": {"precision": 0.5},
    "sensitivity_at_specificity": {"specificity": 0.5},
    "specificity_at_sensitivity": {"sensitivity": 0.5},
}


def classes(module: Any, base: type) -> set[str]:
    """The names of the subclasses of `base` that a module of Keras exports."""
    return {name for name, item in vars(module).items() if inspect.isclass(item) and issubclass(item, base)}


def keras_arguments(stock: type, without: set[str]) -> dict[str, Any]:
    """Argument -> default of a class of Keras, less those that no spec has."""
    parameters = inspect.signature(stock.__init__).parameters.values()
    skipped = {"self", "kwargs", *without}
    return {parameter.name: parameter.default for parameter in parameters if parameter.name not in skipped}


def our_arguments(member: type[Stock], without: set[str]) -> dict[str, Any]:
    """Field -> default, a required field having Keras' empty."""
    return {
        name: inspect.Parameter.empty if field.is_required() else field.default
        for name, field in member.model_fields.items()
        if name not in without
    }


def mistakes(section: object) -> list[tuple[Any, ...]]:
    """Type and place of every mistake that pydantic reports."""
    with pytest.raises(ValidationError) as caught:
        Training.model_validate(section)
    return [(detail["type"], *detail["loc"]) for detail in caught.value.errors()]


def members(family: type[Stock]) -> list[Any]:
    return [pytest.param(member, id=kind) for kind, member in family.members.items()]


def test_every_optimizer_of_keras_has_a_name() -> None:
    ours = {member.stock for member in Optimizer.members.values()}
    assert ours == classes(keras.optimizers, keras.optimizers.Optimizer) - WRAPPERS


def test_every_loss_of_keras_has_a_name() -> None:
    ours = {member.stock for member in Loss.members.values()}
    assert ours == classes(keras.losses, keras.losses.Loss) - BASES


def test_every_metric_of_keras_that_can_be_compiled_has_a_name() -> None:
    ours = {member.stock for kind, member in Metric.members.items() if kind not in FITTED}
    assert ours == classes(keras.metrics, keras.metrics.Metric) - NOT_FOR_COMPILE - {"Accuracy"}


@pytest.mark.parametrize("member", members(Optimizer))
def test_an_optimizer_takes_keras_arguments_but_those_that_training_replaces(member: type[Stock]) -> None:
    theirs = keras_arguments(getattr(keras.optimizers, member.stock), {"name", *REPLACED})
    assert our_arguments(member, set()) == theirs
    assert member.first_argument() == next(iter(theirs))


@pytest.mark.parametrize("member", members(Loss))
def test_a_loss_takes_keras_arguments(member: type[Stock]) -> None:
    theirs = keras_arguments(getattr(keras.losses, member.stock), {"name", "dtype"})
    assert our_arguments(member, set()) == theirs
    assert member.first_argument() == next((name for name in theirs if name != "reduction"), None)


@pytest.mark.parametrize("member", [param for param in members(Metric) if param.id not in FITTED])
def test_a_metric_takes_keras_arguments(member: type[Stock]) -> None:
    theirs = keras_arguments(getattr(keras.metrics, member.stock), {"name", "dtype"})
    assert our_arguments(member, {"name"}) == theirs
    assert member.first_argument() == next(iter(theirs), None)


@pytest.mark.parametrize(
    ("section", "callback"),
    [
        (EarlyStopping, keras.callbacks.EarlyStopping),
        (ReduceOnPlateau, keras.callbacks.ReduceLROnPlateau),
    ],
)
def test_a_callback_takes_keras_arguments(section: type[Any], callback: type) -> None:
    assert our_arguments(section, set()) == keras_arguments(callback, {"verbose"})


@pytest.mark.parametrize(
    ("family", "module"),
    [
        (Optimizer, keras.optimizers),
        (Loss, keras.losses),
        (Metric, keras.metrics),
    ],
)
def test_what_the_defaults_say_can_be_made_in_keras(family: type[Stock], module: Any) -> None:
    for kind, member in family.members.items():
        if family is Metric and kind in FITTED:
            continue
        read = read_kind(family.family, family.members, {kind: REQUIRED.get(kind, {})})
        made = getattr(module, member.stock)(**read.arguments())
        assert type(made).__name__ == member.stock


def test_an_omitted_key_means_keras_default() -> None:
    section, fit = Training(), inspect.signature(keras.Model.fit).parameters
    compile = inspect.signature(keras.Model.compile).parameters
    assert section.epochs == fit["epochs"].default
    assert section.batch_size == 32  # what fit takes where its batch_size is None
    assert section.optimizer.kind == compile["optimizer"].default
    assert section.loss is compile["loss"].default
    assert section.loss_weights is compile["loss_weights"].default
    assert section.precision == keras.config.dtype_policy().name


def test_every_key_says_what_it_means() -> None:
    for model in (Training, *Optimizer.members.values(), *Schedule.members.values(), *Loss.members.values()):
        assert set(field_docs(model)) == set(model.model_fields), model
    for member in Metric.members.values():
        assert set(field_docs(member)) == set(member.model_fields), member
        assert member.__doc__


def test_the_sections_of_the_contract_are_read() -> None:
    """The example of the language's section 7, as written there."""
    section = Training.model_validate(
        {
            "epochs": 12,
            "batch_size": 128,
            "optimizer": {"adamw": {"learning_rate": {"cosine": {"peak": 1e-3, "warmup": 2}}, "weight_decay": 1e-4}},
            "loss": "auto",
            "metrics": ["accuracy"],
            "early_stopping": {"monitor": "val_loss", "patience": 5},
            "checkpoint": {"every": 1, "keep": 2, "best": "val_accuracy"},
            "class_weight": "balanced",
            "gradient_clip": {"global_norm": 1.0},
            "precision": "float32",
            "xla": False,
            "distribute": "none",
            "seed": 42,
        }
    )
    assert section.optimizer.written()["weight_decay"] == 1e-4
    assert section.metrics == (Metric.members["accuracy"](),)


@pytest.mark.parametrize(
    ("written", "bound"),
    [
        ("epochs: 0", "at least 1"),
        ("checkpoint: {every: 0}", "above 0"),
        ("checkpoint: {every: 1e9}", "at most 1000000"),
        ("ema: {momentum: 1.5}", "at most 1"),
        ("optimizer: {adam: {learning_rate: {exponential: {peak: 0.1, factor: 2}}}}", "below 1"),
        ("gradient_clip: {norm: 0.0}", "above 0"),
    ],
)
def test_a_bound_is_shown_as_people_write_it(written: str, bound: str) -> None:
    """0 and 1, not 0.0 and 1.0."""
    found: list[Diagnostic] = []
    root = read_yaml(written, "spec.yaml", found.append)
    assert isinstance(root, Mapping) and read_fields(Training, root, found.append, "training") is None
    assert found[0].message.endswith(f"expected a number {bound}"), found


@pytest.mark.parametrize("argument", sorted(REPLACED))
def test_an_argument_that_a_training_key_replaces_names_that_key(argument: str) -> None:
    found: list[Diagnostic] = []
    text = f"optimizer: {{adam: {{{argument}: 1, learning_rate: -1}}}}\nearly_stopping: {{patince: 3}}"
    written = read_yaml(text, "spec.yaml", found.append)
    assert isinstance(written, Mapping)
    assert read_fields(Training, written, found.append, "training") is None
    refused, rate, stopping = sorted(found, key=lambda diagnostic: diagnostic.place)
    assert refused.message == f"adam has no argument {argument}"
    assert refused.help == REPLACED[argument]
    assert rate.message == "optimizer.adam.learning_rate is -1, expected a number above 0"
    assert (stopping.message, stopping.help) == ("early_stopping has no argument patince", "write patience")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"epochs": "3"}, [("int_type", "epochs")]),
        ({"epochs": True}, [("int_type", "epochs")]),
        ({"batch_size": 0}, [("greater_than_equal", "batch_size")]),
        ({"optimizer": "adamm"}, [("unknown_kind", "optimizer")]),
        ({"optimizer": {"adam": {}, "sgd": {}}}, [("invalid", "optimizer")]),
        ({"loss": {"hubr": {"delta": 2}}}, [("unknown_kind", "loss")]),
        ({"loss": {"a": "mse", "b": "mze"}}, [("unknown_kind", "loss", "b")]),
        ({"loss": {"a": {"huber": {"delta": -1}}}}, [("nested", "loss", "a")]),
        ({"loss": 3}, [("invalid", "loss")]),
        ({"metrics": "accuracy"}, [("invalid", "metrics")]),
        ({"metrics": ["accuracy", 3, {"auc": {"curve": "X"}}]}, [("invalid", "metrics", 1), ("nested", "metrics", 2)]),
        ({"metrics": {"a": ["acuracy"], "b": "auc"}}, [("unknown_kind", "metrics", "a", 0)]),
        ({"metrics": {"auc": {"curve": "PR"}}}, [("invalid", "metrics")]),
        ({"early_stopping": 3}, [("invalid", "early_stopping")]),
        ({"early_stopping": {"patience": 1.5}}, [("int_type", "early_stopping", "patience")]),
        ({"class_weight": {"a": 1, "b": -1}}, [("invalid", "class_weight", "b")]),
        ({"class_weight": {"a": "x", "b": -1}}, [("invalid", "class_weight", "a"), ("invalid", "class_weight", "b")]),
        ({"class_weight": "even"}, [("invalid", "class_weight")]),
        ({"gradient_clip": {}}, [("invalid", "gradient_clip")]),
        ({"gradient_clip": {"norm": 1, "value": 1}}, [("invalid", "gradient_clip")]),
        ({"precision": "float16"}, [("literal_error", "precision")]),
        ({"xla": 1}, [("invalid", "xla")]),
        ({"watch": ["gradients", "x"]}, [("literal_error", "watch", 1)]),
        ({"watch": "gradients"}, [("invalid", "watch")]),
        ({"learning_rate": 1e-3}, [("extra_forbidden", "learning_rate")]),
        ({"epoch": 3}, [("extra_forbidden", "epoch")]),
        ({"seed": -1}, [("greater_than_equal", "seed")]),
    ],
)
def test_a_mistake_is_reported_once_at_its_place(section: object, expected: list[tuple[Any, ...]]) -> None:
    assert mistakes(section) == expected


@pytest.mark.parametrize(
    "rate",
    [
        0.1,
        1,
        {"constant": 1e-3},
        {"cosine": 1e-3},
        {"cosine": {"peak": 1e-3, "warmup": 0.5, "final": 1e-5, "epochs": 10}},
        {"step": {"peak": 0.1, "at": [81, 122]}},
        {"step": {"peak": 0.1, "every": 2.5, "factor": 0.5}},
        {"exponential": {"peak": 0.1, "factor": 0.9}},
        {"one_cycle": {"peak": 0.1}},
    ],
)
def test_a_learning_rate_is_a_number_or_a_schedule(rate: object) -> None:
    read = Training.model_validate({"optimizer": {"sgd": {"learning_rate": rate}}})
    (kind,) = rate if isinstance(rate, dict) else ("",)
    assert getattr(read.optimizer.learning_rate, "kind", "") == kind
    if not isinstance(rate, dict):
        assert Training.model_validate({"optimizer": {"sgd": rate}}) == read


@pytest.mark.parametrize(
    "rate",
    [
        0,
        -1,
        True,
        "fast",
        "cosine",
        float("nan"),
        {"cosine": {"peak": 0}},
        {"step": {"peak": 0.1}},
        {"step": {"peak": 0.1, "at": [2], "every": 3}},
        {"step": {"peak": 0.1, "at": [3, 2]}},
        {"exponential": {"peak": 0.1, "factor": 2}},
        {"cosine": {"peak": 1, "warmup": -1}},
    ],
)
def test_a_learning_rate_that_means_nothing_is_one_mistake(rate: object) -> None:
    assert len(mistakes({"optimizer": {"sgd": {"learning_rate": rate}}})) == 1
