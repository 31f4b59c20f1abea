"""One entry of a spec as written: its kind, its arguments, and what every entry takes beside them."""

from dataclasses import replace
from typing import NamedTuple

from cnnspec.graph.scope import Around
from cnnspec.language.composites import ENTRY_ARGUMENTS, Composite
from cnnspec.language.interpolation import Names, map_of
from cnnspec.layers import LAYERS
from cnnspec.source.diagnostic import Diagnostic, Edit, Report
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe, entry_span, on_one_line


@frozen
class Written:
    """An entry: `kind` as written (maybe `$name`), its own `argument` (None: none), and the common ones.

    `key` is the place of the kind, `span` the place of the whole entry on its line; `alone`: whether nothing
    follows the kind, not even a colon.
    """

    kind: str
    key: Span
    span: Span
    argument: Value | None
    common: dict[str, Entry]
    alone: bool = False


class Use(NamedTuple):
    """An entry in one of its repeats: as written, what surrounds it, and the name of what it becomes."""

    written: Written
    around: Around
    name: str

    def part(self, suffix: str) -> "Use":
        """The same use, for a part of what it becomes."""
        return self._replace(name=f"{self.name}.{suffix}")

    def error(
        self, code: str, message: str, help: str = "", span: Span | None = None, edit: Edit | None = None
    ) -> None:
        """Report one error, at the kind if nowhere else."""
        self.around.error(code, message, span or self.written.key, help, edit=edit)

    def arguments(self, first_argument: str | None) -> Mapping | None:
        """The arguments by name, as written; None where no argument is taken, but one written, which was reported."""
        kind, argument = self.written.kind, self.written.argument
        if argument is None:
            return Mapping((), self.written.key)
        if isinstance(argument, Mapping):
            return argument
        if first_argument is not None:
            return Mapping((Entry(first_argument, argument.span, argument),), self.written.key)
        message = f"{kind} takes no argument, but here is {describe(argument)}"
        alone = isinstance(argument, Scalar) and on_one_line(argument) and self.written.span != self.written.key
        edit = Edit(self.written.span, kind) if alone else None
        self.error("bad-value", message, f"write - {kind}", argument.span, edit)
        return None


def read_entry(value: Value, report: Report) -> Written | None:
    """The entry that a value writes down; None after a mistake, which was reported."""
    if isinstance(value, Scalar) and isinstance(value.value, str) and value.value:
        return Written(value.value, value.span, value.span, None, {}, alone=on_one_line(value))
    if not isinstance(value, Mapping):
        report(
            Diagnostic(
                "bad-entry",
                f"an entry is {describe(value)}, expected a kind, or a kind with its arguments",
                value.span,
                help="write flatten, or dense: 10, or conv: {filters: 8, kernel_size: 3}",
            )
        )
        return None
    if len(value.entries) != 1:
        report(_several_keys(value))
        return None
    entry = value.entries[0]
    argument = entry.value
    if isinstance(argument, Scalar) and argument.value is None:
        return Written(entry.key, entry.span, entry.span, None, {})
    return _split(Written(entry.key, entry.span, entry_span(entry), argument, {}))


def with_named_arguments(written: Written, names: Names) -> Written:
    """The entry with the arguments that a variable holds, where that is all that is written: `batch_norm: $bn`."""
    held = map_of(written.argument, names)
    return written if held is None else _split(replace(written, argument=held))


def with_parameters(written: Written, parameters: tuple[str, ...]) -> Written:
    """The entry with what is a parameter of its block among its own arguments.

    Only in runs of versions whose entries did not take as much can a parameter have the name of what every entry takes.
    """
    own = tuple(entry for name, entry in written.common.items() if name in parameters)
    if not own or not isinstance(written.argument, Mapping):
        return written
    common = {name: entry for name, entry in written.common.items() if name not in parameters}
    return replace(written, argument=replace(written.argument, entries=(*written.argument, *own)), common=common)


def _split(written: Written) -> Written:
    """What every entry takes, apart from its own arguments."""
    argument = written.argument
    if not isinstance(argument, Mapping):
        return written
    common = {inner.key: inner for inner in argument if inner.key in ENTRY_ARGUMENTS}
    if not common:
        return written
    own = tuple(inner for inner in argument if inner.key not in ENTRY_ARGUMENTS)
    return replace(written, argument=replace(argument, entries=own), common=common)


def _several_keys(value: Mapping) -> Diagnostic:
    """The two commonest slips of indentation have messages of their own."""
    if not value.entries:
        return Diagnostic("bad-entry", "an entry is an empty map", value.span, help="write a kind, or delete it")
    first, others = value.entries[0], value.entries[1:]
    names = ", ".join(entry.key for entry in others)
    empty = isinstance(first.value, Scalar) and first.value.value is None
    if empty and all(not _is_kind(entry.key) for entry in others):
        help = f"indent {names} further, so that it stands under {first.key}"
        return Diagnostic("bad-entry", f"{names} stands beside {first.key}, not under it", others[0].span, help=help)
    if all(entry.key in ENTRY_ARGUMENTS for entry in others):
        help = f"write it inside the arguments: {first.key}: {{..., {names}: ...}}"
        return Diagnostic("bad-entry", f"{names} stands beside the kind {first.key}", others[0].span, help=help)
    help = "start every entry with a dash of its own"
    return Diagnostic(
        "bad-entry",
        f"an entry has one kind, but here are {len(value.entries)}: {', '.join(value.keys()[:5])}",
        others[0].span,
        help=help,
    )


def _is_kind(word: str) -> bool:
    return word in LAYERS or word in Composite.members


def read_entries(
    value: Value | None, what: str, place: Span, report: Report, may_be_empty: bool = False
) -> tuple[Value, ...] | None:
    """The entries of a list; None after a mistake, which was reported."""
    if isinstance(value, Sequence) and (value.items or may_be_empty):
        return value.items
    if isinstance(value, Sequence):
        report(
            Diagnostic(
                "empty-list",
                f"{what} is an empty list",
                value.span,
                help="write an entry (identity does nothing), or delete it",
            )
        )
        return None
    received = describe(value) if value is not None else "nothing"
    span = value.span if value is not None else place
    help = (
        "write a dash before each entry"
        if isinstance(value, Mapping)
        else "write the entries in brackets, as in [max_pool: 2, dense: 10], or one a line, each after a dash"
    )
    report(Diagnostic("bad-value", f"{what} is {received}, expected a list of entries", span, help=help))
    return None
