"""Optimizers by Keras' names in snake case, with Keras' arguments.

Without those that a key of `training` replaces, and without the two wrappers of other optimizers
(LossScaleOptimizer is what `precision: mixed_float16` stands for; MultiOptimizer needs objects).
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from cnnspec.language.schedules import LearningRate
from cnnspec.language.written import LISTED, Stock, Text
from cnnspec.layers.fields import NotNegative, Number, Positive, Rate, Size
from cnnspec.layers.kind import of
from cnnspec.layers.marks import Field

REPLACED: dict[str, str] = {
    "clipnorm": "write training.gradient_clip: {norm: ...} instead, beside optimizer",
    "clipvalue": "write training.gradient_clip: {value: ...} instead, beside optimizer",
    "global_clipnorm": "write training.gradient_clip: {global_norm: ...} instead, beside optimizer",
    "gradient_accumulation_steps": "write training.gradient_accumulation: ... instead, beside optimizer",
    "use_ema": "write training.ema: {momentum: 0.99} instead, beside optimizer",
    "ema_momentum": "write training.ema: {momentum: ...} instead, beside optimizer",
    "ema_overwrite_frequency": "write training.ema: {overwrite_frequency: ...} instead, beside optimizer",
}
"""Arguments of Keras' optimizers -> the key of `training` that does the same."""


_SGD = """
m[k] = momentum * m[k - 1] - learning_rate * g[k]  # g[k]: the gradient at step k; m[0] = 0
d[k] = momentum * m[k] - learning_rate * g[k] if nesterov else m[k]
w[k] = w[k - 1] - learning_rate * weight_decay * w[k - 1] + d[k]
"""
_ADAM = """
m[k] = beta_1 * m[k - 1] + (1 - beta_1) * g[k]  # the running mean of gradients g[k]; m[0] = 0
v[k] = beta_2 * v[k - 1] + (1 - beta_2) * g[k]^2  # the running mean of their squares; v[0] = 0
a[k] = learning_rate * sqrt(1 - beta_2^k) / (1 - beta_1^k)  # larger at first, for means that begin at 0
w[k] = w[k - 1] - learning_rate * weight_decay * w[k - 1] - a[k] * m[k] / (sqrt(v[k]) + epsilon)
"""


class Optimizer(Stock, family="optimizer", first="learning_rate"):
    """What turns gradients into changes of the weights."""

    @property
    def formula(self) -> str:
        """What a step makes of a weight w, as the formulas of layers are written; nothing where it is not told."""
        return ""

    moved: ClassVar[Mapping[str, str]] = {
        **REPLACED,
        "decay": "for a rate that falls write learning_rate: {exponential: {peak: 1e-3, factor: 0.9}}, for weights that"
        " shrink weight_decay",
    }
    renamed: ClassVar[Mapping[str, str]] = {
        "lr": "learning_rate",
        "rate": "learning_rate",
        "wd": "weight_decay",
        "eps": "epsilon",
    }

    learning_rate: LearningRate = 0.001
    """The step size: a number, or a schedule."""
    weight_decay: NotNegative | None = None
    """How much every weight shrinks at a step, times the learning rate."""
    loss_scale_factor: Positive | None = None
    """The loss is multiplied by it, and the gradients are divided by it again."""


class _Betas(Optimizer):
    beta_1: Rate = 0.9
    """How much of the running mean of gradients stays at each step."""
    beta_2: Rate = 0.999
    """How much of the running mean of squared gradients stays at each step."""
    epsilon: NotNegative = 1e-7
    """Added to a divisor, so that it is never 0."""


class SGD(Optimizer, kind="sgd"):
    """Steps against the gradient, with momentum if wanted."""

    formula = _SGD

    learning_rate: LearningRate = 0.01
    momentum: Rate = 0.0
    """How much of the last step goes into the next."""
    nesterov: bool = False
    """Whether the gradient is taken where the momentum leads (Nesterov 1983)."""


class RMSprop(Optimizer, kind="rmsprop"):
    """The gradient over the root of its running mean square (Hinton 2012)."""

    rho: Rate = 0.9
    """How much of the running mean stays at each step."""
    momentum: Rate = 0.0
    """How much of the last step goes into the next."""
    epsilon: NotNegative = 1e-7
    """Added to a divisor, so that it is never 0."""
    centered: bool = False
    """Whether to divide by the running variance instead."""


class Adam(_Betas, kind="adam"):
    """Running means of the gradient and its square (Kingma and Ba 2015)."""

    amsgrad: bool = False
    """Whether the divisor never falls (Reddi et al. 2018)."""

    @property
    def formula(self) -> str:
        """With the divisor as it is."""
        return "" if self.amsgrad else _ADAM


class AdamW(_Betas, kind="adamw"):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    weight_decay: NotNegative | None = 0.004
    amsgrad: bool = False
    """Whether the divisor never falls (Reddi et al. 2018)."""

    @property
    def formula(self) -> str:
        """With the divisor as it is."""
        return "" if self.amsgrad else _ADAM


class Adamax(_Betas, kind="adamax"):
    """Adam with the largest gradient in place of the mean square (Kingma and Ba 2015)."""


class Nadam(_Betas, kind="nadam"):
    """Adam with Nesterov's momentum (Dozat 2016)."""


class Lamb(_Betas, kind="lamb"):
    """Adam with a step size for every layer, for large batches (You et al. 2020)."""


class Lion(Optimizer, kind="lion"):
    """The sign of a running mean of gradients (Chen et al. 2023)."""

    beta_1: Annotated[float, Field(gt=0, le=1)] = 0.9
    """How much of the running mean goes into a step."""
    beta_2: Rate = 0.99
    """How much of the running mean stays at each step."""


class Adadelta(Optimizer, kind="adadelta"):
    """Steps scaled by running means of gradients and of steps (Zeiler 2012)."""

    rho: Rate = 0.95
    """How much of the running means stays at each step."""
    epsilon: NotNegative = 1e-7
    """Added to a divisor, so that it is never 0."""


class Adagrad(Optimizer, kind="adagrad"):
    """The gradient over the root of the sum of its squares so far (Duchi et al. 2011)."""

    initial_accumulator_value: NotNegative = 0.1
    """Where the sum starts."""
    epsilon: NotNegative = 1e-7
    """Added to a divisor, so that it is never 0."""


class Adafactor(Optimizer, kind="adafactor"):
    """Adam with little memory: row and column means of squares (Shazeer and Stern 2018)."""

    beta_2_decay: Annotated[float, Field(le=0, allow_inf_nan=False)] = -0.8
    """The decay of the running mean is 1 - step^beta_2_decay."""
    epsilon_1: NotNegative = 1e-30
    """Added to squared gradients."""
    epsilon_2: NotNegative = 0.001
    """The least root mean square of a weight that scales the step."""
    clip_threshold: Positive = 1.0
    """The largest root mean square of a step."""
    relative_step: bool = True
    """Keras' argument, without an effect in Keras 3.15: the rate is never above 1 / root of the step, either way."""


class Ftrl(Optimizer, kind="ftrl"):
    """Follow the regularised leader, for sparse linear models (McMahan et al. 2013)."""

    learning_rate_power: Annotated[float, Field(le=0, allow_inf_nan=False)] = -0.5
    """How the rate falls with the sum of squared gradients."""
    initial_accumulator_value: NotNegative = 0.1
    """Where the sum starts."""
    l1_regularization_strength: NotNegative = 0.0
    """How much absolute values are held down."""
    l2_regularization_strength: NotNegative = 0.0
    """How much squares are held down."""
    l2_shrinkage_regularization_strength: NotNegative = 0.0
    """How much every step shrinks the weights."""
    beta: NotNegative = 0.0
    """Added to the root of the sum."""


class Muon(Optimizer, kind="muon"):
    """Orthogonal steps for matrices, Adam for the rest (Jordan et al. 2024)."""

    adam_beta_1: Rate = 0.9
    """Adam's running mean of gradients."""
    adam_beta_2: Rate = 0.999
    """Adam's running mean of squared gradients."""
    adam_weight_decay: NotNegative | None = 0.004
    """Adam's weight decay."""
    epsilon: NotNegative = 1e-7
    """Added to a divisor, so that it is never 0."""
    weight_decay: NotNegative | None = 0.004
    exclude_layers: Annotated[tuple[Text, ...], LISTED] | None = None
    """Patterns of the names of layers that Adam trains."""
    exclude_embeddings: bool = True
    """Whether Adam trains embeddings."""
    muon_a: Number = 3.4445
    """First coefficient of the Newton-Schulz iteration."""
    muon_b: Number = -4.775
    """Second coefficient."""
    muon_c: Number = 2.0315
    """Third coefficient."""
    adam_lr_ratio: Positive = 1
    """Adam's learning rate is the rate times this."""
    momentum: Rate = 0.95
    """How much of the last step goes into the next."""
    ns_steps: Size = 5
    """Steps of the Newton-Schulz iteration."""
    nesterov: bool = True
    """Whether the gradient is taken where the momentum leads."""
    rms_rate: Positive = 0.2
    """The root mean square that a step is brought to."""


class ScheduleFreeAdamW(_Betas, kind="schedule_free_adamw"):
    """AdamW with an average of the weights in place of a schedule (Defazio et al. 2024)."""

    learning_rate: LearningRate = 0.0025
    epsilon: NotNegative = 1e-8
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """Steps of climbing from 0."""


AnyOptimizer = Annotated[Optimizer, of(Optimizer)]


def keras_arguments(optimizer: Optimizer) -> dict[str, Any]:
    """The written arguments as Keras takes them, but for the learning rate, which may be a schedule."""
    return {name: value for name, value in optimizer.written().items() if name != "learning_rate"}
