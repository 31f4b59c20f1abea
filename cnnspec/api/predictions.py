"""What a network said of new examples."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec.api.printed import PAGE
from cnnspec.reports.guesses import GuessTable
from cnnspec.reports.html_tables import escaped
from cnnspec.results.prediction import Output, Prediction


@dataclass(frozen=True, slots=True, repr=False)
class Predictions:
    """A sequence: for each example what the network says of it. `str()` is the table of `cnnspec predict`."""

    outputs: tuple[Output, ...]
    examples: tuple[Prediction, ...]
    top: int = 3

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
        return f"<pre>{'<br>'.join(map(escaped, str(self).splitlines()))}</pre>"
