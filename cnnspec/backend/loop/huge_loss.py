"""A doubt: a loss that is a number, and so large that nothing is learnt, or nothing that holds for other data."""

from cnnspec.backend.loop.so_far import SoFar
from cnnspec.results.events import Figures
from cnnspec.source.diagnostic import Diagnostic

_TIMES = 1000.0
"""How much more a loss is than what it is held against, where something is wrong for sure."""
_FAR = 100.0
"""Targets about so far from 0 make steps too large for weights that are drawn for numbers about 1."""
_UNSCALED = ("unscaled-numbers", "unscaled-image")
_LOWER = 100
_LONG = 1e9


def huge_loss(known: SoFar) -> Diagnostic | None:
    """The warning where a loss is a thousandfold of what it was at first, and of what a single answer would give.

    From the end of the second epoch on being a thousandfold of the latter is enough: a network that began far off has
    had its time. A loss that grows in the midst of an epoch is told there.
    """
    number = known.before + len(known.epochs) + bool(known.running)
    figures = known.running or (known.epochs[-1].figures if known.epochs else {})
    begun, single = known.yardstick.start, known.yardstick.guess
    held = _BEGUN if begun >= single else _SINGLE
    if max(begun, single) and (found := _beyond(figures, max(begun, single))):
        return _warning(number, found, max(begun, single), held, _help(known, found[0], grown=True))
    patient = len(known.epochs) > 1 and not known.running
    if patient and single and (found := _beyond(figures, single)):
        return _warning(number, found, single, _SINGLE, _help(known, found[0], grown=False))
    return None


_BEGUN, _SINGLE = "what it was before the first step", "that of one answer to everything"


def _beyond(figures: Figures, least: float) -> tuple[str, float] | None:
    """The loss that is a thousandfold: that of training, else that of validation."""
    both = ((name, figures.get(name, 0.0)) for name in ("loss", "val_loss"))
    return next(((name, value) for name, value in both if abs(value) > _TIMES * least), None)


def _warning(epoch: int, found: tuple[str, float], least: float, held: str, help: str) -> Diagnostic:
    name, value = found
    said = "the loss" if name == "loss" else "the validation loss, and not that of training,"
    message = f"{said} is {value:.3g} in epoch {epoch}, {_times(abs(value) / least)} times {held}, {least:.3g}"
    return Diagnostic("huge-loss", message, None, "warning", help=help, at=("training", "optimizer"))


def _times(factor: float) -> str:
    return f"{float(f'{factor:.1g}'):,.0f}" if factor < _LONG else f"{factor:.0e}"


def _help(known: SoFar, name: str, grown: bool) -> str:
    """What to do, the likeliest first; a loss that has not `grown` is no matter of the learning rate alone."""
    if name != "loss":
        return _help_of_validation(known)
    parts = [f"mend what {code} says of the data" for code in _UNSCALED if code in known.amiss]
    targets = known.yardstick.targets
    if targets > _FAR or 0 < targets < 1 / _FAR:
        parts.append(f"divide the targets by about {targets:.2g} in the data")
    if grown or not parts:
        parts.append(f"lower the learning rate from {known.rate:.3g} to {known.rate / _LOWER:.3g}")
    if grown and not known.clipped:
        parts.append("write gradient_clip: {global_norm: 1} under training")
    return ", or ".join(parts)


def _help_of_validation(known: SoFar) -> str:
    data = "compare the numbers of both splits with cnnspec data"
    if not any(node.layer is not None and node.layer.remembers for node in known.graph.nodes):
        return f"{data}: those of validation may be of another scale"
    return f"{data}, or lower the momentum of batch_norm, whose moving statistics validation computes with"
