"""Formulas as LaTeX, for Markdown."""

import re

from cnnspec.layers.formulas.terms import Call, Cases, Equation, Item, Joined, Name, Negative, Number, Over, Range, Term
from cnnspec.reports.explain.plain_math import number

_STRENGTH = {"<": 1, ">": 1, "<=": 1, ">=": 1, "==": 1, "+": 2, "-": 2, "*": 3, "/": 6, "@": 3, "^": 5}
_SIGN = {"*": r" \cdot ", "@": r" \, ", "<=": r" \le ", ">=": r" \ge ", "==": " = "}
_GREEK = frozenset({"alpha", "beta", "gamma", "epsilon", "sigma", "mu", "tau"})
_KNOWN = {
    "exp": r"\exp",
    "ln": r"\ln",
    "max": r"\max",
    "min": r"\min",
    "tanh": r"\tanh",
    "sin": r"\sin",
    "cos": r"\cos",
}
_AROUND = {"abs": ("|", "|"), "floor": (r"\lfloor ", r" \rfloor"), "ceil": (r"\lceil ", r" \rceil")}
_OVER = {"sum": r"\sum", "product": r"\prod", "max": r"\max", "min": r"\min", "mean": r"\operatorname*{mean}"}
_EXPONENT = re.compile(r"e([+-]?)0*(\d+)$")


def latex_equation(equation: Equation) -> str:
    """An equation, with its remark as text behind it."""
    said = rf" \quad \text{{{_text(equation.said)}}}" if equation.said else ""
    return f"{latex(equation.left)} = {latex(equation.right)}{said}"


def latex(term: Term) -> str:
    """A term."""
    match term:
        case Number(value):
            return _EXPONENT.sub(lambda m: rf" \cdot 10^{{{m[1].strip('+')}{m[2]}}}", number(value))
        case Name(word):
            return _name(word)
        case Item(of, at):
            return f"{_name(of)}_{{{', '.join(map(latex, at))}}}" if at else _name(of)
        case Call():
            return _call(term)
        case Negative(of):
            return f"-{_within(of, 3)}"
        case Joined():
            return _joined(term)
        case Over(what, ranges, of):
            sign = _OVER[what]
            return " ".join([*(sign + _range(each, what in ("sum", "product")) for each in ranges), _within(of, 3)])
        case Cases():
            return _cases(term)


def _cases(term: Cases) -> str:
    rows, rest = [], term
    while True:
        rows.append(rf"{latex(rest.then)} & \text{{if }} {latex(rest.when)}")
        if not isinstance(rest.otherwise, Cases):
            break
        rest = rest.otherwise
    rows.append(rf"{latex(rest.otherwise)} & \text{{else}}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _call(term: Call) -> str:
    inner = ", ".join(map(latex, term.of))
    if term.function == "T":
        return f"{_within(term.of[0], 6)}^{{\\top}}"
    if term.function == "sqrt":
        return rf"\sqrt{{{inner}}}"
    if term.function in _AROUND:
        return inner.join(_AROUND[term.function])
    name = _KNOWN.get(term.function) or rf"\operatorname{{{_text(term.function)}}}"
    return rf"{name}\left({inner}\right)"


def _joined(term: Joined) -> str:
    if term.sign == "/":
        return rf"\frac{{{latex(term.left)}}}{{{latex(term.right)}}}"
    strength = _STRENGTH[term.sign]
    left = _within(term.left, strength + (term.sign == "^"))
    if term.sign == "^":
        return f"{left}^{{{latex(term.right)}}}"
    right = _within(term.right, strength + (term.sign in "-@"))
    if term.sign == "*" and isinstance(term.left, Number) and isinstance(term.right, Name):
        return f"{left} {right}"
    return f"{left}{_SIGN.get(term.sign, f' {term.sign} ')}{right}"


def _range(each: Range, whole: bool) -> str:
    last = latex(Number(each.end.value - 1)) if isinstance(each.end, Number) else f"{latex(each.end)} - 1"
    word = _name(each.word)
    return f"_{{{word}=0}}^{{{last}}}" if whole else rf"_{{0 \le {word} \le {last}}}"


def _name(word: str) -> str:
    base, _, below = word.partition("_")
    if below:
        return (
            rf"{_name(base)}_{{{_name(below)}}}" if len(base) == 1 or base in _GREEK else rf"\mathrm{{{_text(word)}}}"
        )
    if word in _GREEK:
        return f"\\{word}"
    if len(word) == 2 and word[1].isupper():
        return f"{word[0]}^{{{word[1]}}}"
    return word if len(word) == 1 else rf"\mathrm{{{word}}}"


def _text(words: str) -> str:
    return words.replace("_", r"\_").replace("^", r"\^{}")


def _within(term: Term, least: int) -> str:
    text = latex(term)
    return rf"\left({text}\right)" if _strength(term) < least else text


def _strength(term: Term) -> int:
    match term:
        case Joined(sign, _, _):
            return _STRENGTH[sign]
        case Negative() | Number(value=int() | float()) if isinstance(term, Negative) or term.value < 0:
            return 2
        case Over():
            return 3
    return 7
