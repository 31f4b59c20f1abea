"""What a network said of new examples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cnnspec import door
from cnnspec.api.printed import PAGE
from cnnspec.reports.guesses import GuessTable
from cnnspec.reports.html_tables import sheets_html
from cnnspec.reports.prediction import CsvRows, JsonLines
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.prediction import Output, Prediction, Told
from cnnspec.source.diagnostic import Diagnostic

_MOST = 50
"""Rows that a notebook shows."""


@dataclass(frozen=True, slots=True, repr=False)
class Predictions:
    """A sequence: for each example what the network says of it. `str()` is the table of `cnnspec predict`.

    `arrays` are the numbers that each output gave, by its name, a row for each example that could be read.
    """

    outputs: tuple[Output, ...]
    examples: tuple[Prediction, ...]
    top: int
    arrays: "Mapping[str, door.predict.Numbers]"

    @property
    def array(self) -> "door.predict.Numbers":
        """The numbers of the only output (n, ...): probabilities of its classes in their order, or values.

        Raises ValueError where there are several outputs.
        """
        if len(self.arrays) != 1:
            raise ValueError(f"there are outputs {', '.join(self.arrays)}: take arrays[...] of one")
        return next(iter(self.arrays.values()))

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the only output in the order of its numbers; none where it gives values."""
        return self.outputs[0].classes

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Why examples could not be read, of those that could not."""
        return tuple(problem for each in self.examples for problem in each.problems)

    @property
    def table(self) -> dict[str, list[Any]]:
        """A list for each column, ready for `pandas.DataFrame`: the example, and of each output what it says.

        Of classes the likeliest and its probability, of labels those that hold, of numbers the values. No class where
        none of them is meant.
        """
        columns: dict[str, list[Any]] = {"example": [each.name for each in self.examples]}
        if any(each.text is not None for each in self.examples):
            columns["text"] = [each.text for each in self.examples]
        for place, output in enumerate(self.outputs):
            prefix = f"{output.name}_" if len(self.outputs) > 1 else ""
            said = [each.outputs[place] if each.outputs else None for each in self.examples]
            columns |= {f"{prefix}{name}": values for name, values in _columns(output, said).items()}
        return columns

    def to(self, format: Literal["table", "jsonl", "csv"] = "table") -> str:
        """As the command writes them."""
        if format == "table":
            return str(self)
        texts = any(each.text is not None for each in self.examples)
        rows = JsonLines(self.outputs) if format == "jsonl" else CsvRows(self.outputs, self.top, texts)
        return rows.head() + rows.rows(self.examples)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, number: int) -> Prediction:
        return self.examples[number]

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.examples)

    def __repr__(self) -> str:
        return f"<Predictions: {len(self)} example{'s' * (len(self) != 1)}>"

    def __str__(self) -> str:
        table = GuessTable(self.outputs, self.top, PAGE)
        return (table.head().plain + table.rows(self.examples).plain).rstrip("\n")

    def _repr_html_(self) -> str:
        """The first rows of the table, for notebooks."""
        table = self.table
        columns = tuple(Column(name, "left" if name in ("example", "text") else "right") for name in table)
        rows = tuple(tuple(map(_cell, row)) for row in list(zip(*table.values(), strict=True))[:_MOST])
        more = ((f"{len(self) - _MOST:,} more",),) if len(self) > _MOST else ()
        return sheets_html((Sheet((), Table(columns, rows), more),))


def _columns(output: Output, said: list[Told | None]) -> dict[str, list[Any]]:
    if output.labels:
        return {"labels": [None if each is None else [g.name for g in each.guesses if g.holds] for each in said]}
    if output.classes and any(each is not None and each.guesses for each in said):
        best = [each.guesses[0] if each is not None and each.guesses else None for each in said]
        meant = [None if each is None or each.none else guess for each, guess in zip(said, best, strict=True)]
        return {
            "class": [each and each.name for each in meant],
            "probability": [each and each.probability for each in best],
        }
    return {"value": [None if each is None else _alone(each.values) for each in said]}


def _alone(values: object) -> object:
    """A number that is the only one."""
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(_cell, value)) if isinstance(value, list) else "" if value is None else str(value)
