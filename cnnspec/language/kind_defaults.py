"""`defaults`: arguments that the entries of a kind have where they do not say otherwise.

They hold for the entries of the file in which they stand. Of a spec that extends another there may be several such
maps: each is listed with `only`, the stages and blocks that its file wrote, and so a run keeps them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cnnspec.language.composites import ENTRY_ARGUMENTS, Composite
from cnnspec.language.interpolation import Variables, interpolate
from cnnspec.layers import LAYERS
from cnnspec.layers.instead import instead
from cnnspec.layers.kind import Kind
from cnnspec.source.diagnostic import Diagnostic, Edit, Report, misspelt
from cnnspec.source.frozen import frozen
from cnnspec.source.values import Entry, Scalar, Sequence, Value, describe
from cnnspec.source.values import Mapping as MapValue

INHERITED = "inherited"
"""Beside the kinds: whether they hold for what extends the spec, too."""
KINDS, ONLY = "kinds", "only"
"""The keys of one of several maps."""

Defaults = Mapping[str, Entry]
"""Kind -> its entry, whose value is the map of its arguments."""


@frozen
class Scoped:
    """Defaults, and the places of the entries that they hold for: `model.STAGE`, `blocks.NAME`; None for all."""

    kinds: Defaults
    only: frozenset[str] | None


def defaults_at(scopes: Iterable[Scoped], place: str) -> Defaults:
    """The defaults that hold for what is written at a place."""
    return next((each.kinds for each in scopes if each.only is None or place in each.only), {})


def places(root: MapValue) -> Iterator[str]:
    """The stages and blocks whose entries a document writes down; `model` where there are no stages."""
    model, blocks = root.get("model"), root.get("blocks")
    if isinstance(model, Sequence):
        yield "model"
    for entry in model if isinstance(model, MapValue) else ():
        if isinstance(entry.value, Sequence):
            yield f"model.{entry.key}"
    for entry in blocks if isinstance(blocks, MapValue) else ():
        if isinstance(entry.value, MapValue) and isinstance(entry.value.get("layers"), Sequence):
            yield f"blocks.{entry.key}"


def kinds_in(value: Value | None) -> Iterator[Entry]:
    """The kinds that have defaults, in all maps of them."""
    items = value.items if isinstance(value, Sequence) else ()
    for kinds in (value, *(item.get(KINDS) for item in items if isinstance(item, MapValue))):
        yield from (entry for entry in kinds if entry.key != INHERITED) if isinstance(kinds, MapValue) else ()


def read_defaults(root: MapValue, variables: Variables, report: Report) -> tuple[Scoped, ...]:
    """The defaults of a spec; mistakes are reported, and what they spoil is left out."""
    value = root.get("defaults")
    if value is None or (isinstance(value, Scalar) and value.value is None):
        return ()
    reader = _Reader(root, variables, report)
    if isinstance(value, Sequence):
        return tuple(scoped for item in value.items if (scoped := reader.scoped(item)) is not None)
    return (Scoped(reader.kinds(value), None),)


@frozen
class _Reader:
    """Reads the maps of one spec."""

    root: MapValue
    variables: Variables
    report: Report

    def scoped(self, item: Value) -> Scoped | None:
        """One of several maps; None after a mistake, which was reported."""
        kinds, only = (item.get(KINDS), item.get(ONLY)) if isinstance(item, MapValue) else (None, None)
        if kinds is None or not isinstance(only, Sequence):
            help = "write a map of kind to arguments, or a list of {kinds: {...}, only: [model.STAGE, blocks.NAME]}"
            self._error(f"one of defaults is {describe(item)}, expected kinds with only beside it", item, help)
            return None
        known = tuple(places(self.root))
        for each in only.items:
            if not isinstance(each, Scalar) or each.text not in known:
                shown = each.text if isinstance(each, Scalar) else describe(each)
                message = f"there is no list of entries {shown}"
                self.report(misspelt("unknown-name", message, shown, known, each.span))
        return Scoped(self.kinds(kinds), frozenset(each.text for each in only.items if isinstance(each, Scalar)))

    def kinds(self, value: Value) -> dict[str, Entry]:
        """The arguments of each kind, with everything computed."""
        held = interpolate(value, self.variables, self.report) if isinstance(value, Scalar) else value
        if held is None:
            return {}
        if not isinstance(held, MapValue):
            help = "write defaults: {conv: {padding: same}}"
            self._error(f"defaults is {describe(held)}, expected a map of kind to arguments", value, help)
            return {}
        read = {entry.key: self._of_kind(entry, held) for entry in held if entry.key != INHERITED}
        flag = held.entry(INHERITED)
        if flag is not None and not (isinstance(flag.value, Scalar) and isinstance(flag.value.value, bool)):
            self._error(f"{INHERITED} is {describe(flag.value)}, expected true or false", flag.value)
        return {kind: entry for kind, entry in read.items() if entry is not None}

    def _of_kind(self, entry: Entry, beside: MapValue) -> Entry | None:
        kind = _kind(entry.key)
        if kind is None:
            unknown = self._unknown(entry)
            given = unknown.edit is not None and beside.entry(unknown.edit.text) is not None
            left = f"leave it out: {unknown.edit.text} is given" if unknown.edit and given else ""
            self.report(replace(unknown, edit=None, help=left) if given else unknown)
            return None
        value = interpolate(entry.value, self.variables, self.report)
        if value is None:
            return None
        first = kind.first_argument()
        if not isinstance(value, MapValue) and first is not None and not _is_nothing(value):
            value = MapValue((Entry(first, value.span, value),), value.span)
        if not isinstance(value, MapValue):
            help = f"write {entry.key}: {{argument: value}}"
            self._error(f"the defaults of {entry.key} are {describe(value)}, expected a map", value, help)
            return None
        return replace(entry, value=self._arguments(entry.key, kind, value))

    def _arguments(self, name: str, kind: type[Kind], value: MapValue) -> MapValue:
        """Without those that only an entry itself can have."""
        own = (*ENTRY_ARGUMENTS, *(kind.in_place if issubclass(kind, Composite) else ()))
        for entry in value:
            if entry.key in own:
                message = f"there is no default for {entry.key} of {name}: each entry says it itself"
                self.report(Diagnostic("unknown-argument", message, entry.span, help="write it in the entries"))
        return replace(value, entries=tuple(entry for entry in value if entry.key not in own))

    def _unknown(self, entry: Entry) -> Diagnostic:
        blocks = self.root.get("blocks")
        if isinstance(blocks, MapValue) and blocks.entry(entry.key) is not None:
            message, help = f"{entry.key} is a block, which has no defaults here", "write them under its params"
            return Diagnostic("unknown-layer", message, entry.span, help=help)
        message, found = f"there is no layer {entry.key}", instead("layer", entry.key)
        if found is not None:
            edit = Edit(entry.span, found.text, found.so) if _kind(found.text) else None
            return Diagnostic("unknown-layer", message, entry.span, help=found.help, edit=edit)
        return misspelt("unknown-layer", message, entry.key, (*LAYERS, *Composite.members), entry.span)

    def _error(self, message: str, value: Value, help: str = "") -> None:
        self.report(Diagnostic("bad-value", message, value.span, help=help))


def _kind(name: str) -> type[Kind] | None:
    return LAYERS[name] if name in LAYERS else Composite.members.get(name)


def _is_nothing(value: Value) -> bool:
    return isinstance(value, Scalar) and value.value is None
