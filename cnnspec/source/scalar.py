"""Plain scalars by the core schema of YAML 1.2."""

import math
import re

MAX_DIGITS = 400
_NULL = re.compile(r"(?:~|null|Null|NULL)?\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITY = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z")
_NOT_A_NUMBER = re.compile(r"\.(?:nan|NaN|NAN)\Z")


def is_long_number(text: str) -> bool:
    """Whether a scalar is a number of more characters than are read."""
    return len(text) > MAX_DIGITS and bool(_INTEGER.match(text) or _FLOAT.match(text))


def resolve_scalar(text: str) -> bool | int | float | str | None:
    """A plain scalar by the core schema of YAML 1.2 (section 10.3.2)."""
    if _NULL.match(text):
        return None
    if _TRUE.match(text):
        return True
    if _FALSE.match(text):
        return False
    if _INTEGER.match(text):
        return int(text)
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.match(text):
        return int(text[2:], 16)
    if _FLOAT.match(text):
        return float(text)
    if _INFINITY.match(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if _NOT_A_NUMBER.match(text) else text
