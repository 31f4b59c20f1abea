"""What sets have in common that are fetched from a catalogue, by name."""

from cnnspec.language.sources.columns import Columns
from cnnspec.language.written import Text


class Fetched(Columns):
    """Keys for a set and its splits, which are known by their names."""

    runs = False

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

    def files(self) -> tuple[str, ...]:
        """None: splits are names here."""
        return ()
