"""Sets of keras.datasets."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from cnnspec.language.features import Feature, TextOptions
from cnnspec.language.sources.pictures import Pictures
from cnnspec.language.sources.section import Word, array_or_arrays, word_by
from cnnspec.language.written import section
from cnnspec.layers.shape import Shape


class KerasSet(Pictures):
    """A set of keras.datasets; fetched only by an explicit command, which is not there yet.

    ```yaml
    data: {source: keras, name: cifar10, validation_split: 0.1}
    ```
    """

    runs = False
    arrays = True

    source: Literal["keras"]
    name: Literal[
        "mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing", "california_housing"
    ]
    """Which set."""
    text: Annotated[TextOptions, section("{max_tokens: 20000, output_sequence_length: 64}")] | None = None
    """How text becomes ids (imdb, reuters)."""

    def files(self) -> tuple[str, ...]:
        """None: a set is known by its name."""
        return ()

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """None: every input is an array as it is."""
        return {}

    def white(self, name: str) -> float:
        """Of bytes, as all its pictures are."""
        return 255

    def word(self, shape: Shape) -> Word:
        """What they look like."""
        return word_by(shape)

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """Arrays."""
        return array_or_arrays(shapes)
