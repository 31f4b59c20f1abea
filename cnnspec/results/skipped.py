"""Examples that were left out since they could not be read, where a spec allows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skipped:
    """An example of a split, where it stands (a file below the data's folder, with the row in it) and why."""

    split: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason} ({self.split})"
