"""What every entry takes beside its own arguments: when, repeat, first, last, name."""

from collections.abc import Iterator
from dataclasses import replace

from cnnspec.graph.entries import Written
from cnnspec.graph.scope import Around, Result
from cnnspec.language.computed import computed_as
from cnnspec.language.naming import check_word
from cnnspec.language.references import references
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Edit, Note
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Scalar, Sequence, Value, describe
from cnnspec.source.values import Mapping as MapValue

MAX_REPEAT = 20_000


def is_there(written: Written, around: Around) -> bool:
    """Whether `when` lets the entry be there."""
    entry = written.common.get("when")
    if entry is None:
        return True
    value = around.compute(entry.value)
    if value is None:
        return True
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    message = f"when is {describe(value)}, expected true or false"
    around.error("bad-value", message, entry.value.span, edit=_as_expression(value))
    return True


def repeats(written: Written, around: Around) -> int | None:
    """How often the entry runs; None after a mistake, which was reported."""
    entry = written.common.get("repeat")
    if entry is None:
        return 1
    value = around.compute(entry.value)
    number = value.value if isinstance(value, Scalar) else None
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MAX_REPEAT:
        return number
    if value is not None:
        message = f"repeat is {describe(value)}, expected a whole number from 0 to {MAX_REPEAT:,}"
        around.error("bad-value", message, entry.value.span, edit=_as_expression(value))
    return None


def _as_expression(value: Value) -> Edit | None:
    """The value with its dollar before an expression, where it is none as it stands."""
    text = computed_as(value)
    return Edit(value.span, text) if text else None


def of_repeat(written: Written, around: Around, index: int, repeat: int) -> Written:
    """The entry in one of its repeats: with `first` and `last` laid over its arguments, where it is that."""
    ends = [
        (name, entry)
        for name, at in (("first", 0), ("last", repeat - 1))
        if index == at and (entry := written.common.get(name)) is not None
    ]
    if not ends:
        return written
    over = [inner for name, entry in ends for inner in _laid_over(name, entry, written, around)]
    argument = written.argument
    if not over or not isinstance(argument, MapValue):
        return written
    if len(ends) > 1:
        _check_apart(over, around)
    base = {inner.key: inner for inner in (*argument, *over)}
    return replace(written, argument=replace(argument, entries=tuple(base.values())))


def _laid_over(name: str, entry: Entry, written: Written, around: Around) -> tuple[Entry, ...]:
    """The arguments that `first` or `last` sets; none after a mistake, which was reported."""
    over = around.compute(entry.value) if _names(entry.value) else entry.value
    if over is None:
        return ()
    if isinstance(over, MapValue) and isinstance(written.argument, MapValue):
        return over.entries
    message = f"{name} is {describe(over)}, expected a map of arguments"
    help = f"write {name}: {{strides: 2}}, beside named arguments"
    around.error("bad-value", message, entry.value.span, help)
    return ()


def _check_apart(over: list[Entry], around: Around) -> None:
    """Of the only repeat, which is the first and the last, no argument can be set by both."""
    earlier: dict[str, Entry] = {}
    for entry in over:
        if (other := earlier.setdefault(entry.key, entry)) is not entry:
            message = f"first and last both set {entry.key}, and the only repeat is both"
            help = f"write {entry.key} in one of them"
            around.error("bad-value", message, entry.span, help, (Note("the other one", other.span),))


def _names(value: Value) -> bool:
    """Whether a value is a reference: what it stands for decides what it is."""
    return isinstance(value, Scalar) and value.text.startswith("$")


def written_name(written: Written) -> str:
    """The `name` of an entry; nothing without one."""
    entry = written.common.get("name")
    return entry.value.text if entry is not None and isinstance(entry.value, Scalar) else ""


def give_name(written: Written, result: Result | None, around: Around) -> Result | None:
    """The result, under the entry's `name` from here on if it has one."""
    entry = written.common.get("name")
    if entry is None:
        return result
    value = entry.value
    if not isinstance(value, Scalar) or value.value is None:
        around.error("bad-value", f"name is {describe(value)}, expected a word", value.span)
        return result
    check_word(value.text, value.span, "entry", around.report)
    earlier = around.results.names.get(value.text)
    if earlier is not None:
        around.error(
            "duplicate-name",
            f"the name {value.text} is taken here",
            value.span,
            "give one of them another name",
            (Note("first used here", earlier.span),),
        )
    elif result is not None:
        around.results.names[value.text] = result
    return result


def keep_names(value: Value, result: Result, around: Around) -> None:
    """Let the names in an entry that could not be read be known, so that who reads them is not complained about."""
    for entry in value if isinstance(value, MapValue) else ():
        if entry.key == "name" and isinstance(entry.value, Scalar):
            around.results.names.setdefault(entry.value.text, result)
        elif isinstance(entry.value, MapValue):
            keep_names(entry.value, result, around)


def mark_mentioned(written: Written, spec: Spec, used_blocks: set[str], used_defaults: set[Span]) -> None:
    """Count what an entry which is not there names as used: variables, blocks and what these name, defaults.

    They are used by another choice of `when` or `repeat`.
    """
    waiting = [value for value in (written.argument, *(e.value for e in written.common.values())) if value is not None]
    words = {written.kind}
    while waiting or words:
        used_defaults.update(
            scoped.kinds[kind].span for scoped in spec.defaults for kind in words & scoped.kinds.keys()
        )
        for name in words & spec.blocks.keys() - used_blocks:
            used_blocks.add(name)
            block = spec.blocks[name]
            waiting += [block.layers, *(p.default for p in block.parameters if p.default is not None)]
        words = set()
        if waiting:
            value = waiting.pop()
            spec.variables.used.update(references(value) & spec.variables.raw.keys())
            words = set(_words(value))


def _words(value: Value) -> Iterator[str]:
    """Every key and every text in a value."""
    if isinstance(value, Scalar):
        yield value.text
        return
    for part in value.items if isinstance(value, Sequence) else (entry.value for entry in value):
        yield from _words(part)
    if not isinstance(value, Sequence):
        yield from value.keys()
