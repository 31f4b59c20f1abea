"""Keras' optimizers from what a spec says, with the keys of `training` that Keras keeps in them."""

from typing import Any

import keras

from cnnspec.backend.objective.fused import FUSED
from cnnspec.backend.objective.rates import rated
from cnnspec.backend.objective.schedule import build_rate
from cnnspec.language.optimizers import Optimizer, keras_arguments
from cnnspec.language.training import Training
from cnnspec.source.diagnostic import rejected


def build_optimizer(
    optimizer: Optimizer, epochs: int, steps_per_epoch: int, *, begun: int = 0, by_layer: bool = False, **shared: Any
) -> Any:
    """The Keras optimizer, for a training of so many epochs of so many steps; `shared` are arguments that all take.

    Its rate counts from the step that is `begun` with; `by_layer` it takes rates that differ.
    """
    rate = {}
    if "learning_rate" in optimizer.written():
        rate["learning_rate"] = build_rate(optimizer.learning_rate, epochs, steps_per_epoch, begun)
    stock = getattr(keras.optimizers, optimizer.stock)
    quickest = FUSED.get(optimizer.stock, stock)
    return (rated(quickest) if by_layer else quickest)(**rate, **keras_arguments(optimizer), **shared)


def training_optimizer(training: Training, steps_per_epoch: int, *, begun: int = 0, by_layer: bool = False) -> Any:
    """The optimizer of a training: clipped, accumulating, averaging as its keys say; raises Rejected.

    Its schedule counts from the step that is `begun` with; `by_layer` it takes rates that differ. Under mixed_float16
    the loss is scaled, so that small gradients do not vanish (Micikevicius et al. 2018).
    """
    shared = _clipping(training) | _accumulation(training, steps_per_epoch) | _averaging(training)
    optimizer = build_optimizer(
        training.optimizer, training.epochs, steps_per_epoch, begun=begun, by_layer=by_layer, **shared
    )
    if training.precision != "mixed_float16":
        return optimizer
    if training.optimizer.loss_scale_factor is not None:
        received = "loss_scale_factor together with precision: mixed_float16, which finds a scale of its own"
        raise rejected(
            "two-scales", received, "one of them", "leave out loss_scale_factor", at=("training", "optimizer")
        )
    return keras.optimizers.LossScaleOptimizer(optimizer)


def _clipping(training: Training) -> dict[str, Any]:
    clip = training.gradient_clip
    if clip is None:
        return {}
    limits = {"global_clipnorm": clip.global_norm, "clipnorm": clip.norm, "clipvalue": clip.value}
    return {name: float(limit) for name, limit in limits.items() if limit is not None}


def _accumulation(training: Training, steps_per_epoch: int) -> dict[str, Any]:
    batches, steps = training.gradient_accumulation, training.epochs * steps_per_epoch
    if batches == 1:
        return {}
    if batches > steps:
        received = f"gradient_accumulation over {batches} batches, in a training of {steps}"
        help = "lower it, or train for more epochs"
        raise rejected("too-few-steps", received, f"at most {steps}", help, at=("training", "gradient_accumulation"))
    return {"gradient_accumulation_steps": batches}


def _averaging(training: Training) -> dict[str, Any]:
    ema = training.ema
    if ema is None:
        return {}
    frequency = {} if ema.overwrite_frequency is None else {"ema_overwrite_frequency": ema.overwrite_frequency}
    return {"use_ema": True, "ema_momentum": float(ema.momentum), **frequency}
