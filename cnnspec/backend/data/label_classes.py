"""Which classes the cells of a label name, and what cannot be classes: one in two spellings, numbers, nothing."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from cnnspec.backend.data.cells import Cells, listed, shown
from cnnspec.backend.data.class_names import Twins, near_twins
from cnnspec.backend.data.numerals import is_no_value, looks_like_a_number, seen_number, trouble_with
from cnnspec.graph.heads import Head
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.route import UnitsOf


def sorted_classes(cells: Cells, case_sensitive: bool = False) -> tuple[str, ...]:
    """The values that occur, each once: numbers by size, anything else by its characters.

    Raises Rejected for one class in two spellings, and for what says that there is no value.
    """
    if empty := cells.where(is_no_value):
        received = f"{cells.origins.among(empty)}: {cells.name} is {cells.values[empty[0]]}, which is no class"
        help = "fill it in, or take the row out"
        raise rejected("missing-cell", received, "a class in every row", help, at=cells.origins.route(empty[0]))
    distinct = dict.fromkeys(cells.values)
    if twins := near_twins(distinct, case_sensitive):
        raise Rejected(_one_spelling(each, cells) for each in twins)
    numbers = {name: cells.number(name) for name in distinct}
    sizes = {name: number for name, number in numbers.items() if number is not None}
    if len(sizes) < len(numbers):
        return tuple(sorted(distinct))
    classes = tuple(sorted(sizes, key=lambda name: (sizes[name], name)))
    if same := [pair for pair in pairwise(classes) if sizes[pair[0]] == sizes[pair[1]]]:
        raise Rejected(_one_number(*pair, cells) for pair in same)
    return classes


def _one_spelling(twins: Twins, cells: Cells) -> Diagnostic:
    """Two spellings of what is probably one class, with a row of each."""
    names, counts = (twins.one, twins.other), Counter(cells.values)
    rows = [cells.values.index(name) for name in names]
    spelled = [shown(name) if twins.seen else ascii(name) for name in names]
    message = (
        f"{cells.origins.among(rows)}: {cells.name} is {' and '.join(spelled)}, which differ in {twins.differ} alone"
    )
    usual = spelled[0] if counts[twins.one] >= counts[twins.other] else spelled[1]
    where = "in the label" if cells.column else "under data"
    two = f"; if they are two classes write case_sensitive: true {where}" if twins.differ == "case" else ""
    help = f"write {usual} everywhere{two}"
    return Diagnostic(
        "bad-label", f"{message}; expected one spelling for each class", help=help, at=cells.origins.route()
    )


def _one_number(one: str, other: str, cells: Cells) -> Diagnostic:
    message = f"{cells.name} of {cells.origins.named} holds {one} and {other}, which are one number"
    expected = "expected one spelling for each class"
    return Diagnostic("bad-label", f"{message}; {expected}", help=f"write {one} everywhere", at=cells.origins.route())


def is_fraction(value: str, decimal: str) -> bool:
    """Whether people see a number in it that is not whole."""
    number = seen_number(value, decimal)
    return number is not None and not number.is_integer()


def refuse_numbers(cells: Cells, head: Head) -> None:
    """Raise Rejected where labels of classes are plainly numbers to learn: fractions, or too many with marks."""
    distinct, decimal = set(cells.values), cells.decimal
    if not all(looks_like_a_number(value, decimal) for value in distinct):
        return
    too_many = len(distinct) != max(head.units, 2)
    wrong = cells.where(lambda value: is_fraction(value, decimal) or (too_many and cells.number(value) is None))
    if not wrong:
        return
    value = cells.values[wrong[0]]
    reason = None if cells.number(value) is not None else trouble_with(value, decimal)
    received = (
        f"{cells.origins.among(wrong)}: {cells.name} is {shown(value)}, {reason.words if reason else 'a fraction'}"
    )
    more = f"; {reason.help}" if reason else "; for classes write words"
    wanted = UnitsOf(head.name, 1, f" to learn numbers{more}")
    raise rejected("label-kind", received, f"classes, as {head.shown} has {_units(head)}", wanted.help, at=wanted)


def check_class_count(classes: Sequence[str], head: Head, cells: Cells) -> None:
    """Raise Rejected unless the output has one unit a class (a single one for two)."""
    units = 2 if head.units == 1 else head.units
    where_from, named = f"{cells.name} of {cells.origins.named}", listed(classes)
    if len(classes) == 1:
        received = f"{where_from} holds a single class, {named}"
        raise rejected("one-class", received, "at least two classes to tell apart", at=cells.origins.route())
    if len(classes) != units:
        received = f"{where_from} holds {len(classes)} classes ({named})"
        wanted = UnitsOf(head.name, len(classes))
        raise rejected("class-count", received, f"{units}, as {head.shown} has {_units(head)}", wanted.help, at=wanted)


def _units(head: Head) -> str:
    return f"{head.units} unit{'s' if head.units > 1 else ''}"
