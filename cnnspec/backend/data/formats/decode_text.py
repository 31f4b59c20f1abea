"""From a file's bytes to text in the encoding that the spec names."""

import codecs
from encodings.aliases import aliases
from pathlib import Path

from cnnspec.source.diagnostic import Rejected, nearest, rejected
from cnnspec.source.likeness import folded, mistakes
from cnnspec.source.route import ENCODING, FILE

_UTF_8 = "utf-8"
IN_DATA, IN_TEXT = "under data", "under text"
"""Where a spec says how a file is encoded."""
_LONGEST_NAME = 40
_NOTHING_IN_LATIN = frozenset(range(0x80, 0xA0))
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_text(path: Path, shown: str, encoding: str = _UTF_8, where: str = IN_DATA) -> str:
    """The text of a file without its byte-order mark; raises Rejected where bytes are not in the encoding.

    `where` is where a spec says the encoding, in words, or nothing where it is an option of the command.
    """
    used = _checked(encoding)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise rejected(
            "no-file", f"{shown} cannot be read ({error.strerror})", "a file that may be read", at=FILE
        ) from error
    if content.startswith(codecs.BOM_UTF8):
        if used != _UTF_8:
            received = f"{shown} begins with the byte-order mark of UTF-8"
            raise rejected("not-text", received, f"text in {encoding}", _write(_UTF_8, where), at=FILE)
        content = content[len(codecs.BOM_UTF8) :]
        return _decoded(content, used, shown, len(codecs.BOM_UTF8), where)
    return _decoded(content, used, shown, 0, where)


def _decoded(content: bytes, encoding: str, shown: str, skipped: int, where: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(content, error, encoding, shown, skipped, where) from None
    except UnicodeError as error:
        raise rejected(
            "not-text", f"{shown} is not {encoding} ({error})", "text", _other(where, content), at=FILE
        ) from None
    if not text:
        raise rejected("empty-data", f"{shown} is empty", "at least one example", at=FILE)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        help = f"{_write('utf-16', where)} if that is what it is, or take the character out"
        raise rejected("not-text", f"{shown}, line {line}: a NUL character", "text", help, at=FILE)
    return text.removeprefix("\ufeff")


def _undecodable(
    content: bytes, error: UnicodeDecodeError, encoding: str, shown: str, skipped: int, where: str
) -> Rejected:
    line = content[: error.start].decode(encoding, "ignore").count("\n") + 1
    byte = content[error.start]
    received = f"{shown}, line {line}: byte {byte:#04x} at offset {error.start + skipped} is not {encoding}"
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if marked is not None and marked != encoding:
        help = f"the file begins with the mark of {marked}: {_write(marked, where)}"
    else:
        help = "save the file as UTF-8" if encoding != _UTF_8 else _other(where, content)
    return rejected("not-text", received, f"text in {encoding}", help, at=FILE)


def _write(encoding: str, where: str) -> str:
    return f"write encoding: {encoding} {where}" if where else f"give --encoding {encoding}"


def _other(where: str, content: bytes) -> str:
    """What to write of a file that is not UTF-8; bytes that are nothing in latin-1 are quotes and dashes of Windows."""
    known = "cp1252" if _NOTHING_IN_LATIN.intersection(content) and _is_in(content, "cp1252") else "latin-1"
    how = f"write it {where}, as in encoding: {known}" if where else f"give it, as in --encoding {known}"
    return f"if the file has another encoding, {how}"


def _is_in(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _checked(encoding: str) -> str:
    """The encoding as written, UTF-8 in one spelling; raises Rejected if none turns bytes into text by this name."""
    if not _is_of_text(encoding):
        close = _alike(encoding, {*aliases, *aliases.values()}) or _alike(encoding, set(aliases.values()))
        help = f"write {close}" if close else "write utf-8, latin-1, cp1252 or utf-16"
        raise rejected(
            "bad-encoding", f"encoding: {encoding}", "an encoding of text that Python knows", help, at=ENCODING
        )
    return _UTF_8 if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig") else encoding


def _alike(encoding: str, names: set[str]) -> str | None:
    """The encoding of text that was probably meant; in its number, too, a letter may be wrong where one name has it."""
    known = sorted(name.replace("_", "-") for name in names if _is_of_text(name))
    if len(encoding) >= _LONGEST_NAME:
        return None
    close = [name for name in known if mistakes(folded(encoding), folded(name), 1) <= 1]
    return nearest(encoding, known) or (close[0] if len(close) == 1 else None)


def _is_of_text(encoding: str) -> bool:
    try:
        bytes(4).decode(encoding)
    except (LookupError, ValueError):
        return False
    return True
