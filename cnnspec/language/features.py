"""How columns of a data source become inputs and labels: pictures, texts, numbers."""

from typing import Annotated, Any, Literal, cast

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from cnnspec.language.written import SOME, Sizes, Text, read_each, section
from cnnspec.layers.fields import Size, is_count
from cnnspec.layers.kind import Fields, invalid


class Image(Fields):
    """How pictures are brought to the size that the network reads."""

    column: Text | None = None
    """The column (or feature) that holds the picture, or its path."""
    resize: Literal["crop", "pad", "stretch"] = "stretch"
    """crop: cut off what is too long; pad: fill what is too short; stretch: change the proportions."""
    size: Sizes | None = None
    """Height and width; without it the input's."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"] = "bilinear"
    """How values between pixels are found."""


def _ngrams(value: object) -> int | tuple[int, ...]:
    if is_count(value):
        return cast(int, value)
    if isinstance(value, (list, tuple)) and value and all(is_count(item) for item in value):
        return tuple(value)
    raise invalid("a whole number of at least 1, or a list of such numbers")


_COUNT: dict[str, Any] = {"type": "integer", "minimum": 1}
NGrams = Annotated[
    int | tuple[int, ...],
    PlainValidator(_ngrams),
    WithJsonSchema({"anyOf": [_COUNT, {"type": "array", "items": _COUNT, "minItems": 1}]}),
]


class TextOptions(Fields):
    """How text becomes ids: Keras' TextVectorization, its vocabulary learnt from the training split alone.

    Id 0 is padding, 1 is out of vocabulary.
    """

    column: Text | None = None
    """The column (or feature) that holds the text."""
    max_tokens: Annotated[int, Field(ge=3)] | None = None
    """The size of the vocabulary, padding and out of vocabulary included; without it, all that occurs."""
    standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"] | None = (
        "lower_and_strip_punctuation"
    )
    """What is done to the text first; null for nothing."""
    split: Literal["whitespace", "character"] | None = "whitespace"
    """Where the text is cut; null for nowhere."""
    ngrams: NGrams | None = None
    """Runs of so many tokens are tokens, too."""
    output_mode: Literal["int", "multi_hot", "count", "tf_idf"] = "int"
    """Ids in order, or one number for each word of the vocabulary."""
    output_sequence_length: Size | None = None
    """Every text is cut or padded to so many tokens."""
    pad_to_max_tokens: bool = False
    """Whether the output of the other modes has `max_tokens` numbers even where fewer words occur."""
    encoding: Text = "utf-8"
    """The encoding of the text."""

    @model_validator(mode="after")
    def _lengths_are_for_ids(self) -> "TextOptions":
        if self.output_mode != "int" and self.output_sequence_length is not None:
            raise invalid("no output_sequence_length, since output_mode is not int", ("output_sequence_length",))
        return self


class Label(Fields):
    """What is to be learnt."""

    column: Text
    """The column (or feature) that holds it."""


class Feature(Fields):
    """Where one input of the network comes from: exactly one of these."""

    image: Annotated[Image, section("{column: file, resize: crop}")] | None = None
    """A picture."""
    text: Annotated[TextOptions, section("{column: text, max_tokens: 20000}")] | None = None
    """A text."""
    columns: Annotated[tuple[Text, ...], SOME, Field(min_length=1)] | None = None
    """Numbers, one for each column."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Feature":
        if sum(part is not None for part in (self.image, self.text, self.columns)) != 1:
            raise invalid("exactly one of image, text and columns")
        return self


def _column(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, dict) and value.keys() == {"column"}:
        return _column(value["column"])
    raise invalid("the name of a column, or {column: name}")


_NAME: dict[str, Any] = {"type": "string", "minLength": 1, "description": "The column."}
_COLUMN: dict[str, Any] = {
    "anyOf": [_NAME, {"type": "object", "properties": {"column": _NAME}, "additionalProperties": False}]
}


def _labels(value: object) -> dict[str, str]:
    if isinstance(value, dict) and value:
        return read_each(value, _column)
    raise invalid("a map of output name -> column")


Labels = Annotated[
    dict[str, str], PlainValidator(_labels), WithJsonSchema({"type": "object", "additionalProperties": _COLUMN})
]
_AnyFeature = Annotated[Feature, section("{image: {column: file}}")]
Inputs = Annotated[dict[str, _AnyFeature], section("{photo: {image: {column: file}}}"), Field(min_length=1)]
