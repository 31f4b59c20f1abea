"""Texts to predict: one a line of a file or of standard input."""

import io
from collections.abc import Iterator, Sequence
from typing import IO

from cnnspec.backend.predict_inputs.example import Example, bad
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_LONGEST_LINE = 2**20
"""Bytes: what is longer is no sentence."""
_MARK = "\ufeff"


def sentences(texts: Sequence[str], input_name: str) -> Iterator[Example]:
    """Texts that were given on the command line."""
    for number, text in enumerate(texts, 1):
        yield Example(f"text {number}", {input_name: text}, text)


def lines_of(file: IO[bytes], shown: str, encoding: str, input_name: str) -> Iterator[Example]:
    """Every line of a file, as it arrives, even an empty one; only a line feed ends a line.

    A line that is not in the encoding is reported and the others are read; where a line feed is more than one byte,
    as in UTF-16, what comes after such a line is lost. Raises Rejected for an encoding that Python does not know.
    """
    try:
        whole = "\n".encode(encoding) != b"\n"
    except (LookupError, ValueError):
        help = "write utf-8, latin-1, cp1252 or utf-16"
        raise rejected(
            "bad-encoding", f"--encoding {encoding}", "an encoding that Python knows", help, at=NOWHERE
        ) from None
    yield from _decoded(file, shown, encoding, input_name) if whole else _lines(file, shown, encoding, input_name)


def _lines(file: IO[bytes], shown: str, encoding: str, input_name: str) -> Iterator[Example]:
    number, offset = 0, 0
    while content := file.readline(_LONGEST_LINE + 1):
        number += 1
        name = f"{shown}:{number}"
        if len(content) > _LONGEST_LINE:
            yield bad(name, "not-text", f"{shown}, line {number} is longer than {_LONGEST_LINE:,} bytes; expected text")
            return
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            byte, place = content[error.start], offset + error.start
            received = f"{shown}, line {number}: byte {byte:#04x} at offset {place} is not {encoding}"
            yield bad(name, "not-text", f"{received}; expected text in {encoding}", _OTHER)
        else:
            yield _example(name, text.removeprefix(_MARK) if number == 1 else text, input_name)
        offset += len(content)


def _decoded(file: IO[bytes], shown: str, encoding: str, input_name: str) -> Iterator[Example]:
    number = 0
    with io.TextIOWrapper(file, encoding, newline="\n") as texts:
        try:
            while text := texts.readline(_LONGEST_LINE):
                number += 1
                yield _example(f"{shown}:{number}", text.removeprefix(_MARK) if number == 1 else text, input_name)
        except UnicodeError as error:
            received = f"{shown} is not {encoding} after line {number} ({error})"
            yield bad(f"{shown}:{number + 1}", "not-text", f"{received}; expected text in {encoding}", _OTHER)


def _example(name: str, line: str, input_name: str) -> Example:
    text = line.removesuffix("\n").removesuffix("\r")
    if "\0" in text:
        return bad(name, "not-text", f"{name} holds a NUL character; expected text", _OTHER)
    return Example(name, {input_name: text}, text)


_OTHER = "if the text has another encoding, give it, as in --encoding latin-1"
