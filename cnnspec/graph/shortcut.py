"""The skip connection of a residual block: identity, projection, padding, or entries (He et al. 2015, 3.3)."""

from collections.abc import Iterator
from fractions import Fraction

from cnnspec.graph.entries import Written, read_entries
from cnnspec.graph.nodes import Branch, Step
from cnnspec.graph.scope import Around, Result, ResultScope
from cnnspec.graph.walk import SPOILT, Made, Walk
from cnnspec.language.check import read_fields
from cnnspec.language.interpolation import interpolate
from cnnspec.layers.activation import Activation
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Layer
from cnnspec.layers.conv import Conv
from cnnspec.layers.core import Dense
from cnnspec.layers.kind import Kind
from cnnspec.layers.merge import Add
from cnnspec.layers.norm import NORMS
from cnnspec.layers.pad import PadChannels
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, describe

CHOICES = ("auto", "if_same", "identity", "projection", "pad", "none")


def connect(
    walk: Walk,
    written: Written,
    arguments: Mapping,
    source: Result,
    main: Branch,
    end: Result,
    around: Around,
    name: str,
) -> Made:
    """Join the main path's end and the shortcut of a residual block."""
    chosen = _choice(walk, arguments, around)
    activation = _activation(walk, arguments, around)
    if isinstance(chosen, Sequence):
        skip = _custom(walk, chosen, source, around, name)
        kind, auto = "custom", False
    elif chosen is None or source.position is None or end.position is None:
        return SPOILT
    else:
        kind, auto = _resolve(chosen, walk.shape(source), walk.shape(end))
        skip = _made(walk, kind, source, main, end, written, around, name)
    if skip is None or source.position is None or end.position is None or skip[1] is None:
        return SPOILT
    joined = _join(walk, written, kind, end.position, skip[1], activation, around, name)
    if joined is None:
        return SPOILT
    branches = (main, *([Branch("shortcut", skip[0])] if kind != "none" else []))
    step = Step(
        "residual",
        name,
        (source.position,),
        joined[-1] if joined else end.position,
        written.key,
        nodes=tuple(joined),
        branches=branches,
        shortcut=kind,
        auto=("projection shortcut",) if auto and kind == "projection" else (),
    )
    return Made(step.output, step)


def _choice(walk: Walk, arguments: Mapping, around: Around) -> str | Sequence | None:
    entry = arguments.entry("shortcut")
    if entry is None:
        return "auto"
    if isinstance(entry.value, Sequence):
        return entry.value
    value = interpolate(entry.value, around.scope, walk.reporter(around.uses))
    if value is None:
        return None
    if isinstance(value, Sequence):
        return value
    if isinstance(value, Scalar) and value.value in CHOICES:
        return str(value.value)
    walk.error(
        around,
        "bad-value",
        f"shortcut is {describe(value)}, expected one of {', '.join(CHOICES)}, or a list of entries",
        entry.value.span,
    )
    return None


def _resolve(chosen: str, source: Shape | None, end: Shape | None) -> tuple[str, bool]:
    """What the shortcut becomes, and whether the program chose it."""
    if chosen == "auto":
        return ("identity" if source == end else "projection"), True
    if chosen == "if_same":
        return ("identity" if source == end else "none"), True
    return chosen, False


def _custom(
    walk: Walk, chosen: Sequence, source: Result, around: Around, name: str
) -> tuple[tuple[Step, ...], int | None] | None:
    items = read_entries(chosen, "shortcut", chosen.span, walk.reporter(around.uses), may_be_empty=True)
    if items is None:
        return None
    path = f"{name}.shortcut."
    steps, result = walk.run(
        items,
        source,
        Around(
            ResultScope(around.results),
            around.scope,
            path,
            around.uses,
            around.blocks,
            around.bindings,
            around.depth + 1,
        ),
    )
    if result is None:
        return None
    result.read = True
    return steps, result.position


def _made(
    walk: Walk, kind: str, source: Result, main: Branch, end: Result, written: Written, around: Around, name: str
) -> tuple[tuple[Step, ...], int | None] | None:
    assert source.position is not None and end.position is not None
    if kind in ("identity", "none"):
        return (), source.position
    layer = _layer(walk, kind, source.position, main, end.position, written, around)
    if layer is None:
        return None
    made = walk.apply(layer, (source.position,), written, around, f"{name}.shortcut.{layer.kind}1")
    return None if made.step is None else ((made.step,), made.position)


def _layer(
    walk: Walk, kind: str, source: int, main: Branch, end: int, written: Written, around: Around
) -> Layer | None:
    reads, gives = walk.nodes[source].output, walk.nodes[end].output
    strides = _strides(walk, source, end)
    filters = gives[-1]
    if len(reads) != len(gives) or not isinstance(filters, int) or strides is None:
        help = "write the shortcut as a list of entries, or shortcut: none"
        walk.error(
            around,
            "shortcut-mismatch",
            f"no {kind} leads from {write_shape(reads)} to {write_shape(gives)}",
            written.key,
            help,
        )
        return None
    if kind == "pad":
        return PadChannels(filters=filters, strides=strides or 1)
    norm = _norm(main)
    shared: dict[str, object] = {} if norm is None else {"norm": norm}
    if len(reads) == 1:
        return Dense.model_validate({"units": filters, **shared})
    return Conv.model_validate({"filters": filters, "kernel_size": 1, "strides": strides, **shared})


def _strides(walk: Walk, source: int, end: int) -> tuple[int, ...] | None:
    """The product of the strides along the main path, pools included; None where places are lost or enlarged."""
    axes = len(walk.nodes[source].output) - 1
    jumps: dict[int, tuple[Fraction, ...] | None] = {source: (Fraction(1),) * axes}
    for position in range(source + 1, end + 1):
        node = walk.nodes[position]
        before = [jumps[i] for i in node.inputs if i in jumps]
        if not before:
            continue
        reach = node.facts.reach
        known = [jump for jump in before if jump is not None]
        if reach is None or len(known) != len(before) or (reach and len(reach) != axes):
            jumps[position] = None
            continue
        largest = tuple(max(sizes) for sizes in zip(*known, strict=True))
        jumps[position] = tuple(j * axis.stride for j, axis in zip(largest, reach, strict=True)) if reach else largest
    found = jumps.get(end)
    if found is None or any(jump.denominator != 1 for jump in found):
        return None
    return tuple(int(jump) for jump in found)


def _norm(main: Branch) -> Kind | None:
    """The normalisation of the main path's last convolution or dense layer, or the one right after it."""
    steps = list(_layers_of(main.steps))
    for index in reversed(range(len(steps))):
        layer = steps[index].layer
        if not isinstance(layer, Affine):
            continue
        after = steps[index + 1].layer if index + 1 < len(steps) else None
        if layer.normalisation is None and after is not None and type(after) in NORMS.values():
            return after.model_copy(update={"activation": None})
        return layer.norm
    return None


def _layers_of(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        if step.layer is not None:
            yield step
        for inner in step.branches:
            if inner.name != "shortcut":
                yield from _layers_of(inner.steps)


def _join(
    walk: Walk,
    written: Written,
    kind: str,
    end: int,
    skip: int,
    activation: Activation | None,
    around: Around,
    name: str,
) -> list[int] | None:
    """The addition and the activation after it; the positions of what was added."""
    added: list[int] = []
    if kind != "none":
        reads, gives = walk.nodes[skip].output, walk.nodes[end].output
        if reads != gives:
            help = (
                "write shortcut: projection, or padding: same on the main path"
                if kind == "identity"
                else "the main path must shrink the input as its strides say: check its padding"
            )
            walk.error(
                around,
                "shortcut-mismatch",
                f"the main path gives {write_shape(gives)}, the {kind} shortcut {write_shape(reads)}",
                written.key,
                help,
            )
            return None
        made = walk.apply(Add(), (end, skip), written, around, f"{name}.add")
        if made.position is None:
            return None
        added.append(made.position)
    if activation is not None:
        made = walk.apply(activation, (added[-1] if added else end,), written, around, f"{name}.activation")
        if made.position is None:
            return None
        added.append(made.position)
    return added


def _activation(walk: Walk, arguments: Mapping, around: Around) -> Activation | None:
    entry = arguments.entry("activation")
    if entry is None:
        return None
    value = interpolate(entry.value, around.scope, walk.reporter(around.uses))
    if value is None or (isinstance(value, Scalar) and value.value is None):
        return None
    only = Mapping((Entry("activation", entry.span, value),), entry.span)
    return read_fields(Activation, only, walk.reporter(around.uses), "residual")
