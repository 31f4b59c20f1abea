"""What every entry takes beside its arguments: when, repeat, first, name."""

from cnnspec.graph.complaints import Complaints
from cnnspec.graph.entries import Written
from cnnspec.graph.scope import Around, Result
from cnnspec.language.computed import dollar_help
from cnnspec.language.interpolation import interpolate
from cnnspec.language.naming import check_word
from cnnspec.source.diagnostic import Note
from cnnspec.source.values import Mapping as MapValue
from cnnspec.source.values import Scalar, Value, describe

MAX_REPEAT = 20_000


def is_there(walk: Complaints, written: Written, around: Around) -> bool:
    """Whether `when` lets the entry be there."""
    entry = written.common.get("when")
    if entry is None:
        return True
    value = interpolate(entry.value, around.scope, walk.reporter(around.uses))
    if value is None:
        return True
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    message = f"when is {describe(value)}, expected true or false"
    walk.error(around, "bad-value", message, entry.value.span, dollar_help(value))
    return True


def repeats(walk: Complaints, written: Written, around: Around) -> int | None:
    """How often the entry runs; None after a mistake, which was reported."""
    entry = written.common.get("repeat")
    if entry is None:
        return 1
    value = interpolate(entry.value, around.scope, walk.reporter(around.uses))
    number = value.value if isinstance(value, Scalar) else None
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MAX_REPEAT:
        return number
    if value is not None:
        message = f"repeat is {describe(value)}, expected a whole number from 0 to {MAX_REPEAT:,}"
        walk.error(around, "bad-value", message, entry.value.span, dollar_help(value))
    return None


def first_argument(walk: Complaints, written: Written, around: Around) -> Value | None:
    """The argument of the first repeat: with `first` laid over it."""
    entry = written.common.get("first")
    if entry is None:
        return written.argument
    over = interpolate(entry.value, around.scope, walk.reporter(around.uses)) if _names(entry.value) else entry.value
    if over is None:
        return written.argument
    if not isinstance(over, MapValue) or not isinstance(written.argument, MapValue | None):
        walk.error(
            around,
            "bad-value",
            f"first is {describe(over)}, expected a map of arguments",
            entry.value.span,
            "write first: {strides: 2}, beside named arguments",
        )
        return written.argument
    base = {inner.key: inner for inner in written.argument} if written.argument else {}
    base.update({inner.key: inner for inner in over})
    return MapValue(tuple(base.values()), written.argument.span if written.argument else written.key)


def _names(value: Value) -> bool:
    """Whether a value is a reference: what it stands for decides what it is."""
    return isinstance(value, Scalar) and value.text.startswith("$")


def give_name(walk: Complaints, written: Written, result: Result | None, around: Around) -> Result | None:
    """The result, under the entry's `name` from here on if it has one."""
    entry = written.common.get("name")
    if entry is None:
        return result
    value = entry.value
    if not isinstance(value, Scalar) or value.value is None:
        walk.error(around, "bad-value", f"name is {describe(value)}, expected a word", value.span)
        return result
    check_word(value.text, value.span, "entry", walk.reporter(around.uses))
    earlier = around.results.names.get(value.text)
    if earlier is not None:
        walk.error(
            around,
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
