"""The optimizer and its learning rate over a training, in a few words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnspec.layers.kind import Kind
from cnnspec.reports.numbers import plural
from cnnspec.reports.runs.phrases import value
from cnnspec.runs.settings import Settings

if TYPE_CHECKING:
    from cnnspec.language.training import Training


_MOST_PHASES = 3
"""How many phases a line names."""


def optimizer_words(training: "Training") -> str:
    """`adamw, learning rate 0.003 falling to 0 as a cosine, after 0.5 epochs of warm-up`."""
    return f"{training.optimizer.kind}, learning rate {rate_words(training)}"


def rate_words(training: "Training") -> str:
    """How the learning rate changes, plateaus included."""
    rate = training.optimizer.learning_rate
    words = _scheduled(rate) if isinstance(rate, Kind) else f"{rate:g}"
    plateau = training.reduce_on_plateau
    if plateau is None:
        return words
    waiting = plural(plateau.patience, "epoch")
    return f"{words}, times {plateau.factor:g} where {plateau.monitor} gets no better for {waiting}"


def _scheduled(schedule: Kind) -> str:
    if schedule.kind == "one_cycle":
        return _one_cycle(schedule)
    arguments = schedule.arguments()
    peak = arguments["rate" if schedule.kind == "constant" else "peak"]
    climbing = f", after {_epochs(arguments['warmup'])} of warm-up" if arguments["warmup"] else ""
    return f"{peak:g}{_course(schedule.kind, arguments)}{climbing}"


def _course(kind: str, arguments: Mapping[str, Any]) -> str:
    """What becomes of the peak."""
    if kind == "cosine":
        over = f" over {_epochs(arguments['epochs'])}" if arguments["epochs"] else ""
        return f" falling to {arguments['final']:g} as a cosine{over}"
    if kind == "step":
        return f", times {arguments['factor']:g} {_falls(arguments)}"
    if kind == "exponential":
        steps = " in steps" if arguments["staircase"] else ""
        return f", times {arguments['factor']:g} over each {_epochs(arguments['every'], one='epoch')}{steps}"
    return ""


def _falls(arguments: Mapping[str, Any]) -> str:
    if at := arguments["at"]:
        return f"after epoch{'s' if len(at) > 1 else ''} {', '.join(f'{epoch:g}' for epoch in at)}"
    return f"after every {_epochs(arguments['every'], one='epoch')}"


def _one_cycle(schedule: Kind) -> str:
    arguments = schedule.arguments()
    peak, start = arguments["peak"], arguments["start"]
    rise = "three tenths of the training" if arguments["rise"] is None else _epochs(arguments["rise"])
    first = peak / 25 if start is None else start
    return f"{first:g} up to {peak:g} over {rise}, then down to {_last(first, arguments['final']):g}"


def _last(first: float, final: float | None) -> float:
    return first / 10_000 if final is None else final


def _epochs(number: float, one: str = "1 epoch") -> str:
    return one if number == 1 else f"{number:g} epochs"


def main_settings(settings: Settings) -> str:
    """The few settings of a run that people ask for first: `adamw 0.003 cosine, batch size 32`.

    They are taken as they stand in its spec.yaml, which may be damaged or of another version: no model is made of it.
    """
    training = settings.get("training")
    if not isinstance(training, dict):
        return ""
    optimizer, size = training.get("optimizer", "rmsprop"), training.get("batch_size", 32)
    phases = training.get("phases")
    if isinstance(phases, list):
        held = [each.get("optimizer", optimizer) for each in phases[:_MOST_PHASES] if isinstance(each, dict)]
        more = f", {len(phases) - len(held)} more" if len(phases) > len(held) else ""
        return f"{plural(len(phases), 'phase')}: {', then '.join(map(_optimizer, held))}{more}"
    return f"{_optimizer(optimizer)}, batch size {value(size)}"


def _optimizer(written: object) -> str:
    """`adamw 0.003 cosine` for an optimizer with a schedule, `sgd 0.1` for one with a rate."""
    if not isinstance(written, dict) or len(written) != 1:
        return value(written)
    ((kind, arguments),) = written.items()
    rate = arguments.get("learning_rate") if isinstance(arguments, dict) else arguments
    if isinstance(rate, dict) and len(rate) == 1:
        ((schedule, options),) = rate.items()
        return f"{kind} {value(_peak(options))} {schedule}"
    return f"{kind} {value(rate)}" if rate is not None else str(kind)


def _peak(options: object) -> object:
    """The largest rate of a schedule; nothing where it names none."""
    known = options if isinstance(options, dict) else {}
    return next((known[key] for key in ("peak", "rate") if key in known), "")
