"""Weights that do not fit: refused all at once, with what to write instead."""

from collections.abc import Collection, Iterable, Iterator

from cnnspec.graph.nodes import Graph
from cnnspec.results.transfer import Moved, Transfer
from cnnspec.source.diagnostic import Diagnostic, Note, Rejected
from cnnspec.source.route import NOWHERE
from cnnspec.weights.matching import Matching
from cnnspec.weights.source import Source

_MOST_LAYERS = 20
"""Of more layers, only how many there are in each stage is told."""
_FEW = 3
"""Of so many stages it may be that they are new, and of more that the file is another network's."""
_ORDERLESS = "the names in the file tell no order that fits what both have as often, by kind and shape"


def check_fits(transfer: Transfer, source: Source, graph: Graph, matching: Matching, new: Collection[int]) -> None:
    """Raise Rejected where `refusal` tells of something."""
    look = f"to see both side by side, give cnnspec weights map {source.shown} and this spec"
    if found := refusal(transfer, source, graph, matching, new, look):
        raise Rejected([found])


def refusal(
    transfer: Transfer, source: Source, graph: Graph, matching: Matching, new: Collection[int], look: str = ""
) -> Diagnostic | None:
    """Why not to start: weights are missing or of another shape that must not be; or none fits at all.

    `new` are the layers that need not be there, unless they are frozen; `look` is how to see more.
    """
    misses = [moved for moved in transfer.weights if moved.fate in ("new", "mismatched")]
    may = {graph.nodes[at].name for at in new}
    wanted = [moved for moved in misses if moved.layer not in may]
    if len(misses) == len(transfer.weights):
        return _no_weight(transfer, source, misses, matching, look)
    if wanted and source.strict:
        return _some(transfer, source, wanted, matching, look)
    frozen = {node.name for node in graph.nodes if node.layer is not None and not node.layer.trainable}
    if left := [moved for moved in misses if moved.layer in frozen]:
        return _stay_drawn(source, left)
    return None


def _no_weight(transfer: Transfer, source: Source, misses: list[Moved], matching: Matching, look: str) -> Diagnostic:
    if matching.alike and (matching.unclear or matching.orderless):
        return _untold(source, matching, look)
    message = f"{source.shown} has no weight for this network, from {misses[0].stage} on"
    message += "; expected layers of the same names, or kinds and shapes"
    there = list(dict.fromkeys(name.rpartition("/")[0] for name, _ in transfer.unused))
    more = f" and {len(there) - 5:,} more" if len(there) > 5 else ""
    notes = [Note(f"its layers: {', '.join(there[:5])}{more}")] if there else []
    return Diagnostic("weights-differ", message, help=look, at=source.at, notes=(*notes, *_notes(misses, matching)))


def _untold(source: Source, matching: Matching, look: str) -> Diagnostic:
    """Nothing is taken of a file whose layers are of the kinds and shapes here, since they could go in several ways."""
    message = f"{source.shown} has layers of the kinds and shapes of this network, but nothing tells which is which"
    help = "; else ".join(filter(None, (_whole(source), look)))
    unclear = list(matching.unclear)
    notes = [_could_be(layer, matching) for layer in unclear[:_FEW]]
    notes += [Note(f"and {len(unclear) - _FEW:,} more layers")] if len(unclear) > _FEW else []
    notes += [Note(_ORDERLESS)] if matching.orderless else []
    return Diagnostic("weights-differ", message, help=help, at=source.at, notes=tuple(notes))


def _could_be(layer: str, matching: Matching) -> Note:
    return Note(f"{layer}: it could be {' or '.join(matching.unclear[layer][:_FEW])}")


def _whole(source: Source) -> str:
    """What to do where only the order of layers is missing, which a whole model tells."""
    if not source.file.name.endswith(".weights.h5"):
        return ""
    told = "a .weights.h5 has no order between layers of different kinds"
    return f"{told}: save the whole model instead, as .keras or .h5"


def _some(transfer: Transfer, source: Source, misses: list[Moved], matching: Matching, look: str) -> Diagnostic:
    stages = list(dict.fromkeys(moved.stage for moved in misses))
    message = f"{len(misses):,} of {len(transfer.weights):,} weights are not in {source.shown} as this network has them"
    if matching.unclear:
        message = f"{source.shown} has several layers that some here could be, and nothing tells which"
    elif len(stages) > 1:
        message += f"; {stages[0]} is the first stage that differs"
    help = _another(look) if 2 * len(misses) > len(transfer.weights) and not matching.unclear else ""
    help += f"{whole}; else " if matching.unclear and (whole := _whole(source)) else ""
    help += _named_new(source, stages) if len(stages) <= _FEW else ""
    rest = "to keep what is drawn at the start for them and take the others"
    if source.at is NOWHERE:
        partial = f"add --partial {rest}"
    else:
        partial = f"write start_from: {{weights: {source.written}, strict: false}} {rest}"
    notes = (*_notes(misses, matching), *_left(transfer))
    return Diagnostic("weights-differ", message, help=f"{help}{partial}", at=source.at, notes=notes)


def _another(look: str) -> str:
    """What to think of first where most weights are missing."""
    return "; ".join(filter(None, ("these are probably the weights of another network", look, "if they are not, ")))


def _left(transfer: Transfer) -> Iterator[Note]:
    """What nothing here takes, where it is little: perhaps it belongs to what is missing."""
    left: dict[str, list[str]] = {}
    for name, shape in transfer.unused:
        layer, _, weight = name.rpartition("/")
        left.setdefault(layer, []).append(_shape(shape) if weight.isdecimal() else f"{weight} {_shape(shape)}")
    if transfer.way == "structure" and 0 < len(left) <= _FEW:
        yield from (Note(f"left in the file: {layer} ({', '.join(held)})") for layer, held in left.items())


def _named_new(source: Source, stages: list[str]) -> str:
    """The way to say that these stages are new, before another way."""
    named = [*source.new, *stages]
    if source.at is NOWHERE:
        return f"add {' '.join(f'--new {_quoted(stage)}' for stage in stages)} if that is to be new; else "
    return f"write start_from: {{weights: {source.written}, new: [{', '.join(named)}]}} if that is to be new; else "


def _quoted(stage: str) -> str:
    return f"'{stage}'" if " " in stage else stage


def _stay_drawn(source: Source, left: list[Moved]) -> Diagnostic:
    stages = ", ".join(dict.fromkeys(moved.stage for moved in left))
    message = (
        f"frozen weights are not in {source.shown} as this network has them: they would stay as drawn at the start"
    )
    help = f"take what is new in {stages} out of freeze"
    return Diagnostic("weights-differ", message, help=help, at=source.at, notes=tuple(_notes(left, None)))


def _notes(misses: list[Moved], matching: Matching | None) -> Iterator[Note]:
    layers = list(dict.fromkeys(moved.layer for moved in misses))
    groups = layers if len(layers) <= _MOST_LAYERS else list(dict.fromkeys(moved.stage for moved in misses))
    for group in groups:
        mine = [moved for moved in misses if group == (moved.layer if groups is layers else moved.stage)]
        if groups is layers and matching is not None and matching.unclear.get(group):
            yield _could_be(group, matching)
        elif groups is layers and matching is not None and group in matching.unknown:
            yield Note(f"{group}: in which order PyTorch has its numbers is not known")
        else:
            yield Note(f"{group}: {_told(mine) if groups is layers else _counted(mine)}")
    if matching is not None and matching.orderless:
        yield Note(_ORDERLESS)


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
