"""What a spec says once for all entries of a kind, laid under what each of them says itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from cnnspec.graph.entries import Use, Written
from cnnspec.graph.scope import Around
from cnnspec.language.check import read_fields
from cnnspec.language.composites import Composite
from cnnspec.language.computed import as_value
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer
from cnnspec.layers.norm import NORMS
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Value

L = TypeVar("L", bound=Layer)
_LEARNING = ("_initializer", "_regularizer")
"""How the arguments end that also hold for layers which the program makes by itself."""


@dataclass(slots=True, eq=False, repr=False)
class Defaulting:
    """Lays the defaults under entries; `used` has the places of those that some entry could use."""

    used: set[Span] = field(default_factory=set)
    _laid: dict[tuple[int, int], tuple[Value, Mapping]] = field(default_factory=dict)

    def under(self, written: Written, kind: str, around: Around) -> Written:
        """The entry with the defaults of its kind beside the arguments that it has itself."""
        default = around.defaults.get(kind)
        if default is None:
            return written
        self.used.add(default.span)
        argument, family = written.argument, LAYERS if kind in LAYERS else Composite.members
        known = self._laid.get((id(argument), id(default)))
        if known is not None:
            return replace(written, argument=known[1])
        held = _named(argument, written.key, family[kind].first_argument())
        if held is None:
            return written
        laid = _both(held, default)
        if argument is not None:  # It is kept, so that its id stays its own.
            self._laid[id(argument), id(default)] = (argument, laid)
        return replace(written, argument=laid)

    def norms(self, arguments: Mapping, around: Around) -> Mapping:
        """The arguments of a layer, with the defaults of the normalisation that its `norm` is."""
        entry = arguments.entry("norm")
        name, own = _one_kind(entry.value) if entry is not None else ("", None)
        default = around.defaults.get(NORMS[name].kind) if name in NORMS else None
        if entry is None or default is None:
            return arguments
        self.used.add(default.span)
        held = _named(own, entry.value.span, NORMS[name].first_argument())
        if held is None:
            return arguments
        place = entry.value.entries[0].span if isinstance(entry.value, Mapping) else entry.value.span
        norm = replace(entry, value=Mapping((Entry(name, place, _both(held, default)),), entry.value.span))
        return replace(arguments, entries=tuple(norm if each is entry else each for each in arguments))

    def made(self, cls: type[L], use: Use, **arguments: Any) -> L | None:
        """A layer that the program makes by itself: it starts and is kept small as entries of its kind are.

        All else is as its `arguments` say. None after a mistake in the defaults, which was reported.
        """
        default = use.around.defaults.get(cls.kind)
        if default is None:
            return cls.model_validate(arguments)
        self.used.add(default.span)
        assert isinstance(default.value, Mapping)
        learning = [entry for entry in default.value if entry.key.endswith(_LEARNING)]
        sizes = {name: value for name, value in arguments.items() if isinstance(value, (int, tuple, str))}
        own = (Entry(name, default.span, as_value(value, default.span)) for name, value in sizes.items())
        layer = read_fields(cls, Mapping((*own, *learning), default.span), use.around.report, cls.kind)
        rest = {name: value for name, value in arguments.items() if name not in sizes}
        return layer and layer.model_copy(update=rest)


def _named(argument: Value | None, place: Span, first: str | None) -> Mapping | None:
    """Arguments by name; None where a value stands and none is taken, which is said where they are read."""
    if argument is None or (isinstance(argument, Scalar) and argument.value is None):
        return Mapping((), place)
    if isinstance(argument, Mapping):
        return argument
    return Mapping((Entry(first, argument.span, argument),), argument.span) if first is not None else None


def _both(held: Mapping, default: Entry) -> Mapping:
    """The arguments, and those of the defaults that are not among them."""
    assert isinstance(default.value, Mapping)
    own = set(held.keys())
    more: Iterable[Entry] = (entry for entry in default.value if entry.key not in own)
    return replace(held, entries=(*held.entries, *more))


def _one_kind(value: Value) -> tuple[str, Value | None]:
    """A kind and its argument, as in `batch` or `{batch: {epsilon: 1e-3}}`."""
    if isinstance(value, Mapping) and len(value.entries) == 1:
        return value.entries[0].key, value.entries[0].value
    return (value.value if isinstance(value, Scalar) and isinstance(value.value, str) else ""), None
