"""Folders of pictures."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from cnnspec.language.features import Feature, Image
from cnnspec.language.paths import Path
from cnnspec.language.sources.pictures import Pictures
from cnnspec.language.sources.section import FILES_ELSEWHERE, Word, named_files
from cnnspec.layers.shape import Shape


class ImageFolder(Pictures):
    """A folder with one folder of pictures for each class, which is called like it.

    Pictures are JPEG, PNG, GIF, BMP or WebP, by content and not by ending, of at most 52 million pixels (GIF and
    WebP 16 million) and 64 MiB; of an animation the first frame counts. They are turned upright as EXIF says and
    become what the input reads: one channel is grey, three are colour, four are colour and opacity. With fewer than
    four, what is transparent is laid on white. Of 16 bits the upper 8 count, unless `image`
    says which number is `white`; colour profiles are ignored.

    Files in folders of a class folder belong to the class. Hidden files, Thumbs.db and desktop.ini are passed over;
    any other file that is no whole picture is an error before training, and so is a link out of the data's folder.
    Decoded pictures are kept in memory as long as they take at most 1 GiB; else they are decoded again each epoch.

    ```yaml
    data:
      source: image_folder
      train: photos/train
      test: photos/test
      validation_split: 0.1
      image: {resize: crop}
      augment:
        - random_flip: horizontal
    ```
    """

    renamed = FILES_ELSEWHERE
    arrays = False

    source: Literal["image_folder"]
    train: Path
    """The folder of the training split."""
    validation: Path | None = None
    """The folder of the validation split."""
    test: Path | None = None
    """The folder of the test split."""
    case_sensitive: bool = False
    """Whether folders whose names differ in case alone are two classes; without it they are refused."""
    on_bad_file: Literal["error", "skip"] = "error"
    """What to do with files that are no whole pictures: refuse the data, or leave them out, counted and listed. To find
    those that are damaged inside, skip decodes every picture once more before training."""

    def files(self) -> Iterator[str]:
        """The folder of each split."""
        return named_files(self.train, self.validation, self.test)

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """A picture for the only input."""
        return dict.fromkeys(inputs, Feature(image=self.image or Image()))

    def white(self, name: str) -> float:
        """Of bytes."""
        return 255

    def word(self, shape: Shape) -> Word:
        """Images."""
        return "images"

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """A picture."""
        return ("PICTURE.png",)
