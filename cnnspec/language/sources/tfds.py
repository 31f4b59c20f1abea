"""Sets of TensorFlow Datasets."""

from typing import Literal

from cnnspec.language.sources.fetched import Fetched


class Tfds(Fetched):
    """A set of TensorFlow Datasets; fetched only by an explicit command, which is not there yet.

    ```yaml
    data: {source: tfds, name: beans, validation: validation, test: test, image: {resize: crop}}
    ```
    """

    source: Literal["tfds"]
