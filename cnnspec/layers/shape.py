"""Sizes and shapes without the batch axis; an unknown length is a symbol that arithmetic keeps exact."""

from math import gcd
from typing import TypeGuard

from cnnspec.source.frozen import frozen


@frozen
class Unknown:
    """A size that is a function of unknown input lengths: a sum of `factor * atom` plus a constant.

    An atom is the name of an unknown input axis, the floor of a quotient of such a sum, or a product
    of atoms. All are kept in a normal form, so that sizes which convolutions, pools and merges make of
    one length are written the same where they are equal.
    """

    terms: tuple[tuple["Atom", int], ...]
    constant: int = 0

    def __add__(self, other: "Dim") -> "Dim":
        if isinstance(other, int):
            return _sum(dict(self.terms), self.constant + other)
        return _sum(_added(dict(self.terms), other.terms), self.constant + other.constant)

    def __radd__(self, other: int) -> "Dim":
        return self + other

    def __neg__(self) -> "Dim":
        return self * -1

    def __sub__(self, other: "Dim") -> "Dim":
        return self + other * -1

    def __rsub__(self, other: int) -> "Dim":
        return self * -1 + other

    def __mul__(self, other: "Dim") -> "Dim":
        if isinstance(other, int):
            return _sum({atom: factor * other for atom, factor in self.terms}, self.constant * other)
        terms: dict[Atom, int] = {}
        for mine, factor in _monomials(self):
            for theirs, by in _monomials(other):
                _added(terms, ((_times(mine, theirs), factor * by),))
        return _sum(terms, 0)

    def __rmul__(self, other: int) -> "Dim":
        return self * other

    def __floordiv__(self, by: int) -> "Dim":
        whole = {atom: factor // by for atom, factor in self.terms}
        rest = {atom: factor % by for atom, factor in self.terms if factor % by}
        if not rest:
            return _sum(whole, self.constant // by)
        inner = _nested(rest, self.constant % by, by)
        return _sum(whole, self.constant // by) + inner

    def names(self) -> frozenset[str]:
        """The unknown input axes that it depends on."""
        return frozenset(name for atom, _ in self.terms for name in _names(atom))

    def __str__(self) -> str:
        parts = [_term(atom, factor) for atom, factor in self.terms]
        if self.constant:
            parts.append(str(self.constant))
        return " + ".join(parts).replace("+ -", "- ")


Atom = str | tuple[object, ...]
Dim = int | Unknown
Shape = tuple[Dim, ...]

_ONE: Atom = ("times",)


def unknown(name: str) -> Unknown:
    """The unknown length that is called `name`, for instance `tokens[0]`."""
    return Unknown(((name, 1),))


def _added(terms: dict[Atom, int], more: tuple[tuple[Atom, int], ...]) -> dict[Atom, int]:
    for atom, factor in more:
        terms[atom] = terms.get(atom, 0) + factor
    return terms


def _sum(terms: dict[Atom, int], constant: int) -> Dim:
    constant += terms.pop(_ONE, 0)
    kept = tuple(sorted(((a, f) for a, f in terms.items() if f), key=lambda item: str(item[0])))
    return Unknown(kept, constant) if kept else constant


def _monomials(size: Unknown) -> tuple[tuple[Atom, int], ...]:
    return (*size.terms, (_ONE, size.constant)) if size.constant else size.terms


def _times(one: Atom, other: Atom) -> Atom:
    factors = sorted((*_factors(one), *_factors(other)), key=str)
    return factors[0] if len(factors) == 1 else ("times", *factors)


def _factors(atom: Atom) -> tuple["Atom", ...]:
    if _is_product(atom):
        return atom[1:]
    return (atom,)


def _is_product(atom: Atom) -> TypeGuard[tuple[Atom, ...]]:
    return isinstance(atom, tuple) and atom[0] == "times"


def _nested(terms: dict[Atom, int], constant: int, by: int) -> Dim:
    """The floor of a sum over `by`, in lowest terms: floor((g y + c) / (g b)) is floor((y + floor(c / g)) / b).

    A floor in the sum is taken up: floor((floor(y / a) + z) / b) is floor((y + a z) / (a b)).
    """
    common = gcd(by, *terms.values())
    if common > 1:
        return _sum({atom: factor // common for atom, factor in terms.items()}, constant // common) // (by // common)
    for atom, factor in terms.items():
        if factor == 1 and isinstance(atom, tuple) and atom[0] == "floor":
            _, inner, inner_by = atom
            assert isinstance(inner, Unknown) and isinstance(inner_by, int)
            others = _sum({other: times for other, times in terms.items() if other != atom}, constant)
            return (inner + others * inner_by) // (inner_by * by)
    return Unknown(((("floor", _sum(terms, constant), by), 1),))


def _names(atom: Atom) -> frozenset[str]:
    if isinstance(atom, str):
        return frozenset({atom})
    if _is_product(atom):
        return frozenset(name for factor in _factors(atom) if factor != _ONE for name in _names(factor))
    inner = atom[1]
    assert isinstance(inner, Unknown)
    return inner.names()


def _term(atom: Atom, factor: int) -> str:
    text = _written(atom)
    return text if factor == 1 else f"{factor} * {text}"


def _written(atom: Atom) -> str:
    if _is_product(atom):
        return " * ".join(_written(factor) for factor in _factors(atom))
    if isinstance(atom, tuple):
        return f"floor(({atom[1]}) / {atom[2]})"
    return atom


def known(shape: Shape) -> tuple[int, ...] | None:
    """The shape if every size of it is a number."""
    sizes = tuple(size for size in shape if isinstance(size, int))
    return sizes if len(sizes) == len(shape) else None


def product(sizes: Shape) -> Dim:
    """The product of the sizes; 1 for none."""
    result: Dim = 1
    for size in sizes:
        result = result * size
    return result


def ceil_div(size: Dim, by: int) -> Dim:
    """The quotient rounded up."""
    return (size + by - 1) // by


def write_shape(shape: Shape) -> str:
    """`(224, 224, 3)`, an unknown length as `?`."""
    body = ", ".join(str(size) if isinstance(size, int) else "?" for size in shape)
    return f"({body},)" if len(shape) == 1 else f"({body})"
