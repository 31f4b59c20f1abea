"""Augmentations: Keras' random image layers in snake case, with Keras' arguments.

Applied to training batches alone, and never part of the network. Where no `seed` is written, the training's is used.
"""

from typing import Annotated, ClassVar, Literal

from cnnspec.language.written import OneOrPair, Sizes, Stock, is_number
from cnnspec.layers.fields import Number, Positive, Seed, Share, Size, is_count
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import Field, PlainValidator, WithJsonSchema

Factor = float | tuple[float, float]
Amount = Annotated[Factor, OneOrPair(0, 1, "a number from 0 to 1")]
Signed = Annotated[Factor, OneOrPair(-1, 1, "a number from -1 to 1")]
Zoom = Annotated[Factor, OneOrPair(-1, 1, "a number above -1, at most 1", above=True)]
Bits = Annotated[Factor, OneOrPair(1, 8, "a number of bits from 1 to 8")]
Fill = Literal["constant", "reflect", "wrap", "nearest"]
Between = Literal["nearest", "bilinear"]


def _range(value: object) -> tuple[float, float]:
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(map(is_number, value)) and value[0] < value[1]:
        return (value[0], value[1])
    raise invalid("[lowest, highest] of the pixels' values")


_RANGE = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
ValueRange = Annotated[tuple[float, float], PlainValidator(_range), WithJsonSchema(_RANGE)]


def _grid(value: object) -> tuple[int, int]:
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(map(is_count, value)):
        return (value[0], value[1])
    raise invalid("[rows, columns], each at least 1")


_GRID = {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 2, "maxItems": 2}
Grid = Annotated[tuple[int, int], PlainValidator(_grid), WithJsonSchema(_GRID)]


class Augmentation(Stock, family="augmentation"):
    """A random change of training images."""

    runs: ClassVar[bool] = True
    """Whether training makes it already."""
    moves: ClassVar[bool] = False
    """Whether what stood at one place may stand at another afterwards: a map of the places has to follow."""
    followed: ClassVar[bool] = True
    """Whether a map can follow: not where pictures that were moved apart are blended into one."""

    @property
    def blank(self) -> bool:
        """Whether places are left of which nothing is known but a colour."""
        return False


class _Seeded(Augmentation):
    seed: Seed | None = None
    """Makes the draw repeatable; without it the training's seed."""


class _Ranged(_Seeded):
    value_range: ValueRange = (0, 255)
    """The lowest and the highest value of a pixel."""


class _Filled(_Seeded):
    moves = True

    fill_mode: Fill = "reflect"
    """What comes in from outside the image."""
    fill_value: Number = 0.0
    """The value outside, with fill_mode constant."""
    interpolation: Between = "bilinear"
    """How values between pixels are found."""

    @property
    def blank(self) -> bool:
        """Only constant fills with nothing that the picture holds."""
        return self.fill_mode == "constant"


class RandomFlip(_Seeded, kind="random_flip"):
    """Mirror half of the images."""

    moves = True

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = "horizontal_and_vertical"
    """Along which axes."""


class RandomTranslation(_Filled, kind="random_translation"):
    """Shift."""

    height_factor: Signed
    """The largest shift down or up, as a part of the height."""
    width_factor: Signed
    """The largest shift to the side, as a part of the width."""


class RandomRotation(_Filled, kind="random_rotation"):
    """Turn."""

    factor: Signed
    """The largest angle, as a part of a full turn; 0.1 is 36 degrees."""


class RandomZoom(_Filled, kind="random_zoom"):
    """Zoom in (below 0) or out (above 0)."""

    height_factor: Zoom
    """How far, as a part of the height."""
    width_factor: Zoom | None = None
    """The same for the width; without it, the proportions stay."""


class RandomShear(_Filled, kind="random_shear"):
    """Slant."""

    x_factor: Amount = 0.0
    """How far along the width."""
    y_factor: Amount = 0.0
    """How far along the height."""


class RandomCrop(_Seeded, kind="random_crop"):
    """Cut a piece out at a random place; images that are too small are enlarged first."""

    moves = True

    height: Size
    """The height of the piece."""
    width: Size
    """The width of the piece."""


class RandomPerspective(_Seeded, kind="random_perspective"):
    """Look from another place."""

    moves = True

    factor: Amount = 1.0
    """How many images are changed."""
    scale: Amount = 1.0
    """How far."""
    interpolation: Between = "bilinear"
    """How values between pixels are found."""
    fill_value: Number = 0.0
    """The value outside the image."""

    @property
    def blank(self) -> bool:
        """What lies outside always becomes one value."""
        return True


class RandomElasticTransform(_Ranged, kind="random_elastic_transform"):
    """Move pixels about, as if the image were of rubber."""

    moves = True

    factor: Amount = 1.0
    """How many images are changed."""
    scale: Amount = 1.0
    """How far."""
    interpolation: Between = "bilinear"
    """How values between pixels are found."""
    fill_mode: Fill = "reflect"
    """What comes in from outside the image."""
    fill_value: Number = 0.0
    """The value outside, with fill_mode constant."""

    @property
    def blank(self) -> bool:
        """Only constant fills with nothing that the picture holds."""
        return self.fill_mode == "constant"


class RandomErasing(_Ranged, kind="random_erasing"):
    """Blank out a rectangle."""

    factor: Amount = 1.0
    """How many images are changed."""
    scale: Amount = (0.02, 0.33)
    """The rectangle's part of the image."""
    fill_value: Number | None = None
    """What is put there; without it, noise."""


class RandomBrightness(_Ranged, kind="random_brightness"):
    """Lighter or darker."""

    factor: Signed
    """How far, as a part of the value range."""


class RandomContrast(_Ranged, kind="random_contrast"):
    """More or less contrast."""

    factor: Amount
    """How far."""


class RandomSaturation(_Ranged, kind="random_saturation"):
    """More or less colour."""

    factor: Amount
    """0 is grey, 0.5 is the image, 1 is full colour."""


class RandomHue(_Ranged, kind="random_hue"):
    """Other colours."""

    factor: Amount
    """How far around the colour wheel."""


class RandomSharpness(_Ranged, kind="random_sharpness"):
    """Sharper or more blurred."""

    factor: Amount
    """0 is blurred, 0.5 is the image, 1 is sharpened."""


class RandomColorDegeneration(_Ranged, kind="random_color_degeneration"):
    """Towards grey."""

    factor: Amount
    """0 is the image, 1 is grey."""


class RandomPosterization(_Ranged, kind="random_posterization"):
    """Fewer levels of colour."""

    factor: Bits
    """How many bits are kept."""


class RandomColorJitter(_Ranged, kind="random_color_jitter", first="value_range"):
    """Brightness, contrast, saturation and hue at once."""

    brightness_factor: Signed | None = None
    """As in random_brightness."""
    contrast_factor: Amount | None = None
    """As in random_contrast."""
    saturation_factor: Amount | None = None
    """As in random_saturation."""
    hue_factor: Amount | None = None
    """As in random_hue."""


class RandomGaussianBlur(_Ranged, kind="random_gaussian_blur"):
    """Blur."""

    factor: Amount = 1.0
    """How many images are changed."""
    kernel_size: Sizes = 3
    """The window of the blur."""
    sigma: Amount = 1.0
    """How wide the blur is."""


class RandomGrayscale(_Seeded, kind="random_grayscale"):
    """Grey."""

    factor: Share = 0.5
    """How many images are changed."""


class RandomInvert(_Ranged, kind="random_invert"):
    """The negative."""

    factor: Amount = 1.0
    """How many images are changed."""


class AutoContrast(Augmentation, kind="auto_contrast"):
    """Stretch each image's values over the whole range."""

    value_range: ValueRange = (0, 255)
    """The lowest and the highest value of a pixel."""


class Equalization(Augmentation, kind="equalization"):
    """Spread values evenly over the whole range; as Keras does it, by what all pictures of a batch have together."""

    value_range: ValueRange = (0, 255)
    """The lowest and the highest value of a pixel."""
    bins: Size = 256
    """How many levels are told apart."""


class ContrastLimitedAdaptiveHistogramEqualization(
    Augmentation, kind="contrast_limited_adaptive_histogram_equalization"
):
    """Spread values evenly within each tile of the image, but not without limit (Zuiderveld 1994)."""

    value_range: ValueRange = (0, 255)
    """The lowest and the highest value of a pixel."""
    clip_limit: Positive = 4.0
    """The most that contrast is raised."""
    tile_grid_size: Grid = (8, 8)
    """How many tiles: [rows, columns]."""


class Solarization(_Ranged, kind="solarization"):
    """Invert the values above a random threshold."""

    addition_factor: Amount = 0.0
    """How much is added first."""
    threshold_factor: Amount = 0.0
    """Where the threshold lies."""


class RandAugment(_Ranged, kind="rand_augment", first="value_range"):
    """A few random changes in a row (Cubuk et al. 2020)."""

    moves = True

    num_ops: Size = 2
    """How many."""
    factor: Amount = 0.5
    """How strong."""
    interpolation: Between = "bilinear"
    """How values between pixels are found."""


class AugMix(_Ranged, kind="aug_mix", first="value_range"):
    """A mixture of several chains of random changes (Hendrycks et al. 2020)."""

    moves, followed = True, False

    num_chains: Size = 3
    """How many chains are mixed."""
    chain_depth: Size = 3
    """How many changes a chain has."""
    factor: Amount = 0.3
    """How strong."""
    alpha: Positive = 1.0
    """The parameter of the mixture's distribution."""
    all_ops: bool = True
    """Whether changes of colour are among them."""
    interpolation: Between = "bilinear"
    """How values between pixels are found."""


class MixUp(_Seeded, kind="mix_up"):
    """Blend two images and their labels (Zhang et al. 2018)."""

    moves, followed, runs = True, False, False

    alpha: Annotated[float, Field(gt=0, le=1)] = 0.2
    """The parameter of the blend's distribution."""


class CutMix(_Seeded, kind="cut_mix"):
    """Put a rectangle of another image in, and mix the labels (Yun et al. 2019)."""

    moves, followed, runs = True, False, False

    factor: Amount = 1.0
    """The parameter of the rectangle's distribution."""
