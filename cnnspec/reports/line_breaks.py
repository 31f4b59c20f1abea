"""Where lines of text may be broken: between words, at need within one, never within a number."""

import re

from rich.cells import cell_len, chop_cells

WORDS = re.compile(r"(?<=\s)(?=\S)|(?<=[.-])(?=[^\W\d])")
"""Where words begin: after a space, and after a dot or a hyphen that is no part of a number."""
_JOINTS = re.compile(r"[_/.,:;=-](?=[^\W\d])")
"""Where a word may be parted at need: `sparse_|categorical`, `runs/|digits-1`."""
_PHRASES = re.compile(r"(?<=, )")


def wrap(text: str, width: int, phrases: bool = False) -> list[str]:
    """The text in lines of at most `width` cells, broken between words; between `phrases` where a comma ends one."""
    lines, line = [], ""
    for word in (_PHRASES if phrases else WORDS).split(text):
        if line and cell_len(line + word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
        if cell_len(line.rstrip()) > width:
            after = line[len(line.rstrip()) :]
            *full, line = wrap(line, width) if phrases else _chopped(line.rstrip(), width)
            line += after
            lines += full
    return [*lines, line.rstrip()]


def _chopped(word: str, width: int) -> list[str]:
    """A word wider than the room in pieces: parted where its own parts join, as far as that is not near its start."""
    pieces = []
    while cell_len(word) > width:
        piece = chop_cells(word, width)[0] or word[:1]
        joint = max((match.end() for match in _JOINTS.finditer(piece)), default=0)
        piece = piece[:joint] if 2 * joint > len(piece) else piece
        pieces.append(piece)
        word = word[len(piece) :]
    return [*pieces, word]
