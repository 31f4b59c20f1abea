"""Formulas as plain text: `y[i, f] = b[f] + Σ(a=0..2, c=0..3) w[a, c, f] · x[i + a - 1, c]`."""

from cnnspec.layers.formulas.terms import Call, Cases, Equation, Item, Joined, Name, Negative, Number, Over, Range, Term

_STRENGTH = {"<": 1, ">": 1, "<=": 1, ">=": 1, "==": 1, "+": 2, "-": 2, "*": 3, "/": 3, "@": 3, "^": 5}
_SIGN = {"*": " · ", "@": " ", "^": "^", "==": " = "}
_OVER = {"sum": "Σ", "product": "Π"}
_MOST_PARTS, _SHORT = 100_000, 7
_CASES, _NEGATIVE, _SINGLE = 0, 2, 6


def plain_equation(equation: Equation) -> str:
    """An equation on one line, without its remark."""
    return f"{plain(equation.left)} = {plain(equation.right)}"


def plain(term: Term) -> str:
    """A term on one line."""
    match term:
        case Number(value):
            return number(value)
        case Name(word):
            return word
        case Item(of, at):
            return f"{of}[{', '.join(map(plain, at))}]" if at else of
        case Call("T", (of,)):
            return f"{_within(of, _SINGLE)}^T"
        case Call(function, of):
            return f"{function}({', '.join(map(plain, of))})"
        case Negative(of):
            return f"-{_within(of, 3)}"
        case Joined():
            return _joined(term)
        case Over(what, ranges, of):
            counted = ", ".join(map(_range, ranges))
            return f"{_OVER.get(what, what)}({counted}) {_within(of, 3)}"
        case Cases(when, then, otherwise):
            return f"{_within(then, 1)} if {plain(when)} else {plain(otherwise)}"


def number(value: int | float) -> str:
    """A number in as many digits as tell it, ten at most; a small one part of a whole number as such: `1/255`."""
    if isinstance(value, int):
        return f"{value}"
    whole = round(1 / value) if 0 < value < 1 else 0
    text = f"{value:.10g}"
    return f"1/{whole}" if 1 < whole <= _MOST_PARTS and 1 / whole == value and len(text) > _SHORT else text


def _range(each: Range) -> str:
    end = each.end
    if isinstance(end, Number):
        return f"{each.word}=0..{number(end.value - 1)}"
    if isinstance(end, Joined) and end.sign == "+" and end.right == Number(1):
        return f"{each.word}=0..{plain(end.left)}"
    return f"{each.word}=0..{_within(end, 3)}-1"


def _joined(term: Joined) -> str:
    strength = _STRENGTH[term.sign]
    left = _within(term.left, strength + (term.sign == "^"))
    right = _within(term.right, strength + (term.sign in "-/^" or term.sign == "@"))
    if term.sign == "*" and isinstance(term.left, Number) and isinstance(term.right, Name) and len(right) == 1:
        return f"{left}{right}"
    return f"{left}{_SIGN.get(term.sign, f' {term.sign} ')}{right}"


def _within(term: Term, least: int) -> str:
    """The term in brackets where it holds together less than what is around it."""
    text = plain(term)
    return f"({text})" if _strength(term) < least else text


def _strength(term: Term) -> int:
    match term:
        case Joined(sign, _, _):
            return _STRENGTH[sign]
        case Cases():
            return _CASES
        case Negative():
            return _NEGATIVE
        case Over():
            return 3
        case Number(value) if value < 0:
            return _NEGATIVE
    return _SINGLE
