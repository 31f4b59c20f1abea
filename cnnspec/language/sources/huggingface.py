"""Sets of the Hugging Face hub."""

from typing import Literal

from cnnspec.language.sources.fetched import Fetched
from cnnspec.language.written import Text


class HuggingFace(Fetched):
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
