"""What a finished training came to, and what to type next."""

from collections.abc import Collection, Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from cnnspec.reports.commands import titled_commands
from cnnspec.reports.curves import titled_curve
from cnnspec.reports.numbers import count, metric
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown
from cnnspec.results.events import EpochEnded

_WHOLE = Page()
"""A page on which no line is broken."""
_HEIGHT = 8
_WIDEST = 100
"""A small curve is no clearer for being wider."""


def best_words(best: int, epochs: int, watched: str, figures: Mapping[str, float]) -> str:
    """Which epoch, from 0, has the best weights, and what says so."""
    value = f" {metric(figures[watched])}" if watched in figures else ""
    return f"best epoch: {best + 1} of {count(epochs)}, by {shown(watched)}{value}"


def score_lines(split: str, number: int, epoch: int, figures: Mapping[str, float], page: Page) -> list[str]:
    """What the weights of an epoch, from 0, reach on so many examples of a split; a line, more on a narrow terminal."""
    lines = [f"{split} split, {count(number)} examples, weights of epoch {epoch + 1}:"]
    for part in (f"  {shown(name)} {metric(value)}" for name, value in figures.items()):
        if page.terminal and cell_len(lines[-1] + part) > page.width:
            lines.append("")
        lines[-1] += part
    return lines


def course_curve(epochs: Sequence[EpochEnded], watched: str, page: Page) -> Text | None:
    """The watched figure on both splits over the epochs; None where there are too few for a line."""
    name = watched.removeprefix("val_")
    lines = {
        each: [epoch.figures[each] for epoch in epochs]
        for each in (name, f"val_{name}")
        if all(each in epoch.figures for epoch in epochs)
    }
    phases = [epoch.phase for epoch in epochs]
    return titled_curve(lines, name, min(page.width - 1, _WIDEST), _HEIGHT, page, phases)


def evaluation_command(run: str, splits: Collection[str]) -> list[str]:
    """What evaluates a run on the last of its splits; empty where there is nothing but examples to train on."""
    if not {"test", "validation"} & set(splits):
        return []
    return ["cnnspec", "evaluate", run, *([] if "test" in splits else ["--split", "validation"])]


def next_commands(run: str, splits: Collection[str], given: Sequence[str], earlier: str | None) -> list[list[str]]:
    """What can be done with a finished run; `given` is what it can predict, as arguments.

    `earlier` is a run of the same spec that it can be compared with.
    """
    commands = [
        evaluation_command(run, splits),
        ["cnnspec", "predict", run, *given],
        ["cnnspec", "runs", "show", run],
        ["cnnspec", "runs", "compare", earlier, run] if earlier else [],
    ]
    return [command for command in commands if command]


def command_lines(commands: Sequence[Sequence[str]], page: Page = _WHOLE) -> list[str]:
    """Each command behind what to do with it, to be copied."""
    return titled_commands([("" if number else "next", words) for number, words in enumerate(commands)], page)
