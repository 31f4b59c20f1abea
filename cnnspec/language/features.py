"""How columns of a data source become inputs and labels: pictures, texts, numbers."""

from typing import Annotated, Any, Literal, cast

from pydantic_core import CoreSchema, core_schema

from cnnspec.language.written import SOME, Sizes, Text, section
from cnnspec.layers.fields import Size, is_count
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import Field, Inner, InnerSchema, Mark, PlainValidator, Schema, WithJsonSchema
from cnnspec.layers.model import Fields, model_validator


class Image(Fields):
    """How pictures are brought to the size that the network reads."""

    column: Text | None = None
    """The column (or feature) that holds the picture, or its path."""
    resize: Literal["crop", "pad", "stretch"] = "stretch"
    """crop: cut off what is too long; pad: fill what is too short with zeros; stretch: change the proportions.

    crop and pad keep the picture in the middle.
    """
    size: Sizes | None = None
    """Height and width; without it the input's."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "area"] = "bilinear"
    """How values between pixels are found; all but nearest count every pixel where a picture gets smaller."""
    white: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The number that is white in pictures of 16 bits, as 4095 for a camera of 12; what is above it is white, too.
    Without it 65535 is, and the upper 8 of the 16 bits count."""


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


Standardize = Literal[
    "lower_and_strip_punctuation",
    "lower",
    "strip_punctuation",
    "web",
    "ascii",
    "ascii_lower",
    "ascii_strip_punctuation",
]


class TextOptions(Fields):
    """How text becomes ids: Keras' TextVectorization, its vocabulary learnt from the training split alone.

    Id 0 is padding, 1 is out of vocabulary.
    """

    column: Text | None = None
    """The column (or feature) that holds the text."""
    max_tokens: Annotated[int, Field(ge=3)] | None = None
    """The size of the vocabulary, padding and out of vocabulary included; without it all that occurs, and in the
    output modes other than int as many as the input reads."""
    standardize: Standardize | None = "lower_and_strip_punctuation"
    """What is done to the text first, by Unicode; null for nothing.

    Without a word of ascii: NFKC, lower case, no punctuation of any script (nor the signs that ASCII has beside it),
    and a space for all white space. web: the same, and HTML tags and line breaks become spaces, entities what they
    stand for. ascii, ascii_lower and ascii_strip_punctuation are Keras' own, which touch nothing beyond ASCII.
    """
    split: Literal["whitespace", "character"] | None = "whitespace"
    """Where the text is cut; null for nowhere."""
    ngrams: NGrams | None = None
    """Runs of so many tokens are tokens, too."""
    output_mode: Literal["int", "multi_hot", "count", "tf_idf"] = "int"
    """Ids in order, or one number for each word of the vocabulary."""
    output_sequence_length: Size | None = None
    """Every text is cut or padded to so many tokens; without it to the input's length."""
    pad_to_max_tokens: bool = False
    """Whether the output of the other modes has `max_tokens` numbers even where fewer words occur."""
    encoding: Text = "utf-8"
    """The encoding of the file that holds the text, where the section itself names none."""

    @model_validator(mode="after")
    def _lengths_are_for_ids(self) -> "TextOptions":
        if self.output_mode != "int" and self.output_sequence_length is not None:
            raise invalid("no output_sequence_length, since output_mode is not int", ("output_sequence_length",))
        return self


class Label(Fields):
    """What is to be learnt: `column`, or `columns` of numbers side by side."""

    column: Text | None = None
    """The column (or feature) that holds it."""
    columns: Annotated[tuple[Text, ...], SOME, Field(min_length=1)] | None = None
    """Columns of numbers, one for each unit of the output: 0 and 1 where several classes may hold at once."""
    separator: Annotated[str, Field(min_length=1)] | None = None
    """What stands between the classes where a cell of `column` names several."""
    case_sensitive: bool = False
    """Whether classes whose names differ in case alone are two; else such names are refused."""

    @model_validator(mode="after")
    def _one_or_several(self) -> "Label":
        if (self.column is None) == (self.columns is None):
            raise invalid("either column or columns", help="write label: {column: name}")
        if self.separator is not None and self.column is None:
            raise invalid("separator together with column", ("separator",))
        return self


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


class _OrColumn(Mark):
    """Marks a label that may be written as the name of its column."""

    def core(self, inner: Inner) -> CoreSchema:
        """The name becomes a label."""
        return core_schema.no_info_before_validator_function(_label, inner())

    def json(self, inner: InnerSchema) -> Schema:
        """A text, too."""
        name = {"type": "string", "minLength": 1, "description": "The column."}
        return {"anyOf": [name, inner()]}


def _label(value: object) -> object:
    if isinstance(value, (dict, Label)):
        return value
    if isinstance(value, str) and value.strip():
        return {"column": value}
    raise invalid("the name of a column, or {column: name}")


_AnyLabel = Annotated[Label, _OrColumn()]
Labels = Annotated[dict[str, _AnyLabel], section("{kind: kind, price: {column: price}}"), Field(min_length=1)]
_AnyFeature = Annotated[Feature, section("{image: {column: file}}")]
Inputs = Annotated[dict[str, _AnyFeature], section("{photo: {image: {column: file}}}"), Field(min_length=1)]
