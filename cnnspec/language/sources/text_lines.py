"""Texts, one a line."""

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Literal

from cnnspec.language.features import Feature, TextOptions
from cnnspec.language.paths import ONE_OR_SEVERAL, read_paths
from cnnspec.language.sources.section import LINES_ELSEWHERE, SENTENCE, DataSection, Word, named_files
from cnnspec.language.written import Text, section
from cnnspec.layers.marks import Field, PlainValidator
from cnnspec.layers.shape import Shape

LineFiles = Annotated[str | dict[str, str], PlainValidator(read_paths), ONE_OR_SEVERAL]
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

    renamed = LINES_ELSEWHERE
    arrays = False

    source: Literal["text_lines"]
    train: LineFiles
    """The training split."""
    validation: LineFiles | None = None
    """The validation split."""
    test: LineFiles | None = None
    """The test split."""
    text: Annotated[TextOptions, section("{max_tokens: 20000, output_sequence_length: 64}")] | None = None
    """How text becomes ids."""
    encoding: Text | None = None
    """The encoding of the files: utf-8, unless `text` names another."""
    separator: Annotated[str, Field(min_length=1)] = " "
    """What stands between a line's label and its text."""
    on_bad_row: Literal["error", "skip"] = "error"
    """What to do with lines without a label or without a text: refuse the data, or leave them
    out, counted and listed."""
    case_sensitive: bool = False
    """Whether classes whose names differ in case alone are two; else such names are refused."""

    def files(self) -> Iterator[str]:
        """The files of each split."""
        return named_files(self.train, self.validation, self.test)

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """A text for the only input."""
        return dict.fromkeys(inputs, Feature(text=self.text or TextOptions()))

    def word(self, shape: Shape) -> Word:
        """Sentences."""
        return "sentences"

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """A sentence."""
        return SENTENCE
