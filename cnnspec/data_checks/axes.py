"""A picture without an axis for its channels, which a convolution reads as a sequence of rows."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.data_checks.arrivals import arrivals
from cnnspec.results.seen import NumbersSeen, Seen
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import InputAt

_LONGEST = 2.0
"""How much longer than the other a side of a picture seldom is."""
_SMALLEST = 8


def picture_without_channels(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Of (28, 28) a convolution makes 28 steps with 28 channels each: a window sees whole rows, not a patch."""
    for numbers in seen.numbers:
        if not _is_picture(numbers):
            continue
        for arrival in arrivals(subject, numbers.input, 0.0, 1.0):
            if arrival.node.layer is not None and arrival.node.layer.slides and len(arrival.node.output) == 2:
                height, width = numbers.shape
                message = (
                    f"{arrival.node.name} reads ({height}, {width}) as {height} steps with {width} channels each,"
                    f" where {numbers.input} looks like pictures"
                )
                help = f"write {numbers.input}: [{height}, {width}, 1]"
                yield doubted("no-channels", message, help, at=InputAt(numbers.input))
                break


def _is_picture(numbers: NumbersSeen) -> bool:
    """Whether two axes of plain pixels are about equally long; a sequence of measurements is seldom both."""
    if len(numbers.shape) != 2 or numbers.white is None or min(numbers.shape) < _SMALLEST:
        return False
    return max(numbers.shape) <= _LONGEST * min(numbers.shape)
