"""One thing to predict, and how the pieces of it become arrays."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.splits import Array
from cnnspec.backend.predict_inputs.pixels import Way
from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.source.route import NOWHERE

Piece = Array | str | Path
"""What an input reads of one example: numbers without a batch axis, a text, or a file with a picture."""


@dataclass(frozen=True, slots=True)
class Example:
    """Something to predict, or why it cannot be read.

    `name` is how people find it again (`photos/1.jpg`, `questions.txt:3`), `text` what is shown where it is a text.
    `remarks` say what was done to it, or what is doubtful; they are the same for all that are alike.
    """

    name: str
    pieces: Mapping[str, Piece] = field(default_factory=dict)
    text: str | None = None
    problems: tuple[Diagnostic, ...] = ()
    remarks: tuple[str, ...] = ()


def bad(name: str, code: str, message: str, help: str = "") -> Example:
    """An example that cannot be read; `message` is a whole sentence."""
    return Example(name, problems=(Diagnostic(code, message, help=help, at=NOWHERE),))


def readable(name: str, read: Callable[[], Iterator[Example]]) -> Iterator[Example]:
    """The examples that `read` gives; where it refuses, one that says why."""
    try:
        yield from read()
    except Rejected as refusal:
        yield Example(name, problems=refusal.diagnostics)
    except OSError as error:
        yield bad(name, "unreadable-file", f"{name} cannot be read ({error.strerror or error}); expected an open file")


def has_pictures(example: Example) -> bool:
    """Whether files with pictures are yet to be read."""
    return any(isinstance(piece, Path) for piece in example.pieces.values())


def with_pictures(example: Example, ways: Mapping[str, Way]) -> Example:
    """The example with its pictures as numbers; `ways` say how they become these, by input."""
    if not has_pictures(example):
        return example
    pieces: dict[str, Piece] = {}
    remarks: list[str] = []
    for name, piece in example.pieces.items():
        if not isinstance(piece, Path):
            pieces[name] = piece
            continue
        try:
            pieces[name], more = _picture(piece, ways[name])
        except BadPicture as problem:
            return bad(example.name, "bad-picture", f"{piece} {problem}")
        remarks += more
    return replace(example, pieces=pieces, remarks=tuple(remarks))


def _picture(path: Path, way: Way) -> tuple[Array, tuple[str, ...]]:
    """The picture, of a plain file alone: a pipe would wait for ever."""
    try:
        if path.is_file():
            return way.read(path)
        dangling = path.is_symlink() and not path.exists()
        what = "a link that leads nowhere" if dangling else "neither file nor folder" if path.exists() else "not there"
    except OSError as error:
        raise BadPicture(f"cannot be read ({error.strerror})", "a file that may be read") from error
    raise BadPicture(f"is {what}", "a file with a picture")
