"""What a training makes small and measures, as it is written: for all outputs, or by output."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from cnnspec.language.written import is_number, read_each
from cnnspec.layers.kind import Kind, invalid, read_kind
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.registry import Members
from cnnspec.source.diagnostic import nearest

if TYPE_CHECKING:
    from cnnspec.language.losses import Loss
    from cnnspec.language.metrics import Metric

AUTO: Literal["auto"] = "auto"
NONE: Literal["none"] = "none"
BALANCED: Literal["balanced"] = "balanced"
LOSSES: "Members[Loss]" = Members("cnnspec.language.losses", "Loss")
METRICS: "Members[Metric]" = Members("cnnspec.language.metrics", "Metric")


def _one_loss(value: object) -> object:
    return value if value == AUTO else read_kind("loss", LOSSES, value)


def _loss(value: object) -> object:
    if isinstance(value, dict) and not _is_one(value, LOSSES):
        return read_each(value, _output_loss)
    return _one_loss(value)


def _output_loss(value: object) -> object:
    return value if value == NONE else _one_loss(value)


def _metric(value: object) -> "Metric":
    return cast("Metric", read_kind("metric", METRICS, value))


def _metrics(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return tuple(read_each(dict(enumerate(value)), _metric).values())
    if isinstance(value, str):
        raise invalid("a list of metrics", write=f"[{value}]")
    if isinstance(value, dict) and _is_one(value, METRICS):
        raise invalid("a list of metrics", help="write [...] around it")
    if isinstance(value, dict):
        return read_each(value, _output_metrics)
    raise invalid("a list of metrics, such as [accuracy]")


def _output_metrics(value: object) -> "tuple[Metric, ...]":
    if isinstance(value, (list, tuple)):
        return tuple(read_each(dict(enumerate(value)), _metric).values())
    return (_metric(value),)


def _is_one(value: dict[str, Any], members: Mapping[str, object]) -> bool:
    """Whether a map is one member with its arguments, right or misspelt, and not members by output."""
    if len(value) != 1:
        return False
    ((name, argument),) = value.items()
    if name in members:
        return True
    if isinstance(argument, dict):
        return not argument or bool(argument.keys() - members)
    return not isinstance(argument, (str, list, tuple, Kind))


def _class_weight(value: object) -> object:
    if isinstance(value, dict) and any(weight == BALANCED or isinstance(weight, dict) for weight in value.values()):
        return read_each(value, _weights_of_classes)
    return _weights_of_classes(value)


def _weights_of_classes(value: object) -> object:
    if value == BALANCED:
        return value
    if isinstance(value, dict) and value:
        return read_each(value, _weight)
    if isinstance(value, str) and nearest(value, ["balanced"]):
        raise invalid("balanced, or a map of class -> number", write="balanced")
    raise invalid("balanced, or a map of class -> number", help="write class_weight: {cat: 1.0, dog: 2.5}")


def _weight(value: object) -> float:
    if isinstance(value, (int, float)) and is_number(value) and value >= 0:
        return value
    raise invalid("a number of at least 0")


def _rates(value: object) -> object:
    if isinstance(value, dict) and value:
        return read_each(value, _rate)
    raise invalid("a map of stage or entry -> number", help="write rates: {stem: 0.1, head: 1.0}")


def _rate(value: object) -> float:
    if isinstance(value, (int, float)) and is_number(value) and value > 0:
        return value
    asked = isinstance(value, (int, float)) and value == 0
    raise invalid("a number above 0", help="to leave weights as they are, name them in freeze" if asked else "")


def _loss_weights(value: object) -> object:
    if isinstance(value, dict) and value:
        return read_each(value, _weight)
    raise invalid("a map of output name -> number")


_WEIGHTS = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}, "minProperties": 1}
_LOSS = {"anyOf": [{"const": AUTO}, {"definition": "loss"}]}
_OUTPUT_LOSS = {"anyOf": [{"enum": [AUTO, NONE]}, {"definition": "loss"}]}
_METRIC = {"definition": "metric"}
_METRICS = {"type": "array", "items": _METRIC}

AnyLosses = Annotated[
    "Literal['auto'] | Loss | dict[str, Literal['auto', 'none'] | Loss]",
    PlainValidator(_loss),
    WithJsonSchema({"anyOf": [*_LOSS["anyOf"], {"type": "object", "additionalProperties": _OUTPUT_LOSS}]}),
]
AnyMetrics = Annotated[
    "tuple[Metric, ...] | dict[str, tuple[Metric, ...]]",
    PlainValidator(_metrics),
    WithJsonSchema({"anyOf": [_METRICS, {"type": "object", "additionalProperties": {"anyOf": [_METRIC, _METRICS]}}]}),
]
_OF_CLASSES = {"anyOf": [{"const": BALANCED}, _WEIGHTS]}
_BY_OUTPUT = {"type": "object", "additionalProperties": _OF_CLASSES, "minProperties": 1}
ClassWeights = Literal["balanced"] | Mapping[str, Any]
ClassWeight = Annotated[
    ClassWeights,
    PlainValidator(_class_weight),
    WithJsonSchema({"anyOf": [{"const": BALANCED}, _WEIGHTS, _BY_OUTPUT]}),
]
LossWeights = Annotated[dict[str, float], PlainValidator(_loss_weights), WithJsonSchema(_WEIGHTS)]
Rates = Annotated[
    dict[str, float],
    PlainValidator(_rates),
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0}, "minProperties": 1}
    ),
]
