"""What an entry reads: the entry before it, or what `from` names."""

import re

from cnnspec.graph.entries import Written
from cnnspec.graph.every_repeat import EVERY, every_repeat
from cnnspec.graph.scope import Around, Result
from cnnspec.language.interpolation import is_static
from cnnspec.language.keys import WORD_PATTERN
from cnnspec.source.diagnostic import Edit
from cnnspec.source.patience import to_compare
from cnnspec.source.span import Span
from cnnspec.source.values import Scalar, Sequence, Value, describe

_PARAMETER = re.compile(rf"\$\{{?\s*({WORD_PATTERN})\s*\}}?\Z")


def sources_of(written: Written, current: Result | None, around: Around, several: bool) -> list[Result] | None:
    """What the entry reads, which may be `several` or not; None after a mistake, which was reported."""
    entry = written.common.get("from")
    if entry is not None:
        return _named_sources(entry.value, around, several)
    if current is not None:
        return _opened(current, written.key, written.kind, around, several)
    name = next(around.results.known(), "a name")
    bare = written.argument is None and not written.common and written.alone
    edit = Edit(written.key, f"{written.kind}: {{from: {name}}}") if bare else None
    help = "" if edit else f"write from: {name} among its arguments"
    around.error("needs-from", f"{written.kind} does not say what it reads", written.key, help, edit=edit)
    return None


def _opened(result: Result, place: Span, reader: str, around: Around, several: bool) -> list[Result] | None:
    """A result, or those of the branches that it left apart; None where these cannot be read, which is reported."""
    if not result.several:
        return [result]
    result.read = True
    if several:
        return [*result.several]
    message = f"{reader} reads one entry, but {result.label} leaves {len(result.several)} branches apart"
    around.error("input-count", message, place, "choose a merge there, as in merge: concat")
    return None


def _named_sources(value: Value, around: Around, several: bool) -> list[Result] | None:
    items = value.items if isinstance(value, Sequence) else (value,)
    found = [result for item in items for result in lookup(item, around, several)]
    if not found:
        around.error("bad-value", "from is an empty list", value.span, "name what the entry reads")
    if not found or any(result is None for result in found):
        around.complaints.uncertain = True
        return None
    return [result for result in found if result is not None]


def lookup(value: Value, around: Around, several: bool = False) -> list[Result | None]:
    """The results that a name, or a variable that holds names, stands for.

    `several`: whether a name may stand for a result of every repeat of a block, as `stack.*.skip` does.
    """
    if isinstance(value, Scalar) and (match := _PARAMETER.match(value.text)) and match[1] in around.bindings:
        binding = around.bindings[match[1]]
        return lookup(binding.value, binding.around, several)
    computed = around.compute(value) if not is_static(value) else value
    if isinstance(computed, Sequence):
        return [found for item in computed.items for found in lookup(item, around, several)]
    if computed is None:
        return [None]
    if not isinstance(computed, Scalar) or not isinstance(computed.value, str):
        shown = computed.text if isinstance(computed, Scalar) else ""
        if shown and (result := around.results.find(shown)):
            return [result]
        around.error("bad-value", f"here is {describe(computed)}, expected a name or a list of names", computed.span)
        return [None]
    if EVERY in computed.value:
        return every_repeat(computed, computed.value, around, several)
    result = _find(computed, around)
    opened = _opened(result, computed.span, "what reads it", around, several) if result is not None else None
    return [None] if opened is None else [*opened]


def _find(value: Scalar, around: Around) -> Result | None:
    result = around.results.find(str(value.value))
    if result is None and not around.complaints.blind:
        known = to_compare(around.results.known())
        inner = next((name for name in known if name.endswith(f".{value.value}")), None)
        message = f"nothing before this is called {value.value}"
        if inner:
            around.error("unknown-name", message, value.span, edit=Edit(value.span, inner))
        else:
            help = "give the entry you mean a name"
            around.misspelt("unknown-name", message, str(value.value), known, value.span, help)
    return result
