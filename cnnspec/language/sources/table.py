"""Tables in files."""

from collections.abc import Iterator
from typing import Literal

from cnnspec.language.paths import Path
from cnnspec.language.sources.columns import Columns
from cnnspec.language.sources.section import named_files


class Table(Columns):
    """A table: .csv, .tsv or .jsonl, by the file's ending; .parquet does not run yet.

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

    def files(self) -> Iterator[str]:
        """The file of each split; the pictures that its cells name are not among them."""
        return named_files(self.train, self.validation, self.test)
