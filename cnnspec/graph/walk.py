"""The one walk over a spec's entries: expands, names, connects and infers.

It is one, since a block may compute with the shape that it reads.

A mistake spoils the result it belongs to; what reads a spoilt result is still looked at for mistakes
of its own, but not inferred, so that one mistake gives one message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cnnspec.graph.bounds import MAX_LAYERS, Bounded
from cnnspec.graph.common import first_argument, give_name, is_there, keep_names, repeats
from cnnspec.graph.entries import Written, read_entry
from cnnspec.graph.inference import inferred
from cnnspec.graph.mention import mark_mentioned
from cnnspec.graph.misfit import misfit_diagnostic
from cnnspec.graph.nodes import Node, Step
from cnnspec.graph.reading import sources_of
from cnnspec.graph.scope import Around, Result
from cnnspec.language.check import read_fields
from cnnspec.language.computed import as_value
from cnnspec.language.interpolation import Scope, interpolate, is_static
from cnnspec.language.resolve import compute_arguments
from cnnspec.language.spec import Spec
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer, Misfit
from cnnspec.layers.foreign_names import foreign_layer
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.source.diagnostic import Diagnostic, Note, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping as MapValue
from cnnspec.source.values import Scalar, Value, describe


@dataclass(frozen=True, slots=True)
class Made:
    """What one repeat of an entry became. `position` is None where a mistake spoilt it."""

    position: int | None
    step: Step | None = None


SPOILT = Made(None)

Handler = Callable[["Walk", Written, MapValue, list[Result], Around, str], Made]
"""Expands one composite: its arguments as written, what it reads, what surrounds it, its name."""


@dataclass(slots=True, kw_only=True)
class Walk(Bounded):
    """The state of one walk: the nodes so far, and what was reported."""

    spec: Spec
    handlers: Mapping[str, Handler]
    block: Handler
    nodes: list[Node] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    used_blocks: set[str] = field(default_factory=set)
    nulls: dict[str, Span] = field(default_factory=dict)
    _names: dict[str, Span] = field(default_factory=dict)
    _layers: dict[tuple[int, str], tuple[Value, Layer | None]] = field(default_factory=dict)

    # Results

    def shape(self, result: Result) -> Shape | None:
        """The shape of a result, None if it is spoilt."""
        return None if result.position is None else self.nodes[result.position].output

    # Lists of entries

    def run(
        self, entries: tuple[Value, ...], current: Result | None, around: Around
    ) -> tuple[tuple[Step, ...], Result | None]:
        """Entries one after the other; the last one's result (`current` itself if there are none)."""
        if entries:
            self.check_depth(entries[0].span, around)
        counts: dict[str, int] = {}
        steps: list[Step] = []
        for value in entries:
            made, current = self._entry(value, current, around, counts)
            steps += made
        return tuple(steps), current

    def _entry(
        self, value: Value, current: Result | None, around: Around, counts: dict[str, int]
    ) -> tuple[list[Step], Result | None]:
        report = self.reporter(around.uses)
        self.count(value, value.span, around)
        written = read_entry(value, report)
        if written is None:
            result = self.spoilt(value.span, current)
            keep_names(value, result, around)
            return [], result
        kind = self._kind(written, around)
        here = is_there(self, written, around)
        repeat = repeats(self, written, around) if here else 0
        if repeat == 0:
            mark_mentioned(written if kind is None else replace(written, kind=kind), self.spec, self.used_blocks)
            return [], current
        sources = sources_of(self, written, current, around)
        if sources is None:
            sources = [self.spoilt(written.key, None)]
        if kind is None:
            _mark(sources)
            return [], give_name(self, written, self.spoilt(written.key, None), around)
        return self._repeated(written, kind, repeat or 1, sources, around, counts)

    def spoilt(self, span: Span, current: Result | None) -> Result:
        """The result of an entry that could not be read; what it would have read counts as read."""
        if current is not None:
            current.read = True
        self.uncertain = True
        return Result(None, "", span)

    def _repeated(
        self, written: Written, kind: str, repeat: int, sources: list[Result], around: Around, counts: dict[str, int]
    ) -> tuple[list[Step], Result | None]:
        first = first_argument(self, written, around)
        _mark(sources)
        steps: list[Step] = []
        result: Result | None = None
        for index in range(repeat):
            counts[kind] = counts.get(kind, 0) + 1
            if index:
                self.count(written.argument, written.key, around)
            name = f"{around.path}{kind}{counts[kind]}"
            inside = self._with_index(around, index, written, repeat)
            made = self._one(
                kind, replace(written, argument=first if index == 0 else written.argument), sources, inside, name
            )
            if made.step:
                steps.append(made.step)
            result = Result(made.position, name, written.key, steps=(made.step,) if made.step else ())
            sources = [result]
        assert result is not None
        self.results.append(result)
        return steps, give_name(self, written, result, around)

    def _with_index(self, around: Around, index: int, written: Written, repeat: int) -> Around:
        if "repeat" not in written.common:
            return around
        return replace(around, scope=Scope({"i": as_value(index, written.key)}, around.scope))

    # What every entry takes

    def _kind(self, written: Written, around: Around) -> str | None:
        kind = written.kind
        if kind.startswith("$"):
            value = interpolate(Scalar(kind, written.key, kind), around.scope, self.reporter(around.uses))
            if value is None:
                return None
            if not isinstance(value, Scalar) or not isinstance(value.value, str):
                self.error(
                    around, "bad-value", f"{kind} is {describe(value)}, expected the name of a kind", written.key
                )
                return None
            kind = value.value
        if kind in LAYERS or kind in self.handlers or kind in self.spec.blocks:
            return kind
        known = (*LAYERS, *self.handlers, *self.spec.blocks)
        help = foreign_layer(kind) or suggestion(kind, known, 60)
        self.error(around, "unknown-layer", f"there is no layer or block {kind}", written.key, help)
        return None

    # One repeat of one entry

    def _one(self, kind: str, written: Written, sources: list[Result], around: Around, name: str) -> Made:
        handler = self.handlers.get(kind)
        if kind in self.spec.blocks:
            self.used_blocks.add(kind)
            handler = self.block
        if handler is None:
            return self._layer(LAYERS[kind], written, sources, around, name)
        arguments = self.arguments(written, self._first_argument(kind), around)
        return (
            SPOILT
            if arguments is None
            else handler(self, replace(written, kind=kind), arguments, sources, around, name)
        )

    def _first_argument(self, kind: str) -> str | None:
        if kind in self.spec.blocks:
            return next(iter(self.spec.blocks[kind].parameter_names), None)
        return {"residual": "layers", "parallel": "branches", "reuse": "entry"}[kind]

    def arguments(self, written: Written, first_argument: str | None, around: Around) -> MapValue | None:
        """The arguments by name, as written."""
        arguments = written.arguments(first_argument)
        if arguments is None and written.argument is not None:
            self.error(
                around,
                "bad-value",
                f"{written.kind} takes no argument, but here is {describe(written.argument)}",
                written.argument.span,
                f"write - {written.kind}",
            )
        return arguments

    def _layer(self, cls: type[Layer], written: Written, sources: list[Result], around: Around, name: str) -> Made:
        layer = self._checked(cls, written, around)
        if not self._right_number(cls, written, sources, around) or layer is None:
            return SPOILT
        shapes = [self.shape(source) for source in sources]
        inputs = tuple(source.position for source in sources if source.position is not None)
        if None in shapes:
            return SPOILT
        return self.apply(layer, inputs, written, around, name)

    def _checked(self, cls: type[Layer], written: Written, around: Around) -> Layer | None:
        """The layer with its arguments checked; those without anything to compute are checked once."""
        known = self._layers.get((id(written.argument), cls.kind))
        if known is not None:
            return known[1]
        arguments = self.arguments(written, cls.first_argument(), around)
        if arguments is None:
            return None
        report = self.reporter(around.uses)
        computed, broken = compute_arguments(arguments, around.scope, report)
        layer = read_fields(
            cls, computed, report, written.kind if not written.kind.startswith("$") else cls.kind, broken
        )
        if written.argument is not None and is_static(written.argument):
            self._layers[id(written.argument), cls.kind] = (written.argument, layer)
        return layer

    def _right_number(self, cls: type[Layer], written: Written, sources: list[Result], around: Around) -> bool:
        count, least, most = len(sources), cls.least_inputs, cls.most_inputs
        if not sources[0].label:  # What could not be read may stand for several.
            return True
        if count >= least and (most is None or count <= most):
            return True
        expected = "one entry" if most == 1 else f"{'exactly' if most else 'at least'} {least} entries"
        help = "merge them first, with concat or add" if most == 1 else "write from: [one, another]"
        self.error(around, "input-count", f"{cls.kind} reads {expected}, here {count}", written.key, help)
        return False

    def apply(self, layer: Layer, inputs: tuple[int, ...], written: Written, around: Around, name: str) -> Made:
        """Infer a layer's parts one after the other and add a node for each."""
        reads, added = inputs, []
        try:
            for part in layer.parts(*(self.nodes[position].output for position in inputs)):
                facts = inferred(part.layer, [self.nodes[position].output for position in inputs])
                full = f"{name}.{part.suffix}" if part.suffix else name
                added.append(self.add(Node(full, part.layer, inputs, facts, written.key, around.uses)))
                inputs = (added[-1],)
        except Misfit as misfit:
            self.misfit(misfit, written, reads, around)
            return SPOILT
        step = Step(layer.kind, name, reads, added[-1], written.key, layer, tuple(added))
        return Made(added[-1], step)

    def apply_again(
        self, position: int, inputs: tuple[int, ...], written: Written, around: Around, name: str
    ) -> int | None:
        """Apply a node's layer to other inputs, with the same weights; None after a mistake, which was reported."""
        original = self.nodes[position]
        assert original.layer is not None
        try:
            facts = inferred(original.layer, [self.nodes[i].output for i in inputs])
        except Misfit as misfit:
            self.misfit(misfit, written, inputs, around)
            return None
        if facts.weights != original.facts.weights:
            was, now = (", ".join(write_shape(w.shape) for w in f.weights) for f in (original.facts, facts))
            self.error(
                around,
                "shape-mismatch",
                f"the weights of {original.name} are {was}, but this input needs {now}",
                written.key,
                "reuse reads inputs with the same number of channels",
            )
            return None
        first = original.shared if original.shared is not None else position
        return self.add(Node(name, original.layer, inputs, facts, written.key, around.uses, shared=first))

    def misfit(self, misfit: Misfit, written: Written, reads: tuple[int, ...], around: Around) -> None:
        """Report a layer that does not fit what it reads."""
        found = misfit_diagnostic(misfit, written, [self.nodes[i] for i in reads], self.nodes, self.nulls)
        self.reporter(around.uses)(found)

    def add(self, node: Node) -> int:
        """Append a node; its position. Names must differ, since Keras' layers are found by them."""
        self.nodes.append(node)
        if len(self.nodes) > MAX_LAYERS and sum(each.layer is not None for each in self.nodes) > MAX_LAYERS:
            self.too_large(f"{MAX_LAYERS:,} layers", node.span, node.uses)
        earlier = self._names.get(node.name)
        if earlier is not None:
            self._refuse_name(node, earlier)
        self._names[node.name] = node.span
        return len(self.nodes) - 1

    def _refuse_name(self, node: Node, earlier: Span) -> None:
        message = f"two layers would be called {node.name}"
        help = "give the block or the input another name"
        self.reporter(node.uses)(
            Diagnostic("duplicate-name", message, node.span, help=help, notes=(Note("the earlier one", earlier),))
        )


def _mark(sources: list[Result]) -> None:
    for source in sources:
        source.read = True
