"""What every entry takes beside its arguments: when, repeat, first, name."""

from cnnspec.graph.complaints import Complaints
from cnnspec.graph.entries import Written
from cnnspec.graph.scope import Around, Result
from cnnspec.language.interpolation import interpolate
from cnnspec.language.resolve import check_word
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
    walk.error(around, "bad-value", f"when is {describe(value)}, expected true or false", entry.value.span)
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
        walk.error(
            around,
            "bad-value",
            f"repeat is {describe(value)}, expected a whole number from 0 to {MAX_REPEAT:,}",
            entry.value.span,
        )
    return None


def first_argument(walk: Complaints, written: Written, around: Around) -> Value | None:
    """The argument of the first repeat: with `first` laid over it."""
    entry = written.common.get("first")
    if entry is None:
        return written.argument
    if not isinstance(entry.value, MapValue) or not isinstance(written.argument, MapValue | None):
        walk.error(
            around,
            "bad-value",
            f"first is {describe(entry.value)}, expected a map of arguments",
            entry.value.span,
            "write first: {strides: 2}, beside named arguments",
        )
        return written.argument
    base = {inner.key: inner for inner in written.argument} if written.argument else {}
    base.update({inner.key: inner for inner in entry.value})
    return MapValue(tuple(base.values()), written.argument.span if written.argument else written.key)


def give_name(walk: Complaints, written: Written, result: Result | None, around: Around) -> Result | None:
    """The result, under the entry's `name` from here on if it has one."""
    entry = written.common.get("name")
    if entry is None:
        return result
    value = entry.value
    if not _check_name(walk, value, around):
        return result
    name = str(value.value) if isinstance(value, Scalar) else ""
    if result is None:
        return None
    around.place.names[name] = result
    return result


def _check_name(walk: Complaints, value: Value, around: Around) -> bool:
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        walk.error(around, "bad-value", f"name is {describe(value)}, expected a word", value.span)
        return False
    if not check_word(value.value, value.span, "entry", walk.reporter(around.uses)):
        return False
    earlier = around.place.names.get(value.value)
    if earlier is not None:
        walk.error(
            around,
            "duplicate-name",
            f"the name {value.value} is taken here",
            value.span,
            "give one of them another name",
            (Note("first used here", earlier.span),),
        )
        return False
    return True
