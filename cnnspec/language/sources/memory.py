"""Data that a Python program holds in memory."""

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Literal

from cnnspec.language.features import Feature
from cnnspec.language.sources.columns import Columns
from cnnspec.language.sources.section import Misnamed, Word, array_or_arrays, word_by
from cnnspec.language.written import LISTED
from cnnspec.layers.shape import Shape

SplitName = Literal["train", "validation", "test"]


class Memory(Columns):
    """What a Python program gives: arrays, pandas frames, lists of texts, a `tf.data.Dataset`.

    `cnnspec.load(spec).train(data=(x, y))` puts this section in place of the spec's own, with what that says of
    pictures, texts, columns, labels, augmentation and `validation_split`; a spec may also say it from the start. A run
    keeps checksums of the data, and not the data: whoever evaluates or resumes it from Python gives it again.

    Arrays are inputs as they are, and pictures are sized as `image` says. Texts become ids as `text` says. Of a frame
    `columns`, `text: {column: ...}` and `label` say which of its columns are read.

    ```yaml
    data: {source: memory, splits: [train, test], validation_split: 0.1}
    ```
    """

    arrays = True

    source: Literal["memory"]
    splits: Annotated[tuple[SplitName, ...], LISTED] = ("train",)
    """Which splits are given."""

    @property
    def validates(self) -> bool:
        """Whether there are examples to validate with."""
        return self.validation_split is not None or "validation" in self.splits

    def files(self) -> tuple[str, ...]:
        """None."""
        return ()

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """What the section says of texts, and of columns of a frame; arrays are as they are."""
        if self.inputs is not None:
            self.refuse_misnamed("inputs", inputs, ())
            return {name: feature for name, feature in self.inputs.items() if _is_made(feature)}
        image = self.image if self.image is not None and self.image.column is not None else None
        if len(inputs) != 1 or not (self.text or self.columns or image):
            return {}
        (first,) = inputs
        return {first: Feature(text=self.text, columns=self.columns, image=image)}

    def misnamed(
        self, inputs: Collection[str], outputs: Collection[str], learnt: Collection[str]
    ) -> Iterator[Misnamed]:
        """Names that are no inputs and outputs; others need not be there, since arrays need no word."""
        yield from self._misnamed("inputs", inputs, ())
        yield from self._misnamed("labels", outputs, ())

    def word(self, shape: Shape) -> Word:
        """By what the only input is made from."""
        return super().word(shape) if self.text or self.inputs else "images" if self.image else word_by(shape)

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """As of a table where the section says what inputs are made from; else arrays, or a picture."""
        if self.text or self.columns or self.inputs:
            return super().predicts(shapes, pictures)
        pictures = pictures and len(shapes) == 1 and self.word(shapes[0]) == "images"
        return ("PICTURE.png",) if pictures else array_or_arrays(shapes)


def _is_made(feature: Feature) -> bool:
    """Whether an input is made from something else than an array."""
    return feature.image is None or feature.image.column is not None
