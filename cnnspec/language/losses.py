"""Losses by Keras' names in snake case, with Keras' arguments."""

from typing import Annotated, ClassVar, Literal

from cnnspec.language.written import Stock, also_written
from cnnspec.layers.fields import Axes, Axis, NotNegative, Positive, Share
from cnnspec.layers.marks import Field


class Loss(Stock, family="loss"):
    """What training makes small."""

    answers: ClassVar[Literal["class", "labels", "sides", "values"]] = "values"
    """What an output under it says: one class of several, yes or no for each label, on which side of 0, or how much."""
    of_probabilities: ClassVar[bool] = False
    """Whether it takes what it reads for probabilities, unless it is told that they are logits."""
    compares: ClassVar[Literal["alike", "numbers", "rows"]] = "alike"
    """What labels it takes: as many numbers as the output, class numbers, or a row with a one for each of them."""

    reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size"
    """How the losses of a batch become one number; of a split their mean is told, with sum that times batch_size."""

    @classmethod
    def shared_arguments(cls) -> frozenset[str]:
        """What every loss takes."""
        return frozenset({"reduction"})


class _Logits(Loss):
    of_probabilities: ClassVar[bool] = True

    from_logits: bool = False
    """Whether predictions are logits, not probabilities."""


class _Smoothed(_Logits):
    label_smoothing: Share = 0.0
    """How far labels are moved towards the uniform distribution."""
    axis: Axis = -1
    """The axis of the classes."""


class BinaryCrossentropy(_Smoothed, kind="binary_crossentropy", first="from_logits"):
    """-(y log p + (1 - y) log(1 - p)), for one or several yes-or-no outputs."""

    answers = "labels"


class BinaryFocalCrossentropy(_Smoothed, kind="binary_focal_crossentropy"):
    """Binary cross-entropy with easy examples held down (Lin et al. 2017)."""

    answers = "labels"

    apply_class_balancing: bool = False
    """Whether class 1 is weighted by `alpha` and class 0 by 1 - `alpha`."""
    alpha: Share = 0.25
    """The weight of class 1."""
    gamma: NotNegative = 2.0
    """How much easy examples are held down."""


class CategoricalCrossentropy(_Smoothed, kind="categorical_crossentropy", first="from_logits"):
    """-log p of the right class; labels are one-hot, or class numbers, which become so."""

    answers = "class"
    compares = "rows"


class CategoricalFocalCrossentropy(_Smoothed, kind="categorical_focal_crossentropy"):
    """Cross-entropy with easy examples held down (Lin et al. 2017); labels are as in categorical_crossentropy."""

    answers = "class"
    compares = "rows"

    alpha: NotNegative = 0.25
    """The weight of every class."""
    gamma: NotNegative = 2.0
    """How much easy examples are held down."""


class CategoricalGeneralizedCrossEntropy(Loss, kind="categorical_generalized_cross_entropy"):
    """(1 - p^q) / q, robust to wrong labels (Zhang and Sabuncu 2018); labels are class numbers."""

    answers = "class"
    of_probabilities = True
    compares = "numbers"

    q: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Near 0 it is cross-entropy, near 1 the absolute error."""


class SparseCategoricalCrossentropy(_Logits, kind="sparse_categorical_crossentropy", first="from_logits"):
    """-log p of the right class; labels are class numbers."""

    answers = "class"
    compares = "numbers"

    ignore_class: int | None = None
    """A class number whose examples do not count."""
    axis: Axis = -1
    """The axis of the classes."""


class CosineSimilarity(Loss, kind="cosine_similarity"):
    """-cos of the angle between label and prediction."""

    axis: Axis = -1
    """The axis along which the angle is taken."""


class Huber(Loss, kind="huber"):
    """Half the squared error up to `delta`, linear beyond (Huber 1964)."""

    delta: Positive = 1.0
    """Where the square ends."""


class Circle(Loss, kind="circle"):
    """Brings examples of a class together and others apart (Sun et al. 2020); labels are class numbers."""

    gamma: Positive = 80.0
    """The scale."""
    margin: Share = 0.4
    """The margin."""
    remove_diagonal: bool = True
    """Whether an example's likeness to itself is left out."""


class Dice(Loss, kind="dice"):
    """1 - 2 |A and B| / (|A| + |B|), for segmentation."""

    answers = "labels"
    of_probabilities = True

    axis: Axes | None = None
    """The axes of one comparison; without it, all."""


class Tversky(Loss, kind="tversky"):
    """Dice with weights of its own for false positives and false negatives (Salehi et al. 2017)."""

    answers = "labels"
    of_probabilities = True

    alpha: NotNegative = 0.5
    """The weight of false positives."""
    beta: NotNegative = 0.5
    """The weight of false negatives."""
    axis: Axes | None = None
    """The axes of one comparison; without it, all."""


_PLAIN = {
    "mean_squared_error": ("MeanSquaredError", "The mean of (y - p)^2."),
    "mean_absolute_error": ("MeanAbsoluteError", "The mean of |y - p|."),
    "mean_absolute_percentage_error": ("MeanAbsolutePercentageError", "The mean of 100 |y - p| / |y|."),
    "mean_squared_logarithmic_error": ("MeanSquaredLogarithmicError", "The mean of (log(y + 1) - log(p + 1))^2."),
    "log_cosh": ("LogCosh", "The mean of log(cosh(p - y))."),
    "poisson": ("Poisson", "The mean of p - y log p."),
    "kl_divergence": ("KLDivergence", "The sum of y log(y / p) (Kullback and Leibler 1951)."),
    "hinge": ("Hinge", "The mean of max(1 - y p, 0); labels are -1 and 1."),
    "squared_hinge": ("SquaredHinge", "The mean of max(1 - y p, 0)^2; labels are -1 and 1."),
    "categorical_hinge": (
        "CategoricalHinge",
        "max(1 + best wrong score - right score, 0); labels are one-hot, or class numbers.",
    ),
    "ctc": ("CTC", "Connectionist temporal classification, for sequences without alignment (Graves et al. 2006)."),
}

_FACTS: dict[str, dict[str, object]] = {
    "kl_divergence": {"of_probabilities": True},
    "categorical_hinge": {"compares": "rows", "answers": "sides"},
    "hinge": {"answers": "sides"},
    "squared_hinge": {"answers": "sides"},
}

for _kind, (_stock, _doc) in _PLAIN.items():
    type(_stock, (Loss,), {"__doc__": _doc, "__module__": __name__, **_FACTS.get(_kind, {})}, kind=_kind)

also_written(
    Loss,
    {
        "mean_squared_error": "mse",
        "mean_absolute_error": "mae",
        "mean_absolute_percentage_error": "mape",
        "mean_squared_logarithmic_error": "msle",
        "binary_crossentropy": "bce",
        "kl_divergence": "kld",
    },
)
