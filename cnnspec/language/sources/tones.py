"""Recordings of tones, which are drawn: a frequency, a note or several notes to be heard."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from cnnspec.language.features import Feature
from cnnspec.language.sources.section import DataSection, Word, array_or_arrays
from cnnspec.language.written import OneOrPair
from cnnspec.layers.fields import Size
from cnnspec.layers.shape import Shape

SamplingRate = Annotated[float | tuple[float, float], OneOrPair(1200, 48000, "samples a second, from 1200 to 48000")]


class Tones(DataSection):
    """Recordings of tones in noise, drawn by the program: a number, a class or several labels to learn from a signal.

    An input of shape (samples, 1) is a recording, in numbers as a sound card gives them. Loudness, timbre and phase
    differ from one to the next. What is to be learnt of it is the `frequency` of one tone in hertz, from 100 to 400;
    which `note` it is, of as many as the output has units (C4, D4, E4, F4, G4, A4, B4, C5); or which `notes` sound
    together. An input of shape (1), if there is one, is told the samples a second. Examples are drawn by training's
    seed.

    ```yaml
    data: {source: tones, learn: frequency, train: 2048, validation: 256, test: 512}
    ```
    """

    arrays = False
    drawn = True

    source: Literal["tones"]
    learn: Literal["frequency", "note", "notes"]
    """What the labels are: a number, one class of several, or yes or no for each of several."""
    train: Size = 1024
    """How many examples the training split has."""
    validation: Size | None = None
    """How many the validation split has."""
    test: Size | None = None
    """How many the test split has."""
    sampling_rate: SamplingRate = 2000
    """Samples a second; of [lowest, highest], each recording has a rate between them, of its own."""

    def files(self) -> tuple[str, ...]:
        """None: all examples are drawn."""
        return ()

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """None: every input is an array as it is."""
        return {}

    def word(self, shape: Shape) -> Word:
        """Examples."""
        return "examples"

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """Arrays."""
        return array_or_arrays(shapes)
