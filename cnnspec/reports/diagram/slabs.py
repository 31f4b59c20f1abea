"""What a row of volumes is made of: a slab for each tensor, and where shortcuts and repeats begin and end."""

from collections.abc import Iterator
from math import log2, prod

from cnnspec.layers.shape import Shape
from cnnspec.reports.diagram.boxes import Boxes
from cnnspec.reports.diagram.drawing import Volume
from cnnspec.reports.diagram.parts import Block, Fork, Leaf, Parts, Positions, Repeat, Skip, Structure
from cnnspec.reports.notation import in_words
from cnnspec.source.frozen import frozen

PER_PLACE, PER_CHANNEL = 15.0, 2.6
"""Pixels a doubling: of the places along an axis in the height, of the channels in the thickness."""
_LEAST, _THIN, _DEEP = 10.0, 4.0, 0.24
_SILENT = frozenset({"norm", "activation", "dropout", "preparation", "gate"})
"""What leaves a tensor's shape as it is has no slab of its own, where it is one of these."""


@frozen
class Slab:
    """A tensor, drawn as a volume: by what it was made, of what stands before it (`joined`), and what else was read."""

    shape: Shape
    category: str
    told: str
    outputs: Positions = ()
    asks: Positions = ()
    joined: bool = True
    name: str = ""

    def begun(self, entry: Positions) -> Positions:
        """What it reads of all that came in together; one alone of several has no wire from there."""
        return entry if set(entry) <= set(self.asks) else ()


@frozen
class Begins:
    """A repeat begins here, or a shortcut; `joined`: on what stands before it."""

    skip: bool
    joined: bool = True


@frozen
class Reads:
    """What has no volume of its own reads results from elsewhere."""

    name: str
    asks: Positions


@frozen
class Ends:
    """The repeat or shortcut that began last ends here: so often it runs; what its sum is called."""

    skip: bool
    text: str
    told: str = ""
    dashed: bool = False


@frozen
class Renames:
    """The last tensor goes on in the same shape, under other names: what is not drawn was done to it."""

    outputs: Positions


Event = Slab | Begins | Ends | Renames | Reads


def events_of(structure: Structure, parts: Parts, told: Boxes, closed: bool = False) -> Iterator[Event]:
    """From the left to the right; `closed`: in a repeat, whose results nobody reads by name."""
    for part in parts:
        if isinstance(part, Leaf):
            yield _of_leaf(structure, part, told, closed)
        elif isinstance(part, Block):
            yield from events_of(structure, part.parts, told, closed)
        elif isinstance(part, Repeat):
            yield Begins(False)
            yield from events_of(structure, (part.part,), told, True)
            yield Ends(False, f"× {part.times}")
        elif isinstance(part, Skip):
            yield from _of_skip(structure, part, told, closed)
        else:
            yield _of_fork(structure, part, told.slug, closed)
            yield from (each for branch in part.branches for each in _reads_in(structure, branch, told.slug))


def _reads_in(structure: Structure, parts: Parts, slug: str) -> Iterator[Reads]:
    """What parts that have no volumes read from elsewhere."""
    for part in parts:
        if isinstance(part, Repeat):
            yield from _reads_in(structure, (part.part,), slug)
        elif isinstance(part, Block):
            yield from _reads_in(structure, part.parts, slug)
        else:
            inner = part.branches if isinstance(part, Fork) else ()
            inner = (part.main, part.shortcut) if isinstance(part, Skip) else inner
            for branch in inner:
                yield from _reads_in(structure, branch, slug)
            if part.others:
                yield Reads(structure.name(part.outputs[0], slug), part.others)


def _of_leaf(structure: Structure, leaf: Leaf, told: Boxes, closed: bool) -> Slab | Renames:
    read, outputs = structure.graph.nodes[leaf.nodes[0]].inputs, () if closed else leaf.outputs
    same = bool(read) and structure.shape(read[0]) == structure.shape(leaf.outputs[-1])
    if leaf.category in _SILENT and same and not leaf.others:
        return Renames(outputs)
    names = ", ".join(structure.name(at, told.slug) for at in leaf.others)
    said = told.told(leaf) + (f"\nreads {names}, too" if names else "")
    shape, name = structure.shape(leaf.outputs[-1]), structure.name(leaf.outputs[0], told.slug)
    return Slab(shape, leaf.category, said, outputs, leaf.others, leaf.joined, name)


def _of_skip(structure: Structure, skip: Skip, told: Boxes, closed: bool) -> Iterator[Event]:
    inside = list(events_of(structure, skip.main, told, closed))
    if skip.others:
        yield Reads(structure.name(skip.outputs[0], told.slug), skip.others)
    yield from _reads_in(structure, skip.shortcut, told.slug)
    if inside:
        yield Begins(True, skip.joined)
        yield from inside
        names = ", ".join(structure.name(at, told.slug) for at in skip.others) or "what comes in"
        what = f"{names} is added{', ' + skip.by if skip.by else ''}"
        yield Ends(True, "+", what, skip.only_first)


def _of_fork(structure: Structure, fork: Fork, slug: str, closed: bool) -> Slab:
    count = len(fork.branches) * fork.copies
    lines = [f"{fork.merge or 'not merged'} of {count} branches", f"output {structure.written(fork.outputs[-1])}"]
    said = ("; ".join(_words(branch)) or "identity" for branch in fork.branches)
    outputs = () if closed else fork.outputs
    shape, name = structure.shape(fork.outputs[-1]), structure.name(fork.outputs[0], slug)
    return Slab(shape, "merge", "\n".join((*lines, *said)), outputs, fork.others, fork.joined, name)


def _words(parts: Parts) -> list[str]:
    return in_words(tuple(part.piece for part in parts))


def volume(slab: Slab, x: float, axis: float) -> Volume:
    """The slab with its front's left edge at `x`, its middle at the height of `axis`."""
    tall, deep, thick = sizes_of(slab.shape)
    dx, dy = deep, deep * 0.8
    told, top = slab.told, axis - tall / 2 + dy / 2
    return Volume(x, top, thick, tall, dx, dy, slab.category, told, slab.outputs, slab.asks)


def sizes_of(shape: Shape) -> tuple[float, float, float]:
    """Height, depth and thickness, in pixels."""
    places = [size for size in shape[:-1] if isinstance(size, int)]
    tall = _LEAST + PER_PLACE * _bits(places[:1] if len(places) < 3 else places[1:2])
    across = places[1:2] if len(places) < 3 else [places[0], places[2]]
    deep = (_LEAST + PER_PLACE * _bits(across)) * _DEEP
    channels = [size for size in shape[-1:] if isinstance(size, int)]
    return tall, deep, _THIN + PER_CHANNEL * _bits(channels)


def _bits(sizes: list[int]) -> float:
    return log2(max(1, prod(sizes)))
