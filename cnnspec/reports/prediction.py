"""What a network says of new examples, as JSON lines and as CSV."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest

from cnnspec.reports.safe import json_text, shown
from cnnspec.reports.spreadsheet import cell
from cnnspec.results.prediction import Guess, Output, Prediction, Told


class JsonLines:
    """An object a line: `{"input", "text", "top": [{"class", "probability"}]}`, or `"values"`, or `"error"`.

    Of labels, `"holds"` says beside the probability whether this one does; `"none_of_these"` whether no class is meant.

    Several outputs stand under `"outputs"`, by name.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._several = len(outputs) > 1

    def head(self) -> str:
        """Nothing."""
        return ""

    def rows(self, predictions: Iterable[Prediction]) -> str:
        """A line for each."""
        return "".join(map(self._line, predictions))

    def _line(self, prediction: Prediction) -> str:
        """Put together here: to make objects of it for the encoder takes twice as long, of hundreds of thousands."""
        text = "" if prediction.text is None else f'"text": {_json(prediction.text)}, '
        begun = f'{{"input": {_json(prediction.name)}, {text}'
        if prediction.problems:
            return f'{begun}"error": {_json("; ".join(problem.message for problem in prediction.problems))}}}\n'
        if not self._several:
            return f"{begun}{_said(prediction.outputs[0])}}}\n"
        outputs = ", ".join(f"{_json(told.output)}: {{{_said(told)}}}" for told in prediction.outputs)
        return f'{begun}"outputs": {{{outputs}}}}}\n'


def _said(told: Told) -> str:
    if told.values is not None:
        return f'"values": {_json(_exact(told.values))}'
    none = "" if told.none is None else f'"none_of_these": {_json(told.none)}, '
    return f'{none}"top": [{", ".join(map(_guessed, told.guesses))}]'


def _guessed(guess: Guess) -> str:
    holds = "" if guess.holds is None else f', "holds": {_json(guess.holds)}'
    number = repr(_exact(guess.probability)) if math.isfinite(guess.probability) else "null"
    return f'{{"class": {_class(guess.name)}, "probability": {number}{holds}}}'


def _json(value: object) -> str:
    return json_text(value, indent=None)


_class = lru_cache(_json)
"""The name of a class, of which there are few."""


def _exact(value: object) -> object:
    """The number in nine digits, which is all that single precision holds."""
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


class CsvRows:
    """A row for each example under one header; what cannot be read has empty cells."""

    def __init__(self, outputs: Sequence[Output], top: int, texts: bool) -> None:
        self._answers, self._top, self._texts = outputs, top, texts

    def head(self) -> str:
        """The header."""
        columns = ["input", *(["text"] if self._texts else [])]
        for output in self._answers:
            prefix = f"{output.name}_" if len(self._answers) > 1 else ""
            columns += [f"{prefix}{column}" for column in self._columns(output)]
        return _csv_line(columns)

    def rows(self, predictions: Iterable[Prediction]) -> str:
        """A line for each."""
        return "".join(map(self._row, predictions))

    def _columns(self, output: Output) -> list[str]:
        if output.size is None:
            return ["values"]
        told = len(output.classes) if output.labels else min(self._top, len(output.classes))  # all labels may hold
        numbers = range(1, (told if output.classes else output.size) + 1)
        names = ("class", "probability", *(["holds"] if output.labels else [])) if output.classes else ("value",)
        none = ["none_of_these"] if output.unsure else []
        return none + [f"{name}_{number}" if len(numbers) > 1 else name for number in numbers for name in names]

    def _row(self, prediction: Prediction) -> str:
        cells = [cell(prediction.name), *([cell(prediction.text or "")] if self._texts else [])]
        for output, told in zip_longest(self._answers, prediction.outputs):
            found = _cells(told) if told is not None else []
            cells += [*found, *[""] * (len(self._columns(output)) - len(found))]
        return _csv_line(cells)


def _cells(told: Told) -> list[str]:
    if told.values is None:
        none = [] if told.none is None else ["yes" if told.none else "no"]
        return none + [each for guess in told.guesses for each in _guess_cells(guess)]
    values = told.values if isinstance(told.values, list) else [told.values]
    if any(isinstance(value, list) for value in values):
        return [json_text(_exact(values), indent=None)]
    return [f"{value:.9g}" for value in values]


def _guess_cells(guess: Guess) -> list[str]:
    holds = [] if guess.holds is None else ["yes" if guess.holds else "no"]
    return [cell(guess.name), f"{guess.probability:.9g}", *holds]


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(shown, cells))
    return line.getvalue()
