"""What is compared, by what stands for it on the command line; its mistakes are shown, and end the command."""

from collections.abc import Callable, Iterable

from cnnspec import door
from cnnspec.api.compared import held
from cnnspec.cli.boundary import WRONG
from cnnspec.cli.screen import errors, flowing, show_diagnostics
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown


def compared(
    argument: str, settings: Iterable[str] = (), standard_input: Callable[[], bytes] | None = None
) -> "door.compare.Compared":
    """The network, and the training where there is one, that an argument names."""
    found = held(argument, tuple(settings), standard_input)
    for each in found.left_out:
        put(errors(), flowing(f"of {shown(argument)} not compared: {shown(each)}", errors()))
    if found.analysis.wrong:
        show_diagnostics(found.analysis.diagnostics, found.analysis.texts)
        raise SystemExit(WRONG)
    return found.compared()
