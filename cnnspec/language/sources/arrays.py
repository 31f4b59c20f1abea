"""Arrays in files."""

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Literal

from cnnspec.language.features import Feature
from cnnspec.language.paths import ONE_OR_SEVERAL, read_paths
from cnnspec.language.sources.pictures import Pictures
from cnnspec.language.sources.section import FILES_ELSEWHERE, Word, array_or_arrays, named_files, word_by
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator
from cnnspec.layers.shape import Shape


def _arrays(value: object) -> str | dict[str, str]:
    paths = read_paths(value)
    if isinstance(paths, str) and not paths.lower().endswith(".npz"):
        raise invalid("an .npz file, or a map of name -> file", help=f"write {{x: {paths}, y: ...}}")
    return paths


ArrayFiles = Annotated[str | dict[str, str], PlainValidator(_arrays), ONE_OR_SEVERAL]
"""One .npz, or name -> file (.npy, .npz, IDX, gzipped IDX)."""


class Arrays(Pictures):
    """Arrays in files: npz, npy, IDX and gzipped IDX.

    An .npz holds arrays named like the model's inputs and outputs, or `x` and `y`; a map gives each a file. Pictures of
    another size than the input's are brought to it where `image` says how, and are an error without it.

    `cnnspec predict` takes arrays, and pictures where the input has a picture's shape and the numbers of the training
    split are plainly pixels: from 0 to 1, 15, 16, 255, 1023, 4095 or 65535, -1 to 1, -0.5 to 0.5 or -128 to 127, more
    than half of it filled. Black and white then become the ends of that range, and what was done is said.

    ```yaml
    data:
      source: arrays
      train: {x: train-images-idx3-ubyte.gz, y: train-labels-idx1-ubyte.gz}
      test: {x: t10k-images-idx3-ubyte.gz, y: t10k-labels-idx1-ubyte.gz}
      validation_split: 0.1
    ```
    """

    renamed = FILES_ELSEWHERE
    arrays = True

    source: Literal["arrays"]
    train: ArrayFiles
    """The training split."""
    validation: ArrayFiles | None = None
    """The validation split."""
    test: ArrayFiles | None = None
    """The test split."""

    def files(self) -> Iterator[str]:
        """The files of each split."""
        return named_files(self.train, self.validation, self.test)

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """None: every input is an array as it is."""
        return {}

    def word(self, shape: Shape) -> Word:
        """Images where the section says how to size them, or where they look like it."""
        return "images" if self.image else word_by(shape)

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """Arrays, or a picture where pictures become such arrays."""
        pictures = pictures and len(shapes) == 1 and self.word(shapes[0]) == "images"
        return ("PICTURE.png",) if pictures else array_or_arrays(shapes)
