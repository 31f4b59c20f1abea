"""Weights that do not fit: refused all at once, with what to write instead."""

from collections.abc import Iterable, Iterator

from cnnspec.backend.transfer.source import Source
from cnnspec.graph.nodes import Graph
from cnnspec.results.transfer import Moved, Transfer
from cnnspec.source.diagnostic import Diagnostic, Note, Rejected
from cnnspec.source.route import NOWHERE

_MOST_LAYERS = 20
"""Of more layers, only how many there are in each stage is told."""


def check_fits(transfer: Transfer, source: Source, graph: Graph) -> None:
    """Raise Rejected where weights are missing or of another shape, if they must not be; or where none fits at all."""
    misses = [moved for moved in transfer.weights if moved.fate in ("new", "mismatched")]
    if len(misses) == len(transfer.weights):
        raise Rejected([_no_weight(transfer, source, misses)])
    if misses and source.strict:
        raise Rejected([_some(transfer, source, misses)])
    frozen = {node.name for node in graph.nodes if node.layer is not None and not node.layer.trainable}
    if left := [moved for moved in misses if moved.layer in frozen]:
        raise Rejected([_stay_drawn(source, left)])


def _no_weight(transfer: Transfer, source: Source, misses: list[Moved]) -> Diagnostic:
    message = f"{source.file} has no weight for this network; expected layers of the same names and shapes"
    there = list(dict.fromkeys(name.rpartition("/")[0] for name, _ in transfer.unused))
    more = f" and {len(there) - 5:,} more" if len(there) > 5 else ""
    notes = [Note(f"its layers: {', '.join(there[:5])}{more}")] if there else []
    help = "start from a run of a network with stages of the same names"
    return Diagnostic("weights-differ", message, help=help, at=source.at, notes=(*notes, *_notes(misses)))


def _some(transfer: Transfer, source: Source, misses: list[Moved]) -> Diagnostic:
    message = f"{len(misses):,} of {len(transfer.weights):,} weights are not in {source.file} as this network has them"
    rest = "to keep what is drawn at the start for them and take the others"
    help = f"write start_from: {{weights: {source.written}, strict: false}} {rest}"
    if source.at is NOWHERE:
        help = f"add --partial {rest}"
    return Diagnostic("weights-differ", message, help=help, at=source.at, notes=tuple(_notes(misses)))


def _stay_drawn(source: Source, left: list[Moved]) -> Diagnostic:
    stages = ", ".join(dict.fromkeys(moved.stage for moved in left))
    message = f"frozen weights are not in {source.file} as this network has them: they would stay as drawn at the start"
    help = f"take what is new in {stages} out of freeze"
    return Diagnostic("weights-differ", message, help=help, at=source.at, notes=tuple(_notes(left)))


def _notes(misses: list[Moved]) -> Iterator[Note]:
    layers = list(dict.fromkeys(moved.layer for moved in misses))
    groups = layers if len(layers) <= _MOST_LAYERS else list(dict.fromkeys(moved.stage for moved in misses))
    for group in groups:
        mine = [moved for moved in misses if group == (moved.layer if groups is layers else moved.stage)]
        yield Note(f"{group}: {_told(mine) if groups is layers else _counted(mine)}")


def _told(misses: Iterable[Moved]) -> str:
    """What is wrong with the weights of one layer."""
    parts = []
    for moved in misses:
        if moved.fate == "new":
            parts.append(f"no {moved.name} in the file")
        else:
            parts.append(
                moved.why or f"{moved.name} {_shape(moved.found or ())} in the file, {_shape(moved.shape)} here"
            )
    return "; ".join(dict.fromkeys(parts))


def _counted(misses: list[Moved]) -> str:
    new = sum(moved.fate == "new" for moved in misses)
    other = len(misses) - new
    said = [f"{new:,} weights are not in the file"] if new else []
    return ", ".join([*said, *([f"{other:,} do not fit"] if other else [])])


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a number"
