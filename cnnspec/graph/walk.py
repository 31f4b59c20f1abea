"""The one walk over a spec's entries: expands, names, connects and infers, since a block may compute with what it reads.

A mistake spoils the result it belongs to; what reads a spoilt result is still looked at for mistakes
of its own, but not inferred, so that one mistake gives one message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cnnspec.graph.entries import Written, read_entry
from cnnspec.graph.nodes import Node, Step
from cnnspec.graph.scope import Around, Result
from cnnspec.language.check import follow, read_fields
from cnnspec.language.interpolation import Scope, as_value, interpolate, is_static
from cnnspec.language.resolve import check_word, compute_arguments
from cnnspec.language.spec import Spec
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer, Misfit
from cnnspec.layers.shape import Shape, Unknown, write_shape
from cnnspec.layers.vocabulary import foreign_layer
from cnnspec.source.diagnostic import Diagnostic, Note, Report, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Scalar, Sequence, Value, describe
from cnnspec.source.values import Mapping as MapValue

MAX_LAYERS = 20_000
MAX_ENTRIES = 100_000
MAX_DEPTH = 48
_SHOWN_USES = 3


class TooLarge(Exception):
    """The model is beyond the limits; it was reported, and the walk ends."""


@dataclass(frozen=True, slots=True)
class Made:
    """What one repeat of an entry became. `position` is None where a mistake spoilt it."""

    position: int | None
    step: Step | None = None


SPOILT = Made(None)

Handler = Callable[["Walk", Written, MapValue, list[Result], Around, str], Made]
"""Expands one composite: its arguments as written, what it reads, what surrounds it, its name."""


@dataclass(slots=True)
class Walk:
    """The state of one walk: the nodes so far, and what was reported."""

    spec: Spec
    sink: Report
    handlers: Mapping[str, Handler]
    nodes: list[Node] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    used_blocks: set[str] = field(default_factory=set)
    failed: bool = False
    uncertain: bool = False
    """Whether a mistake hides what some entry reads, so that nobody can say what is left unread."""
    _entries: int = 0
    _seen: set[tuple[Span | None, str]] = field(default_factory=set)
    _layers: dict[tuple[int, str], tuple[Value, Layer | None]] = field(default_factory=dict)

    # Reporting

    def reporter(self, uses: tuple[Span, ...]) -> Report:
        """A report that tells through which uses of a block a place came to be looked at."""

        def report(diagnostic: Diagnostic) -> None:
            self.failed = self.failed or diagnostic.severity == "error"
            key = (diagnostic.span, diagnostic.code)
            if key in self._seen:
                return
            self._seen.add(key)
            notes = tuple(Note("used here", use) for use in uses[:_SHOWN_USES])
            self.sink(replace(diagnostic, notes=diagnostic.notes + notes))

        return report

    def error(self, around: Around, code: str, message: str, span: Span, help: str = "", notes: tuple[Note, ...] = ()) -> None:
        """Report one error."""
        self.reporter(around.uses)(Diagnostic(code, message, span, help=help, notes=notes))

    # Results

    def result(self, made: Made, label: str, span: Span) -> Result:
        """A result that something must read."""
        result = Result(made.position, label, span, steps=(made.step,) if made.step else ())
        self.results.append(result)
        return result

    def shape(self, result: Result) -> Shape | None:
        """The shape of a result, None if it is spoilt."""
        return None if result.position is None else self.nodes[result.position].output

    # Lists of entries

    def run(self, entries: tuple[Value, ...], current: Result | None, around: Around) -> tuple[tuple[Step, ...], Result | None]:
        """Entries one after the other; the last one's result (`current` itself if there are none)."""
        if around.depth > MAX_DEPTH:
            self.error(around, "too-deep", f"blocks and branches nested more than {MAX_DEPTH} deep", entries[0].span, "flatten the structure")
            raise TooLarge
        counts: dict[str, int] = {}
        steps: list[Step] = []
        for value in entries:
            made, current = self._entry(value, current, around, counts)
            steps += made
        return tuple(steps), current

    def _entry(self, value: Value, current: Result | None, around: Around, counts: dict[str, int]) -> tuple[list[Step], Result | None]:
        report = self.reporter(around.uses)
        written = read_entry(value, report)
        if written is None:
            return [], self._spoilt(value.span, current)
        kind = self._kind(written, around)
        sources = self._sources(written, current, around)
        here = self._when(written, around)
        repeat = self._repeat(written, around) if here else 0
        if kind is None or sources is None or repeat is None:
            if sources is not None:
                _mark(sources)
            return [], self._named(written, self._spoilt(written.key, None), around)
        if repeat == 0:
            return [], self._absent(written, kind, current, sources, around)
        return self._repeated(written, kind, repeat, sources, around, counts)

    def _spoilt(self, span: Span, current: Result | None) -> Result:
        """The result of an entry that could not be read; what it would have read counts as read."""
        if current is not None:
            current.read = True
        self.uncertain = True
        return Result(None, "", span)

    def _absent(self, written: Written, kind: str, current: Result | None, sources: list[Result], around: Around) -> Result | None:
        """An entry that is not there hands on what it would have read; its kind still counts as used."""
        if kind in self.spec.blocks:
            self.used_blocks.add(kind)
        if "from" not in written.common:
            return self._named(written, current, around)
        _mark(sources)
        return self._named(written, sources[0] if len(sources) == 1 else self._spoilt(written.key, None), around)

    def _repeated(
        self, written: Written, kind: str, repeat: int, sources: list[Result], around: Around, counts: dict[str, int]
    ) -> tuple[list[Step], Result | None]:
        first = self._first(written, around)
        _mark(sources)
        steps: list[Step] = []
        result: Result | None = None
        for index in range(repeat):
            counts[kind] = counts.get(kind, 0) + 1
            self._count(written, around)
            name = f"{around.path}{kind}{counts[kind]}"
            inside = self._with_index(around, index, written, repeat)
            made = self._one(kind, replace(written, argument=first if index == 0 else written.argument), sources, inside, name)
            if made.step:
                steps.append(made.step)
            result = Result(made.position, name, written.key, steps=(made.step,) if made.step else ())
            sources = [result]
        assert result is not None
        self.results.append(result)
        return steps, self._named(written, result, around)

    def _count(self, written: Written, around: Around) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES or len(self.nodes) > MAX_LAYERS:
            what = f"{MAX_LAYERS:,} layers" if len(self.nodes) > MAX_LAYERS else f"{MAX_ENTRIES:,} entries"
            self.error(around, "model-too-large", f"the model expands to more than {what}", written.key, "repeat less")
            raise TooLarge

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
                self.error(around, "bad-value", f"{kind} is {describe(value)}, expected the name of a kind", written.key)
                return None
            kind = value.value
        if kind in LAYERS or kind in self.handlers or kind in self.spec.blocks:
            return kind
        known = (*LAYERS, *self.handlers, *self.spec.blocks)
        help = foreign_layer(kind) or suggestion(kind, known, 60)
        self.error(around, "unknown-layer", f"there is no layer or block {kind}", written.key, help)
        return None

    def _sources(self, written: Written, current: Result | None, around: Around) -> list[Result] | None:
        entry = written.common.get("from")
        if entry is not None:
            return self._named_sources(entry.value, around)
        if current is not None:
            return [current]
        self.error(around, "needs-from", f"{written.kind} does not say what it reads", written.key, f"write from: a name; known here: {', '.join(list(around.place.known())[:8])}")
        return None

    def _named_sources(self, value: Value, around: Around) -> list[Result] | None:
        items = value.items if isinstance(value, Sequence) else (value,)
        found = [result for item in items for result in self.lookup(item, around)]
        if not items:
            self.error(around, "bad-value", "from is an empty list", value.span, "name what the entry reads")
        if not items or any(result is None for result in found):
            self.uncertain = True
            return None
        return [result for result in found if result is not None]

    def lookup(self, value: Value, around: Around) -> list[Result | None]:
        """The results that a name, or a variable that holds names, stands for."""
        report = self.reporter(around.uses)
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.value[1:] in around.bindings and value.value[:1] == "$":
            binding = around.bindings[value.value[1:]]
            around = replace(around, place=binding.place, bindings=binding.bindings)
        computed = interpolate(value, around.scope, report) if not is_static(value) else value
        if isinstance(computed, Sequence):
            return [found for item in computed.items for found in self.lookup(item, around)]
        if computed is None:
            return [None]
        if not isinstance(computed, Scalar) or not isinstance(computed.value, str):
            shown = computed.text if isinstance(computed, Scalar) else ""
            if shown and (result := around.place.find(shown)):
                return [result]
            self.error(around, "bad-value", f"from is {describe(computed)}, expected a name or a list of names", computed.span)
            return [None]
        return [self._find(computed, around)]

    def _find(self, value: Scalar, around: Around) -> Result | None:
        result = around.place.find(str(value.value))
        if result is None:
            help = suggestion(str(value.value), around.place.known()) or "give the entry you mean a name"
            self.error(around, "unknown-name", f"nothing before this is called {value.value}", value.span, help)
        return result

    def _when(self, written: Written, around: Around) -> bool:
        entry = written.common.get("when")
        if entry is None:
            return True
        value = interpolate(entry.value, around.scope, self.reporter(around.uses))
        if value is None:
            return True
        if isinstance(value, Scalar) and isinstance(value.value, bool):
            return value.value
        self.error(around, "bad-value", f"when is {describe(value)}, expected true or false", entry.value.span)
        return True

    def _repeat(self, written: Written, around: Around) -> int | None:
        entry = written.common.get("repeat")
        if entry is None:
            return 1
        value = interpolate(entry.value, around.scope, self.reporter(around.uses))
        number = value.value if isinstance(value, Scalar) else None
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MAX_LAYERS:
            return number
        if value is not None:
            self.error(around, "bad-value", f"repeat is {describe(value)}, expected a whole number from 0 to {MAX_LAYERS:,}", entry.value.span)
        return None

    def _first(self, written: Written, around: Around) -> Value | None:
        """The argument of the first repeat: with `first` laid over it."""
        entry = written.common.get("first")
        if entry is None:
            return written.argument
        if not isinstance(entry.value, MapValue) or not isinstance(written.argument, MapValue | None):
            self.error(around, "bad-value", f"first is {describe(entry.value)}, expected a map of arguments", entry.value.span, "write first: {strides: 2}, beside named arguments")
            return written.argument
        base = {inner.key: inner for inner in written.argument} if written.argument else {}
        base.update({inner.key: inner for inner in entry.value})
        return MapValue(tuple(base.values()), written.argument.span if written.argument else written.key)

    def _named(self, written: Written, result: Result | None, around: Around) -> Result | None:
        entry = written.common.get("name")
        if entry is None:
            return result
        value = entry.value
        if not self._check_name(value, around):
            return result
        name = str(value.value) if isinstance(value, Scalar) else ""
        if result is None:
            return None
        around.place.names[name] = result
        return result

    def _check_name(self, value: Value, around: Around) -> bool:
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            self.error(around, "bad-value", f"name is {describe(value)}, expected a word", value.span)
            return False
        if not check_word(value.value, value.span, "entry", self.reporter(around.uses)):
            return False
        earlier = around.place.names.get(value.value)
        if earlier is not None:
            self.error(around, "duplicate-name", f"the name {value.value} is taken here", value.span, "give one of them another name", (Note("first used here", earlier.span),))
            return False
        return True

    # One repeat of one entry

    def _one(self, kind: str, written: Written, sources: list[Result], around: Around, name: str) -> Made:
        handler = self.handlers.get(kind)
        if handler is None and kind in self.spec.blocks:
            self.used_blocks.add(kind)
            handler = self.handlers["block"]
        if handler is None:
            return self._layer(LAYERS[kind], written, sources, around, name)
        arguments = self.arguments(written, self._first_argument(kind), around)
        return SPOILT if arguments is None else handler(self, replace(written, kind=kind), arguments, sources, around, name)

    def _first_argument(self, kind: str) -> str | None:
        if kind in self.spec.blocks:
            return next(iter(self.spec.blocks[kind].parameter_names), None)
        return {"residual": "layers", "parallel": "branches", "reuse": "entry"}[kind]

    def arguments(self, written: Written, first_argument: str | None, around: Around) -> MapValue | None:
        """The arguments by name, as written."""
        arguments = written.arguments(first_argument)
        if arguments is None and written.argument is not None:
            self.error(around, "bad-value", f"{written.kind} takes no argument, but here is {describe(written.argument)}", written.argument.span, f"write - {written.kind}")
        return arguments

    def _layer(self, cls: type[Layer], written: Written, sources: list[Result], around: Around, name: str) -> Made:
        layer = self._checked(cls, written, around)
        if not self._right_number(cls, written, sources, around) or layer is None:
            return SPOILT
        shapes = [self.shape(source) for source in sources]
        inputs = tuple(source.position for source in sources if source.position is not None)
        if None in shapes:
            return SPOILT
        made = self.apply(layer, inputs, written, around, name)
        return made

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
        layer = read_fields(cls, computed, report, written.kind if not written.kind.startswith("$") else cls.kind, broken)
        if written.argument is not None and is_static(written.argument):
            self._layers[id(written.argument), cls.kind] = (written.argument, layer)
        return layer

    def _right_number(self, cls: type[Layer], written: Written, sources: list[Result], around: Around) -> bool:
        count, least, most = len(sources), cls.least_inputs, cls.most_inputs
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
                facts = part.layer.infer(*(self.nodes[position].output for position in inputs))
                full = f"{name}.{part.suffix}" if part.suffix else name
                added.append(self.add(Node(full, part.layer, inputs, facts, written.key, around.uses)))
                inputs = (added[-1],)
        except Misfit as misfit:
            self._misfit(misfit, written, reads, around)
            return SPOILT
        step = Step(layer.kind, name, reads, added[-1], written.key, layer, tuple(added))
        return Made(added[-1], step)

    def apply_again(self, position: int, inputs: tuple[int, ...], written: Written, around: Around, name: str) -> int | None:
        """Apply a node's layer to other inputs, with the same weights; None after a mistake, which was reported."""
        original = self.nodes[position]
        assert original.layer is not None
        try:
            facts = original.layer.infer(*(self.nodes[i].output for i in inputs))
        except Misfit as misfit:
            self._misfit(misfit, written, inputs, around)
            return None
        if facts.weights != original.facts.weights:
            was, now = (", ".join(write_shape(w.shape) for w in f.weights) for f in (original.facts, facts))
            self.error(around, "shape-mismatch", f"the weights of {original.name} are {was}, but this input needs {now}", written.key, "reuse reads inputs with the same number of channels")
            return None
        first = original.shared if original.shared is not None else position
        return self.add(Node(name, original.layer, inputs, facts, written.key, around.uses, shared=first))

    def add(self, node: Node) -> int:
        """Append a node; its position."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _misfit(self, misfit: Misfit, written: Written, reads: tuple[int, ...], around: Around) -> None:
        place = follow(written.arguments(None) or MapValue((), written.key), (misfit.field,) if misfit.field else ())
        argument = written.argument
        found = misfit.field and isinstance(argument, MapValue) and argument.entry(misfit.field)
        span = place.span if found else written.span
        label = f"expected {misfit.expected}" if len(misfit.expected) <= 50 else ""
        shape = ", ".join(write_shape(self.nodes[position].output) for position in reads)
        self.reporter(around.uses)(
            Diagnostic(
                "shape-mismatch",
                f"{written.kind} reads {shape}: {misfit.received}, expected {misfit.expected}" if f"reads {shape}" not in misfit.received else f"{misfit.received}, expected {misfit.expected}",
                span,
                label=label,
                help=misfit.help,
                notes=(*self._shrinking(reads[:1]), *self._unknown_note(reads)),
            )
        )

    def _shrinking(self, reads: tuple[int, ...]) -> tuple[Note, ...]:
        """How the first spatial size came to be what it is."""
        sizes: list[object] = []
        positions = reads
        while positions:
            node = self.nodes[positions[0]]
            if len(node.output) < 2:
                return ()
            if not sizes or sizes[-1] != node.output[0]:
                sizes.append(node.output[0])
            positions = node.inputs[:1]
        if len(sizes) < 3:
            return ()
        sizes = [size if isinstance(size, int) else "?" for size in reversed(sizes)]
        shown = sizes if len(sizes) <= 12 else [*sizes[:5], "...", *sizes[-6:]]
        return (Note(f"the size on the way here: {' -> '.join(map(str, shown))}"),)

    def _unknown_note(self, reads: tuple[int, ...]) -> tuple[Note, ...]:
        if not any(isinstance(size, Unknown) for position in reads for size in self.nodes[position].output):
            return ()
        spans = [node.span for node in self.nodes if node.layer is None and any(isinstance(s, Unknown) for s in node.output)]
        return tuple(Note("a length is unknown (null) here", span) for span in spans[:1])


def _mark(sources: list[Result]) -> None:
    for source in sources:
        source.read = True
