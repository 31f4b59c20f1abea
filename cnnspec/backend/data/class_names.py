"""Class names that are probably one class in two spellings: to be asked about, never counted as two."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_BETWEEN = re.compile(r"(?<=\w)[\s_\-\u2010-\u2015\u2212]+(?=\w)")
"""What stands between two words: a blank, a dash and an underscore are written for each other."""
_QUOTES = " \"'`«»‘’“”„"
_BEHIND = f"{_QUOTES}.,;:!"
"""What is written around a name or not, and behind it: what ends a sentence. Before it a dot may begin a number."""
_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТХУԚԜавеѕіјкорсхуԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρι",
    "ABESIJKMHOPCTXYQWabesijkopcxydqwhABEZHIKMNOPTYXovpi",
)
"""Letters of Cyrillic and Greek that look like those of Latin, which stand among these by mistake."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two names that people take for one; `differ` says in what alone, as in `case`."""

    one: str
    other: str
    differ: str

    @property
    def seen(self) -> bool:
        """Whether the difference can be seen."""
        return self.differ != _UNSEEN


def near_twins(names: Iterable[str], case_sensitive: bool = False) -> tuple[Twins, ...]:
    """Each name that reads like an earlier one, beside the first that it reads like.

    With `case_sensitive` names that differ in case alone are classes of their own.
    """
    known: dict[str, str] = {}
    found = []
    for name in dict.fromkeys(names):
        first = known.setdefault(_read(name, case_sensitive), name)
        if first != name:
            found.append(Twins(first, name, _difference(first, name)))
    return tuple(found)


def _read(name: str, case_sensitive: bool) -> str:
    """What people see of a name: without invisible characters and what stands around it, in one form, one case."""
    visible = _visible(name).translate(_ALIKE)
    plain = _BETWEEN.sub(" ", _bare(visible.strip()) or visible.strip())
    return plain if case_sensitive else plain.lower()


def _bare(name: str) -> str:
    return name.lstrip(_QUOTES).rstrip(_BEHIND)


def _visible(name: str) -> str:
    """The name in Unicode's compatibility form, without what has no shape and no width."""
    return "".join(each for each in unicodedata.normalize("NFKC", name) if unicodedata.category(each) != "Cf")


_UNSEEN = "characters that cannot be seen or look alike, or in how letters are composed,"
_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("outer blanks", str.strip),
    ("case", str.lower),
    ("case and outer blanks", lambda name: name.strip().lower()),
    ("blanks and dashes", lambda name: _BETWEEN.sub(" ", name.strip())),
    ("outer quotes and marks", _bare),
    ("blanks, dashes and case", lambda name: _BETWEEN.sub(" ", name.strip()).lower()),
)


def _difference(one: str, other: str) -> str:
    """In what two such names differ, in words."""
    for words, plain in _STEPS:
        if plain(one) == plain(other):
            return words
    return _UNSEEN
