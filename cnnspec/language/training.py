"""The `training` section: how a network learns. An omitted key means Keras' default."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from cnnspec.language.objective import AUTO, NONE, AnyLosses, AnyMetrics, ClassWeight, LossWeights, Rates
from cnnspec.language.optimizers import REPLACED, AnyOptimizer, RMSprop
from cnnspec.language.sources.pictures import Augmentations
from cnnspec.language.starting import OrPath, StartFrom
from cnnspec.language.written import LISTED, SOME, Epochs, Portion, Text, section
from cnnspec.layers.fields import Count, NotNegative, Number, Positive, Rate, Seed, Share, Size
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import BeforeValidator, PlainValidator, WithJsonSchema
from cnnspec.layers.model import Fields, model_validator

if TYPE_CHECKING:
    from cnnspec.language.losses import Loss
    from cnnspec.language.metrics import Metric


class EarlyStopping(Fields):
    """Ends the training once a figure no longer gets better (Keras' EarlyStopping)."""

    monitor: Text = "val_loss"
    """The figure: loss, a metric, or one of them on the validation data, as in val_loss."""
    min_delta: NotNegative = 0
    """The least change that counts as better."""
    patience: Count = 0
    """Epochs to wait for the next better value."""
    mode: Literal["auto", "min", "max"] = "auto"
    """Whether small or large is better; auto knows losses and metrics."""
    baseline: Number | None = None
    """A value that must be beaten."""
    restore_best_weights: bool = False
    """Whether to go back to the weights of the best epoch."""
    start_from_epoch: Count = 0
    """Epochs before watching begins."""


class ReduceOnPlateau(Fields):
    """Lowers the learning rate once a figure no longer gets better (Keras' ReduceLROnPlateau)."""

    monitor: Text = "val_loss"
    """The figure: loss, a metric, or one of them on the validation data, as in val_loss."""
    factor: Portion = 0.1
    """What the rate is multiplied by."""
    patience: Count = 10
    """Epochs to wait for the next better value."""
    mode: Literal["auto", "min", "max"] = "auto"
    """Whether small or large is better; auto knows losses and metrics."""
    min_delta: NotNegative = 1e-4
    """The least change that counts as better."""
    cooldown: Count = 0
    """Epochs after a fall before watching goes on."""
    min_lr: NotNegative = 0.0
    """The rate never falls below it."""


class Checkpoint(Fields):
    """When the state of the training is kept on disk."""

    every: Epochs = 1
    """Epochs between two checkpoints; a fraction of one counts in steps."""
    keep: Size = 2
    """How many of the newest are kept; at least two, since one may be damaged."""
    best: Text | None = None
    """The figure whose best epoch is best.keras; without it early_stopping's, else val_loss, else loss."""


class GradientClip(Fields):
    """Holds gradients down; applied after the gradients of all devices are summed."""

    global_norm: Positive | None = None
    """The largest norm of all gradients together."""
    norm: Positive | None = None
    """The largest norm of the gradient of each weight."""
    value: Positive | None = None
    """The largest absolute value of any number of a gradient."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "GradientClip":
        if sum(limit is not None for limit in (self.global_norm, self.norm, self.value)) != 1:
            raise invalid("exactly one of global_norm, norm and value", help="write gradient_clip: {global_norm: 1.0}")
        return self


class Ema(Fields):
    """A moving average of the weights (Keras' use_ema), which is what is kept and measured.

    Training goes on with the weights themselves; figures on the validation data, best.keras, last.keras and what early
    stopping restores are those of the average. With gradient_accumulation it moves at every batch, as Keras' does.
    """

    momentum: Share = 0.99
    """How much of the average stays at each step."""
    overwrite_frequency: Size | None = None
    """Steps after which the average overwrites the weights; without it only at the end."""


def _xla(value: object) -> object:
    if isinstance(value, bool) or value == AUTO:
        return value
    raise invalid("true, false or auto")


Xla = Annotated[bool | Literal["auto"], PlainValidator(_xla), WithJsonSchema({"enum": [True, False, AUTO]})]


_MOVED: Mapping[str, str] = {
    **REPLACED,
    "lr": "write learning_rate in the optimizer: optimizer: {adam: {learning_rate: 1e-3}}",
    "callbacks": "write early_stopping, reduce_on_plateau or checkpoint",
    "learning_rate": "write it in the optimizer: optimizer: {adam: {learning_rate: 1e-3}}",
    "weight_decay": "write it in the optimizer: optimizer: {adamw: {weight_decay: 1e-4}}",
    **dict.fromkeys(("validation_split", "val_split", "augment"), "write it in data"),
    **dict.fromkeys(
        ("scheduler", "lr_scheduler", "schedule", "lr_schedule", "warmup"),
        "write it as the optimizer's learning_rate: optimizer: {adam: {learning_rate: {cosine: {peak: 1e-3}}}}",
    ),
    "momentum": "write it in the optimizer: optimizer: {sgd: {momentum: 0.9}}",
    "patience": "write early_stopping: {patience: 3}",
    "monitor": "write checkpoint: {best: val_loss}, or early_stopping: {monitor: val_loss}",
    **dict.fromkeys(("clipnorm", "clip_norm", "grad_clip", "max_grad_norm"), "write gradient_clip: {global_norm: 1.0}"),
    **dict.fromkeys(("amp", "fp16", "mixed_precision"), "write precision: mixed_bfloat16, or mixed_float16"),
    "shuffle": "leave it out: training examples are always shuffled, by seed",
    "dropout": "it is a layer: write dropout: 0.5 in the model",
    **dict.fromkeys(("device", "devices", "gpus"), "a spec never says where it runs: give --devices to train"),
    **dict.fromkeys(("num_workers", "workers"), "leave it out: pictures are read side by side"),
    **dict.fromkeys(("verbose", "log_every"), "leave it out"),
    **dict.fromkeys(("pretrained", "weights", "resume"), "write start_from: runs/NAME-1"),
    "output": "a spec never says where results go: give --runs to train",
}
_OF_THE_RUN = (
    *("loss", "loss_weights", "metrics", "checkpoint", "gradient_accumulation", "ema", "precision", "xla"),
    *("distribute", "seed", "start_from", "watch"),
)
"""Keys that a phase has not."""


class Phased(Fields):
    """What may change in the course of a training."""

    epochs: Size = 1
    """How often the training goes through the training split."""
    batch_size: Size = 32
    """Examples a step, over all devices together: one for each of them at least."""
    optimizer: AnyOptimizer = RMSprop()
    """What turns gradients into changes of the weights."""
    early_stopping: Annotated[EarlyStopping, section("{monitor: val_loss, patience: 5}")] | None = None
    """Ends the training once a figure no longer gets better."""
    reduce_on_plateau: Annotated[ReduceOnPlateau, section("{factor: 0.5, patience: 3}")] | None = None
    """Lowers the learning rate once a figure no longer gets better."""
    class_weight: ClassWeight | None = None
    """How much the examples of a class count: balanced (inversely to how many there are), or class -> number.

    The loss of training is told with it; metrics, and all figures of other splits, count each example once.
    Where several labels may hold, one that holds counts as its class says, and one that does not counts 1; balanced,
    yes and no of each label count the same in sum. Of several outputs those that learn classes are meant, or each has
    its own: output name -> balanced, or class -> number.
    """
    label_smoothing: Rate = 0.0
    """How far labels are moved towards the uniform distribution, in cross-entropies; metrics see them as they are."""
    gradient_clip: Annotated[GradientClip, section("{global_norm: 1.0}")] | None = None
    """Holds gradients down: {global_norm: 1.0}, {norm: 1.0} or {value: 0.5}."""
    freeze: Annotated[tuple[Text, ...], LISTED] = ()
    """Stages and entries that keep their weights, by their names or the paths of their layers.

    A batch normalisation among them keeps its statistics, too, and normalises by them.
    """
    rates: Rates | None = None
    """Stage or entry, by its name or the path of its layers -> what the learning rate is multiplied by there.

    Of several that a layer lies in the longest path counts; where none is named it is 1. It is as if each had an
    optimizer of its own, with weight decay times as much, too; gradient_clip goes by the gradients of all together.
    """


class Phase(Phased):
    """A part of the training, after the one before it.

    What it does not say is as beside `phases`; what it says is laid over that by the usual merging: maps key by key,
    lists and other kinds whole, and null takes a key out.

    Schedules, plateaus and early stopping count from its start, early stopping ends it and not the training, and the
    best epoch is chosen over all phases. The optimizer starts anew; without one of its own a phase goes on with that of
    the phase before, where this is the same. With ema the averages are the weights that the next phase begins with.
    """

    moved: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(_OF_THE_RUN, "it holds for the whole run: write it beside phases"),
        "phases": "write them one after the other in one list",
        "model": "the network stays the same: give dropout and others their values there",
        **{key: help for key, help in _MOVED.items() if key != "augment"},
    }

    name: Text | None = None
    """What messages, tables and the metrics log call it; its number, from 1, where it has none."""
    augment: Augmentations | None = None
    """Random changes of training batches, in place of those in data."""


MOST_PHASES = 30
"""More nobody plans; what is known of a network is worked out for each."""


def _few(value: object) -> object:
    if isinstance(value, (list, tuple)) and len(value) > MOST_PHASES:
        raise invalid(f"a list of at most {MOST_PHASES} phases")
    return value


class Training(Phased):
    """How the network learns."""

    moved: ClassVar[Mapping[str, str]] = _MOVED

    loss: AnyLosses | None = None
    """What training makes small: a loss, auto (read off the last activation and the labels), or output name -> loss.

    Every output has one; `none` says that an output is not learnt, and needs no labels.
    """
    loss_weights: LossWeights | None = None
    """Output name -> how much its loss counts; 1 for an output that is not named."""
    metrics: AnyMetrics = ()
    """What is measured: a list, or output name -> metrics."""
    checkpoint: Annotated[Checkpoint, section("{best: val_loss}")] = Checkpoint()
    """When the state of the training is kept on disk, and whose weights are the best."""
    gradient_accumulation: Size = 1
    """Batches whose gradients are averaged before the weights change."""
    ema: Annotated[Ema, section("{momentum: 0.999}")] | None = None
    """A moving average of the weights, which is what is kept and measured."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16", "auto"] = "float32"
    """What layers compute in; auto goes by the GPU, and without one takes bfloat16 where the processor has instructions
    for it and a short trial is faster."""
    xla: Xla = False
    """Whether the step is compiled by XLA; auto compiles where a short trial is faster, compiling included.

    Over several devices it does not run yet, and auto leaves it out.
    """
    distribute: Literal["none", "mirrored", "multi_worker", "auto"] = "none"
    """Over which devices: none (one), mirrored (all GPUs of this machine), multi_worker (several machines).

    auto takes those of several machines where there are some, else the GPUs. It may change when a run goes on.
    """
    seed: Seed | None = None
    """Makes the training repeatable: initial weights, order, augmentation, dropout."""
    start_from: Annotated[StartFrom, OrPath()] | None = None
    """Weights to begin with: a run's folder or a file, or {weights: runs/digits-1, strict: false}."""
    phases: Annotated[tuple[Phase, ...], SOME, BeforeValidator(_few)] | None = None
    """Parts of the training, one after the other in one run: [{name: head, epochs: 3}, {name: all, epochs: 10}]."""
    watch: Annotated[tuple[Literal["gradients", "activations"], ...], LISTED] = ()
    """What is recorded by stage, at one step of 16: the size of gradients; mean, spread and silence of activations."""

    def loss_of(self, output: str) -> "Literal['auto', 'none'] | Loss | None":
        """What is written of an output's loss: `none` where others have one; None where there is no loss at all."""
        return self.loss.get(output, NONE) if isinstance(self.loss, dict) else self.loss

    def learns(self, output: str) -> bool:
        """Whether an output is learnt, as far as its loss does not say none."""
        return self.loss_of(output) != NONE

    def metrics_of(self, output: str) -> "tuple[Metric, ...]":
        """What is measured of an output that is learnt."""
        return self.metrics.get(output, ()) if isinstance(self.metrics, dict) else self.metrics

    def judged_by(self, validated: bool) -> str:
        """The figure that says which epoch is the best: as written, else early stopping's, else the loss.

        That of the validation split, if there is one.
        """
        if self.checkpoint.best is not None:
            return self.checkpoint.best
        if self.early_stopping is not None:
            return self.early_stopping.monitor
        return "val_loss" if validated else "loss"
