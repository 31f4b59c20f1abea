"""Tables in files."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from cnnspec.language.paths import Path
from cnnspec.language.sources.columns import Columns
from cnnspec.language.sources.section import LINES_ELSEWHERE, MOVED, named_files
from cnnspec.language.written import Text
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema


def _separator(value: object) -> str:
    if isinstance(value, str) and len(value) == 1 and not value.isalnum() and value not in '"\r\n':
        return value
    help = 'write separator: ";", or "\\t" in double quotes for a tab'
    raise invalid("one character, no letter, digit, quote or line break", help=help)


Separator = Annotated[
    str, PlainValidator(_separator), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 1})
]


class Table(Columns):
    """A table: .csv, .tsv or .jsonl, by the file's ending; .parquet does not run yet.

    A program in a language with decimal commas exports `separator: ";"` and `decimal: ","`; Excel's own first line,
    `sep=;`, is read as well. Numbers stand without thousands marks, currency or percent sign.

    ```yaml
    data:
      source: table
      train: reviews.csv
      text: {column: text, max_tokens: 20000, output_sequence_length: 64}
      label: {column: sentiment}
    ```
    """

    renamed = LINES_ELSEWHERE
    moved: ClassVar[Mapping[str, str]] = {
        **MOVED,
        **dict.fromkeys(("target", "label_column", "target_column", "y"), "write label: {column: ...}"),
        "text_column": "write text: {column: ...}",
        "image_column": "write image: {column: ...}",
        **dict.fromkeys(("features", "feature_columns", "x"), "write columns: [...]"),
    }

    source: Literal["table"]
    train: Path
    """The file of the training split."""
    validation: Path | None = None
    """The file of the validation split."""
    test: Path | None = None
    """The file of the test split."""
    encoding: Text | None = None
    """The encoding of the files: utf-8, unless `text` names another."""
    separator: Separator | None = None
    """What stands between the cells of a row; without it a comma in a .csv and a tab in a .tsv."""
    decimal: Literal[".", ","] = "."
    """The mark before the decimals of numbers; a column that plainly has dots, and no comma, is read by these."""
    on_bad_file: Literal["error", "skip"] = "error"
    """What to do with files that are no whole pictures: refuse the data, or leave them out, counted and listed. To find
    those that are damaged inside, skip decodes every picture once more before training."""
    on_bad_row: Literal["error", "skip"] = "error"
    """What to do with rows without a cell that is needed, with another text where a number
    is, or of another length than the header: refuse the data, or leave them
    out, counted and listed."""

    def files(self) -> Iterator[str]:
        """The file of each split; the pictures that its cells name are not among them."""
        return named_files(self.train, self.validation, self.test)
