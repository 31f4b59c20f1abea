"""Examples that are drawn."""

from collections.abc import Collection, Sequence
from typing import Literal

from cnnspec.language.features import Feature
from cnnspec.language.sources.section import DataSection, Word, array_or_arrays, word_by
from cnnspec.layers.fields import Size
from cnnspec.layers.shape import Shape


class Synthetic(DataSection):
    """Random examples shaped like the model's inputs and outputs, to measure speed and to try things out.

    ```yaml
    data: {source: synthetic, train: 1024, test: 256}
    ```
    """

    arrays = False
    drawn = True

    source: Literal["synthetic"]
    train: Size = 1024
    """How many examples the training split has."""
    validation: Size | None = None
    """How many the validation split has."""
    test: Size | None = None
    """How many the test split has."""

    def files(self) -> tuple[str, ...]:
        """None: all examples are drawn."""
        return ()

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """None: every input is an array as it is."""
        return {}

    def word(self, shape: Shape) -> Word:
        """What they look like."""
        return word_by(shape)

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """Arrays."""
        return array_or_arrays(shapes)
