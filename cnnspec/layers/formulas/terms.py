"""What a formula is made of: numbers, names, items of arrays, sums over indices, and what joins them."""

from collections.abc import Callable
from dataclasses import replace

from cnnspec.source.frozen import frozen


@frozen
class Number:
    """A number as it is."""

    value: int | float


@frozen
class Name:
    """A number, a vector or a matrix by its name."""

    word: str


@frozen
class Item:
    """One number of an array: `x[i, j]`; of an index that has an item for each axis, as many."""

    of: str
    at: "tuple[Term, ...]"


@frozen
class Call:
    """A function of one or several terms."""

    function: str
    of: "tuple[Term, ...]"


@frozen
class Joined:
    """Two terms and the sign between them: `+ - * / ^`, `@` for the product of matrices, `=` and its kin."""

    sign: str
    left: "Term"
    right: "Term"


@frozen
class Negative:
    """Less than nothing of a term."""

    of: "Term"


@frozen
class Range:
    """A name that counts from 0 to before `end`."""

    word: str
    end: "Term"


@frozen
class Over:
    """`sum`, `mean`, `max`, `min` of a term over all values of some names, the last of them the fastest."""

    what: str
    ranges: tuple[Range, ...]
    of: "Term"


@frozen
class Cases:
    """One of two terms, as a comparison is true or not."""

    when: "Term"
    then: "Term"
    otherwise: "Term"


Term = Number | Name | Item | Call | Joined | Negative | Over | Cases


@frozen
class Equation:
    """What is defined, what it is, and a remark."""

    left: Term
    right: Term
    said: str = ""


def mapped(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with `change` made of each of its parts, and of nothing inside these."""
    match term:
        case Item(_, at):
            return replace(term, at=tuple(map(change, at)))
        case Call(_, of):
            return replace(term, of=tuple(map(change, of)))
        case Joined(_, left, right):
            return replace(term, left=change(left), right=change(right))
        case Negative(of):
            return Negative(change(of))
        case Over(_, ranges, of):
            return replace(term, ranges=tuple(Range(r.word, change(r.end)) for r in ranges), of=change(of))
        case Cases(when, then, otherwise):
            return Cases(change(when), change(then), change(otherwise))
    return term


def parts(term: Term) -> "tuple[Term, ...]":
    """What a term is made of directly."""
    match term:
        case Item(_, at):
            return at
        case Call(_, of):
            return of
        case Joined(_, left, right):
            return (left, right)
        case Negative(of):
            return (of,)
        case Over(_, ranges, of):
            return (*(each.end for each in ranges), of)
        case Cases(when, then, otherwise):
            return (when, then, otherwise)
    return ()


def names_in(term: Term) -> frozenset[str]:
    """The names and arrays that a term uses, but for those that it counts itself."""
    inner: frozenset[str] = frozenset().union(*map(names_in, parts(term)))
    match term:
        case Name(word):
            return frozenset({word})
        case Item(of, _):
            return inner | {of}
        case Over(_, ranges, _):
            return inner - {each.word for each in ranges}
    return inner


def words_in(term: Term) -> frozenset[str]:
    """The names in a term that are no arrays, those that it counts itself among them."""
    inner: frozenset[str] = frozenset().union(*map(words_in, parts(term)))
    if isinstance(term, Over):
        inner |= {each.word for each in term.ranges}
    return inner | {term.word} if isinstance(term, Name) else inner
