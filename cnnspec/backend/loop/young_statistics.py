"""A doubt: a training that learns, and a validation that goes by averages which still hold what they began as.

Outside training a batch normalisation computes with moving averages. After n steps `momentum ** n` of what they began
as, mean 0 and variance 1, is left in them; with few steps an epoch that is much for long.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cnnspec.backend.loop.progress import Epoch
from cnnspec.backend.loop.so_far import SoFar
from cnnspec.graph.nodes import Graph, Node, Step
from cnnspec.language.figures import Direction
from cnnspec.layers.norm import NORMS
from cnnspec.source.diagnostic import Diagnostic, Note
from cnnspec.source.route import LayerAt

_YOUNG = 0.05
"""How much of the first values may be left unsaid."""
_SOON = 0.2
"""How much of them is to be left after an epoch with the momentum that is advised."""
_ADVISED = (0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5)
_LITTLE, _FAR = 0.25, 0.5
"""Parts of what training has gained: less than this is no gain of the validation, more than that lies far behind."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The averages of the layer of a node, which stands at `position` and moves them so many `times` a step."""

    node: Node
    position: int
    momentum: float
    times: int = 1

    def left(self, steps: int) -> float:
        """How much of what they began as is left after so many steps."""
        return float(self.momentum ** (steps * self.times))


def young_statistics(known: SoFar) -> Diagnostic | None:
    """The warning after the epochs that are over, or None where there is nothing to be said."""
    epochs, name = known.epochs, known.watched.removeprefix("val_")
    if not _lags(epochs, name, known.better):
        return None
    drawn = (each for each in statistics(known.graph) if each.node.name not in known.loaded)
    young = [each for each in drawn if each.left(known.steps * len(epochs)) > _YOUNG]
    return _warning(young, epochs, known.steps, known.graph, name) if young else None


def statistics(graph: Graph) -> Iterator[Statistics]:
    """Those that training moves; a layer that is used again moves them each time."""
    again = Counter(node.shared for node in graph.nodes)
    for at, node in enumerate(graph.nodes):
        if node.layer is not None and node.layer.remembers and node.layer.trainable and node.shared is None:
            yield Statistics(node, at, node.layer.remembers, 1 + again[at])


def _lags(epochs: Sequence[Epoch], name: str, better: Direction) -> bool:
    """Whether training got better since its first epoch, and validation hardly, and now lies far behind it."""
    if len(epochs) < 2 or f"val_{name}" not in epochs[-1].figures:
        return False
    sign = 1 if better == "max" else -1
    (first, there), (last, here) = (
        (sign * epoch.figures[name], sign * epoch.figures[f"val_{name}"]) for epoch in (epochs[0], epochs[-1])
    )
    gain = last - first
    return gain > 0 and here - there < _LITTLE * gain and last - here > _FAR * gain


def _warning(young: Sequence[Statistics], epochs: Sequence[Epoch], steps: int, graph: Graph, name: str) -> Diagnostic:
    done = steps * len(epochs)
    oldest, places = max(young, key=lambda each: each.left(done)), len({each.node.span for each in young})
    message = (
        f"validation does not follow training: it computes with moving statistics of which {oldest.left(done):.0%} is"
        f" still what they began as, after {_count(done)} with momentum {oldest.momentum:g}; expected less than"
        f" {_YOUNG:.0%}"
    )
    notes = [Note(f"in {len(epochs)} epochs {_course(epochs, name)}, {_course(epochs, f'val_{name}')}")]
    if places > 1:
        notes.append(Note(f"so it is with {places - 1} other {'entry' if places == 2 else 'entries'}"))
    help, at = _help(oldest, steps, graph), LayerAt(oldest.node.name)
    return Diagnostic("young-statistics", message, None, "warning", help=help, notes=tuple(notes), at=at)


def _course(epochs: Sequence[Epoch], key: str) -> str:
    return f"{key} went from {epochs[0].figures[key]:.4f} to {epochs[-1].figures[key]:.4f}"


def _count(steps: int) -> str:
    return f"{steps:,} step{'' if steps == 1 else 's'}"


def _help(oldest: Statistics, steps: int, graph: Graph) -> str:
    """The largest momentum below the present one that forgets within an epoch, as it is written there."""
    lower = [momentum for momentum in _ADVISED if momentum < oldest.momentum]
    if not lower:
        return "train for more epochs, or with a smaller batch_size: an epoch has too few steps"
    advised = (replace(oldest, momentum=momentum) for momentum in lower)
    chosen = next((each for each in advised if each.left(steps) <= _SOON), replace(oldest, momentum=lower[-1]))
    left = f"{_written(graph, chosen)}, which leaves {chosen.left(steps):.0%} after an epoch of {_count(steps)}"
    if chosen.left(steps) > _SOON:
        return f"an epoch has too few steps: take a smaller batch_size, and write {left}"
    return f"write {left}, and train again"


def _written(graph: Graph, chosen: Statistics) -> str:
    """How a momentum is written: in an entry of its own, or in that of the layer which it normalises."""
    steps = (step for stage in graph.stages for step in _within(stage.steps))
    step, momentum = next(step for step in steps if chosen.position in step.nodes), f"{{momentum: {chosen.momentum:g}}}"
    if step.layer is not None and step.layer.remembers:
        return f"{step.kind}: {momentum}"
    return f"norm: {{{next(name for name, norm in NORMS.items() if isinstance(chosen.node.layer, norm))}: {momentum}}}"


def _within(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, and those inside them."""
    for step in steps:
        yield step
        for branch in step.branches:
            yield from _within(branch.steps)
