"""What is in a file of weights: names, shapes and types, and no numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tensor:
    """One weight: the layer that it belongs to, its name there, its shape, and its type as the file calls it."""

    layer: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    numbers: int
    size: int
    """Bytes that its numbers take."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A file of weights: its tensors in its order, and what it tells beside them.

    `kinds` are Keras' classes of the layers, where a configuration says them. Of a packed run, which is the `file`, the
    weights are its `member`, and so are size and checksum.
    """

    file: str
    size: int
    sha256: str
    tensors: tuple[Tensor, ...]
    kinds: dict[str, str]
    member: str = ""

    @property
    def numbers(self) -> int:
        """How many numbers all tensors hold together."""
        return sum(tensor.numbers for tensor in self.tensors)
