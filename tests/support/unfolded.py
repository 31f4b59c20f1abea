"""What a summary's table says, unfolded line by line, beside what the graph holds there, computed from its nodes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cnnspec.graph.nodes import Graph, Node, Step
from cnnspec.layers.base import Layer
from cnnspec.layers.kind import Kind
from cnnspec.reports.notation import NEEDED, PAD, PROJECTION, Beside, Bracket, Line, Named, Piece, Pieces

_WINDOWS = ("kernel_size", "pool_size", "strides", "dilation_rate")


@dataclass(frozen=True)
class Seen:
    """What a reader sees of a layer, of a gate or of an addition, and what stands there in the graph."""

    text: str
    place: object
    holds: tuple["Held", ...]


@dataclass(frozen=True)
class Held:
    """A plain layer: its arguments as they count, and the paddings that come to the same where it stands."""

    kind: str
    arguments: tuple[tuple[str, Any], ...]
    pads: frozenset[object]

    def is_like(self, other: "Held") -> bool:
        """Whether both compute the same, sizes aside."""
        same = (self.kind, self.arguments) == (other.kind, other.arguments)
        return same and (self.pads == other.pads or bool(self.pads & other.pads))


def seen_in(graph: Graph, stages: tuple[Pieces, ...]) -> list[Seen]:
    """Every line of every stage as often as its brackets say, in order; fails where the graph holds something else."""
    items = [step for stage in graph.stages for step in _items(stage.steps)]
    units = [unit for stage, pieces in zip(graph.stages, stages, strict=True) for unit in _stage(graph, stage, pieces)]
    return list(_Seeing(graph).together(units, items, ""))


def different(seen: list[Seen]) -> list[tuple[Seen, Seen]]:
    """What looks the same in the same place and is not."""
    groups: dict[object, list[Seen]] = {}
    for each in seen:
        groups.setdefault((each.text, each.place), []).append(each)
    return [
        (group[0], other)
        for group in groups.values()
        for other in group[1:]
        if len(group[0].holds) != len(other.holds)
        or not all(one.is_like(two) for one, two in zip(group[0].holds, other.holds, strict=True))
    ]


def are_alike(graph: Graph, one: Step, other: Step) -> bool:
    """Whether two steps are of one kind, hold the same layers in the same order, and read them from the same places."""
    if (one.kind, one.shortcut, len(one.branches)) != (other.kind, other.shortcut, len(other.branches)):
        return False
    seeing = _Seeing(graph)
    pairs = list(zip(seeing.layers(one), seeing.layers(other), strict=False))
    if not pairs or _wiring(graph, one) != _wiring(graph, other) or not all(a.is_like(b) for a, b in pairs):
        return False
    return _texts(graph, one) == _texts(graph, other)


def _texts(graph: Graph, step: Step) -> list[str]:
    """What a table says of the layers, which can hold sizes of what they read."""
    return [
        node.layer.phrase(graph.nodes[node.inputs[0]].output, node.output).text
        for node in (graph.nodes[at] for at in sorted(step.all_nodes()))
        if node.layer is not None
    ]


def _wiring(graph: Graph, step: Step) -> list[list[tuple[str, int]]]:
    """What each node reads: by its place in the step, as what the step reads, or as something else."""
    own = sorted(step.all_nodes())
    places = {**{at: ("other", at) for at in range(len(graph.nodes))}, **{at: ("own", n) for n, at in enumerate(own)}}
    places |= {at: ("read", n) for n, at in enumerate(step.reads)}
    return [[places[at] for at in graph.nodes[position].inputs] for position in own]


# What the table says


@dataclass(frozen=True)
class Added:
    """A bracket once: what is said of its shortcut, and what it holds."""

    mark: str
    units: "list[Unit]"


@dataclass(frozen=True)
class Merged:
    """Branches, and how they are merged."""

    branches: "list[list[Unit]]"


Unit = Line | Added | Merged


def _stage(graph: Graph, stage: Any, pieces: Pieces) -> list[Unit]:
    read, output = graph.nodes[stage.steps[0].reads[0]].output, graph.nodes[stage.output].output
    told = -(-read[0] // output[0]) if len(read) == len(output) > 1 and isinstance(read[0], int) else 1
    return list(_units(pieces, 0, told))


def _units(pieces: Pieces, repeat: int, told: int) -> Iterator[Unit]:
    """The pieces in one of the repeats of what they stand in; a hidden stride is the one that the sizes tell."""
    for piece in pieces:
        yield from _unit(piece, repeat, told)


def _unit(piece: Piece, repeat: int, told: int) -> Iterator[Unit]:
    if isinstance(piece, Line):
        if not piece.text.startswith(("from ", "as ")):
            yield replace(piece, stride=_stride(piece, repeat, told))
    elif isinstance(piece, Named):
        yield from _units(piece.inside, repeat, told)
    elif isinstance(piece, Beside):
        merge, _, times = piece.merge.partition(" of ")
        branches = piece.branches * (int(times.split()[0]) if times else 1)
        yield Merged([list(_units(branch, repeat, told)) for branch in branches])
        assert merge
    elif piece.times == 1:
        yield from _once(piece, repeat, told)
    else:
        for again in range(piece.times):
            yield from _once(piece, again, told)


def _once(piece: Bracket, repeat: int, told: int) -> Iterator[Unit]:
    units = _units(piece.pieces, repeat, told)
    if not piece.skip:
        yield from units
        return
    by = piece.by
    if repeat and (by in (NEEDED, PAD) or by.endswith(" at first")):
        by = ""
    by = PROJECTION if by == NEEDED else by.removesuffix(" at first")
    yield Added(f"+ {by}, then {piece.then}", list(units))


def _stride(line: Line, repeat: int, told: int) -> str:
    if line.stride is None:
        return "" if repeat else str(told)
    first, then, rest = line.stride.partition(" then ")
    stride = rest if then and repeat else first
    return "" if stride == "1" else stride


# What the graph holds


def _items(steps: tuple[Step, ...]) -> Iterator[Step]:
    """The steps, those of blocks and of residuals without an addition in their place."""
    for step in steps:
        if step.block or (len(step.branches) == 1 and step.kind == "parallel" and step.branches[0].steps):
            yield from _items(step.branches[0].steps)
        elif step.kind == "residual" and step.shortcut == "none":
            yield from _items(step.branches[0].steps)
            if step.nodes:
                yield Step("layer", step.name, step.reads, step.output, step.span, nodes=step.nodes)
        else:
            yield step


@dataclass(frozen=True)
class _Seeing:
    """Holds the table's lines against a graph."""

    graph: Graph

    @cached_property
    def read(self) -> frozenset[int]:
        """What some layer reads."""
        return frozenset(at for node in self.graph.nodes for at in node.inputs)

    def together(self, units: list[Unit], steps: list[Step], last: str) -> Iterator[Seen]:
        """The units with what they stand for; `last` says what the last layer with weights stands before."""
        weighing = [at for at, step in enumerate(steps) if self._weighs(step)]
        waiting = iter(range(len(steps)))
        for unit in units:
            at = next(waiting, None)
            assert at is not None, f"{unit} stands for nothing"
            step, following = steps[at], steps[at + 1] if at + 1 < len(steps) else None
            if isinstance(unit, Added):
                yield from self._added(unit, step)
            elif isinstance(unit, Merged):
                assert len(unit.branches) == len(step.branches), (unit, step.name)
                for inner, branch in zip(unit.branches, step.branches, strict=True):
                    yield from self.together(inner, list(_items(branch.steps)), step.merge)
            else:
                held = list(self.layers(step))
                assert self._rates_lie_within(unit, step), (unit, step.name)
                if following and self._on_one_line(unit, step, following):
                    next(waiting)
                    held += self.layers(following)
                place = last if weighing and at == weighing[-1] else ""
                read = self.graph.nodes[step.reads[0]].output[-1] if unit.text.startswith("SE ") else 0
                yield Seen(str(unit), (place, self._before(step, following), read), tuple(held))
        assert next(waiting, None) is None, f"more than {units} in {[step.name for step in steps]}"

    def _added(self, unit: Added, step: Step) -> Iterator[Seen]:
        main, *others = step.branches
        inner = list(self.together(unit.units, list(_items(main.steps)), "+"))
        shapes = self.graph.nodes[step.reads[0]].output, self.graph.nodes[step.output].output
        skip = [held for branch in others for each in branch.steps for held in self.layers(each)]
        if step.shortcut == "pad" and shapes[0] == shapes[1]:
            skip = []  # nothing is appended
        after = [self._held(self.graph.nodes[at]) for at in step.nodes]
        weighed = [each.text for each in inner if each.text[0].isdigit() or each.text.startswith("width")]
        yield Seen(unit.mark, (shapes, "".join(weighed[-1:])), (*skip, *after))
        yield from inner

    def layers(self, step: Step) -> Iterator[Held]:
        """The plain layers of a step, in order; explicit zeros belong to the window that they stand before."""
        pads: object = None
        nodes = [self.graph.nodes[at] for at in sorted(step.all_nodes())]
        for node in nodes:
            if node.name.endswith(".pad") and node is not nodes[-1] and node.layer is not None:
                pads = tuple(node.layer.arguments()["padding"])
                continue
            held = self._held(node, pads)
            activation = dict(held.arguments).get("activation")
            if activation is not None and node.kind != "activation":
                yield replace(held, arguments=tuple(each for each in held.arguments if each[0] != "activation"))
                yield Held("activation", (("activation", activation),), frozenset())
            else:
                yield replace(held, arguments=tuple(each for each in held.arguments if each[1] is not None))
            pads = None

    def _held(self, node: Node, pads: object = None) -> Held:
        layer, read = node.layer, self.graph.nodes[node.inputs[0]].output
        assert layer is not None
        axes = len(read) - 1
        values = {name: _plain(value, axes if name in _WINDOWS else 0) for name, value in layer.arguments().items()}
        for name in ("name", "trainable", "padding", "norm", "index"):
            values.pop(name, None)
        if node.kind == "stochastic_depth":
            values.pop("rate")
        if "use_bias" in values:
            values["use_bias"] = any(weight.name == "bias" for weight in node.facts.weights)
        if "target_shape" in values:
            values["target_shape"] = node.output
        if layer.pools_globally or layer.reshapes:
            values["rank"] = len(node.output)
        if values.get("strides", 0) is None:
            values["strides"] = values["pool_size"]
        padding = pads if pads is not None else layer.arguments().get("padding")
        return Held(node.kind, tuple(sorted(values.items(), key=str)), _pads(layer, values, padding, read[:-1]))

    def _rates_lie_within(self, unit: Line, step: Step) -> bool:
        """Repeats differ in their rates, from the least that the line tells to the largest."""
        if step.layer is None or step.layer.kind != "stochastic_depth":
            return unit.rates is None
        (rate,) = (dict(node.layer.arguments())["rate"] for at in step.nodes if (node := self.graph.nodes[at]).layer)
        told = [float(figure) for figure in str(unit).removeprefix("stochastic depth ").split(" to ")]
        return told[0] <= float(f"{rate:.3g}") <= told[-1]

    def _on_one_line(self, unit: Line, step: Step, following: Step) -> bool:
        """Whether a line is a normalisation's and that of the activation after it."""
        if not (self._normalises(step) and self._activates(following)):
            return False
        read = self.graph.nodes[step.reads[0]].output
        both = [each.layer for each in (step, following)]
        return unit.text == ", ".join(layer.phrase(read, read).text for layer in both if layer is not None)

    def _weighs(self, step: Step) -> bool:
        return step.layer is not None and step.layer.weighs

    def _normalises(self, step: Step) -> bool:
        return step.layer is not None and step.layer.normalises

    def _activates(self, step: Step) -> bool:
        layer = step.layer or self.graph.nodes[step.nodes[-1]].layer if step.nodes else None
        return layer is not None and layer.activates and step.kind != "residual"

    def _before(self, step: Step, following: Step | None) -> str:
        if following is not None and (self._normalises(following) or self._activates(following)):
            return "norm" if self._normalises(following) else "activation"
        return "" if step.output in self.read else "end"


def _plain(value: Any, axes: int) -> Any:
    if isinstance(value, Kind):
        return (value.kind, tuple(sorted((name, _plain(each, 0)) for name, each in value.arguments().items())))
    if axes and isinstance(value, int):
        return (value,) * axes
    return tuple(_plain(each, 0) for each in value) if isinstance(value, (list, tuple)) else value


def _pads(layer: Layer, values: dict[str, Any], padding: Any, space: tuple[Any, ...]) -> frozenset[object]:
    """The paddings that come to the same here: as a word, and in zeros before and after each axis."""
    if padding is None or (
        not isinstance(padding, str) and "padding" in layer.model_fields and "strides" not in values
    ):
        return frozenset({str(padding)})
    window = values.get("kernel_size") or values["pool_size"]
    dilation = values.get("dilation_rate", (1,) * len(space))
    wide = [1 + (size - 1) * by for size, by in zip(window, dilation, strict=True)]
    if "output_padding" in values:
        lapping = any(size > by for size, by in zip(wide, values["strides"], strict=True))
        return frozenset({padding if lapping else "any"})
    zeros = [
        _zeros(padding, *axis, place) for place, axis in enumerate(zip(space, wide, values["strides"], strict=True))
    ]
    counted = layer.kind == "avg_pool" and not isinstance(padding, str)
    exact = ("zeros", tuple(zeros), counted) if all(pair is not None for pair in zeros) else None
    return frozenset({each for each in (str(padding), exact) if each is not None})


def _zeros(padding: Any, size: Any, wide: int, by: int, axis: int) -> tuple[int, int] | None:
    if padding == "valid":
        return (0, 0)
    if padding == "causal":
        return (wide - 1, 0)
    if padding != "same":
        pair = padding[axis] if isinstance(padding, (list, tuple)) else padding
        return tuple(pair) if isinstance(pair, (list, tuple)) else (pair, pair)
    if by > 1 and not isinstance(size, int):
        return None
    total = wide - 1 if by == 1 else max((-(-size // by) - 1) * by + wide - size, 0)
    return (total // 2, total - total // 2)
