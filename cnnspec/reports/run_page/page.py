"""The page: sections put into a template that escapes every text, under a policy by which nothing runs or is loaded."""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from cnnspec.reports.attribution.page import STYLE as LOOKS
from cnnspec.reports.draw import draw
from cnnspec.reports.notation import Pieces
from cnnspec.reports.run_page.blocks import Section
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.run_page.sections import SECTIONS
from cnnspec.reports.safe import shown

_HERE = "cnnspec.reports.run_page"
_WIDEST = 64
"""So many characters of what layers do stand in a line at most."""
_STYLES = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_BAR = re.compile("━+")


def runs_page(runs: Sequence[Reported]) -> str:
    """The page's text."""
    sections = sections_of(runs)
    title = ", ".join(run.name for run in runs)
    body = _environment().get_template("page").render(title=title, sections=sections, of_looks=_of_looks(runs))
    return body.replace(_POLICY, _policy(body), 1)


def sections_of(runs: Sequence[Reported]) -> tuple[Section, ...]:
    """The sections that have something to tell of these runs."""
    return tuple(section for make in SECTIONS if (section := make(runs)) is not None)


def _of_looks(runs: Sequence[Reported]) -> Markup:
    """The style of what was looked at, where a page has some."""
    return Markup(f"<style>{LOOKS}</style>") if any(run.looks for run in runs) else Markup()


_POLICY = "the policy stands here"


def _policy(page: str) -> str:
    """Nothing but the styles that stand in the page, by their hashes, and pictures within it."""
    hashes = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in _STYLES.findall(page))
    styles = " ".join(dict.fromkeys(f"'sha256-{each}'" for each in hashes))
    return f"default-src 'none'; style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    """Whatever a template puts out is visible text, unless our own code made it as markup."""
    folder = files(_HERE)
    texts = {name: folder.joinpath(file).read_text(encoding="utf-8") for name, file in _FILES.items()}
    environment = Environment(
        loader=DictLoader(texts), autoescape=True, undefined=StrictUndefined, finalize=_visible, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= _FILTERS
    environment.tests |= {"drawing": lambda cell: not isinstance(cell, str)}
    return environment


_FILES = {"page": "page.html", "blocks": "blocks.html", "style": "style.css"}


def _visible(value: object) -> object:
    return value if isinstance(value, Markup) else shown(str(value))


def _lines(text: str) -> Markup:
    """A text with its lines as they are, each of them escaped."""
    return Markup("\n").join(shown(line) for line in text.expandtabs(4).splitlines())


def _drawn(pieces: Pieces) -> Markup:
    """What layers do, in lines."""
    return Markup("\n").join(shown(line) for line in draw(pieces, _WIDEST, stacked=True))


def _ours(svg: str) -> Markup:
    """A drawing of our own, in which every text from outside is escaped."""
    return Markup(svg)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bar(cell: str) -> int:
    """How long a cell's bar is that is nothing else; 0 for any other."""
    return len(cell) if _BAR.fullmatch(cell) else 0


_FILTERS: dict[str, Callable[..., object]] = {
    "lines": _lines,
    "drawn": _drawn,
    "ours": _ours,
    "encoded": _encoded,
    "bar": _bar,
}
