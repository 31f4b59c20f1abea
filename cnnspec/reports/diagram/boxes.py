"""Parts laid out as boxes: what runs one after the other stands one under the other, branches stand side by side."""

from collections.abc import Sequence

from cnnspec.reports import numbers
from cnnspec.reports.diagram.counted import costs
from cnnspec.reports.diagram.drawing import SIZES, Box, Group, Item, Text, Wire
from cnnspec.reports.diagram.local_wires import local_of, local_wires
from cnnspec.reports.diagram.measure import width_of, wrap
from cnnspec.reports.diagram.parts import Block, Fork, Leaf, Part, Parts, Positions, Repeat, Skip, Structure
from cnnspec.source.frozen import frozen

LINE, PAD, GAP, LANE, APART = 13.5, 8.0, 16.0, 12.0, 14.0
"""Height of a line of text; room around it; between boxes one under the other; between lanes; between branches."""
WIDEST = 210.0
_DOT = 2.5


@frozen
class Boxes:
    """Lays out the parts of a structure. `drawn` are the positions whose readers have wires to them from elsewhere.

    `slug` is that of the stage. `right` are those from which wires come on the right, to layers that stand alone there:
    `alone` are the results of these.
    """

    structure: Structure
    drawn: frozenset[int]
    slug: str = ""
    right: frozenset[int] = frozenset()
    alone: frozenset[int] = frozenset()

    def column(self, parts: Parts, entry: Positions, free: bool, closed: bool = False) -> Group:
        """Parts one under the other, after what gives `entry`; `free`: nothing stands to the left of them.

        The wire goes in at the top of the first one and out at the bottom of the last one; `closed`: in a repeat.
        """
        entries = (entry, *(part.outputs[:1] for part in parts))
        local = local_of(parts, entry)
        begins = local.begins
        groups = [
            self.part(part, before, free, closed, local.drawn(at))
            for at, (part, before) in enumerate(zip(parts, entries, strict=False))
        ]
        axis = max((group.axis for group in groups), default=0.0)
        inside, items, y, right = [], list[Item](), local.head, 0.0
        for at, (part, group) in enumerate(zip(parts, groups, strict=True)):
            if at:
                gap, label, labelled = self._between(parts[at - 1], part, at in begins, axis, y)
                items += label
                right, y = max(right, labelled), y + gap
            inside.append((axis - group.axis, y, group))
            y += group.height
            right = max(right, axis - group.axis + group.width)
        lanes = local_wires(local, inside, axis, y)
        moved = lanes.room
        shifted = tuple((x + moved, top, group) for x, top, group in inside)
        flat = tuple(item.moved(moved, 0) for item in (*items, *lanes.items))
        return Group(right + moved, y, axis + moved, flat, shifted)

    def _between(self, above: Part, below: Part, forks: bool, axis: float, y: float) -> tuple[float, list[Item], float]:
        """The wire between two parts, with the shape of what goes through it; the room that these take."""
        shape = self.structure.written_all(above.outputs) if below.joined else ""
        if isinstance(above, Leaf) and _keeps_shape(self.structure, above):
            shape = ""
        gap = GAP + (4 if shape else 0) + (6 if forks else 0)
        if not below.joined:
            return gap, [], axis
        items: list[Item] = [Wire(((axis, y), (axis, y + gap)), arrow=isinstance(below, Leaf))]
        if not shape:
            return gap, items, axis
        items.append(Text(axis + 7, y + gap - 7, shape, "shape", "start"))
        return gap, items, axis + 9 + width_of(shape, SIZES["shape"])

    def part(self, part: Part, entry: Positions, free: bool, closed: bool, local: Positions) -> Group:
        """One part; `local` are the positions that it reads by wires within its column."""
        if isinstance(part, Leaf):
            return self.leaf(part, free, closed, local)
        if isinstance(part, Block):
            return self._framed(self.column(part.parts, entry, free, closed), part, part.title, 1)
        if isinstance(part, Repeat):
            return self._repeat(part, entry, free)
        drawn = self._skip(part, free, closed) if isinstance(part, Skip) else self._fork(part, closed)
        return drawn if part.joined else self._begun(part.others, drawn)

    def _begun(self, others: Positions, drawn: Group) -> Group:
        """A part that divides what does not stand right before it, under a box that names that."""
        said = wrap_all([f"from {self.structure.name(at, self.slug)}" for at in others])
        width = max((width_of(line, SIZES["plain"]) for line in said), default=40.0) + 2 * PAD
        height = LINE * len(said) + PAD
        axis = max(drawn.axis, width / 2)
        texts = tuple(Text(axis, PAD / 2 + LINE * (at + 0.78), line) for at, line in enumerate(said))
        box = Box(axis - width / 2, 0, width, height, "layer", "other", "what is read here", texts)
        right = max(drawn.width - drawn.axis, width / 2)
        wire = Wire(((axis, height), (axis, height + GAP)), arrow=False)
        inside = ((axis - drawn.axis, height + GAP, drawn),)
        return Group(axis + right, height + GAP + drawn.height, axis, (box, wire), inside)

    def leaf(self, leaf: Leaf, free: bool, closed: bool, local: Positions) -> Group:
        """A box with what is said of the layer, and from where it reads what no wire shows."""
        asks = tuple(at for at in leaf.others if at not in local)
        wired = tuple(at for at in asks if free and at in self.drawn)
        beside = leaf.outputs[0] in self.alone
        right = tuple(at for at in asks if beside and at in self.right and at not in wired)
        told = [self.structure.name(at, self.slug) for at in asks if at not in (*wired, *right)]
        said = wrap_all((str(leaf.line), *(f"from {name}" for name in told), *self._named(leaf.outputs)))
        width = max(54.0, *(width_of(text, SIZES["plain"]) for text in said)) + 2 * PAD
        height = LINE * len(said) + PAD
        texts = tuple(Text(width / 2, PAD / 2 + LINE * (at + 0.78), text, "plain") for at, text in enumerate(said))
        outputs = leaf.outputs if beside or (free and not closed) else ()
        box = Box(0, 0, width, height, "layer", leaf.category, self.told(leaf), texts, outputs, wired, right)
        return Group(width, height, width / 2, (box,))

    def _named(self, outputs: Positions) -> tuple[str, ...]:
        """What a result is called, where that is told elsewhere."""
        names = (self.structure.name(at, self.slug) for at in outputs if at in self.structure.told)
        return tuple(f"as {name}" for name in names)[:1]

    def told(self, leaf: Leaf) -> str:
        """All that there is to say of a layer: its name, what it does, what it gives, what it costs."""
        nodes = [self.structure.graph.nodes[at] for at in leaf.nodes]
        lines = [
            self.structure.graph.nodes[leaf.outputs[0]].name + (" and its repeats" if len(leaf.outputs) > 1 else ""),
            str(leaf.line),
            f"output {self.structure.written_all(leaf.outputs)}",
            *costs(nodes, numbers.count, "multiply-adds"),
        ]
        return "\n".join(filter(None, lines))

    def _repeat(self, repeat: Repeat, entry: Positions, free: bool) -> Group:
        part = repeat.part
        title = part.title if isinstance(part, Block) else ""
        parts = part.parts if isinstance(part, Block) else (part,)
        return self._framed(self.column(parts, entry, free, True), repeat, title, repeat.times)

    def _framed(self, body: Group, part: Part, title: str, times: int) -> Group:
        """A frame round a column, with a name and how often it runs."""
        count = f"× {times}" if times > 1 else ""
        left = max(body.axis + PAD, width_of(title, SIZES["caption"]) + 2 * PAD)
        right = max(body.width - body.axis + PAD, width_of(count, SIZES["times"], True) + 2 * PAD)
        width, head = left + right, 20.0
        height = head + body.height + PAD
        texts = [Text(PAD, 13, title, "caption", "start")] if title else []
        texts += [Text(width - PAD, 14, count, "times", "end")] if count else []
        frame = Box(0, 0, width, height, "frame", "", title, tuple(texts), part.outputs[-1:])
        items: list[Item] = [frame]
        if part.joined:
            items.append(Wire(((left, 0), (left, head)), arrow=begins_in_a_layer(part)))
        items.append(Wire(((left, head + body.height), (left, height)), arrow=False))
        return Group(width, height, left, tuple(items), ((left - body.axis, head, body),))

    def _skip(self, skip: Skip, free: bool, closed: bool) -> Group:
        """The main path, with the shortcut on its right from a dot above it to the sum below it."""
        fork, start = 6.0, 6.0 + GAP
        main = self.column(skip.main, (), free, closed) if skip.main else Group(0, 10, 0)
        short = self.column(skip.shortcut, (), False, True) if skip.shortcut else Group(0, 0, 0)
        mark = ", ".join((f"+ {skip.then}".rstrip(), *self._named(skip.outputs)))
        pill = width_of(mark, SIZES["plain"]) + 2 * PAD
        axis = max(main.axis, pill / 2)
        lane = max(axis + main.width - main.axis, axis + pill / 2) + APART + short.axis
        room = max(main.height, short.height)
        total = start + room + GAP
        height = total + 18
        outputs = skip.outputs if free and not closed else ()
        told = f"what comes in is added{', ' + skip.by if skip.by else ''}"
        items: list[Item] = [
            _dot(axis, fork),
            _pill(axis, total, pill, mark, told, outputs),
            Wire(((axis, 0), (axis, fork)), arrow=False),
            Wire(((axis, fork), (axis, start)), arrow=bool(skip.main) and isinstance(skip.main[0], Leaf)),
            Wire(((axis, start + main.height), (axis, total))),
        ]
        top = start + (room - short.height) / 2
        end = ((lane, total + 9), (axis + pill / 2, total + 9))
        if skip.shortcut:
            dashed = skip.only_first
            items += [
                Wire(((axis, fork), (lane, fork), (lane, top)), "skip", dashed=dashed),
                Wire(((lane, top + short.height), *end), "skip", dashed=dashed),
            ]
        else:
            items.append(Wire(((axis, fork), (lane, fork), *end), "skip", tooltip=told))
        inside = ((axis - main.axis, start, main), (lane - short.axis, top, short))
        return Group(lane + max(short.width - short.axis, 6), height, axis, tuple(items), inside)

    def _fork(self, fork: Fork, closed: bool) -> Group:
        """Branches side by side, and what makes one of them below."""
        columns = [self.column(branch, (), False, True) if branch else _through() for branch in fork.branches]
        lefts, x = [], 0.0
        for column in columns:
            lefts.append(x)
            x += column.width + APART
        axes = [left + column.axis for left, column in zip(lefts, columns, strict=True)]
        mark = fork.merge or "not merged"
        mark = f"{mark} of {fork.copies} alike" if fork.copies > 1 else mark
        mark = ", ".join((mark, *self._named(fork.outputs)))
        pill = width_of(mark, SIZES["plain"]) + 2 * PAD
        axis, shift = (axes[0] + axes[-1]) / 2, 0.0
        if axis < pill / 2:
            shift = pill / 2 - axis
            axis, axes, lefts = pill / 2, [at + shift for at in axes], [at + shift for at in lefts]
        start, height = 6.0 + GAP, max(column.height for column in columns)
        total = start + height + GAP
        items: list[Item] = [
            Wire(((axis, 0), (axis, 6)), arrow=False),
            _dot(axis, 6),
            _pill(axis, total, pill, mark, "", () if closed else fork.outputs),
        ]
        for at, column, branch in zip(axes, columns, fork.branches, strict=True):
            if not branch or branch[0].joined:
                items.append(Wire(((axis, 6), (at, 6), (at, start)) if at != axis else ((at, 6), (at, start))))
            bottom = start + column.height
            rail = total - GAP / 2 - 1
            points = (
                ((at, bottom), (at, rail), (axis, rail), (axis, total)) if at != axis else ((at, bottom), (at, total))
            )
            items.append(Wire(points))
        inside = tuple((left, start, column) for left, column in zip(lefts, columns, strict=True))
        width = max(x - APART + shift, axis + pill / 2)
        return Group(width, total + 18, axis, tuple(items), inside)


def begins_in_a_layer(part: Part) -> bool:
    """Whether a wire into it ends at a layer, and not where it divides."""
    if isinstance(part, Repeat):
        return begins_in_a_layer(part.part)
    return isinstance(part, Leaf) or (isinstance(part, Block) and isinstance(part.parts[0], Leaf))


def wrap_all(texts: Sequence[str]) -> tuple[str, ...]:
    """Texts, each in lines of its own."""
    return tuple(line for text in texts for line in wrap(text, SIZES["plain"], WIDEST))


def _keeps_shape(structure: Structure, leaf: Leaf) -> bool:
    """Whether a layer gives what it reads in the same shape."""
    reads = structure.graph.nodes[leaf.nodes[0]].inputs
    return bool(reads) and all(structure.shape(reads[0]) == structure.shape(at) for at in leaf.outputs)


def _dot(x: float, y: float) -> Box:
    return Box(x - _DOT, y - _DOT, 2 * _DOT, 2 * _DOT, "dot")


def _pill(x: float, y: float, width: float, text: str, told: str, outputs: Positions) -> Box:
    texts = (Text(x, y + 13, text, "plain"),)
    return Box(x - width / 2, y, width, 18, "merge", "merge", told, texts, outputs)


def _through() -> Group:
    """A branch that hands on what it reads."""
    texts = (Text(32, 13.5, "identity", "faint"),)
    return Group(64, 20, 32, (Box(0, 0, 64, 20, "layer", "other", "identity: what comes in", texts),))
