"""Plain scalars by the core schema of YAML 1.2, and the one place that says which numbers are read at all."""

import math
import re

MAX_DIGITS = 400
"""A number has at most so many characters, in any notation."""
MAX_BITS = 64
"""An integer lies below 2 to this power: no size in a network is as large, and what is computed stays quick."""
_LARGEST_EXPONENT = 308
"""10 to this power is still a float."""
_NULL = re.compile(r"(?:~|null|Null|NULL)?\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE]([-+]?[0-9]+))?\Z")
_INFINITY = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z")
_NOT_A_NUMBER = re.compile(r"\.(?:nan|NaN|NAN)\Z")


class OutOfRange(ValueError):
    """A number that is not read: `message` says why, `help` what is; `code` is that of its diagnostic."""

    def __init__(self, message: str, help: str, code: str = "number-out-of-range") -> None:
        super().__init__(message)
        self.message, self.help, self.code = message, help, code


def resolve_scalar(text: str) -> bool | int | float | str | None:
    """A plain scalar by the core schema of YAML 1.2 (section 10.3.2); raises OutOfRange for a number beyond bounds."""
    if _NULL.match(text):
        return None
    if _TRUE.match(text):
        return True
    if _FALSE.match(text):
        return False
    if text[:1].isdigit() or text[:1] in "+-.":
        return _number(text)
    return text


def _number(text: str) -> int | float | str:
    """What begins as a number does; the text itself where it is none."""
    if _INTEGER.match(text):
        return _integer(text, 10)
    if _OCTAL.match(text):
        return _integer(text, 8)
    if _HEXADECIMAL.match(text):
        return _integer(text, 16)
    if match := _FLOAT.match(text):
        return _float(text, match[1] or "0")
    if _INFINITY.match(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if _NOT_A_NUMBER.match(text) else text


def _integer(text: str, base: int) -> int:
    _refuse_long(text)
    value = int(text, base)
    refuse_beyond(value)
    return value


def _float(text: str, exponent: str) -> float:
    _refuse_long(text)
    value = float(text)
    refuse_beyond(value)
    if value == 0 and int(exponent) > _LARGEST_EXPONENT:
        raise OutOfRange(f"an exponent beyond {_LARGEST_EXPONENT}", "write 0")
    if value == 0 and text.lower().partition("e")[0].strip("+-.0"):
        raise OutOfRange(f"{_cut(text)} is no number that can be told from 0", "write 0, or at least 5e-324")
    return value + 0.0  # -0.0 is 0, too


def refuse_beyond(value: int | float) -> None:
    """Raise OutOfRange for a number, read or computed, that is beyond 64 bits, or not finite."""
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise OutOfRange(f"a number beyond {MAX_BITS} bits", "sizes are far smaller than that")
    if isinstance(value, float) and not math.isfinite(value):
        raise OutOfRange("a number that is not finite", "the largest is 1.7e308")


def _refuse_long(text: str) -> None:
    if len(text) > MAX_DIGITS:
        raise OutOfRange(f"a number of {len(text):,} characters", f"at most {MAX_DIGITS}", "number-too-long")


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
