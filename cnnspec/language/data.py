"""The `data` section: where the examples come from, and what becomes of them on the way to the network."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainValidator, ValidationError, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from cnnspec.language.augmentation import AnyAugmentation
from cnnspec.language.features import Image, Inputs, Label, Labels, TextOptions
from cnnspec.language.paths import Path, read_path
from cnnspec.language.written import LISTED, SOME, Portion, Text, read_each, section
from cnnspec.layers.fields import Size
from cnnspec.layers.kind import Fields, invalid
from cnnspec.source.diagnostic import suggestion

_MOVED = {
    "batch_size": "write it in training",
    "seed": "write it in training",
    "shuffle": "leave it out: training examples are always shuffled, by training's seed",
}


class DataSection(Fields):
    """What every source has; `source` says which it is."""

    moved: ClassVar[Mapping[str, str]] = _MOVED

    source: str
    """Where the examples come from."""
    validation_split: Portion | None = None
    """The part of train that is set aside where no validation is given: stratified, by training's seed."""

    @model_validator(mode="after")
    def _one_validation(self) -> "DataSection":
        if self.validation_split is not None and getattr(self, "validation", None) is not None:
            raise invalid("no validation_split, since validation is given", ("validation_split",))
        return self


class _Pictures(DataSection):
    image: Annotated[Image, section("{resize: crop}")] | None = None
    """How pictures are brought to the size that the network reads."""
    augment: Annotated[tuple[AnyAugmentation, ...], LISTED] = ()
    """Random changes of training batches, one after the other."""

    @model_validator(mode="after")
    def _columns_alone_have_columns(self) -> "_Pictures":
        if self.image is not None and self.image.column is not None and not isinstance(self, _Columns):
            raise invalid(f"no column, since {self.source} has none", ("image", "column"))
        return self


class Digits(_Pictures):
    """scikit-learn's 1,797 handwritten digits, 8 x 8 pixels from 0 to 16; they need no download.

    The test split is a stratified fifth, 360 images, the same every time. For a larger input, `image` says how they are
    enlarged. `cnnspec predict` takes pictures, too: black becomes 0 and white 16.

    ```yaml
    data: {source: digits, validation_split: 0.1}
    ```
    """

    source: Literal["digits"]


class ImageFolder(_Pictures):
    """A folder with one folder of pictures for each class, which is called like it.

    Pictures are JPEG, PNG, GIF, BMP or WebP, by content and not by ending, of at most 52 million pixels (GIF and
    WebP 16 million) and 64 MiB; of an animation the first frame counts. They are turned upright as EXIF says and
    become what the input reads: one channel is grey, three are colour, four are colour and opacity. With fewer than
    four, what is transparent is laid on white. Of 16 bits the upper 8 count; colour profiles are ignored.

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

    source: Literal["image_folder"]
    train: Path
    """The folder of the training split."""
    validation: Path | None = None
    """The folder of the validation split."""
    test: Path | None = None
    """The folder of the test split."""


def _arrays(value: object) -> str | dict[str, str]:
    if isinstance(value, dict) and value:
        return read_each(value, read_path)
    path = read_path(value)
    if not path.lower().endswith(".npz"):
        raise invalid("an .npz file, or a map of name -> file", help=f"write {{x: {path}, y: ...}}")
    return path


_PATH: dict[str, Any] = {"type": "string", "minLength": 1}
ArrayFiles = Annotated[
    str | dict[str, str],
    PlainValidator(_arrays),
    WithJsonSchema({"anyOf": [_PATH, {"type": "object", "additionalProperties": _PATH, "minProperties": 1}]}),
]
"""One .npz, or name -> file (.npy, .npz, IDX, gzipped IDX)."""


class Arrays(_Pictures):
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

    source: Literal["arrays"]
    train: ArrayFiles
    """The training split."""
    validation: ArrayFiles | None = None
    """The validation split."""
    test: ArrayFiles | None = None
    """The test split."""


class _Columns(_Pictures):
    """What sources of named columns have in common."""

    text: Annotated[TextOptions, section("{max_tokens: 20000, output_sequence_length: 64}")] | None = None
    """How text becomes ids."""
    columns: Annotated[tuple[Text, ...], SOME, Field(min_length=1)] | None = None
    """The columns of numbers that the network reads."""
    inputs: Inputs | None = None
    """Where there are several inputs: input name -> image, text or columns."""
    label: Annotated[Label, section("{column: label}")] | None = None
    """What is to be learnt."""
    labels: Labels | None = None
    """Where there are several outputs: output name -> column, or label."""

    @model_validator(mode="after")
    def _one_or_several(self) -> "_Columns":
        if self.inputs is not None and (self.text or self.columns or self.image):
            raise invalid("inputs, or one of image, text and columns for the only input; not both", ("inputs",))
        if self.labels is not None and self.label is not None:
            raise invalid("labels, or label for the only output; not both", ("labels",))
        return self


class Table(_Columns):
    """A table: .csv, .tsv, .jsonl or .parquet, by the file's ending.

    ```yaml
    data:
      source: table
      train: reviews.csv
      text: {column: text, max_tokens: 20000, output_sequence_length: 64}
      label: {column: sentiment}
    ```
    """

    source: Literal["table"]
    train: Path
    """The file of the training split."""
    validation: Path | None = None
    """The file of the validation split."""
    test: Path | None = None
    """The file of the test split."""


def _lines(value: object) -> str | dict[str, str]:
    if isinstance(value, dict) and value:
        return read_each(value, read_path)
    return read_path(value)


LineFiles = Annotated[
    str | dict[str, str],
    PlainValidator(_lines),
    WithJsonSchema({"anyOf": [_PATH, {"type": "object", "additionalProperties": _PATH, "minProperties": 1}]}),
]
"""One file of labelled lines, or class -> file of lines."""


class TextLines(DataSection):
    """Text files with one example a line: the label, a space and the text; or a file for each class.

    ```yaml
    data:
      source: text_lines
      train: {negative: rt-polarity.neg, positive: rt-polarity.pos}
      text: {max_tokens: 20000, output_sequence_length: 64, encoding: latin-1}
      validation_split: 0.1
    ```
    """

    source: Literal["text_lines"]
    train: LineFiles
    """The training split."""
    validation: LineFiles | None = None
    """The validation split."""
    test: LineFiles | None = None
    """The test split."""
    text: Annotated[TextOptions, section("{max_tokens: 20000, output_sequence_length: 64}")] | None = None
    """How text becomes ids."""
    separator: Annotated[str, Field(min_length=1)] = " "
    """What stands between a line's label and its text."""


class Synthetic(DataSection):
    """Random examples shaped like the model's inputs and outputs, to measure speed and to try things out.

    ```yaml
    data: {source: synthetic, train: 1024, test: 256}
    ```
    """

    source: Literal["synthetic"]
    train: Size = 1024
    """How many examples the training split has."""
    validation: Size | None = None
    """How many the validation split has."""
    test: Size | None = None
    """How many the test split has."""


class KerasSet(_Pictures):
    """A set of keras.datasets; fetched only by an explicit command, which is not there yet.

    ```yaml
    data: {source: keras, name: cifar10, validation_split: 0.1}
    ```
    """

    source: Literal["keras"]
    name: Literal[
        "mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing", "california_housing"
    ]
    """Which set."""
    text: Annotated[TextOptions, section("{max_tokens: 20000, output_sequence_length: 64}")] | None = None
    """How text becomes ids (imdb, reuters)."""


class _Public(_Columns):
    name: Text
    """Which set."""
    config: Text | None = None
    """Which of the set's configurations."""
    train: Text = "train"
    """The name of the split, or a part of it, as in train[:90%]."""
    validation: Text | None = None
    """The name of the validation split."""
    test: Text | None = None
    """The name of the test split."""


class Tfds(_Public):
    """A set of TensorFlow Datasets; fetched only by an explicit command, which is not there yet.

    ```yaml
    data: {source: tfds, name: beans, validation: validation, test: test, image: {resize: crop}}
    ```
    """

    source: Literal["tfds"]


class HuggingFace(_Public):
    """A set of the Hugging Face hub; fetched only by an explicit command, which is not there yet.

    ```yaml
    data:
      source: huggingface
      name: stanfordnlp/imdb
      test: test
      text: {column: text, max_tokens: 20000, output_sequence_length: 256}
      label: {column: label}
    ```
    """

    source: Literal["huggingface"]
    revision: Text | None = None
    """A commit or tag of the set, so that it stays the same."""


SOURCES: dict[str, type[DataSection]] = {
    "digits": Digits,
    "image_folder": ImageFolder,
    "arrays": Arrays,
    "table": Table,
    "text_lines": TextLines,
    "synthetic": Synthetic,
    "keras": KerasSet,
    "tfds": Tfds,
    "huggingface": HuggingFace,
}


def read_data(value: object) -> DataSection:
    """The section that `value` writes down; raises pydantic's ValidationError, each mistake once with its place."""
    if not isinstance(value, dict):
        raise _refused(invalid("a map with a source", help=f"write data: {{source: digits}}; {_known()}"), value)
    if "source" not in value:
        raise _refused(invalid("a source", help=_known()), value)
    source = value["source"]
    if not isinstance(source, str) or source not in SOURCES:
        help = suggestion(source, SOURCES) if isinstance(source, str) else _known()
        raise _refused(invalid("one of the sources", help=help), source, "source")
    return SOURCES[source].model_validate(value)


def _known() -> str:
    return suggestion("", SOURCES)


def _refused(error: PydanticCustomError, value: object, *place: str) -> ValidationError:
    return ValidationError.from_exception_data("data", [InitErrorDetails(type=error, loc=place, input=value)])
