"""Metrics by Keras' names in snake case, with Keras' arguments.

`accuracy` and `crossentropy` mean, as in Keras' compile, the one that fits labels and predictions; Keras' class
Accuracy, which counts predictions that equal labels bit by bit, has no name here. Nor have Mean and Sum, which
compare nothing. Metrics see probabilities, also where the loss reads logits; where class numbers are compared with
rows, they become one-hot.
"""

from typing import Annotated, ClassVar, Literal

from cnnspec.language.written import LISTED, Stock, Text, also_written, is_number
from cnnspec.layers.fields import Axis, Count, NotNegative, Positive, Share, Size, is_count
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import Field, PlainValidator, WithJsonSchema


class Metric(Stock, family="metric"):
    """What is measured and shown."""

    asks: ClassVar[Literal["class", "labels", "either", "values"]] = "either"
    """Of what: which class of several, yes or no for each label, one of the two, or numbers."""

    @property
    def takes_numbers(self) -> bool:
        """Whether it compares class numbers with rows by itself."""
        return self.kind.startswith("sparse_")

    name: Text | None = None
    """What it is called in tables and as `monitor`; without it, by its kind."""

    @classmethod
    def shared_arguments(cls) -> frozenset[str]:
        """What every metric takes."""
        return frozenset({"name"})


def _thresholds(value: object) -> float | tuple[float, ...]:
    if isinstance(value, (int, float)) and _is_unit(value):
        return value
    if isinstance(value, (list, tuple)) and value:
        for index, item in enumerate(value):
            if not _is_unit(item):
                raise invalid("a number from 0 to 1", (index,))
        return tuple(value)
    raise invalid("a number from 0 to 1, or a list of such numbers")


def _is_unit(value: object) -> bool:
    return isinstance(value, (int, float)) and is_number(value) and 0 <= value <= 1


_UNIT = {"type": "number", "minimum": 0, "maximum": 1}
Thresholds = Annotated[
    float | tuple[float, ...],
    PlainValidator(_thresholds),
    WithJsonSchema({"anyOf": [_UNIT, {"type": "array", "items": _UNIT, "minItems": 1}]}),
]


def _classes(value: object) -> tuple[int, ...]:
    if isinstance(value, (list, tuple)) and value and all(is_count(item, 0) for item in value):
        return tuple(value)
    raise invalid("a list of class numbers, which start at 0")


_CLASSES = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1}
Classes = Annotated[tuple[int, ...], PlainValidator(_classes), WithJsonSchema(_CLASSES)]


class _Logits(Metric, first="from_logits"):
    from_logits: bool = False
    """Whether predictions are logits, not probabilities."""


class BinaryAccuracy(Metric, kind="binary_accuracy"):
    """The share of right yes-or-no answers."""

    asks = "labels"

    threshold: Share = 0.5
    """From where on a prediction is a yes."""


class TopKCategoricalAccuracy(Metric, kind="top_k_categorical_accuracy"):
    """How often the right class is among the `k` likeliest; labels are one-hot, or become so."""

    asks = "class"

    k: Size = 5
    """How many classes are looked at."""


class SparseTopKCategoricalAccuracy(Metric, kind="sparse_top_k_categorical_accuracy"):
    """How often the right class is among the `k` likeliest; labels are class numbers."""

    asks = "class"

    k: Size = 5
    """How many classes are looked at."""
    from_sorted_ids: bool = False
    """Whether predictions are class numbers already sorted, not scores."""


class BinaryCrossentropy(_Logits, kind="binary_crossentropy"):
    """The mean binary cross-entropy."""

    asks = "labels"

    label_smoothing: Share = 0
    """How far labels are moved towards 0.5."""


class CategoricalCrossentropy(_Logits, kind="categorical_crossentropy"):
    """The mean cross-entropy; labels are one-hot, or become so."""

    asks = "class"

    label_smoothing: Share = 0
    """How far labels are moved towards the uniform distribution."""
    axis: Axis = -1
    """The axis of the classes."""


class SparseCategoricalCrossentropy(_Logits, kind="sparse_categorical_crossentropy"):
    """The mean cross-entropy; labels are class numbers."""

    asks = "class"

    ignore_class: int | None = None
    """A class number whose examples do not count."""
    axis: Axis = -1
    """The axis of the classes."""


class AUC(Metric, kind="auc"):
    """The area under the ROC or the precision-recall curve."""

    num_thresholds: Annotated[int, Field(ge=2, le=1_000_000)] = 200
    """How many points of the curve are computed."""
    curve: Literal["ROC", "PR"] = "ROC"
    """Which curve."""
    summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation"
    """How the area between two points is taken."""
    thresholds: Annotated[tuple[Share, ...], LISTED, Field(min_length=1)] | None = None
    """The points, in place of evenly spread ones."""
    multi_label: bool = False
    """Whether every label has a curve of its own."""
    num_labels: Size | None = None
    """How many labels, with `multi_label`."""
    label_weights: Annotated[tuple[NotNegative, ...], LISTED] | None = None
    """The weight of every label's area."""
    from_logits: bool = False
    """Whether predictions are logits, not probabilities."""


class _Counted(Metric, first="thresholds"):
    thresholds: Thresholds | None = None
    """From where on a prediction is a yes; without it 0.5."""


class TruePositives(_Counted, kind="true_positives"):
    """How many yes are right."""


class TrueNegatives(_Counted, kind="true_negatives"):
    """How many no are right."""


class FalsePositives(_Counted, kind="false_positives"):
    """How many yes are wrong."""


class FalseNegatives(_Counted, kind="false_negatives"):
    """How many no are wrong."""


class Precision(_Counted, kind="precision"):
    """The share of yes that are right."""

    top_k: Size | None = None
    """Count the k likeliest classes as yes."""
    class_id: Count | None = None
    """Look at this class alone."""


class Recall(_Counted, kind="recall"):
    """The share of what is there that was found."""

    top_k: Size | None = None
    """Count the k likeliest classes as yes."""
    class_id: Count | None = None
    """Look at this class alone."""


class _Curve(Metric):
    num_thresholds: Size = 200
    """How many thresholds are tried."""
    class_id: Count | None = None
    """Look at this class alone."""


class PrecisionAtRecall(_Curve, kind="precision_at_recall"):
    """The best precision where recall is at least `recall`."""

    recall: Share
    """The recall that must be reached."""


class RecallAtPrecision(_Curve, kind="recall_at_precision"):
    """The best recall where precision is at least `precision`."""

    precision: Share
    """The precision that must be reached."""


class SensitivityAtSpecificity(_Curve, kind="sensitivity_at_specificity"):
    """The best sensitivity where specificity is at least `specificity`."""

    specificity: Share
    """The specificity that must be reached."""


class SpecificityAtSensitivity(_Curve, kind="specificity_at_sensitivity"):
    """The best specificity where sensitivity is at least `sensitivity`."""

    sensitivity: Share
    """The sensitivity that must be reached."""


class FScore(Metric):
    """What F1 and F-beta share."""

    average: Literal["micro", "macro", "weighted"] | None = None
    """How the classes' scores become one; without it there is one score a class."""
    threshold: Annotated[float, Field(gt=0, le=1)] | None = None
    """From where on a prediction is a yes; without it the likeliest class, or all above 0.5 where several may be."""


class F1Score(FScore, kind="f1_score"):
    """The harmonic mean of precision and recall; labels are one-hot, or become so."""


class FBetaScore(FScore, kind="fbeta_score", first="average"):
    """A mean of precision and recall in which recall counts `beta` times as much; labels are one-hot, or become so."""

    beta: Positive = 1.0
    """How much more recall counts."""


class _IoU(Metric, first="num_classes"):
    asks = "class"

    @property
    def takes_numbers(self) -> bool:
        """As it is told of the labels."""
        return bool(getattr(self, "sparse_y_true", False))

    num_classes: Size
    """How many classes there are."""
    ignore_class: int | None = None
    """A class number that does not count."""
    axis: Axis = -1
    """The axis of the classes."""


class IoU(_IoU, kind="iou"):
    """Intersection over union of the given classes, for segmentation."""

    target_class_ids: Classes
    """The classes whose mean is taken."""
    sparse_y_true: bool = True
    """Whether labels are class numbers."""
    sparse_y_pred: bool = True
    """Whether predictions are class numbers."""


class MeanIoU(_IoU, kind="mean_iou"):
    """Intersection over union, the mean of all classes."""

    sparse_y_true: bool = True
    """Whether labels are class numbers."""
    sparse_y_pred: bool = True
    """Whether predictions are class numbers."""


class OneHotIoU(_IoU, kind="one_hot_iou"):
    """Intersection over union of the given classes; labels are one-hot, or become so."""

    target_class_ids: Classes
    """The classes whose mean is taken."""
    sparse_y_pred: bool = False
    """Whether predictions are class numbers."""


class OneHotMeanIoU(_IoU, kind="one_hot_mean_iou"):
    """Intersection over union, the mean of all classes; labels are one-hot, or become so."""

    sparse_y_pred: bool = False
    """Whether predictions are class numbers."""


class BinaryIoU(Metric, kind="binary_iou"):
    """Intersection over union of yes and no."""

    asks = "labels"

    target_class_ids: Classes = (0, 1)
    """0, 1 or both."""
    threshold: Share = 0.5
    """From where on a prediction is a yes."""


class R2Score(Metric, kind="r2_score"):
    """The share of variance that predictions explain."""

    asks = "values"

    class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = "uniform_average"
    """How the outputs' scores become one."""
    num_regressors: Count = 0
    """With more than 0, the score is corrected for so many inputs."""


class _Along(Metric):
    asks = "values"

    axis: Axis = -1
    """The axis that is compared."""


class CosineSimilarity(_Along, kind="cosine_similarity"):
    """The cosine of the angle between label and prediction."""


class PearsonCorrelation(_Along, kind="pearson_correlation"):
    """Pearson's correlation of label and prediction."""


class ConcordanceCorrelation(_Along, kind="concordance_correlation"):
    """Lin's concordance: correlation that also asks for equal mean and scale."""


_PLAIN = {
    "categorical_accuracy": ("CategoricalAccuracy", "The share of right classes; labels are one-hot, or become so."),
    "sparse_categorical_accuracy": ("SparseCategoricalAccuracy", "The share of right classes; labels are numbers."),
    "mean_squared_error": ("MeanSquaredError", "The mean of (y - p)^2."),
    "root_mean_squared_error": ("RootMeanSquaredError", "The root of the mean of (y - p)^2."),
    "mean_absolute_error": ("MeanAbsoluteError", "The mean of |y - p|."),
    "mean_absolute_percentage_error": ("MeanAbsolutePercentageError", "The mean of 100 |y - p| / |y|."),
    "mean_squared_logarithmic_error": ("MeanSquaredLogarithmicError", "The mean of (log(y + 1) - log(p + 1))^2."),
    "log_cosh_error": ("LogCoshError", "The mean of log(cosh(p - y))."),
    "poisson": ("Poisson", "The mean of p - y log p."),
    "kl_divergence": ("KLDivergence", "The mean sum of y log(y / p)."),
    "hinge": ("Hinge", "The mean of max(1 - y p, 0); labels are -1 and 1."),
    "squared_hinge": ("SquaredHinge", "The mean of max(1 - y p, 0)^2; labels are -1 and 1."),
    "categorical_hinge": ("CategoricalHinge", "The mean categorical hinge; labels are one-hot, or become so."),
}

for _kind, (_stock, _doc) in _PLAIN.items():
    _asks = "class" if _kind.endswith("accuracy") else "values"
    type(_stock, (Metric,), {"__doc__": _doc, "__module__": __name__, "asks": _asks}, kind=_kind)


class Accuracy(Metric, kind="accuracy"):
    """Binary, categorical or sparse categorical accuracy, whichever fits labels and predictions."""


class Crossentropy(Metric, kind="crossentropy"):
    """Binary, categorical or sparse categorical cross-entropy, whichever fits labels and predictions."""


FITTED = frozenset({"accuracy", "crossentropy", "acc", "ce"})
"""Metrics that stand for one of several, by labels and predictions."""

also_written(
    Metric,
    {
        "accuracy": "acc",
        "crossentropy": "ce",
        "mean_squared_error": "mse",
        "mean_absolute_error": "mae",
        "mean_absolute_percentage_error": "mape",
        "mean_squared_logarithmic_error": "msle",
        "binary_crossentropy": "bce",
    },
)
