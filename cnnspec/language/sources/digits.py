"""scikit-learn's digits."""

from collections.abc import Collection, Sequence
from typing import Literal

from cnnspec.language.features import Feature
from cnnspec.language.sources.pictures import Pictures
from cnnspec.language.sources.section import Word, array_or_arrays
from cnnspec.layers.shape import Shape


class Digits(Pictures):
    """scikit-learn's 1,797 handwritten digits, 8 x 8 pixels from 0 to 16; they need no download.

    The test split is a stratified fifth, 360 images, the same every time. For a larger input, `image` says how they are
    enlarged. `cnnspec predict` takes pictures, too: black becomes 0 and white 16.

    ```yaml
    data: {source: digits, validation_split: 0.1}
    ```
    """

    arrays = True
    known_range = (0, 4.88, 16)

    source: Literal["digits"]

    def files(self) -> tuple[str, ...]:
        """None: the digits are part of scikit-learn."""
        return ()

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """None: the only input is an array as it is."""
        return {}

    def word(self, shape: Shape) -> Word:
        """Images, of whatever shape the input is."""
        return "images"

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """A picture."""
        return ("PICTURE.png",) if pictures else array_or_arrays(shapes)
