"""`cnnspec diff`: what differs in meaning between two specs."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Annotated

from cnnspec import door
from cnnspec.api.compared import held, named_variants
from cnnspec.cli.boundary import WRONG, ends_here, usage_error
from cnnspec.cli.completers import complete_spec
from cnnspec.cli.options import standard_input
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import errors, flowing, page, say, show_diagnostics
from cnnspec.language.location import STANDARD_INPUT
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown


class DifferencesFormat(StrEnum):
    """How differences are printed."""

    text = "text"
    markdown = "markdown"
    json = "json"


First = Annotated[
    str,
    Argument(
        metavar="A",
        help="A spec, with @variant if wanted; a run; git:REVISION:path; or a model that import reads, as model.keras.",
        completion=complete_spec,
    ),
]
Second = Annotated[
    str, Argument(metavar="B", help="What it is held against, one of these too.", completion=complete_spec)
]


@ends_here
def diff(
    one: First,
    other: Second,
    verbose: Annotated[bool, Option("--verbose", help="The names of the layers below each difference.")] = False,
    format: Annotated[DifferencesFormat, Option("--format", help="How to print it.")] = DifferencesFormat.text,
    settings: Annotated[
        list[str] | None,
        Option("--set", metavar="PATH=VALUE", help="Set a value of B, as in vars.classes=10; may be given again."),
    ] = None,
    every_variant: Annotated[bool, Option("--every-variant", help="All variants of A and B, each by itself.")] = False,
) -> None:
    """Tell what differs in meaning: layers, shapes, parameters, multiply-adds, receptive field, data, training.

    Ends with 0 and prints nothing where the meaning is the same, however it is written, and with 1 where it differs.
    """
    if one == other == STANDARD_INPUT:
        raise usage_error("both specs are -, standard input, which is one text", "name a file for one of them")
    if every_variant and (one == STANDARD_INPUT or other == STANDARD_INPUT):
        raise usage_error("--every-variant reads a spec several times, and standard input is read once", "name a file")
    found = _found(one, other, tuple(settings or ()), every_variant)
    if format is DifferencesFormat.json:
        say(door.differences.as_json(found))
    elif found:
        markdown = format is DifferencesFormat.markdown
        say(door.differences.as_markdown(found) if markdown else door.differences.as_lines(found, page(), verbose))
    if found:
        raise SystemExit(WRONG)


def _found(one: str, other: str, settings: tuple[str, ...], every_variant: bool) -> "door.compare.Differences":
    mine, theirs = (named_variants(each) if every_variant else {} for each in (one, other))
    if not mine or not theirs:
        return door.compare.compare(_compared(one, (), standard_input), _compared(other, settings, standard_input))
    each = {name: _compared(argument) for name, argument in mine.items()}
    return door.compare.compare_variants(
        one, other, each, {name: _compared(argument, settings) for name, argument in theirs.items()}
    )


def _compared(
    argument: str, settings: Iterable[str] = (), read: Callable[[], bytes] | None = None
) -> "door.compare.Compared":
    """The network, and the training where there is one, that an argument names; its mistakes end the command."""
    found = held(argument, tuple(settings), read)
    for each in found.left_out:
        put(errors(), flowing(f"of {shown(argument)} not compared: {shown(each)}", errors()))
    if found.analysis.wrong:
        show_diagnostics(found.analysis.diagnostics, found.analysis.texts)
        raise SystemExit(WRONG)
    return found.compared()
