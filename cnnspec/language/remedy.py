"""What to write instead of a value that is wrong: only what was tried, and is right."""

import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any

from pydantic_core import ValidationError

from cnnspec.language.computed import computed_as
from cnnspec.language.mistake import Mistake, Owner, mistakes
from cnnspec.layers.instead import Instead, instead
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import Edit, nearest
from cnnspec.source.scalar import MAX_DIGITS, resolve_scalar
from cnnspec.source.tuples import listed_sizes
from cnnspec.source.values import Keys, PathEnd, Scalar, Value, as_written, plain
from cnnspec.source.yaml import read_yaml

_SHARE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?/ ?([1-9][0-9]{0,8}(?:\.[0-9]{1,9})?)", re.ASCII)
"""A number divided by another, which YAML takes for a text."""
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?) ?%", re.ASCII)
_MOST_TRIED = 100_000
"""How many values of one section may be looked at again to find hints."""


@dataclass(slots=True)
class Trials:
    """Tries what hints would say, of very many mistakes only for the first: it takes no time to speak of."""

    validate: Callable[[object], object]
    values: object
    size: int
    looked_at: int = 0

    def takes(self, path: Keys, value: object) -> bool:
        """Whether nothing would be wrong at this path, or further in, with this value there."""
        self.looked_at += self.size
        if self.looked_at > max(_MOST_TRIED, self.size):
            return False
        try:
            self.validate(_with(self.values, path, value))
        except LookupError:  # What is there is short for what the path leads into.
            return False
        except ValidationError as error:
            return all(each.path[: len(path)] != path for each in mistakes(error, Owner("", Fields)))
        return True


def _with(values: object, path: Keys, value: object) -> object:
    """The values with another one at a path; raises LookupError where it leads nowhere."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(values, list) and isinstance(first, int):
        return [*values[:first], _with(values[first], rest, value), *values[first + 1 :]]
    if not isinstance(values, dict):
        raise LookupError(first)
    return {**values, first: _with(values[first], rest, value)}


def edit_of(mistake: Mistake, end: PathEnd, trials: Trials) -> Edit | None:
    """What to write instead of a value on one line, where what was meant is plain."""
    context, value = mistake.context, end.value
    if mistake.kind == "unknown_kind" and context["at"]:
        return Edit(end.key_span, context["write"], context["so"]) if context["write"] else None
    if not isinstance(value, Scalar) or not as_written(value):
        return None
    text, so = _instead(mistake, value, trials)
    return Edit(value.origin or value.span, text, so) if text else None


def _instead(mistake: Mistake, value: Scalar, trials: Trials) -> tuple[str, str]:
    """What to write, and what is said beside it."""
    context, path, written = mistake.context, mistake.path, value.value
    if text := context.get("write", ""):
        works = mistake.kind == "unknown_kind" or trials.takes(path, _read(text))
        return (text, context.get("so", "")) if works else ("", "")
    if context.get("help") or mistake.kind == "unknown_kind":
        return "", ""
    if found := _known(mistake, value):
        return (found.text, found.so) if found.text and trials.takes(path, _read(found.text)) else ("", "")
    if mistake.kind == "literal_error":
        return _choice(mistake, value.text), ""
    if isinstance(written, float) and written.is_integer() and trials.takes(path, int(written)):
        return str(int(written)), ""
    if not isinstance(written, str):
        return _share(mistake, written, trials), ""
    return (computed_as(value), "") if computed_as(value) else _of_text(mistake, written.strip(), trials)


def _read(text: str) -> object:
    """What is written in a help, read."""
    value = read_yaml(text, "", lambda diagnostic: None)
    return None if value is None else plain(value)


def _known(mistake: Mistake, value: Value | None) -> Instead | None:
    """What is known of a word that people bring for a choice that there is not."""
    if mistake.kind not in ("literal_error", "invalid") or not isinstance(value, Scalar) or not mistake.path:
        return None
    return instead(str(mistake.path[-1]), value.text)


def _choice(mistake: Mistake, text: str) -> str:
    """The one of some words that was meant."""
    # pydantic has the choices in one text only, each in quotes.
    return nearest(text, re.findall("'([^']*)'", mistake.context["expected"])) or ""


def _share(mistake: Mistake, written: object, trials: Trials) -> str:
    """The part of one that a percentage stands for, where a number is too large by that alone."""
    if mistake.kind not in ("less_than", "less_than_equal") or not isinstance(written, int | float):
        return ""
    share = f"{written / 100:g}" if 1 < written <= 100 else ""
    return share if share and trials.takes(mistake.path, float(share)) else ""


def _of_text(mistake: Mistake, text: str, trials: Trials) -> tuple[str, str]:
    kind, path = mistake.kind, mistake.path
    if (as_list := listed_sizes(text)) is not None:
        return as_list, ""
    if (share := _SHARE.fullmatch(text)) and trials.takes(path, float(share[1]) / (float(share[2]) or 1.0)):
        return f'"${{{share[1]} / {share[2]}}}"', ""
    if (percent := _PERCENT.fullmatch(text)) and trials.takes(path, float(percent[1]) / 100):
        return f"{float(percent[1]) / 100:g}", ""
    if (
        len(text) <= MAX_DIGITS
        and isinstance(resolve_scalar(text), int | float)
        and trials.takes(path, resolve_scalar(text))
    ):
        return text, " without quotes"
    if kind == "bool_type" and text.lower() in ("yes", "on", "no", "off"):
        return ("true" if text.lower() in ("yes", "on") else "false"), ""
    if text.lower() != text and trials.takes(path, text.lower()):
        return text.lower(), ""
    return "", ""


def _example(context: Map[str, Any]) -> str:
    """What to write in the manner of, where it cannot stand for a value just so."""
    return f"write {context['write']}" if context.get("write") else ""


def sentence_for(mistake: Mistake, value: Value | None) -> str:
    """What to do about a choice that there is not, where no other stands in its place."""
    found = _known(mistake, value)
    return found.help if found and not found.text else _example(mistake.context)
