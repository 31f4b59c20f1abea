"""The `defaults` of a spec that extends another: each file's hold for its own entries, unless the base says more."""

from dataclasses import replace

from cnnspec.language.kind_defaults import INHERITED, KINDS, ONLY, places
from cnnspec.language.merge import overlay
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value


@frozen
class _Map:
    """A map of defaults, and the places of the entries that it holds for."""

    kinds: Value
    only: tuple[str, ...]

    @property
    def inherited(self) -> bool:
        """Whether it is also for what extends the spec."""
        said = self.kinds.get(INHERITED) if isinstance(self.kinds, Mapping) else None
        return isinstance(said, Scalar) and said.value is True

    def without(self, written: tuple[str, ...]) -> "_Map":
        """The same for the entries that are not written anew."""
        return _Map(self.kinds, tuple(place for place in self.only if place not in written))


def with_defaults(merged: Mapping, base: Mapping, own: Mapping) -> Mapping:
    """The document that a base and what extends it came to, with the defaults of both."""
    of_base, of_own, written = _maps(base), _maps(own), tuple(places(own))
    if not of_base and not of_own:
        return merged
    if of_base and of_base[-1].inherited:
        shared = of_base.pop()
        kinds = overlay(shared.kinds, of_own[0].kinds) if of_own else shared.kinds
        of_own = [_Map(kinds, tuple(dict.fromkeys((*shared.only, *written))))]
    maps = [kept for each in of_base if (kept := each.without(written)).only] + of_own
    others = tuple(entry for entry in merged if entry.key != "defaults")
    if not maps:
        return replace(merged, entries=others)
    all_alike = len(maps) == 1 and set(maps[0].only) >= set(places(merged))
    value = maps[0].kinds if all_alike else Sequence(tuple(map(_item, maps)), maps[-1].kinds.span)
    return replace(merged, entries=(*others, Entry("defaults", value.span, value)))


def _maps(root: Mapping) -> list[_Map]:
    value = root.get("defaults")
    if value is None or (isinstance(value, Scalar) and value.value is None):
        return []
    if isinstance(value, Sequence):
        return [_listed(item) for item in value.items]
    return [_Map(value, tuple(places(root)))]


def _listed(item: Value) -> _Map:
    """One of several maps, as it is written; what is wrong with it is said where it is read."""
    kinds, only = (item.get(KINDS), item.get(ONLY)) if isinstance(item, Mapping) else (None, None)
    named = tuple(each.text for each in only.items if isinstance(each, Scalar)) if isinstance(only, Sequence) else ()
    return _Map(item if kinds is None else kinds, named)


def _item(each: _Map) -> Mapping:
    place: Span = each.kinds.span
    only = Sequence(tuple(Scalar(name, place, name) for name in each.only), place)
    return Mapping((Entry(KINDS, place, each.kinds), Entry(ONLY, place, only)), place)
