"""Keras' callbacks from a spec, each told which way its figure gets better."""

import math
from collections.abc import Mapping
from typing import Any

import keras

from cnnspec.language.figures import Direction
from cnnspec.language.training import EarlyStopping, ReduceOnPlateau
from cnnspec.source.diagnostic import rejected, suggestion


class Best:
    """The best value of one figure so far."""

    def __init__(self, monitor: str, mode: Direction) -> None:
        self.monitor, self.mode = monitor, mode
        self.epoch = 0
        self.value = math.nan

    def improves(self, epoch: int, figures: Mapping[str, float]) -> bool:
        """Whether this epoch is the best so far; the first one is."""
        value = figures[self.monitor]
        better = value < self.value if self.mode == "min" else value > self.value
        if epoch > 0 and not better and not math.isnan(self.value):
            return False
        self.epoch, self.value = epoch, value
        return True


def check_monitor(
    section: str, field: str, monitor: str, names: tuple[str, ...], validated: bool, note: str = ""
) -> None:
    """Raise Rejected if no figure of this training is called so; a section's field watches it, `note` says why."""
    figures = (*names, *(f"val_{name}" for name in names)) if validated else names
    if monitor in figures:
        return
    message, help = f"{section} watches {monitor}, which the training does not measure", suggestion(monitor, figures)
    if monitor.removeprefix("val_") in names:
        message = f"{section} watches {monitor}{note}, but nothing is kept for validation"
        help = "write validation_split: 0.1 in data, or name validation data"
    raise rejected("unknown-monitor", message, help=help, at=("training", section, field))


def mode_of(monitor: str, directions: Mapping[str, Direction]) -> Direction:
    """Which way a figure gets better, on whichever split; `f1_score_2` goes the way of `f1_score`."""
    name = monitor.removeprefix("val_")
    return directions[name if name in directions else name.rpartition("_")[0]]


def build_early_stopping(written: EarlyStopping, directions: Mapping[str, Direction]) -> Any:
    """Keras' EarlyStopping, its mode never left to guess."""
    mode = written.mode if written.mode != "auto" else mode_of(written.monitor, directions)
    return keras.callbacks.EarlyStopping(**{**written.arguments(), "mode": mode})


def build_reduce_on_plateau(written: ReduceOnPlateau, directions: Mapping[str, Direction]) -> Any:
    """Keras' ReduceLROnPlateau, its mode never left to guess."""
    mode = written.mode if written.mode != "auto" else mode_of(written.monitor, directions)
    return keras.callbacks.ReduceLROnPlateau(**{**written.arguments(), "mode": mode})
