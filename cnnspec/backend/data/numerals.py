"""Numbers as people write them: what can be read, and what keeps a cell from being a number."""

import math
import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST = 64
"""Characters: nobody writes a longer number, whatever marks it has."""

Kind = Literal["mark", "date", "bar", "unit", "nothing", "endless", "truth", "word"]
"""What is no number: one with marks, a date, one divided by another, one with a unit, a word for no value, what no
finite number is, yes or no, any other word."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a cell is no number: in words that follow what it holds, and what to write instead.

    `plain` is the number that people see in it, as its table writes numbers; None for none, or several.
    """

    kind: Kind
    words: str
    help: str
    plain: str | None = None


def number_in(text: str, decimal: str = ".") -> float | None:
    """The finite number that a cell holds; None for anything else: no nan, no inf, no underscores, no other mark."""
    bare = text.strip(" ")
    if decimal != ".":
        bare = bare.replace(decimal, ".") if "." not in bare else ""
    number = float(bare) if _NUMBER.fullmatch(bare) else math.inf
    return number if math.isfinite(number) else None


def has_dots_for_decimals(values: Collection[str]) -> bool:
    """Whether a column is of numbers with decimal dots, whatever its table has: one cell plainly, none a comma."""
    dotted = any(
        "." in value and _NUMBER.fullmatch(bare := value.strip(" ")) and not _DOTS.fullmatch(bare) for value in values
    )
    return dotted and not any("," in value for value in values)


def is_number(text: str, decimal: str = ".") -> bool:
    """Whether a cell is a finite number."""
    return number_in(text, decimal) is not None


def seen_number(text: str, decimal: str = ".") -> float | None:
    """The number that people see in a cell, its marks aside; None where there is none, or more than one."""
    number = number_in(text, decimal)
    if number is None and (plain := trouble_with(text, decimal).plain) is not None:
        return number_in(plain, decimal)
    return number


def looks_like_a_number(text: str, decimal: str = ".") -> bool:
    """Whether people read a number or a date in a cell, whatever marks it has."""
    return is_number(text, decimal) or trouble_with(text, decimal).kind in ("mark", "date", "bar")


def is_no_value(text: str) -> bool:
    """Whether programs write this where nothing is: no class is called so, as one may be called none or NA."""
    return text.strip().lower() in _ERRORS | {"nan", "-nan", "<na>", "nat"}


def trouble_with(text: str, decimal: str = ".") -> Trouble:
    """Why a cell that is no number is none."""
    written = text[: _LONGEST + 1].strip()
    bare = unicodedata.normalize("NFKC", written)
    if bare != written and any(_is_raised(each) for each in written):
        return Trouble("unit", "with something behind it", "write a number alone") if written[0].isdecimal() else WORD
    if bare != written and is_number(bare, decimal):
        return Trouble("mark", f"with {_NOT_ASCII}", f"take that out of the file, as in {bare}", bare)
    for judge in _JUDGES if len(bare) <= _LONGEST else ():
        if found := judge(bare, decimal):
            return found
    return WORD


def _is_raised(character: str) -> bool:
    """Whether it is above the line or below it, as an exponent is, and the number of a footnote."""
    return unicodedata.decomposition(character).startswith(("<super>", "<sub>"))


WORD = Trouble("word", "which is no number", "write a number")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILL = "fill in a number, or take the row out"
_NOTHING = _words(
    "na n/a n.a. n.a nan -nan null none nil <na> nat missing unknown undefined nd n/d - -- --- – — . .. ... ? ??"
)
_ERRORS = _words("#n/a #na #div/0! #value! #ref! #name? #num! #null! #error! #spill!")
_ENDLESS = re.compile(r"[+-]?(inf|infinity|∞)", re.IGNORECASE)
_TRUTH = _words("true false yes no t f y n on off")


def _of_word(text: str, decimal: str) -> Trouble | None:
    low = text.lower()
    if low in _ERRORS:
        return Trouble("nothing", "an error of the spreadsheet that it came from", _FILL)
    if low in _NOTHING:
        return Trouble("nothing", "which says that there is no value", _FILL)
    dotted = text.replace(decimal, ".")
    if _ENDLESS.fullmatch(text) or (_NUMBER.fullmatch(dotted) and math.isinf(float(dotted))):
        return Trouble("endless", "which is not finite", _FILL)
    return Trouble("truth", "a truth value", "write 1 and 0") if low in _TRUTH else None


_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]m)?"
_DAY = (
    r"\d{4}(?P<a>[-/.])\d{1,2}(?P=a)\d{1,2}|\d{1,2}(?P<b>[-/.])\d{1,2}(?P=b)(\d{4}|\d{2})|\d{4}-\d{2}"
    rf"|\d{{1,2}}[-. ]*{_MONTH}[-., ]*\d{{2,4}}|{_MONTH}\.? \d{{1,2}},? \d{{4}}|{_MONTH}\.? \d{{4}}"
)
_DATE = re.compile(rf"(({_DAY})(([T ]|, ){_CLOCK}.{{0,12}})?|{_CLOCK})", re.IGNORECASE | re.ASCII)


def _of_time(text: str, decimal: str) -> Trouble | None:
    help = "give it as a number, such as the days since the first, or year, month and day in columns of their own"
    return Trouble("date", "a date or time", help) if _DATE.fullmatch(text) else None


_DIVIDED = re.compile(r"([+-]?\d{1,9})\s*[/⁄]\s*(\d{1,9})", re.ASCII)


def _of_division(text: str, decimal: str) -> Trouble | None:
    match = _DIVIDED.fullmatch(text)
    if match is None or not int(match[2]):
        return None
    plain = f"{int(match[1]) / int(match[2]):g}".replace(".", decimal)
    return Trouble("bar", "one number over another", f"write {plain}", plain)


def _of_marks(text: str, decimal: str) -> Trouble | None:
    """A number once what stands around its digits, and the marks between them, are taken away."""
    left, marks = text, []
    for words, taken_away in _AROUND:
        before, left = left, taken_away(left)
        if left != before:
            marks.append(words)
    grouping = _between(left, decimal)
    if grouping is None or not (marks or grouping.marks):
        return None
    help = grouping.help or f"take that out of the file, as in {grouping.plain}"
    if marks and grouping.help:
        help = f"take {_listed(marks)} out of the file; {grouping.help}"
    return Trouble("mark", f"with {_listed([*marks, *grouping.marks])}", help, grouping.plain)


def _listed(marks: list[str]) -> str:
    return ", ".join(marks[:-1]) + (" and " if len(marks) > 1 else "") + marks[-1]


_CURRENCIES = _words(
    "usd eur gbp jpy cny rmb chf inr krw rub aud cad nzd sek nok dkk pln czk huf ron try brl mxn zar sgd hkd twd thb"
    " ils aed sar egp php idr myr vnd uah ars clp cop btc kr kč zł ft fr rs"
)
_BEFORE, _AFTER = re.compile(r"([^\W\d_]+)\.?\s*(?=[-+.\d(])"), re.compile(r"(?<=[\d.,)-])\s*([^\W\d_]+)\.?$")


def _without_currency(text: str) -> str:
    bare = "".join(each for each in text if unicodedata.category(each) != "Sc").strip()
    for match in (_BEFORE.match(bare), _AFTER.search(bare)):
        if match and match[1].lower() in _CURRENCIES:
            return (bare[: match.start()] + bare[match.end() :]).strip()
    return bare


def _without_percent(text: str) -> str:
    return text.strip("%‰").strip()


def _without_brackets(text: str) -> str:
    """Bookkeepers put what is negative into brackets, or its minus sign last."""
    if re.fullmatch(r"\([\d.,' ]+\)", text):
        return f"-{text[1:-1]}"
    return f"-{text[:-1]}" if re.fullmatch(r"[\d.,' ]+-", text) else text


def _with_ascii(text: str) -> str:
    digits = {each: unicodedata.decimal(each, None) for each in text}
    plain = "".join(each if digits[each] is None else str(digits[each]) for each in text)
    return plain.translate({ord("−"): "-", ord("–"): "-", ord("٫"): ".", ord("٬"): ","})


def _without_blanks(text: str) -> str:
    """Blanks, apostrophes and underscores between groups of three digits."""
    if re.fullmatch(r"[+-]?\d{1,3}([ '’_]\d{3})+([.,]\d*)?", text):
        return re.sub(r"[ '’_]", "", text)
    return re.sub(r"^([+-]) +", r"\1", text)


_NOT_ASCII = "digits or signs that are not those of ASCII"
_AROUND: tuple[tuple[str, Callable[[str], str]], ...] = (
    (_NOT_ASCII, _with_ascii),
    ("a currency", _without_currency),
    ("a percent sign", _without_percent),
    ("brackets or a last minus sign for what is negative", _without_brackets),
    ("blanks or apostrophes between its digits", _without_blanks),
)

COMMA = 'write decimal: "," under data'
EITHER = f"if it stands before decimals {COMMA}; if it stands between thousands take it out of the file"
"""What to do about a comma of which nobody can tell what it is."""
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}((,\d{3})+|(,\d{2})+,\d{3})(\.\d*)?", re.ASCII)
_DOTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?", re.ASCII)
_ONE_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Between:
    """The marks between a number's digits that do not belong there, what to do about them, and the number itself."""

    marks: tuple[str, ...]
    help: str
    plain: str | None


def _between(text: str, decimal: str) -> _Between | None:
    """What stands between digits; None for what is no number at all."""
    if _COMMAS.fullmatch(text) and (text.count(",") > 1 or "." in text):
        return _Between(("commas between thousands",), "", text.replace(",", "").replace(".", decimal))
    if _DOTS.fullmatch(text) and ("," in text or text.count(".") > 1 or decimal == ","):
        comma = "," in text and decimal == "."
        marks = ("dots between thousands", *(["a decimal comma"] if comma else []))
        help = f"take the dots out of the file and {COMMA}" if comma else ""
        return _Between(marks, help, text.replace(".", "").replace(",", "." if decimal == "." else decimal))
    if _NUMBER.fullmatch(text.replace(decimal, ".") if decimal == "." or "." not in text else ""):
        return _Between((), "", text)
    if _NUMBER.fullmatch(text):
        return _Between(("a dot",), f"write {text.replace('.', decimal)}", text.replace(".", decimal))
    if _COMMAS.fullmatch(text):
        return _Between(("a comma",), EITHER, None)
    if _ONE_COMMA.fullmatch(text):
        return _Between(("a decimal comma",), COMMA, text.replace(",", "."))
    return None


_BOUND = re.compile(r"[<>≤≥~≈±=]+ *[+-]?\d[\d.,]*")
_WITH_UNIT = re.compile(r"[<>≤≥~≈±=]* *[+-]?\d[\d.,']* ?[^\s\d.,'].{0,24}")


def _of_unit(text: str, decimal: str) -> Trouble | None:
    if _BOUND.fullmatch(text):
        return Trouble("unit", "a bound", "write a number alone")
    return Trouble("unit", "with something behind it", "write a number alone") if _WITH_UNIT.fullmatch(text) else None


_JUDGES = (_of_word, _of_time, _of_division, _of_marks, _of_unit)
