"""Predictions as the rows of a table that is printed while they come."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from cnnspec.reports.draw import pad
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.numbers import quantity
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown
from cnnspec.results.prediction import Guess, Output, Prediction, Told

_MARGIN, _GAP = " ", "  "
_SHARE = 6
"""The width of `100.0%`."""
_HOLDS = " ✓"
"""Beside the probability of a label that holds."""
_INPUT = 24
"""With less room for what is predicted, guesses stand under each other."""
_NARROWEST = 8
NONE = "none of these"
"""What stands before the classes where none of them is meant."""
_TITLE = "prediction"
"""Of guesses that stand under each other."""
_LINES = 3
"""Lines of a long text that are shown."""
_VALUES = 4
_VALUE = 12
_PLACES = ("1st", "2nd", "3rd")


class GuessTable:
    """Lays out rows without having seen all of them: widths come from the page and the classes' names."""

    def __init__(self, outputs: Sequence[Output], top: int, page: Page) -> None:
        self._page, self._several = page, len(outputs) > 1
        self._room = page.width - 2 * len(_MARGIN)
        self._share = _SHARE + len(_HOLDS) * any(output.labels for output in outputs)
        names = [name for output in outputs for name in output.classes]
        names += [NONE] if any(output.unsure for output in outputs) else []
        longest = max((cell_len(shown(name)) for name in names), default=0)
        guesses = max((min(top, len(output.classes)) for output in outputs if output.size is not None), default=0)
        self._beside = 0 if self._several else self._fit_beside(guesses, longest)
        self._outputs = max(cell_len(output.name) for output in outputs) + len(_GAP) if self._several else 0
        self._name = longest if self._beside else min(longest, self._room // 2)
        cell = max(
            self._name + 1 + self._share,
            0 if self._beside else len(_TITLE),
            *(_values_width(output) for output in outputs),
        )
        self._cell = min(cell, self._room - _NARROWEST - self._outputs - len(_GAP))
        taken = self._beside * (self._cell + len(_GAP)) if self._beside else self._outputs + self._cell + len(_GAP)
        self._input = self._room - taken

    def _fit_beside(self, guesses: int, longest: int) -> int:
        """How many guesses stand side by side; 0 if there is no room for that."""
        left = self._room - guesses * (len(_GAP) + longest + 1 + self._share)
        return guesses if left >= _INPUT else 0

    def head(self) -> Text:
        """The columns' titles."""
        places = [_PLACES[at] if at < len(_PLACES) else f"{at + 1}th" for at in range(self._beside)]
        said = _GAP.join(pad(place, self._cell) for place in places) if places else _TITLE
        output = pad("output", self._outputs) if self._several else ""
        line = f"{_MARGIN}{pad('input', self._input)}{_GAP}{output}{said}".rstrip()
        rule = f"\n{_MARGIN}{self._page.text('─' * self._room)}" if self._page.terminal else ""
        return Text(line + rule + "\n", style="dim")

    def rows(self, predictions: Iterable[Prediction]) -> Text:
        """A row for each prediction; what cannot be read has none."""
        lines = (line for each in predictions if not each.problems for line in self._row(each))
        return Text("".join(self._page.text(f"{_MARGIN}{line}".rstrip()) + "\n" for line in lines))

    def _row(self, prediction: Prediction) -> list[str]:
        said = [line for told in prediction.outputs for line in self._said(told)]
        name = shown((prediction.text or "").strip() or prediction.name)
        left = wrap(name, self._input)
        most = max(_LINES, len(said))
        if len(left) > most:
            left = [*left[: most - 1], set_cell_size(left[most - 1], self._input - 1).rstrip() + "…"]
        both = zip_longest(left, said, fillvalue="")
        return [pad(one, self._input) + _GAP + other for one, other in both]

    def _said(self, told: Told) -> list[str]:
        """The lines that an output takes."""
        if told.values is not None:
            lines = wrap(_values(told.values), self._cell)
        else:
            none = [[pad(NONE, self._name + 1 + self._share)]] if told.none else []
            guesses = [*none, *(self._guess(guess) for guess in told.guesses)]
            guesses = guesses[: self._beside] if none and self._beside else guesses
            lines = [line for guess in guesses for line in guess]
            lines = [_GAP.join(each) for each in _side_by_side(lines, self._beside)] if self._beside else lines
        if not self._several:
            return lines
        return [pad("" if number else told.output, self._outputs) + line for number, line in enumerate(lines)]

    def _guess(self, guess: Guess) -> list[str]:
        """A long name goes on below, so that two that begin alike are told apart; a mark says that a label holds."""
        first, *rest = wrap(shown(guess.name), max(1, self._name))
        chance = f"{guess.probability:.1%}".rjust(_SHARE + 1) + (_HOLDS if guess.holds else "")
        return [pad(first, self._name) + chance.ljust(self._share + 1), *rest]


def _side_by_side(lines: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """So many at a time: of labels more may hold than stand side by side."""
    return (lines[start : start + size] for start in range(0, len(lines), size))


def _values_width(output: Output) -> int:
    return 0 if output.classes and output.size else min(_VALUES, output.size or _VALUES) * _VALUE


def _values(values: object) -> str:
    """A few numbers, or how many there are along each axis."""
    if not isinstance(values, list):
        return _number(values)
    if any(isinstance(value, list) for value in values):
        return f"{'×'.join(map(str, _axes(values)))} numbers"
    more = f" and {len(values) - _VALUES} more" if len(values) > _VALUES else ""
    return _GAP.join(map(_number, values[:_VALUES])) + more


def _number(value: object) -> str:
    return quantity(value) if isinstance(value, float) else str(value)


def _axes(values: object) -> list[int]:
    return [len(values), *_axes(values[0])] if isinstance(values, list) and values else []
