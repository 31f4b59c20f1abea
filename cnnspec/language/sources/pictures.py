"""What sources have in common whose examples may be pictures."""

from typing import TYPE_CHECKING, Annotated

from cnnspec.language.features import Image
from cnnspec.language.sources.section import DataSection
from cnnspec.language.written import LISTED, section
from cnnspec.layers.kind import Of, invalid
from cnnspec.layers.model import model_validator
from cnnspec.layers.registry import Members

if TYPE_CHECKING:
    from cnnspec.language.augmentation import Augmentation

AnyAugmentation = Annotated[
    "Augmentation", Of("augmentation", Members("cnnspec.language.augmentation", "Augmentation"))
]

Augmentations = Annotated[tuple[AnyAugmentation, ...], LISTED]


class Pictures(DataSection):
    """Keys for pictures: how they are sized, and how they are changed in training."""

    image: Annotated[Image, section("{resize: crop}")] | None = None
    """How pictures are brought to the size that the network reads."""
    augment: Augmentations = ()
    """Random changes of training batches, one after the other."""

    @model_validator(mode="after")
    def _white_is_for_files(self) -> "Pictures":
        if self.arrays and self.image is not None and self.image.white is not None and self.image.column is None:
            raise invalid(f"no white, since {self.source} holds arrays: rescaling scales them", ("image", "white"))
        return self

    def augmentations(self) -> "tuple[Augmentation, ...]":
        """As written."""
        return self.augment

    def sizing(self) -> Image | None:
        """As written."""
        return self.image
