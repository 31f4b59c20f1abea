"""The one walk over a spec's entries: expands, names, connects and infers.

It is one, since a block may compute with the shape that it reads.

A mistake spoils the result it belongs to; what reads a spoilt result is still looked at for mistakes
of its own, but not inferred, so that one mistake gives one message.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from cnnspec.graph.builder import SPOILT, GraphBuilder, Made
from cnnspec.graph.complaints import Budget, check_depth
from cnnspec.graph.defaults import Defaulting
from cnnspec.graph.entries import Use, Written, read_entry, with_named_arguments, with_parameters
from cnnspec.graph.entry_arguments import (
    give_name,
    is_there,
    keep_names,
    mark_mentioned,
    of_repeat,
    repeats,
    written_name,
)
from cnnspec.graph.every_repeat import keep_repeats, read_together
from cnnspec.graph.layer import LayerReader, reads_enough
from cnnspec.graph.nodes import Step
from cnnspec.graph.reading import sources_of
from cnnspec.graph.scope import Around, Result, ResultScope
from cnnspec.language.composites import Composite
from cnnspec.language.computed import as_value
from cnnspec.language.interpolation import Scope, Variables
from cnnspec.language.naming import is_word
from cnnspec.language.spec import Spec
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer
from cnnspec.layers.instead import instead
from cnnspec.source.diagnostic import Edit, respelt, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping as MapValue
from cnnspec.source.values import Scalar, Value, describe

_READING = 8
"""What it takes to read each further result, in values that are looked at."""
Handler = Callable[["Walk", Use, MapValue, list[Result]], Made]
"""Expands one use of a composite or a block: its arguments as written, and what it reads."""


@cache
def _handler(kind: str) -> Handler:
    """The function called like the kind, in the file called like it, which is read when a spec first names the kind."""
    found: Handler = getattr(importlib.import_module(f"cnnspec.graph.{kind}"), kind)
    return found


@dataclass(slots=True, eq=False, repr=False)
class _List:
    """A list of entries on the way: what the last one gave, and how many there were of each kind."""

    around: Around
    current: Result | None
    counts: dict[str, int] = field(default_factory=dict)

    def next_names(self, kind: str, written: Written, index: int) -> tuple[str, str]:
        """The path of the next use of a kind, and its last part as it is without a written name: `conv2`.

        A written name takes the number's place, with a number of its own where the entry is repeated. One that is
        taken, maybe by what the composite makes itself, does not.
        """
        self.counts[kind] = self.counts.get(kind, 0) + 1
        number = f"{kind}{self.counts[kind]}"
        name = written_name(written)
        if not is_word(name) or name in self.around.taken or name in self.around.results.names:
            return f"{self.around.path}{number}", number
        return f"{self.around.path}{name}{index + 1 if 'repeat' in written.common else ''}", number


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Walk:
    """The state of one walk: the graph so far, every entry's result, which blocks were used."""

    spec: Spec
    graph: GraphBuilder = field(default_factory=GraphBuilder)
    budget: Budget = field(default_factory=Budget)
    results: list[Result] = field(default_factory=list)
    used_blocks: set[str] = field(default_factory=set)
    defaults: Defaulting = field(default_factory=Defaulting)
    _layers: LayerReader = field(default_factory=LayerReader)

    def run(
        self, entries: tuple[Value, ...], current: Result | None, around: Around
    ) -> tuple[tuple[Step, ...], Result | None]:
        """Entries one after the other; the last one's result (`current` itself if there are none)."""
        if entries:
            check_depth(around.depth, entries[0].span, around.report)
        listed = _List(around, current)
        steps: list[Step] = []
        for value in entries:
            made, listed.current = self._entry(value, listed)
            steps += made
        return tuple(steps), merged_at_last(listed.current, around)

    def _entry(self, value: Value, listed: _List) -> tuple[list[Step], Result | None]:
        around, current = listed.around, listed.current
        self.budget.count(value, value.span, around.report)
        written = read_entry(value, around.report)
        if written is None:
            result = spoilt(value.span, current, around)
            keep_names(value, result, around)
            return [], result
        written = with_named_arguments(written, around.scope)
        kind, meant = self._kind(written, around)
        if kind in self.spec.blocks:
            written = with_parameters(written, self.spec.blocks[kind].parameter_names)
        here = is_there(written, around)
        repeat = repeats(written, around) if here else 0
        if repeat == 0:
            absent = written if kind is None else replace(written, kind=kind)
            mark_mentioned(absent, self.spec, self.used_blocks, self.defaults.used)
            return [], current
        several = kind is None or self._takes_several(kind)
        sources = sources_of(written, current, around, several)
        if sources is None:
            sources = [spoilt(written.key, None, around)]
        self.budget.spend(_READING * (len(sources) - 1), written.key, around.report)
        if kind is None:
            _mark(sources)
            if meant is not None:
                self._judge(of_repeat(written, around, 0, repeat or 1), meant, around)
            return [], give_name(written, spoilt(written.key, None, around), around)
        if around.defaults and kind not in self.spec.blocks:
            written = self.defaults.under(written, kind, around)
            self.budget.spend(len(around.defaults), written.key, around.report)
        return self._repeated(written, kind, repeat or 1, sources, listed)

    def _kind(self, written: Written, around: Around) -> tuple[str | None, str | None]:
        """The kind, a computed one too; after a mistake, which was reported, None and the kind that was meant."""
        kind, place, alone = written.kind, written.key, written.alone
        if kind.startswith("$"):
            value = around.compute(Scalar(kind, written.key, kind))
            if value is None:
                return None, None
            if not isinstance(value, Scalar) or not isinstance(value.value, str):
                message = f"{kind} is {describe(value)}, expected the name of a kind"
                around.error("bad-value", message, written.key)
                return None, None
            kind, place, alone = value.value, value.origin or place, False
        if self._is_known(kind):
            return kind, None
        if kind in self._defined_wrongly:
            return None, None
        help, edit = self._instead(kind, place, alone)
        around.error("unknown-layer", f"there is no layer or block {kind}", written.key, help, edit=edit)
        return None, edit.text if edit and self._is_known(edit.text) else None

    @property
    def _defined_wrongly(self) -> tuple[str, ...]:
        """Blocks in whose definitions is a mistake, which was reported there."""
        blocks = self.spec.root.get("blocks")
        return blocks.keys() if isinstance(blocks, MapValue) else ()

    def _is_known(self, kind: str) -> bool:
        return kind in LAYERS or kind in Composite.members or kind in self.spec.blocks

    def _takes_several(self, kind: str) -> bool:
        if kind in self.spec.blocks:
            return False
        if kind in Composite.members:
            member = Composite.members[kind]
            return issubclass(member, Composite) and member.takes_several
        return LAYERS[kind].most_inputs != 1

    def _instead(self, kind: str, place: Span, alone: bool) -> tuple[str, Edit | None]:
        """What to write instead of a kind that there is not; `alone`, without arguments, more can take its place."""
        known = (*LAYERS, *Composite.members, *self.spec.blocks)
        found = instead("layer", kind)
        if found is None:
            edit = respelt(kind, known, place)
            return ("" if edit else suggestion(kind, known, 60)), edit
        takes = found.text and (alone or self._is_known(found.text))
        return found.help, Edit(place, found.text, found.so) if takes else None

    def _judge(self, written: Written, kind: str, around: Around) -> None:
        """Report what is wrong with the arguments of a misspelt kind; it reads nothing."""
        use = Use(written, _with_index(around, 0, 1, written), "")
        if kind in LAYERS:
            self._layers.read(LAYERS[kind], use, self.defaults)
        else:
            self._one(kind, use, [Result(None, "", written.key)])

    def _repeated(
        self, written: Written, kind: str, repeat: int, sources: list[Result], listed: _List
    ) -> tuple[list[Step], Result | None]:
        around = listed.around
        _mark(sources)
        steps: list[Step] = []
        bodies: list[ResultScope] = []
        result: Result | None = None
        for index in range(repeat):
            path, number = listed.next_names(kind, written, index)
            if path != f"{around.path}{number}":
                self.graph.renamed[path] = number
            use = Use(of_repeat(written, around, index, repeat), _with_index(around, index, repeat, written), path)
            if index:
                self.budget.count(written.argument, written.key, around.report)
            made = self._one(kind, use, sources)
            if made.step:
                steps.append(made.step)
            if made.body:
                bodies.append(made.body)
            result = Result(made.position, use.name, written.key, steps=(made.step,) if made.step else ())
            result.several = tuple(Result(at, use.name, written.key) for at in made.several)
            sources = [*result.several] or [result]
        assert result is not None
        self.results.append(result)
        name = written_name(written)
        keep_repeats(around.results, kind, name, bodies)
        if steps and "from" in written.common and (together := tuple(read_together(written, around))):
            steps[0] = replace(steps[0], together=together)
        if steps and name:
            steps[-1] = replace(steps[-1], called=name)
        return steps, give_name(written, result, around)

    def _one(self, kind: str, use: Use, sources: list[Result]) -> Made:
        """One repeat of one entry."""
        if kind in self.spec.blocks:
            self.used_blocks.add(kind)
            first, expand = next(iter(self.spec.blocks[kind].parameter_names), None), _handler("block")
        elif kind in Composite.members:
            first, expand = Composite.members[kind].first_argument(), _handler(kind)
        else:
            return self._layer(LAYERS[kind], use, sources)
        arguments = use.arguments(first)
        if arguments is None:
            return SPOILT
        return expand(self, use._replace(written=replace(use.written, kind=kind)), arguments, sources)

    def _layer(self, cls: type[Layer], use: Use, sources: list[Result]) -> Made:
        layer = self._layers.read(cls, use, self.defaults)
        if not reads_enough(cls, use, sources) or layer is None:
            return SPOILT
        inputs = tuple(source.position for source in sources if source.position is not None)
        return self.graph.apply(layer, inputs, use) if len(inputs) == len(sources) else SPOILT


def spoilt(span: Span, current: Result | None, around: Around) -> Result:
    """The result of an entry that could not be read; what it would have read counts as read."""
    if current is not None:
        current.read = True
    around.complaints.uncertain = True
    return Result(None, "", span)


def merged_at_last(result: Result | None, around: Around) -> Result | None:
    """What a list of entries gives, which is one result; branches that are left apart at its end are a mistake."""
    if result is None or not result.several:
        return result
    message = f"{result.label} leaves its branches apart, and no entry follows that takes several"
    help = "let one follow, as add or concat, or choose a merge"
    around.error("input-count", message, result.span, help)
    return spoilt(result.span, result, around)


def _with_index(around: Around, index: int, repeat: int, written: Written) -> Around:
    """What surrounds a repeat: `i` counts them, `n` is how many there are unless a name of the spec's own is n."""
    if "repeat" not in written.common:
        return around
    values: dict[str, Value | None] = {"i": as_value(index, written.key)}
    if not _is_named(around.scope, "n"):
        values["n"] = as_value(repeat, written.key)
    return replace(around, scope=Scope(values, around.scope))


def _is_named(scope: Scope | Variables | None, name: str) -> bool:
    """Whether a variable or parameter has this name, be it what an entry around this one counts by as well."""
    while isinstance(scope, Scope):
        if name in scope.values and "i" not in scope.values:
            return True
        scope = scope.outer
    return scope is not None and name in scope.raw


def _mark(sources: list[Result]) -> None:
    for source in sources:
        source.read = True
