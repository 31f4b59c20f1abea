"""Values as YAML that a person would write: short maps and lists on one line, longer ones below each other."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z_$][\w./$-]*( [\w./$-]+)*\Z", re.ASCII)
_LIKE_OTHERS = re.compile(r"(true|false|null|~|yes|no|on|off|[-+.]?(inf|nan))\Z", re.IGNORECASE)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(key)}: {flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_in_list(each) for each in value)}]"
    return scalar(value)


def _in_list(value: Any) -> str:
    """An item of a list on one line: a map of one key needs no braces there."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, held),) = value.items()
        return f"{scalar(key)}: {flow(held)}"
    return flow(value)


def scalar(value: Any) -> str:
    """A number, a word or a text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return text if _PLAIN.match(text) and not _LIKE_OTHERS.match(text) else json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value).replace("e-0", "e-")


def lines(key: str, value: Any, indent: int = 0, comment: str = "") -> Iterator[str]:
    """A key with its value, on one line where it fits."""
    yield from _lines(f"{scalar(key)}:", value, indent, comment)


def _lines(before: str, value: Any, indent: int, comment: str = "") -> Iterator[str]:
    margin = " " * indent
    short = f"{margin}{before} {flow(value)}"
    if len(short) <= WIDTH and not _is_deep(value):
        yield f"{short}{comment}"
    elif isinstance(value, Mapping) and value:
        yield f"{margin}{before}{comment}"
        for key, each in value.items():
            yield from lines(key, each, indent + 2)
    elif isinstance(value, (list, tuple)) and value:
        yield f"{margin}{before}{comment}"
        yield from items(value, indent + 2)
    else:
        yield f"{short}{comment}"


def items(values: Any, indent: int) -> Iterator[str]:
    """The items of a list below each other."""
    margin = " " * indent
    for value in values:
        short = f"{margin}- {_in_list(value)}"
        if len(short) <= WIDTH and not _is_deep(value):
            yield short
        elif isinstance(value, Mapping) and value:
            for number, line in enumerate(line for key, each in value.items() for line in lines(key, each, indent + 2)):
                yield f"{margin}- {line[indent + 2 :]}" if not number else line
        elif isinstance(value, (list, tuple)) and value:
            for number, line in enumerate(items(value, indent + 2)):
                yield f"{margin}- {line[indent + 2 :]}" if not number else line
        else:
            yield short


def _is_deep(value: Any) -> bool:
    """Whether a value reads better below each other: lists of entries within entries."""
    return _depth(value) > 6


def _depth(value: Any) -> int:
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, (list, tuple)):
        return 1 + max(map(_depth, value), default=0)
    return 0
