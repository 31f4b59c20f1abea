"""Pictures of 16 bits whose numbers use the lower part of what 16 bits can say."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.results.seen import DeepPictures, Seen
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import FeatureAt

_USED = 0.25
"""The part of the range from which pictures are taken to use all of it."""
_LEVELS = 256
_WHITES = (255, 1023, 4095, 16383, 65535)
"""The largest numbers of 8, 10, 12, 14 and 16 bits."""


def sixteen_bits_unused(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """A camera of 12 bits writes 0 to 4095; of the upper 8 bits of 16 that leaves 16 levels."""
    for pictures in seen.pictures:
        at = FeatureAt(pictures.input, ("image", "white"))
        if 0 < pictures.most < _USED * pictures.white:
            levels = pictures.most * (_LEVELS - 1) // pictures.white + 1
            message = f"{_looked(pictures)} and white is {pictures.white:,}: {levels} of {_LEVELS} levels are left"
            yield doubted("dark-sixteen-bits", message, f"say which number is white: {_written(pictures)}", at=at)
        elif pictures.most > pictures.white:
            message = f"{_looked(pictures)} and white is {pictures.white:,}: all that is above it becomes white"
            yield doubted("beyond-white", message, f"write the largest number: {_written(pictures)}", at=at)


def _looked(pictures: DeepPictures) -> str:
    several = "picture" if pictures.count == 1 else "pictures"
    return f"{pictures.count} {several} of 16 bits that were looked at go up to {pictures.most:,}"


def _written(pictures: DeepPictures) -> str:
    return f"image: {{white: {next(white for white in _WHITES if pictures.most <= white)}}}"
