"""Formulas as they are written in the classes of layers.

    y[p, f] = b[f] + sum(q < k, c < n: w[q, c, f] * x[s * p + q - t, c])   # a remark

One equation a line. `a if b > c else d` chooses, `q < k` counts from 0 to before k, `@` multiplies matrices.
"""

import re
from collections.abc import Iterator

from cnnspec.layers.formulas.terms import Call, Cases, Equation, Item, Joined, Name, Negative, Number, Over, Range, Term

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?:e-?\d+)?|[A-Za-z_][A-Za-z_0-9']*|<=|>=|==|[-+*/^@()\[\],:<>=])")
_OVER = frozenset({"sum", "mean", "max", "min", "product"})
_BINDING = {"<": 1, ">": 1, "<=": 1, ">=": 1, "==": 1, "+": 2, "-": 2, "*": 3, "/": 3, "@": 3, "^": 5}
_UNARY = 4


def read_formula(text: str) -> tuple[Equation, ...]:
    """The equations of a formula; raises ValueError where it is none."""
    return tuple(_equation(line) for line in text.splitlines() if line.strip())


def read_term(text: str) -> Term:
    """A term; raises ValueError where it is none."""
    reader = _Reader(text)
    term = reader.term()
    reader.end()
    return term


def _equation(line: str) -> Equation:
    written, _, said = line.partition("#")
    left, sign, right = written.partition(" = ")
    if not sign:
        raise ValueError(f"no equation: {line}")
    return Equation(read_term(left), read_term(right), said.strip())


class _Reader:
    """Reads one term by the strength of its signs."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def term(self) -> Term:
        """A term, or one of two by a comparison."""
        then = self._joined(1)
        if self._peek() != "if":
            return then
        self._take("if")
        when = self._joined(1)
        self._take("else")
        return Cases(when, then, self.term())

    def end(self) -> None:
        """Refuse what is left."""
        if self._peek():
            raise ValueError(f"{self._peek()!r} is left of {self._text!r}")

    def _joined(self, least: int) -> Term:
        left = self._single()
        while (sign := self._peek()) in _BINDING and _BINDING[sign] >= least:
            self._take(sign)
            left = Joined(sign, left, self._joined(_BINDING[sign] + (sign != "^")))
        return left

    def _single(self) -> Term:
        token = self._next()
        if token == "-":
            return Negative(self._joined(_UNARY))
        if token == "(":
            inner = self.term()
            self._take(")")
            return inner
        if token[0].isdigit():
            return Number(int(token) if token.isdigit() else float(token))
        if not (token[0].isalpha() or token[0] == "_"):
            raise ValueError(f"{token!r} begins no term in {self._text!r}")
        if self._peek() == "[":
            return Item(token, self._listed("[", "]"))
        if self._peek() == "(":
            return self._over(token) if token in _OVER and self._counts() else Call(token, self._listed("(", ")"))
        return Name(token)

    def _counts(self) -> bool:
        """Whether what stands in the brackets begins with a name that counts."""
        depth = 0
        for token in self._tokens[self._at :]:
            depth += (token in "([") - (token in ")]")
            if token == ":" and depth == 1:
                return True
            if not depth:
                return False
        return False

    def _over(self, what: str) -> Term:
        self._take("(")
        ranges = [self._range()]
        while self._peek() == ",":
            self._take(",")
            ranges.append(self._range())
        self._take(":")
        of = self.term()
        self._take(")")
        return Over(what, tuple(ranges), of)

    def _range(self) -> Range:
        word = self._next()
        self._take("<")
        return Range(word, self._joined(2))

    def _listed(self, opening: str, closing: str) -> tuple[Term, ...]:
        self._take(opening)
        items = [self.term()]
        while self._peek() == ",":
            self._take(",")
            items.append(self.term())
        self._take(closing)
        return tuple(items)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise ValueError(f"{self._text!r} ends too early")
        self._at += 1
        return token

    def _take(self, token: str) -> None:
        if self._next() != token:
            raise ValueError(f"{token!r} is missing in {self._text!r}")


def _tokens(text: str) -> Iterator[str]:
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text[at:]!r} begins with no sign of a formula")
        yield match[1]
        at = match.end()
