"""Bytes to text, as YAML reads it: its size, its encoding, its lines, and characters that cannot stand in it."""

import re

from cnnspec.source.diagnostic import Diagnostic, Report
from cnnspec.source.span import Span

MAX_BYTES = 2**20

LINE_END = re.compile("\r\n|\r|\n")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def lines_of(text: str) -> list[str]:
    """The lines of a text, split as YAML splits them."""
    return LINE_END.split(text.removeprefix("\ufeff"))


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Bytes to text; reports what is too large or not UTF-8."""
    if len(data) > MAX_BYTES:
        report(
            Diagnostic(
                "file-too-large",
                f"the file is larger than {MAX_BYTES:,} bytes",
                Span(file, 1, 1),
                help="a spec is short: use blocks, vars and repeat; data belongs into files of its own",
            )
        )
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        lines = lines_of(before)
        span = Span(file, len(lines), len(lines[-1]) + 1)
        report(
            Diagnostic(
                "not-utf8",
                f"byte {data[error.start]:#04x} at offset {error.start} is not UTF-8",
                span,
                help="save the file as UTF-8 text",
            )
        )
        return None


def refuse_unreadable(text: str, file: str, report: Report) -> bool:
    """Whether a character cannot be read, which is reported."""
    match = _UNREADABLE.search(text)
    if not match:
        return False
    lines = lines_of(text[: match.start()])
    span = Span(file, len(lines), len(lines[-1]) + 1)
    report(
        Diagnostic(
            "unreadable-character",
            f"the character U+{ord(match[0]):04X} cannot stand in a spec",
            span,
            help='is this a text file? in a double-quoted string write it as "\\u' + f'{ord(match[0]):04x}"',
        )
    )
    return True
