"""What a sweep goes over: values one by one, or a range, each at its place in the command or the file that says so."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cnnspec.source.diagnostic import Diagnostic, Edit, Report
from cnnspec.source.span import Span
from cnnspec.source.values import Scalar, Sequence, Value, describe, plain

MOST_VALUES = 1000
"""Values of one path that are tried one by one."""
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})(?:\s+(.*\S))?\s*\Z")
_STEP = re.compile(rf"step\s+({_NUMBER})\Z")
_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_DIGITS = 4
"""Digits of what is drawn from a range, more where it is narrow: the same value can then be typed, and trains the same
weights to the bit."""
_HELP = "write a list, [16, 32, 64], or a range, 1e-4..1e-2 log"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value as --set takes it, and where it is written."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Choices:
    """Values of a path that are tried one by one."""

    path: str
    key: Span
    span: Span
    values: tuple[Candidate, ...]

    @property
    def tried(self) -> tuple[Candidate, ...]:
        """Those that show whether all are right: all of them."""
        return self.values

    @property
    def listed(self) -> tuple[str, ...] | None:
        """All values."""
        return tuple(each.text for each in self.values)

    def __str__(self) -> str:
        return f"[{', '.join(each.text for each in self.values)}]"


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; whole ones where both ends are, evenly on a logarithm with `log`."""

    path: str
    key: Span
    span: Span
    low: float
    high: float
    whole: bool
    log: bool = False
    step: float | None = None

    @property
    def tried(self) -> tuple[Candidate, ...]:
        """Both ends."""
        return tuple(Candidate(self.written(each), self.span) for each in (self.low, self.high))

    @property
    def listed(self) -> tuple[str, ...] | None:
        """All values, where they can be counted; None where they cannot, or are too many."""
        step = 1.0 if self.whole and self.step is None else self.step
        if step is None or self.log or (self.high - self.low) / step >= MOST_VALUES:
            return None
        count = math.floor((self.high - self.low) / step + 1e-9) + 1
        return tuple(self.written(self.low + number * step) for number in range(count))

    def written(self, value: float) -> str:
        """A number as --set takes it, in few digits and never beyond the ends; of steps the nearest one, to its end."""
        if self.whole:
            return str(round(value))
        if self.step is not None:
            return repr(self._stepped(self.step, value))
        narrow = math.log10(max(abs(value) / (self.high - self.low), 1))
        short = float(f"{value:.{_DIGITS + math.floor(narrow)}g}")
        return repr(short if self.low <= short <= self.high else value)

    def _stepped(self, step: float, value: float) -> float:
        """The step nearest to a number, as the decimals that were written add up to it."""
        low, high, width = (Decimal(repr(each)) for each in (self.low, self.high, step))
        number = min(Decimal(round((value - self.low) / step)), (high - low) // width)
        return float(low + number * width)

    def __str__(self) -> str:
        low, high, step = (_short(each) for each in (self.low, self.high, self.step or 0.0))
        return f"{low}..{high}{' log' if self.log else ''}{f' step {step}' if self.step else ''}"


Dimension = Choices | Range


def _short(value: float) -> str:
    """A number in as few characters as tell it: `1e-4`, `0.25`, `64`."""
    texts = (f"{value:g}", f"{value:.0e}".replace("e-0", "e-"), repr(value))
    return min((text for text in texts if float(text) == value), key=len)


def read_dimension(path: str, key: Span, value: Value, report: Report) -> Dimension | None:
    """What a path is to be; a mistake is reported, and gives None."""
    if isinstance(value, Sequence):
        return _choices(path, key, value, report)
    if isinstance(value, Scalar) and isinstance(value.value, str) and (match := _RANGE.match(value.text)):
        return _range(path, key, value, match, report)
    report(Diagnostic("bad-range", f"{path} is {describe(value)}, expected a list or a range", value.span, help=_HELP))
    return None


def _choices(path: str, key: Span, value: Sequence, report: Report) -> Choices | None:
    texts = [json.dumps(plain(item), ensure_ascii=False) for item in value.items]
    if not texts:
        report(Diagnostic("bad-range", f"{path} has no value to try", value.span, help=_HELP))
        return None
    if len(texts) > MOST_VALUES:
        message = f"{path} has {len(texts):,} values, expected at most {MOST_VALUES:,}"
        report(Diagnostic("bad-range", message, value.span, help=_HELP))
        return None
    twice = [number for number, text in enumerate(texts) if text in texts[:number]]
    for number in twice:
        message = f"{path} has {texts[number]} twice"
        report(Diagnostic("bad-range", message, value.items[number].span, help="leave one of them out"))
    values = tuple(Candidate(text, item.span) for text, item in zip(texts, value.items, strict=True))
    return None if twice else Choices(path, key, value.span, values)


def _range(path: str, key: Span, value: Scalar, match: re.Match[str], report: Report) -> Range | None:
    found = list(_mistakes(path, value, match))
    for each in found:
        report(each)
    if found:
        return None
    low, high, words = match[1], match[2], (match[3] or "").strip()
    step = _STEP.match(words)
    whole = all(_WHOLE.match(each) for each in (low, high, step[1] if step else "1"))
    return Range(
        path, key, value.span, float(low), float(high), whole, words == "log", float(step[1]) if step else None
    )


def _mistakes(path: str, value: Scalar, match: re.Match[str]) -> Iterator[Diagnostic]:
    """What is wrong with a range."""
    low, high, words = float(match[1]), float(match[2]), (match[3] or "").strip()
    more = f" {words}" if words else ""
    if not math.isfinite(low) or not math.isfinite(high):
        yield Diagnostic("bad-range", f"{path} goes beyond all numbers: {value.text}", value.span, help=_HELP)
    elif low > high:
        turned = f"{match[2]}..{match[1]}{more}"
        message, edit = f"{path} goes down, from {match[1]} to {match[2]}", Edit(value.span, turned)
        yield Diagnostic("bad-range", message, value.span, edit=edit)
    elif low == high:
        help = f"give it with --set {path}={match[1]}, or widen the range"
        yield Diagnostic("bad-range", f"{path} is a range of one value, {match[1]}", value.span, help=help)
    if words == "log" and low <= 0 and low < high:
        help = "begin above 0, as in 1e-5, or leave out log"
        yield Diagnostic("bad-range", f"{path} begins at {match[1]}, which has no logarithm", value.span, help=help)
    step = _STEP.match(words)
    if words not in ("", "log") and step is None:
        help = "write LOW..HIGH, LOW..HIGH log or LOW..HIGH step 0.1"
        yield Diagnostic("bad-range", f"{path} is a range with {words!r}, expected log or step", value.span, help=help)
    elif step is not None and not 0 < float(step[1]) <= high - low and low < high:
        message = f"{path} has steps of {step[1]} from {match[1]} to {match[2]}"
        yield Diagnostic("bad-range", message, value.span, help="take steps above 0, no longer than the range")
