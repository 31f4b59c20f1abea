"""A formula with a layer's own numbers: names replaced, indices spread over the axes, what is trivial worked out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cnnspec.layers.formulas.reading import read_term
from cnnspec.layers.formulas.terms import (
    Call,
    Cases,
    Equation,
    Item,
    Joined,
    Name,
    Negative,
    Number,
    Over,
    Range,
    Term,
    mapped,
    words_in,
)
from cnnspec.layers.shape import Dim, Unknown
from cnnspec.layers.symbol import Symbol

Known = Mapping[str, "Term | tuple[Term, ...]"]


def filled_all(equations: Iterable[Equation], symbols: Mapping[str, Symbol]) -> tuple[Equation, ...]:
    """The equations filled, without those of what is not there, as a gate that is left out."""
    found = (filled(equation, symbols) for equation in equations)
    return tuple(each for each in found if not isinstance(each.left, Number))


def filled(equation: Equation, symbols: Mapping[str, Symbol]) -> Equation:
    """The equation with the value of each symbol in its place."""
    known = {word: _terms(symbol) for word, symbol in symbols.items()}
    return replace(equation, left=fill(equation.left, known), right=fill(equation.right, known))


def fill(term: Term, known: Known) -> Term:
    """The term with what is known in the place of its name, and what follows from that worked out."""
    if isinstance(term, Name) and isinstance(found := known.get(term.word), Number | Name | Joined):
        return found
    if isinstance(term, Item):
        found = known.get(term.of)
        if isinstance(found, Number | Name):  # there is none, as a bias that is not added
            return found
        return Item(term.of, tuple(each for at in term.at for each in _spread(at, known)))
    if isinstance(term, Call):
        return _call(term, known)
    if isinstance(term, Over):
        return _over(term, known)
    return _simpler(mapped(term, lambda part: fill(part, known)))


def _call(term: Call, known: Known) -> Term:
    """The function by the name that it has here; the one that changes nothing is left out."""
    found = known.get(term.function, Name(term.function))
    of = tuple(each for part in term.of for each in _spread(part, known))
    assert isinstance(found, Name)
    return of[0] if found.word == "linear" and len(of) == 1 else Call(found.word, of)


def _terms(symbol: Symbol) -> Term | tuple[Term, ...]:
    if isinstance(symbol.value, tuple):
        return tuple(map(_term, symbol.value))
    return _term(symbol.value)


def _term(value: Dim | float | str) -> Term:
    if isinstance(value, str):
        return read_term(value)
    return Name("length") if isinstance(value, Unknown) else Number(value)


def _spread(at: Term, known: Known) -> tuple[Term, ...]:
    """An index once for each axis that the names in it have, or as it is."""
    spread = {word: found for word in words_in(at) if isinstance(found := known.get(word), tuple)}
    if not spread:
        return (fill(at, known),)
    axes = range(max(map(len, spread.values())))
    return tuple(fill(at, {**known, **{word: each[axis] for word, each in spread.items()}}) for axis in axes)


def _over(term: Over, known: Known) -> Term:
    ranges: list[Range] = []
    once: dict[str, Term | tuple[Term, ...]] = {}
    for each in term.ranges:
        words = known.get(each.word, Name(each.word))
        names = words if isinstance(words, tuple) else (words,)
        ends = _spread(each.end, known)
        kept: list[Term] = []
        for name, end in zip(names, ends * len(names) if len(ends) < len(names) else ends, strict=True):
            kept.append(Number(0) if end == Number(1) else name)
            if kept[-1] is name:
                assert isinstance(name, Name)
                ranges.append(Range(name.word, end))
        once[each.word] = tuple(kept) if isinstance(words, tuple) else kept[0]
    inner = fill(term.of, {**known, **once})
    return replace(term, ranges=tuple(ranges), of=inner) if ranges else inner


def _simpler(term: Term) -> Term:
    """Without what adds nothing, and with numbers worked out."""
    if isinstance(term, Negative):
        return Number(-term.of.value) if isinstance(term.of, Number) else term
    if isinstance(term, Cases) and isinstance(term.when, Number):
        return term.then if term.when.value else term.otherwise
    if isinstance(term, Joined):
        return _joined(term)
    return term


def _joined(term: Joined) -> Term:
    left, right, sign = term.left, term.right, term.sign
    if isinstance(left, Number) and isinstance(right, Number) and sign in ("+", "-", "*"):
        a, b = left.value, right.value
        return Number(_rounded(a + b if sign == "+" else a - b if sign == "-" else a * b))
    if sign == "*" and Number(0) in (left, right):
        return Number(0)
    if (sign, left) in (("+", Number(0)), ("*", Number(1))):
        return right
    if right in {"+": (Number(0),), "-": (Number(0),), "*": (Number(1),), "/": (Number(1),)}.get(sign, ()):
        return left
    if sign == "-" and left == Number(0):
        return Negative(right)
    if sign == "+" and isinstance(right, Number) and right.value < 0:
        return Joined("-", left, Number(-right.value))
    return term


def _rounded(value: float) -> float:
    """Without what binary fractions leave behind: 1 - 0.99 is 0.01."""
    return value if isinstance(value, int) else float(f"{value:.12g}")
