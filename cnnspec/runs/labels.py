"""Tags and notes: plain files of a run that people add later. Neither a resumption nor a checksum looks at them."""

import re
from collections.abc import Iterable

from cnnspec.runs.files import disk_errors, write_text
from cnnspec.runs.folder import RunFolder, writable
from cnnspec.runs.reading import LONGEST, Unreadable, read_whole
from cnnspec.source.diagnostic import rejected, suggestion
from cnnspec.source.route import NOWHERE

MOST_TAGS = 50
_LONGEST_TAG = 64
_LONGEST_NOTE = 10_000
_TAG = re.compile(rf"[^\W_][\w.:@+/-]{{0,{_LONGEST_TAG - 1}}}")
_EXPECTED = f"a word of at most {_LONGEST_TAG} letters, digits and . : @ + / _ -"


def labels_of(folder: RunFolder, problems: list[str]) -> tuple[tuple[str, ...], str]:
    """The tags and the note of a run; what cannot be read of them is added to `problems`."""
    written = (_text(folder, path.name, problems) for path in (folder.tags, folder.note))
    tags, note = written
    words = [word for word in map(str.strip, tags.split("\n")) if _TAG.fullmatch(word)]
    return tuple(dict.fromkeys(words))[:MOST_TAGS], note.strip()[:_LONGEST_NOTE]


def _text(folder: RunFolder, name: str, problems: list[str]) -> str:
    try:
        content = read_whole(folder.path / name, LONGEST)
        return "" if content is None else content.decode()
    except Unreadable as problem:
        problems.append(str(problem))
    except UnicodeDecodeError:
        problems.append(f"{name} is no text in UTF-8")
    return ""


def tag(folder: RunFolder, words: Iterable[str], remove: bool = False) -> tuple[str, ...]:
    """Give a run tags, or take them; the tags that it has then. Raises Rejected for what is no tag, or RunFailed."""
    asked = list(words)
    if wrong := [word for word in asked if not _TAG.fullmatch(word)]:
        raise rejected("usage", f"{wrong[0]!r} is no tag", _EXPECTED, at=NOWHERE)
    before = _readable(folder)[0]
    if remove and (lacking := next((word for word in asked if word not in before), None)):
        has = suggestion(lacking, before) or "it has none"
        raise rejected("usage", f"{folder.path} has no tag {lacking}", help=has, at=NOWHERE)
    after = [each for each in before if each not in asked] if remove else list(dict.fromkeys((*before, *asked)))
    if len(after) > MOST_TAGS:
        raise rejected("usage", f"{folder.path} would have {len(after)} tags", f"at most {MOST_TAGS}", at=NOWHERE)
    _put(folder, folder.tags.name, "".join(f"{each}\n" for each in after))
    return tuple(after)


def note(folder: RunFolder, text: str) -> None:
    """Let a run have this note and no other; an empty one takes it away. Raises Rejected, or RunFailed."""
    if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise rejected("usage", "the note is no text in UTF-8", at=NOWHERE)
    if len(text) > _LONGEST_NOTE:
        received = f"a note of {len(text):,} characters"
        raise rejected("usage", received, f"at most {_LONGEST_NOTE:,}", at=NOWHERE)
    _put(folder, folder.note.name, f"{text.strip()}\n" if text.strip() else "")


def _readable(folder: RunFolder) -> tuple[tuple[str, ...], str]:
    """Tags and note; raises Rejected where they cannot be read, so that nothing is written over them."""
    problems: list[str] = []
    found = labels_of(folder, problems)
    if problems:
        raise rejected("no-run", f"{folder.path}: {problems[0]}", help="delete that file to begin anew", at=NOWHERE)
    return found


def _put(folder: RunFolder, name: str, text: str) -> None:
    """The file with this text; where there is none, no file. Raises Rejected of a packed run."""
    path = writable(folder).path / name
    if text:
        write_text(path, text)
        return
    with disk_errors(path):
        path.unlink(missing_ok=True)
