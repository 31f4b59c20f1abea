"""Some of the training examples, to be looked at."""

from dataclasses import dataclass
from typing import Literal

PictureKind = Literal["png", "jpeg"]


@dataclass(frozen=True, slots=True)
class SamplePicture:
    """A picture as the network gets it, as the bytes of a file of this `kind`, with its width and height in pixels."""

    label: str
    content: bytes
    kind: PictureKind
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SampleText:
    """A text as it was read, or its beginning."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class SampleCurve:
    """Numbers in an order: a row of `values` for each of the first channels."""

    label: str
    values: tuple[tuple[float, ...], ...]


Sample = SamplePicture | SampleText | SampleCurve


@dataclass(frozen=True, slots=True)
class Samples:
    """Examples of one `input`, of the same class beside each other; `note` says how they are shown."""

    input: str
    shown: tuple[Sample, ...]
    note: str = ""
