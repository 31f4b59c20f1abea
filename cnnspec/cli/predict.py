"""`cnnspec predict`: what a run's network says of new pictures, texts, arrays or rows."""

import io
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol

from rich.text import Text

from cnnspec import door
from cnnspec.cli.boundary import (
    WRONG,
    announce_tensorflow,
    ends_here,
    shown_with,
    usage_error,
)
from cnnspec.cli.finding import RunArgument, RunsOption, find_run, understood_run
from cnnspec.cli.meter import Progress
from cnnspec.cli.new_file import already_there, check_new_file
from cnnspec.cli.options import open_own_input
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import announce, errors, flowing, page, say, unread
from cnnspec.reports.diagnostics.text import as_text
from cnnspec.reports.guesses import GuessTable
from cnnspec.reports.numbers import plural
from cnnspec.reports.page import Page, put
from cnnspec.reports.prediction import CsvRows, JsonLines
from cnnspec.reports.safe import shown
from cnnspec.results.prediction import Prediction
from cnnspec.runs.files import AlreadyThere, write_with
from cnnspec.runs.places import RUNS


class PredictionFormat(StrEnum):
    """How predictions are written."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"


InputsArgument = Annotated[
    list[str] | None,
    Argument(
        metavar="INPUT",
        help="Pictures, folders of pictures, text files, arrays or tables, as the network reads them; "
        "- reads a sentence a line from standard input.",
    ),
]


class _Rows(Protocol):
    def head(self) -> Text | str:
        """What comes first."""

    def rows(self, predictions: Iterable[Prediction], /) -> Text | str:
        """The lines of some predictions."""


@ends_here
def predict(
    run: RunArgument,
    inputs: InputsArgument = None,
    text: Annotated[list[str] | None, Option("--text", metavar="TEXT", help="A sentence; may be given again.")] = None,
    top: Annotated[
        int,
        Option(
            "--top", metavar="N", min=1, help="How many classes to tell, the likeliest first, and labels that hold."
        ),
    ] = 3,
    unsure: Annotated[
        bool,
        Option("--unsure", help="Say none of these where the run's threshold is not reached: evaluate --threshold."),
    ] = False,
    encoding: Annotated[
        str | None,
        Option("--encoding", metavar="NAME", help="The encoding; else utf-8, and of a table that of the run's own."),
    ] = None,
    runs: RunsOption = RUNS,
    format: Annotated[
        PredictionFormat | None, Option("--format", help="How to write it; by the file's ending, else as a table.")
    ] = None,
    output: Annotated[Path | None, Option("--output", "-o", metavar="FILE", help="Write to a file instead.")] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Predict with the best weights of a run; what cannot be read is reported, and the rest is done."""
    if not inputs and not text:
        raise usage_error("nothing is given to predict", "give files or folders, --text, or - for standard input")
    if output is not None:
        check_new_file(output, force, "-o")
    check_texts(text or [])
    given_input = open_own_input() if "-" in (inputs or []) else io.BytesIO()
    folder = find_run(run, runs)
    spec, graph, analysis = understood_run(folder)
    with shown_with(analysis.texts):
        announce_tensorflow()
        predictor = door.predict.Predictor(folder, spec, graph, top, unsure=unsure)
        examples = predictor.examples(inputs or [], text or [], encoding, given_input)
    if predictor.weights == "last.keras":
        said = f"weights of last.keras: no epoch ended, so {shown(folder.shown)} has no best.keras"
        put(errors(), flowing(said, errors()))
    given, count = predictor.counted(inputs or [], text or [], examples)
    work = _Work(predictor.predict(given), _rows(format or _by_ending(output), predictor, top, output), count)
    if output is None:
        work.carry_out(say, quiet=page().terminal)
    else:
        _to_file(output, work, force)
    work.conclude()


def check_texts(texts: Iterable[str]) -> None:
    """Raise what ends the command where a text of the command line is none."""
    if damaged := [shown(each) for each in texts if not _is_text(each)]:
        raise usage_error(
            f"--text {damaged[0]} is not UTF-8", "give texts of another encoding in a file, with --encoding"
        )


def _is_text(words: str) -> bool:
    """Whether what stood on the command line is UTF-8: Python keeps other bytes as halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in words)


def _by_ending(output: Path | None) -> PredictionFormat:
    """What a file of this name holds."""
    endings = {".csv": PredictionFormat.csv, ".jsonl": PredictionFormat.jsonl}
    return endings.get(output.suffix.lower() if output else "", PredictionFormat.table)


def _rows(format: PredictionFormat, predictor: "door.predict.Predictor", top: int, output: Path | None) -> _Rows:
    if format is PredictionFormat.jsonl:
        return JsonLines(predictor.outputs)
    if format is PredictionFormat.csv:
        return CsvRows(predictor.outputs, top, predictor.reads_texts)
    return GuessTable(predictor.outputs, top, page() if output is None else Page(page().width))


def _to_file(output: Path, work: "_Work", force: bool) -> None:
    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            work.carry_out(lambda text, end: file.write(str(text)), quiet=False)

    try:
        write_with(output, write, force)
    except AlreadyThere:
        raise already_there(output) from None
    announce(f"{shown(str(output))}: {plural(work.done, 'input')}")


class _Work:
    """Everything that is to be predicted, on its way from the backend to where it is written."""

    def __init__(self, predictions: Iterable[list[Prediction]], rows: _Rows, count: int | None) -> None:
        self._predictions, self._rows, self._count = predictions, rows, count
        self._remarked: set[str] = set()
        self.done = self._bad = 0

    def carry_out(self, write: Callable[..., object], quiet: bool) -> None:
        """Predict and write, some at a time; `quiet` where the rows themselves show how far it is."""
        with Progress(errors(), "predicted", self._count, quiet) as progress:
            head: Text | str = self._rows.head()
            for predictions in self._predictions:
                with progress.aside():
                    self._report(predictions)
                if rows := self._rows.rows(predictions):
                    write(head, end="")
                    write(rows, end="")
                    head = ""
                self.done += len(predictions)
                progress.reached(self.done)
                if unread():
                    return
            if not self._bad:
                write(head, end="")

    def conclude(self) -> None:
        """Say how many could not be read, and exit accordingly."""
        if self._bad:
            put(errors(), f"\n{self._bad:,} of {plural(self.done, 'input')} could not be read")
            raise SystemExit(WRONG)

    def _report(self, predictions: Iterable[Prediction]) -> None:
        bad = [prediction for prediction in predictions if prediction.problems]
        self._bad += len(bad)
        if bad:
            diagnostics = [problem for prediction in bad for problem in prediction.problems]
            put(errors(), as_text(diagnostics, {}, page(errors())))
        for remark in dict.fromkeys(remark for prediction in predictions for remark in prediction.remarks):
            self._remark(remark)
        errors().file.flush()

    def _remark(self, remark: str) -> None:
        """Say it once, however many it is about."""
        if remark not in self._remarked:
            self._remarked.add(remark)
            put(errors(), flowing(shown(remark), errors()))
